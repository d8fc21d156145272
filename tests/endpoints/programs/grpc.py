# SPDX-License-Identifier: GPL-2.0-or-later
"""gRPC for Python on both sides: what is expected, written from gRPC over HTTP/2 and what the client reports.
"""
from typing import Any

from .play import HEALTHY, HEALTHY_UNREAD, Expected, Play
from .web import CUT_STREAM, UNANSWERED_UNREAD

PORT = 47450


def grpc(name: str, about: str, way: str, expect: Expected, without_keys: Expected, **options: Any) -> Play:
    return Play(
        name=f"grpc_{name}",
        about=about,
        kind="grpc",
        packages=("python3-grpcio",),
        filter=f"tcp port {PORT}",
        expect=[{"app.protocol": "h2", "http2.streams": 1} | expect],
        without_keys=[without_keys],
        options={"way": way, "patience": 10, "pause": 0.2} | options,
    )


# Without secrets: row 4 of the table of losses, for the last that the server sent answers nothing.
PLAYS = [
    grpc("whole", "Two messages and grpc-status 0.", "whole", HEALTHY, HEALTHY_UNREAD),
    grpc(
        "goaway",
        "The server is told to end while a connection is idle: GOAWAY.",
        "whole",
        HEALTHY,
        HEALTHY_UNREAD,
        pause=2,
        end=1.5,
    ),
    grpc("abort", "The server ends the call with an error of its own.", "abort", HEALTHY, HEALTHY_UNREAD),
    grpc(
        "killed",
        "The server is killed between two messages.",
        "killed",
        CUT_STREAM | {"alarms": ["server http2_stream_cut", "server missing_close_notify"]},
        UNANSWERED_UNREAD,
    ),
    grpc(
        "canceled",
        "The answer takes too long for the client.",
        "slow",
        HEALTHY | {"http2.canceled": 1},
        HEALTHY_UNREAD,
        patience=1,
    ),
]

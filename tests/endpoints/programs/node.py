# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1.1 and HTTP/2 by Node.js on both sides: what is expected, written from RFC 9112, RFC 9113 and what
both sides report. More of HTTP/2 by Node.js is in ../scenarios/http2.py.
"""
from typing import Any

from .play import HEALTHY, HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version
from .web import CUT_STREAM, LOST, UNANSWERED, UNANSWERED_UNREAD

PORT = 47430


H1 = {"app.protocol": "http/1.1"}
H2 = {"app.protocol": "h2", "http2.streams": 1}


def node(
    name: str, about: str, ending: str, expect: Expected, without_keys: Expected, protocol: str = "http1"
) -> list[Play]:
    return [
        Play(
            name=in_version(f"node_{name}", version),
            about=about,
            kind="node",
            packages=("nodejs",),
            filter=f"tcp port {PORT}",
            expect=[(H1 if protocol == "http1" else H2) | expect],
            without_keys=[without_keys],
            options={"version": version, "protocol": protocol, "ending": ending},
        )
        for version in VERSIONS
    ]


def node2(name: str, *play: Any) -> list[Play]:
    return node(f"{name}_h2", *play, "http2")


# A bare FIN of the side that spoke last. Without secrets this is row 11 of the table of losses: Possible,
# for a response that is cut looks the same.
BARE_END = {"client.loss": "Unlikely", "server.loss": "Possible", "alarms": ["server missing_close_notify"]}
DESTROYED = LOST | {
    "alarms": ["server http_truncated", "server missing_close_notify"],
    "app.summary": "HTTP/1.1: 1 request, 1 response; the last is cut after 300 of 1,000 bytes",
}
# Only the client's RST ends the server's direction: the server is not accused.
GIVEN_UP = DESTROYED | {"alarms": ["http_truncated"]}

PLAYS = [
    *node("get", "The client closes when it has its response.", "whole", HEALTHY, HEALTHY_UNREAD),
    *node("idle", "The server closes an idle connection.", "idle", HEALTHY, BARE_END),
    *node(
        "server_destroys",
        "The server's socket is destroyed in the middle of a response.",
        "server_destroys",
        DESTROYED,
        BARE_END,
    ),
    *node(
        "no_answer",
        "The server's socket is destroyed before it answers.",
        "no_answer",
        UNANSWERED,
        UNANSWERED_UNREAD,
    ),
    *node(
        "client_destroys",
        "The client's request is destroyed in the middle of its response.",
        "client_destroys",
        GIVEN_UP,
        HEALTHY_UNREAD,
    ),
    *node2("get", "The client closes when it has its response.", "whole", HEALTHY, HEALTHY_UNREAD),
    *node2(
        "server_destroys",
        "The server's session is destroyed in the middle of a response: GOAWAY and close_notify.",
        "session_destroyed",
        CUT_STREAM,
        HEALTHY_UNREAD,
    ),
    *node2(
        "client_destroys",
        "The client's session is destroyed in the middle of its response: GOAWAY and close_notify.",
        "client_destroys",
        CUT_STREAM,
        HEALTHY_UNREAD,
    ),
]

# SPDX-License-Identifier: GPL-2.0-or-later
"""curl and nghttp at a server of Python's h2 that answers in rare, correct ways, or stops: what is expected,
written from RFC 9113 and what both sides report.
"""
from typing import Any

from .play import CLIENT_PACKAGES, HEALTHY, HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version
from .web import CUT_STREAM, LOST

PORT = 47460


def h2(
    name: str,
    about: str,
    client: str,
    words: list[str],
    expect: Expected,
    without_keys: Expected,
    **options: Any,
) -> list[Play]:
    return [
        Play(
            name=in_version(f"h2_{name}", version),
            about=about,
            kind="h2",
            packages=("python3-h2", CLIENT_PACKAGES[client]),
            filter=f"tcp port {PORT}",
            expect=[{"app.protocol": "h2", "http2.streams": 1} | expect],
            without_keys=[without_keys],
            options={"version": version, "client": client, "words": words} | options,
        )
        for version in VERSIONS
    ]


def gets(*paths: str) -> list[str]:
    """curl writes the first answer to a file by itself."""
    urls = [f"{{url}}/{path}" for path in paths]
    return [*urls, *["-o", "/dev/null"] * (len(paths) - 1)]


WHOLE = [
    "trailers",
    "hints",
    "padded",
    "empty_end",
    "no_content",
    "not_modified",
    "continued",
    "grpc_refused",
    "grpc_gateway",
]
# The server's process ends with bytes of the client unread, which makes its kernel send a RST.
RESET = "server reset_without_close_notify"
UNREAD = {"alarms": [RESET]}
# Row 4 of the table of losses: 103 is as short as a control frame, which answers nothing.
UNANSWERED_UNREAD = {"server.loss": "Possible", "alarms": ["server request_unanswered", RESET]}

PLAYS = [
    *h2(
        "whole",
        "Trailers, 103, padding, a late END_STREAM, no body, CONTINUATION, gRPC's errors: all is whole.",
        "curl",
        gets(*WHOLE),
        HEALTHY | {"http2.streams": len(WHOLE), "app.summary": f"HTTP/2: {len(WHOLE)} streams"},
        HEALTHY_UNREAD,
    ),
    *h2(
        "push",
        "The server pushes a second answer, whole.",
        "nghttp",
        ["{url}/push"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
    *h2(
        "push_cut",
        "The server ends in the middle of the answer that it pushes.",
        "nghttp",
        ["{url}/push_cut"],
        LOST
        | {
            "http2.cut": None,
            "app.summary": "HTTP/2: 1 stream, 1 pushed and cut (2: no END_STREAM after 400 of 1,000 bytes)",
            "alarms": ["server http2_stream_cut", RESET],
        },
        UNREAD,
        limit="1",
    ),
    *h2(
        "hints_only",
        "The server ends behind 103, before its answer.",
        "curl",
        gets("hints_only"),
        CUT_STREAM
        | {
            "app.summary": "HTTP/2: 1 stream, 1 cut (1: no response)",
            "alarms": ["server http2_stream_cut", "server request_unanswered", RESET],
        },
        UNANSWERED_UNREAD,
        limit="1",
    ),
]

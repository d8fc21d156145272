# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/2 and gRPC by Node.js: what becomes of each stream. What Node itself reported of each
request is in the JSON files, next to what is expected.
"""
from dataclasses import replace

from scenario import Connection, Scenario

from .endings import file_name, graceful, unanswered

START = ["server listen", "client connect"]
VERSIONS = ("TLS 1.2", "TLS 1.3")


def requests(*lines: str) -> list[str]:
    return [f"client request {line}" for line in lines]


def scenario(name: str, version: str, about: str, steps: list[str], expect: Connection) -> Scenario:
    return Scenario(
        name=f"http2_{name}_{file_name(version)}",
        about=about,
        server="http2",
        client="http2",
        version=version,
        steps=START + steps,
        expect=[expect],
    )


def whole(version: str) -> Scenario:
    """Node's server answers a GOAWAY by its own, and closes first."""
    return scenario(
        "whole",
        version,
        "All responses are whole, some without a body; the client says goodbye.",
        [
            *requests(
                "GET /whole/100000",
                "HEAD /short/500/0",
                "GET /status/204",
                "GET /status/304",
                "POST /grpc/0",
                "POST /grpc_only_trailers/14",
            ),
            "client outcomes",
            "client close",
        ],
        replace(graceful(version, "server"), http2={"streams": 6}),
    )


def broken(version: str) -> Scenario:
    return scenario(
        "broken",
        version,
        "Each stream ends in another way; then the server's process dies.",
        [
            *requests(
                "GET /whole/1000",
                "GET /short/1000/500",
                "GET /error/1000/200",
                "GET /refuse",
                "POST /grpc_no_status",
                "POST /grpc_cut",
                "GET /open/1000/300",
            ),
            "client cancel 6",
            *requests("GET /open/1000/400", "POST /silent 100"),
            "server die",
            "client outcomes",
            "wait 0.2",
        ],
        Connection(
            verdict="Truncated",
            version=version,
            initiator="server",
            server="Truncated",
            client=None,  # its close_notify is answered by a RST
            close_notify=("client First",),
            expert=(
                "missing_close_notify",
                "http2_malformed",
                "http2_stream_cut",  # in the frame of the RST_STREAM, and where the server ends
                "http2_stream_cut",
                "http2_unprocessed",
                "grpc_no_status",
                "grpc_message_cut",
                "http2_no_goaway",
                "http2_request_cut",
            ),
            http2={
                "streams": 9,
                "cut": 3,
                "malformed": 3,
                "unprocessed": 1,
                "canceled": 1,
                "cut_stream": [5, 15, 17],
            },
            keyless={"expert": ("missing_close_notify",)},
        ),
    )


def shut_down(version: str) -> Scenario:
    """Node's client closes once it has nothing more to wait for."""
    return scenario(
        "goaway",
        version,
        "The server's GOAWAY leaves two of four streams out, one of which was not answered.",
        [
            *requests("GET /whole/1000", "GET /whole/1000", "GET /silent", "GET /silent"),
            "server goaway 0 3 shutting down",
            "client outcomes",
            "server die",
        ],
        unanswered(
            version,
            "client",
            expert=("unanswered_close_notify", "http2_unprocessed"),
            http2={"streams": 4, "unprocessed": 2},
            keyless={"expert": ("unanswered_close_notify",)},
        ),
    )


def complaint(version: str) -> Scenario:
    """Node's client closes at once."""
    return scenario(
        "goaway_error",
        version,
        "The server complains by a GOAWAY with ENHANCE_YOUR_CALM, and ends.",
        [
            *requests("GET /whole/1000", "GET /silent"),
            "server goaway 11 3 too many pings",
            "client outcomes",
            "server die",
        ],
        graceful(
            version,
            "client",
            server=None,  # its close_notify is answered by a RST
            expert=("http2_goaway_error", "http2_stream_cut"),
            http2={"streams": 2, "cut": 1, "cut_stream": [3]},
            keyless={"expert": ()},
        ),
    )


SCENARIOS = [make(version) for make in (whole, broken, shut_down) for version in VERSIONS]
SCENARIOS.append(complaint("TLS 1.3"))

# SPDX-License-Identifier: GPL-2.0-or-later
"""WebSocket by the ws library of Node.js on both sides: what is expected, written from RFC 6455 and what
both sides report.
"""
from .play import VERSIONS, WHOLE, Expected, Play, in_version

PORT = 47410


def websocket(name: str, about: str, expected: Expected, alarms: list[str]) -> list[Play]:
    return [
        Play(
            name=in_version(f"websocket_{name}", version),
            about=about,
            filter=f"tcp port {PORT}",
            kind="websocket",
            options={"version": f"TLSv{version}", "ending": name},
            expect=[{"app.protocol": "websocket", **expected, "experts": alarms}],
            without_keys=[{"experts": []}],
        )
        for version in VERSIONS
    ]


BY_CLIENT = {**WHOLE, "websocket.close_code": [1000, 1000], "websocket.close_reason": ["done"] * 2}
BY_SERVER = {
    **WHOLE,
    "websocket.close_code": [1011, 1011],
    "websocket.close_reason": ["out of memory"] * 2,
}
UNTOLD = {"client.complete": None, "server.complete": None, "app.summary": "WebSocket: no Close frame (1006)"}
CUT = {"client.complete": None, "server.complete": False, "server.loss": "Certain"}

PLAYS = [
    *websocket("client_closes", "Both report close 1000.", BY_CLIENT, []),
    *websocket(
        "server_fails",
        "The server closes with code 1011, and the client sends it back.",
        BY_SERVER,
        ["websocket_close_error", "websocket_close_error"],
    ),
    *websocket(
        "no_reason",
        "Close frames without a code: both report 1005.",
        {**WHOLE, "websocket.close_code": []},
        [],
    ),
    *websocket(
        "server_without_close",
        "The server ends TLS in order, but sends no Close frame: both report 1006.",
        UNTOLD,
        ["websocket_abnormal"],
    ),
    *websocket(
        "client_gone",
        "The client's socket is destroyed behind whole messages: both report 1006.",
        UNTOLD,
        ["websocket_abnormal"],
    ),
    *websocket(
        "fragment_missing",
        "The server begins a message and ends TLS in order before its last fragment.",
        CUT,
        ["websocket_abnormal", "websocket_message_cut"],
    ),
    *websocket(
        "frame_cut",
        "The server ends TLS in order inside a frame.",
        CUT,
        ["websocket_abnormal", "websocket_message_cut"],
    ),
]

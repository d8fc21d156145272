# SPDX-License-Identifier: GPL-2.0-or-later
"""WebSocket by the ws library of Node.js on both sides: what is expected, written from RFC 6455 and what
both sides report.
"""
from typing import Any

from .play import HEALTHY_UNREAD, VERSIONS, WHOLE, Expected, Play, in_version

PORT = 47410
PACKAGES = {"ws": "node-ws", "python": "python3-websockets"}


def websocket(
    name: str,
    about: str,
    expected: Expected,
    experts: list[str],
    alarms: list[str],
    client: str = "ws",
    **options: Any,
) -> list[Play]:
    """Without secrets nobody can tell: where a side ends TLS in order, and all is acknowledged, a loss is
    unlikely."""
    return [
        Play(
            name=in_version(f"websocket_{name}", version),
            about=about,
            filter=f"tcp port {PORT}",
            kind="websocket",
            packages=("nodejs", PACKAGES[client]),
            options={"version": version, "ending": name, "client": client} | options,
            expect=[{"app.protocol": "websocket", **expected, "experts": experts, "alarms": alarms}],
            without_keys=[{"experts": [], **HEALTHY_UNREAD}],
        )
        for version in VERSIONS
    ]


BY_CLIENT = {**WHOLE, "websocket.close_code": [1000, 1000], "websocket.close_reason": ["done"] * 2}
BY_SERVER = {
    **WHOLE,
    "websocket.close_code": [1011, 1011],
    "websocket.close_reason": ["out of memory"] * 2,
}
# Nobody knows whether the last whole message was understood: TLS and TCP decide.
UNTOLD = {
    "client.complete": None,
    "server.complete": None,
    "client.loss": "Unlikely",
    "server.loss": "Unlikely",
    "app.summary": "WebSocket: no Close frame (1006)",
}
CUT = {"client.complete": None, "server.complete": False, "server.loss": "Certain"}

PLAYS = [
    *websocket("client_closes", "Both report close 1000.", BY_CLIENT, [], []),
    *websocket(
        "server_fails",
        "The server closes with code 1011, and the client sends it back.",
        BY_SERVER,
        ["websocket_close_error", "websocket_close_error"],
        [],
    ),
    *websocket(
        "no_reason",
        "Close frames without a code: both report 1005.",
        {**WHOLE, "websocket.close_code": []},
        [],
        [],
    ),
    *websocket(
        "server_without_close",
        "The server ends TLS in order, but sends no Close frame: both report 1006.",
        UNTOLD,
        ["websocket_abnormal"],
        ["server websocket_abnormal"],
    ),
    *websocket(
        "client_gone",
        "The client's socket is destroyed behind whole messages: both report 1006.",
        UNTOLD,
        ["websocket_abnormal"],
        ["client websocket_abnormal"],
    ),
    *websocket(
        "fragment_missing",
        "The server begins a message and ends TLS in order before its last fragment.",
        CUT,
        ["websocket_abnormal", "websocket_message_cut"],
        ["server websocket_abnormal", "server websocket_message_cut"],
    ),
    *websocket(
        "frame_cut",
        "The server ends TLS in order inside a frame.",
        CUT,
        ["websocket_abnormal", "websocket_message_cut"],
        ["server websocket_abnormal", "server websocket_message_cut"],
    ),
    *websocket(
        "python_closes",
        "Python's websockets closes with code 1000.",
        {**WHOLE, "websocket.close_code": [1000, 1000]},
        [],
        [],
        client="python",
        way="close",
        ending="client_closes",
    ),
    *websocket(
        "python_without_close",
        "The server ends TLS in order, but sends no Close frame: Python's websockets reports it.",
        UNTOLD,
        ["websocket_abnormal"],
        ["server websocket_abnormal"],
        client="python",
        way="wait",
        ending="server_without_close",
    ),
]

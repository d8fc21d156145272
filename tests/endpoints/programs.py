# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stock programs talk to each other, how it ends, and what an analysis has to say, written from
RFC 6455, RFC 4217 and what the programs report. It must not know how they are run, nor what the
plugin answers.
"""
from dataclasses import dataclass, field
from typing import Any

FTP_PASSIVE_PORTS = (47400, 47409)
WEBSOCKET_PORT = 47410

# Named as the plugin's fields; "experts" are all those of the application, in the order of their
# names. What is not named may be anything.
Expected = dict[str, Any]


@dataclass(frozen=True)
class Play:
    name: str
    about: str
    kind: str  # websocket, ftp
    filter: str  # of the capture
    expect: list[Expected]  # by tcp.stream
    without_keys: list[Expected]
    options: dict[str, Any] = field(default_factory=dict)


def websocket(name: str, about: str, expected: Expected, alarms: list[str]) -> list[Play]:
    return [
        Play(
            name=f"websocket_{name}_tls{version.replace('.', '')}",
            about=about,
            filter=f"tcp port {WEBSOCKET_PORT}",
            kind="websocket",
            options={"version": f"TLSv{version}", "ending": name},
            expect=[{"app.protocol": "websocket", **expected, "experts": alarms}],
            without_keys=[{"experts": []}],
        )
        for version in ("1.2", "1.3")
    ]


WHOLE = {"client.complete": True, "server.complete": True, "client.loss": "None", "server.loss": "None"}
BY_CLIENT = {**WHOLE, "websocket.close_code": [1000, 1000], "websocket.close_reason": ["done"] * 2}
BY_SERVER = {
    **WHOLE,
    "websocket.close_code": [1011, 1011],
    "websocket.close_reason": ["out of memory"] * 2,
}
UNTOLD = {"client.complete": None, "server.complete": None, "app.summary": "WebSocket: no Close frame (1006)"}
CUT = {"client.complete": None, "server.complete": False, "server.loss": "Certain"}

WEBSOCKETS = [
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

FTP_FILTER = f"tcp port {{port}} or tcp portrange {FTP_PASSIVE_PORTS[0]}-{FTP_PASSIVE_PORTS[1]}"
CONTROL = {"app.protocol": "ftp", **WHOLE, "experts": []}
UNREAD = {"app.protocol": None, "client.complete": None, "server.complete": None, "experts": []}
DOWNLOAD = {
    "app.protocol": "ftp-data",
    "server.complete": True,
    "client.loss": "None",
    "server.loss": "None",
    "experts": [],
}
UPLOAD = {name: value for name, value in DOWNLOAD.items() if name != "server.complete"} | {
    "client.complete": True
}
CUT_CONTROL = {
    "app.protocol": "ftp",
    "client.complete": True,
    "server.complete": False,
    "client.loss": "None",
    "server.loss": "Certain",
    "experts": ["request_unanswered"],
}
# Nothing but the missing close_notify tells that the file is not whole.
CUT_DOWNLOAD = {
    "app.protocol": "ftp-data",
    "server.complete": False,
    "client.loss": "None",
    "server.loss": "Possible",
    "experts": ["transfer_unconfirmed"],
}


def ftp(
    name: str,
    about: str,
    data: Expected,
    *,
    client: str = "curl",
    port: int = 2121,
    path: str = "small",
    control: Expected = CONTROL,
    unread: Expected | None = None,  # what differs of the data connection, without keys
    **options: Any,
) -> list[Play]:
    """Wireshark decrypts port 21 behind AUTH TLS only, and curl asks for AUTH SSL."""
    read = control if port != 21 or client == "ftplib" else UNREAD
    return [
        Play(
            name=f"ftp_{name}_tls{version.replace('.', '')}",
            about=about,
            filter=FTP_FILTER.format(port=port),
            kind="ftp",
            options={"version": version, "client": client, "port": port, "path": path, **options},
            expect=[read, data | {"evidence": "Inferred" if port == 21 else "Seen"}],
            without_keys=[UNREAD, {**data, **(unread or {}), "evidence": "Inferred"}],
        )
        for version in ("1.2", "1.3")
    ]


FTPS = [
    *ftp("get", "curl downloads a file.", DOWNLOAD),
    *ftp("put", "curl uploads a file.", UPLOAD, path="upload/new", unread={"server.loss": "Unlikely"}),
    *ftp("get_port_21", "curl downloads from port 21, where AUTH SSL hides TLS.", DOWNLOAD, port=21),
    *ftp("get_ftplib", "Python downloads from port 21.", DOWNLOAD, client="ftplib", port=21),
    *ftp(
        "killed",
        "The server is killed in the middle of a transfer.",
        CUT_DOWNLOAD,
        path="large",
        control=CUT_CONTROL,
        rate=30_000,
        kill=1.2,
    ),
    *ftp(
        "killed_port_21",
        "The server is killed in the middle of a transfer from port 21.",
        CUT_DOWNLOAD,
        path="large",
        port=21,
        rate=30_000,
        kill=1.2,
    ),
]

PLAYS = WEBSOCKETS + FTPS

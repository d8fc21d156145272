# SPDX-License-Identifier: GPL-2.0-or-later
"""FTP over TLS by vsftpd, curl and Python's ftplib: what is expected, written from RFC 959, RFC 4217 and
what the clients report.
"""
from typing import Any

from .play import VERSIONS, WHOLE, Expected, Play, in_version

PASSIVE_PORTS = (47400, 47409)

FILTER = f"tcp port {{port}} or tcp portrange {PASSIVE_PORTS[0]}-{PASSIVE_PORTS[1]}"
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
            name=in_version(f"ftp_{name}", version),
            about=about,
            filter=FILTER.format(port=port),
            kind="ftp",
            options={"version": version, "client": client, "port": port, "path": path, **options},
            expect=[read, data | {"evidence": "Inferred" if port == 21 else "Seen"}],
            without_keys=[UNREAD, {**data, **(unread or {}), "evidence": "Inferred"}],
        )
        for version in VERSIONS
    ]


PLAYS = [
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

# SPDX-License-Identifier: GPL-2.0-or-later
"""FTP over TLS by vsftpd, curl and Python's ftplib: what is expected, written from RFC 959, RFC 4217 and
what the clients report.
"""
from typing import Any

from .play import VERSIONS, WHOLE, Expected, Play, in_version

PASSIVE_PORTS = (47400, 47409)

FILTER = f"tcp port {{port}} or tcp portrange {PASSIVE_PORTS[0]}-{PASSIVE_PORTS[1]}"
CONTROL = {"app.protocol": "ftp", **WHOLE, "experts": [], "alarms": []}
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
    versions: tuple[str, ...] = VERSIONS,
    **options: Any,
) -> list[Play]:
    """Wireshark decrypts port 21 behind AUTH TLS only, and curl asks for AUTH SSL."""
    unread_control = UNREAD if "kill" in options else UNREAD | {"alarms": []}
    read = control if port != 21 or client == "ftplib" else unread_control
    return [
        Play(
            name=in_version(f"ftp_{name}", version),
            about=about,
            filter=FILTER.format(port=port),
            kind="ftp",
            packages=("vsftpd", {"curl": "curl", "ftplib": "python3"}[client]),
            options={"version": version, "client": client, "port": port, "path": path, **options},
            expect=[read, data | {"evidence": "Inferred" if port == 21 else "Seen"}],
            without_keys=[unread_control, data | {"evidence": "Inferred"} | (unread or {})],
        )
        for version in versions
    ]


# Both sides end TLS in order, and no byte was sent.
NO_FILE = {"client.loss": "None", "server.loss": "None", "alarms": []}
# Only the client's RST ends the server's direction: the server is not accused.
GIVEN_UP = CUT_DOWNLOAD | {"alarms": ["transfer_unconfirmed"]}


def reuse_required(version: str, unread: Expected) -> list[Play]:
    return ftp(
        "reuse_required",
        "vsftpd requires that the data connection resumes the session; ftplib does not: 522.",
        NO_FILE,
        unread=unread,
        client="ftplib",
        way="get",
        versions=(version,),
    )


def put_without_end(version: str, bare_end: str, of_session: list[str]) -> list[Play]:
    """In TLS 1.3 tickets that were not read make the kernel reset the connection."""
    alarms = [bare_end, "client transfer_unconfirmed"]
    return ftp(
        "put_without_end",
        "The client ends an upload without close_notify. vsftpd is strict: 426.",
        {
            "app.protocol": "ftp-data",
            "client.complete": False,
            "client.loss": "Possible",
            "server.loss": "None",
            "experts": ["transfer_unconfirmed"],
            "alarms": [*alarms, *of_session],
        },
        unread={"server.loss": "Unlikely", "alarms": alarms},
        client="ftplib",
        way="put_without_end",
        reuse="NO",
        strict="YES",
        path="upload/new",
        versions=(version,),
    )


PLAYS = [
    *ftp("get", "curl downloads a file.", DOWNLOAD),
    *ftp("put", "curl uploads a file.", UPLOAD, path="upload/new", unread={"server.loss": "Unlikely"}),
    *ftp("get_port_21", "curl downloads from port 21, where AUTH SSL hides TLS.", DOWNLOAD, port=21),
    *ftp(
        "get_ftplib",
        "Python downloads from port 21.",
        DOWNLOAD,
        client="ftplib",
        way="get",
        reuse="NO",
        port=21,
    ),
    # In TLS 1.2 without data and secrets, nobody can read the alerts.
    *reuse_required("1.2", {"evidence": None}),
    *reuse_required("1.3", {}),
    *ftp(
        "given_up",
        "The client closes in the middle of a download. vsftpd notices: 426.",
        GIVEN_UP,
        client="ftplib",
        way="give_up",
        reuse="NO",
        path="large",
        rate=10_000,
    ),
    # In TLS 1.2 OpenSSL answers the bare FIN by a fatal alert, which ends the session for good.
    *put_without_end("1.2", "client missing_close_notify", ["session_unresumable"]),
    *put_without_end("1.3", "client reset_without_close_notify", []),
    *ftp(
        "killed",
        "The server is killed in the middle of a transfer.",
        CUT_DOWNLOAD,
        path="large",
        control=CUT_CONTROL,
        rate=10_000,
        kill=1.2,
    ),
    *ftp(
        "killed_port_21",
        "The server is killed in the middle of a transfer from port 21.",
        CUT_DOWNLOAD,
        path="large",
        port=21,
        rate=10_000,
        kill=1.2,
    ),
]

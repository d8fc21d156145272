# SPDX-License-Identifier: GPL-2.0-or-later
"""The mariadb client and PyMySQL that ask MariaDB: what is expected, written from MariaDB's protocol and from
what the clients report. The plugin does not read this protocol: with secrets and without, its answers
are those of the table of losses.
"""
from typing import Any

from .play import HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version

PORT = 3306
PACKAGES = {"mariadb": "mariadb-client", "pymysql": "python3-pymysql"}


SLEEP = "SELECT sleep(5)"
SELECT = "SELECT 'more than a farewell may be long'"


def mariadb(
    name: str,
    about: str,
    client: str,
    words: list[str],
    expect: Expected,
    *,
    fatal: bool = False,  # a side's OpenSSL answers a bare FIN by a fatal alert
    **options: Any,
) -> list[Play]:
    """RFC 5246 section 7.2.2: up to TLS 1.2 a fatal alert ends the session for good. Without secrets it
    can't be told from a close_notify."""
    return [
        Play(
            name=in_version(f"mariadb_{name}", version),
            about=about,
            kind="mariadb",
            packages=("mariadb-server", PACKAGES[client]),
            filter=f"tcp port {PORT}",
            expect=[
                {"app.protocol": None, "evidence": "Seen"}
                | expect
                | {"alarms": expect["alarms"] + ["session_unresumable"] * (fatal and version == "1.2")}
            ],
            without_keys=[expect],
            options={"version": version, "client": client, "words": words, **options},
        )
        for version in VERSIONS
    ]


# Row 4 of the table of losses: a query that was received, and no answer.
UNANSWERED = {
    "server.loss": "Possible",
    "client.loss": "Unlikely",
    "alarms": ["server missing_close_notify", "server request_unanswered"],
}
# Row 11: the server spoke last, and a second later it resets the connection.
IDLE = {
    "server.loss": "Possible",
    "client.loss": "Unlikely",
    "alarms": ["server reset_without_close_notify"],
}

PLAYS = [
    *mariadb("client", "The client asks, and says goodbye.", "mariadb", ["-e", "SELECT 1"], HEALTHY_UNREAD),
    *mariadb(
        "pymysql",
        "PyMySQL asks, and says goodbye.",
        "pymysql",
        ["query=SELECT 1", "close"],
        HEALTHY_UNREAD,
    ),
    *mariadb(
        "pymysql_exit",
        "PyMySQL asks; the program ends without close().",
        "pymysql",
        ["query=SELECT 1"],
        HEALTHY_UNREAD,
        fatal=True,
    ),
    *mariadb(
        "idle",
        "The server gives up an idle connection. The client asks again, but its kernel sends nothing.",
        "mariadb",
        ["-e", f"SELECT 1; \\! sleep 2.5\n{SELECT}"],
        IDLE,
        server=["--wait-timeout=1"],
    ),
    *mariadb(
        "idle_pymysql",
        "The server gives up an idle connection. The client asks again, but its kernel sends nothing.",
        "pymysql",
        ["query=SELECT 1", "pause=2.5", f"query={SELECT}"],
        IDLE,
        server=["--wait-timeout=1"],
    ),
    *mariadb(
        "killed",
        "The server is killed during a query.",
        "mariadb",
        ["-e", SLEEP],
        UNANSWERED,
        fatal=True,
        event=(1.0, "kill server"),
    ),
    *mariadb(
        "killed_pymysql",
        "The server is killed during a query.",
        "pymysql",
        [f"query={SLEEP}"],
        UNANSWERED,
        event=(1.0, "kill server"),
    ),
    *mariadb(
        "connection_killed",
        "The administrator kills the connection during a query.",
        "mariadb",
        ["-e", SLEEP],
        UNANSWERED,
        fatal=True,
        event=(1.0, "kill connection"),
    ),
    *mariadb(
        "connection_killed_pymysql",
        "The administrator kills the connection during a query.",
        "pymysql",
        [f"query={SLEEP}"],
        UNANSWERED,
        event=(1.0, "kill connection"),
    ),
]

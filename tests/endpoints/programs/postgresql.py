# SPDX-License-Identifier: GPL-2.0-or-later
"""psql and psycopg2 that ask PostgreSQL: what is expected, written from PostgreSQL's protocol 3.0, from what
the clients report and from what PostgreSQL logs. The plugin does not read this protocol: with secrets and
without, its answers are those of the table of losses.
"""
from typing import Any

from .play import HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version

PORT = 5432
PACKAGES = {"psql": "postgresql-client-15", "python": "python3-psycopg2"}

# Longer than a farewell may be.
LONG_QUERY = f"query=SELECT pg_sleep(1), '{'q' * 150}'"


def postgresql(
    name: str,
    about: str,
    client: str,
    words: list[str],
    expect: Expected,
    versions: tuple[str, ...] = VERSIONS,
    **options: Any,
) -> list[Play]:
    return [
        Play(
            name=in_version(f"postgresql_{name}", version),
            about=about,
            kind="postgresql",
            packages=("postgresql-15", PACKAGES[client]),
            filter=f"tcp port {PORT}",
            expect=[{"app.protocol": None, "evidence": "Seen"} | expect],
            without_keys=[expect],
            options={"version": version, "client": client, "words": words, **options},
        )
        for version in versions
    ]


# Row 4 of the table of losses: a query that was received, and no answer.
UNANSWERED = {
    "server.loss": "Possible",
    "client.loss": "Unlikely",
    "alarms": ["server missing_close_notify", "server request_unanswered"],
}

# A query that found the server closed, and an answer that found the client gone: row 7.
LOST_QUERY = {"client.loss": "Certain", "server.loss": "Unlikely"}
LOST_ANSWER = {"client.loss": "Unlikely", "server.loss": "Certain", "alarms": ["server data_discarded"]}


def terminated_idle(version: str, alarms: list[str]) -> list[Play]:
    return postgresql(
        "terminated_idle",
        "The administrator ends an idle connection; the client asks again.",
        "python",
        ["query=SELECT 1", "pause=1.5", "query=SELECT 'more than a farewell may be long'"],
        LOST_QUERY | {"alarms": alarms},
        versions=(version,),
        event=(0.7, "terminate"),
    )


PLAYS = [
    *postgresql("psql", "psql asks, and says goodbye.", "psql", ["-c", "SELECT 1"], HEALTHY_UNREAD),
    *postgresql(
        "psycopg2",
        "psycopg2 asks, and says goodbye.",
        "python",
        ["query=SELECT 1", "close"],
        HEALTHY_UNREAD,
    ),
    *postgresql(
        "psycopg2_exit",
        "psycopg2 asks; the program ends without close().",
        "python",
        ["query=SELECT 1"],
        HEALTHY_UNREAD,
    ),
    *postgresql(
        "terminated",
        "The administrator ends the connection during a query, which is answered by an error.",
        "python",
        ["query=SELECT pg_sleep(5)"],
        HEALTHY_UNREAD,
        event=(0.7, "terminate"),
    ),
    *postgresql(
        "terminated_psql",
        "The administrator ends the connection during a query, which is answered by an error.",
        "psql",
        ["-c", "SELECT pg_sleep(5)"],
        HEALTHY_UNREAD,
        event=(0.7, "terminate"),
    ),
    *terminated_idle("1.2", ["client data_after_peer_close_notify", "client data_discarded"]),
    *terminated_idle("1.3", ["client data_discarded"]),
    *postgresql(
        "backend_killed",
        "The server's process is killed during a query.",
        "python",
        ["query=SELECT pg_sleep(5)"],
        UNANSWERED,
        event=(0.7, "kill backend"),
    ),
    *postgresql(
        "backend_killed_psql",
        "The server's process is killed during a query.",
        "psql",
        ["-c", "SELECT pg_sleep(5)"],
        UNANSWERED,
        event=(0.7, "kill backend"),
    ),
    *postgresql(
        "client_killed",
        "The client is killed during a query, whose answer comes too late.",
        "python",
        [LONG_QUERY],
        LOST_ANSWER,
        event=(0.7, "kill client"),
        afterwards=1.0,
    ),
]

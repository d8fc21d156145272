# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps the records of a run in an SQLite database, so that memory does not grow with them, and
finds what only all captures together show: sessions made unresumable in one capture and resumed in
another. It must not know where records come from, nor how they are shown.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batch import interface, records

Record = dict[str, Any]

TEXT, INTEGER, REAL = "TEXT", "INTEGER", "REAL"
# One column a key of a record, in the order in which they are shown.
COLUMNS = {
    "file": TEXT,
    "stream": INTEGER,
    "frame": INTEGER,
    "start": TEXT,
    "time": TEXT,
    "client.address": TEXT,
    "client.port": INTEGER,
    "server.address": TEXT,
    "server.port": INTEGER,
    "community_id": TEXT,
    "server_name": TEXT,
    "version": TEXT,
    "loss": TEXT,
    "client.loss": TEXT,
    "server.loss": TEXT,
    "loss.reason": TEXT,
    "verdict": TEXT,
    "initiator": TEXT,
    "evidence": TEXT,
    "reason": TEXT,
    "initiated_in": TEXT,
    "initiated": TEXT,
    "idle": REAL,
    "closing_time": REAL,
    "client.closure": TEXT,
    "server.closure": TEXT,
    "client.close_notify": TEXT,
    "server.close_notify": TEXT,
    "client.bytes": INTEGER,
    "server.bytes": INTEGER,
    "client.after_close.records": INTEGER,
    "client.after_close.bytes": INTEGER,
    "server.after_close.records": INTEGER,
    "server.after_close.bytes": INTEGER,
    "app.protocol": TEXT,
    "client.complete": INTEGER,
    "server.complete": INTEGER,
    "app.goodbye_in": TEXT,
    "app.summary": TEXT,
    "session.id": TEXT,
    "session.established_in": TEXT,
    "session.unresumable_in": TEXT,
    "session.unresumable_reason": TEXT,
    "http.close_announced_in": TEXT,
    "http.framing": TEXT,
    "http.complete": INTEGER,
}
LISTS = ["client.close_notify", "server.close_notify"]
LOCATIONS = sorted(records.FRAMES)
BOOLEANS = sorted(records.BOOLEANS)
FINDING = ["name", "severity", "sender", "file", "frame", "time"]
EVENT = ["event", "id", "time", "file", "frame"]


def column(name: str) -> str:
    """SQL would have to quote a dot."""
    return name.replace(".", "_")


def declare(columns: dict[str, str]) -> str:
    return ", ".join(f"{column(name)} {kind}" for name, kind in columns.items())


# Whose data was lost, and who ended the connections of a service, and how.
VIEWS = """
CREATE VIEW losses AS
SELECT server_name, server_address, server_port, client_address, loss,
    CASE WHEN server_loss = loss THEN 'Server' ELSE 'Client' END AS whose,
    loss_reason, verdict, initiator, idle, file, stream, frame, time, id
FROM connections WHERE loss IN ('Certain', 'Possible');
CREATE VIEW servers AS
SELECT server_name, server_address, server_port, count(*) AS connections,
    sum(server_loss IN ('Certain', 'Possible')) AS server_losses,
    sum(client_loss IN ('Certain', 'Possible')) AS client_losses,
    sum(initiator = 'Server') AS ended_by_server, sum(initiator = 'Client') AS ended_by_client,
    sum(initiator = 'Server' AND verdict IN ('Truncated', 'Reset')) AS ended_badly_by_server
FROM connections GROUP BY server_name, server_address, server_port
ORDER BY server_losses DESC, client_losses DESC, connections DESC;
"""

SCHEMA = f"""
CREATE TABLE captures (file TEXT PRIMARY KEY, problem TEXT);
CREATE TABLE connections (id INTEGER PRIMARY KEY, judged_in TEXT, {declare(COLUMNS)});
CREATE TABLE findings (connection INTEGER REFERENCES connections,
    name TEXT, severity TEXT, sender TEXT, file TEXT, frame INTEGER, time TEXT);
CREATE INDEX findings_connection ON findings (connection);
CREATE TABLE session_events (connection INTEGER REFERENCES connections,
    event TEXT, id TEXT, time TEXT, file TEXT, frame INTEGER);
CREATE INDEX session_events_connection ON session_events (connection);
CREATE INDEX session_events_id ON session_events (id, event, time);
{VIEWS}"""

# A connection captured at two points is no resumption of itself, whatever the two clocks say.
# What was judged together, the plugin has linked.
ACROSS_CAPTURES = f"""
CREATE TEMP TABLE across AS
SELECT later.connection AS connection, later.event AS event, later.file AS file,
    later.frame AS frame, later.time AS time, earlier.connection AS cause,
    earlier.file || ':' || earlier.frame AS unresumable_in, min(earlier.time) AS since
FROM session_events AS later
JOIN session_events AS earlier ON earlier.id = later.id
    AND earlier.event = '{interface.MADE_UNRESUMABLE}' AND earlier.time < later.time
JOIN connections AS resumed ON resumed.id = later.connection
JOIN connections AS ended ON ended.id = earlier.connection
WHERE later.event IN ('Resumption offered', 'Resumed') AND ended.judged_in != resumed.judged_in
    AND resumed.session_unresumable_in IS NULL
    AND NOT (resumed.client_address = ended.client_address
        AND resumed.client_port = ended.client_port
        AND resumed.server_address = ended.server_address
        AND resumed.server_port = ended.server_port)
GROUP BY later.rowid
ORDER BY later.rowid;

INSERT INTO findings
SELECT connection, 'unresumable_session_offered',
    '{interface.ACROSS_CAPTURES["unresumable_session_offered"]}', NULL, file, frame, time
FROM across WHERE event = 'Resumption offered';

INSERT INTO findings
SELECT connection, 'unresumable_session_resumed',
    '{interface.ACROSS_CAPTURES["unresumable_session_resumed"]}', NULL, file, frame, time
FROM across WHERE event = 'Resumed';

UPDATE connections SET session_unresumable_in = across.unresumable_in,
    session_unresumable_reason = ended.session_unresumable_reason
FROM across JOIN connections AS ended ON ended.id = across.cause
WHERE across.connection = connections.id;

DROP TABLE across;

UPDATE connections SET session_established_in = (
    SELECT earlier.file || ':' || earlier.frame FROM session_events AS later
    JOIN session_events AS earlier ON earlier.id = later.id
        AND earlier.event = '{interface.ESTABLISHED}'
    JOIN connections AS first ON first.id = earlier.connection
    WHERE later.connection = connections.id AND later.event IN ('Resumption offered', 'Resumed')
        AND first.judged_in != connections.judged_in
    ORDER BY later.rowid DESC, earlier.time LIMIT 1)
WHERE session_established_in IS NULL;
"""


class Store:
    """The records of one run."""

    def __init__(self, path: Path):
        path.unlink(missing_ok=True)
        self.database = sqlite3.connect(path)
        self.database.row_factory = sqlite3.Row
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.executescript(SCHEMA)

    def close(self) -> None:
        self.database.commit()
        self.database.close()

    def copy_to(self, path: Path) -> None:
        """Writes the database to a file that is there and empty."""
        self.database.commit()
        target = sqlite3.connect(path)
        try:
            self.database.backup(target)
        finally:
            target.close()

    def add_capture(self, file: str, problem: str = "") -> None:
        """A problem is kept, whatever else is said of that file."""
        self.database.execute(
            "INSERT INTO captures VALUES (?, nullif(?, '')) ON CONFLICT (file)"
            " DO UPDATE SET problem = coalesce(problem || '; ' || excluded.problem,"
            " problem, excluded.problem)",
            (printable(file), printable(problem)),
        )

    def add(self, record: Record, job: int) -> None:
        """Records with the same JUDGED of one job were judged together."""
        self.add_capture(record["file"], record.get("problem") or "")
        if "problem" in record:
            return
        values = [as_cell(record.get(name)) for name in COLUMNS]
        marks = ", ".join("?" * (len(values) + 1))
        row = self.database.execute(
            f"INSERT INTO connections VALUES (NULL, {marks})",
            [f"{job}.{record.get('judged', 0)}", *values],
        ).lastrowid
        self.add_rows("findings", row, FINDING, record["findings"])
        self.add_rows("session_events", row, EVENT, record["session.events"])

    def add_rows(self, table: str, row: int | None, names: list[str], rows: list[Record]) -> None:
        marks = ", ".join("?" * (len(names) + 1))
        self.database.executemany(
            f"INSERT INTO {table} VALUES ({marks})",
            [[row, *(as_cell(entry.get(name)) for name in names)] for entry in rows],
        )

    def link_sessions(self) -> None:
        self.database.executescript(ACROSS_CAPTURES)

    def rows(self, query: str, *values: Any) -> Iterator[sqlite3.Row]:
        return iter(self.database.execute(query, values))

    def value(self, query: str, *values: Any) -> Any:
        return self.database.execute(query, values).fetchone()[0]

    def records(self) -> Iterator[Record]:
        for row in self.rows("SELECT * FROM connections ORDER BY id"):
            yield as_record(row) | {
                "session.events": self.entries("session_events", EVENT, row["id"]),
                "findings": self.entries("findings", FINDING, row["id"]),
            }

    def entries(self, table: str, names: list[str], row: int) -> list[Record]:
        query = f"SELECT {', '.join(names)} FROM {table} WHERE connection = ? ORDER BY rowid"
        return [dict(entry) for entry in self.rows(query, row)]

    def problems(self) -> Iterator[Record]:
        query = "SELECT file, problem FROM captures WHERE problem IS NOT NULL ORDER BY file"
        return (dict(row) for row in self.rows(query))


def as_cell(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value) or None
    if isinstance(value, dict):
        return printable(f"{value['file']}:{value['frame']}")
    return printable(value) if isinstance(value, str) else value


def as_record(row: sqlite3.Row) -> Record:
    record = {name: row[column(name)] for name in COLUMNS}
    for name in LISTS:
        record[name] = record[name].split(", ") if record[name] else []
    for name in LOCATIONS:
        if record[name]:
            file, frame = record[name].rsplit(":", 1)
            record[name] = {"file": file, "frame": int(frame)}
    for name in BOOLEANS:
        record[name] = None if record[name] is None else bool(record[name])
    return record


def printable(text: str) -> str:
    """File names that are not UTF-8 cannot be kept as they are."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")

# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark's own exports for databases, -T ek and -T json: every field of the plugin is there, with a
value of its type, and loaded into SQLite beside the records of tools/tlsclose-batch they agree.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_run import NAMES, batch, capture
from running import Runner

Pairs = list[tuple[str, Any]]
Row = dict[str, Any]

# What Wireshark's types are in a database, and how their text is read. An expert info has no value.
INTEGER = ("INTEGER", lambda value: int(value, 0))
TYPES = {
    "FT_UINT8": INTEGER,
    "FT_UINT16": INTEGER,
    "FT_UINT32": INTEGER,
    "FT_UINT64": INTEGER,
    "FT_FRAMENUM": INTEGER,
    "FT_BOOLEAN": ("INTEGER", lambda value: {"1": 1, "0": 0, True: 1, False: 0}[value]),
    "FT_RELATIVE_TIME": ("REAL", float),
    "FT_STRING": ("TEXT", str),
    "FT_BYTES": ("TEXT", lambda value: bytes.fromhex(value.replace(":", "")).hex()),
    "FT_NONE": ("INTEGER", lambda value: 1),
}


@pytest.fixture(scope="module")
def fields(tshark: Runner) -> dict[str, str]:
    lines = [line.split("\t") for line in tshark("-G", "fields").stdout.splitlines()]
    return {
        line[2]: line[3] for line in lines if line[0] == "F" and line[2].startswith("tlsclose.")
    }


def leaves(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """All values below a subtree, those of doubled keys and of lists one by one."""
    for name, value in pairs:
        for one in value if isinstance(value, list) and not is_pairs(value) else [value]:
            if is_pairs(one):
                yield from leaves(one)
            else:
                yield name, one


def is_pairs(value: object) -> bool:
    return (
        isinstance(value, list) and all(isinstance(item, tuple) for item in value) and value != []
    )


def ek_name(name: str) -> str:
    """As -T ek writes a field's name: its protocol's before it, and no dots."""
    return f"{name.split('.')[0]}_{name.replace('.', '_')}"


def rows(
    frames: list[Pairs], file: Path, names: dict[str, str], types: dict[str, str]
) -> list[Row]:
    """names: the plugin's fields by what they are called in the export."""
    found = []
    for layers in frames:
        by_name = dict(layers)
        frame = next(
            int(v)
            for n, v in leaves(by_name["frame"])
            if n.endswith("frame_number") or n == "frame.number"
        )
        stream = next(
            int(v)
            for n, v in leaves(by_name["tcp"])
            if n.endswith("tcp_stream") or n == "tcp.stream"
        )
        row: Row = {"file": str(file), "frame": frame, "stream": stream}
        for layer, content in layers:
            for name, value in leaves(content) if layer == "tlsclose" else []:
                if not name.startswith("_ws"):
                    column = names[name]
                    read = TYPES[types[column]][1]
                    row.setdefault(column, []).append(read(value))
        found.append(row)
    return found


def load(text: str) -> Any:
    return json.loads(text, object_pairs_hook=lambda pairs: pairs)


@pytest.fixture(scope="module")
def ek(tshark: Runner, fields: dict[str, str]) -> list[Row]:
    names = {ek_name(name): name for name in fields}
    found = []
    for name in NAMES:
        done = tshark("-n", "-r", capture(name), "-2", "-Y", "tlsclose", "-T", "ek")
        lines = [dict(load(line)) for line in done.stdout.splitlines()]
        frames = [line["layers"] for line in lines if "layers" in line]
        found += rows(frames, capture(name), names, fields)
    return found


# What these captures do not hold: HTTP/2, WebSocket and FTP, and losses of other kinds.
ELSEWHERE = re.compile(
    r"tlsclose\.(http2|grpc|websocket)[._]|tlsclose\."
    r"(transfer_unconfirmed|control_after_close|data_discarded|request_unanswered|app_truncated)$"
)


def test_every_field_is_there(ek: list[Row], fields: dict[str, str]) -> None:
    there = {name for row in ek for name in row if name.startswith("tlsclose.")}
    assert there <= set(fields)
    assert {name for name in set(fields) - there if not ELSEWHERE.match(name)} == set()


def test_ek_and_json_say_the_same(tshark: Runner, ek: list[Row], fields: dict[str, str]) -> None:
    names = {name: name for name in fields}
    found = []
    for name in NAMES:
        done = tshark("-n", "-r", capture(name), "-2", "-Y", "tlsclose", "-T", "json")
        frames = [dict(dict(packet)["_source"])["layers"] for packet in load(done.stdout)]
        found += rows(frames, capture(name), names, fields)
    assert found == ek


@pytest.fixture(scope="module")
def database(
    tshark: Runner,
    ek: list[Row],
    fields: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[sqlite3.Connection]:
    """Beside the tables of tlsclose-batch: values(file, frame, stream, field, value) and names."""
    path = tmp_path_factory.mktemp("export") / "records.sqlite"
    assert batch("--sqlite", path, *map(capture, NAMES)).returncode == 1
    connection = sqlite3.connect(path)
    connection.execute(
        'CREATE TABLE exported (file TEXT, frame INTEGER, stream INTEGER, field TEXT, "value" ANY)'
    )
    connection.executemany(
        "INSERT INTO exported VALUES (?, ?, ?, ?, ?)",
        [
            (row["file"], row["frame"], row["stream"], name.removeprefix("tlsclose."), value)
            for row in ek
            for name in fields
            for value in row.get(name, [])
        ],
    )
    lines = [line.split("\t") for line in tshark("-G", "values").stdout.splitlines()]
    connection.execute("CREATE TABLE names (field TEXT, number INTEGER, name TEXT)")
    connection.executemany(
        "INSERT INTO names VALUES (?, ?, ?)",
        [
            (line[1].removeprefix("tlsclose."), int(line[2], 0), line[3])
            for line in lines
            if line[0] == "V" and line[1].startswith("tlsclose.")
        ],
    )
    yield connection
    connection.close()


def exported(database: sqlite3.Connection, field: str, columns: str) -> list[Any]:
    """The exported values of a field, by name if they have names."""
    query = f"""
        SELECT {columns}, coalesce(names.name, exported.value) FROM exported
        LEFT JOIN names ON names.field = exported.field AND names.number = exported.value
        WHERE exported.field = ?"""
    return sorted(database.execute(query, [field]))


def recorded(database: sqlite3.Connection, query: str) -> list[Any]:
    return sorted(database.execute(query))


@pytest.mark.parametrize("field", ["verdict", "initiator", "server_name"])
def test_verdicts_agree(database: sqlite3.Connection, field: str) -> None:
    query = f"""SELECT file, frame, stream, "{field}" FROM connections
        WHERE "{field}" IS NOT NULL AND verdict != 'Open at end of capture'"""
    found = exported(database, field, "file, frame, stream")
    assert found and found == recorded(database, query)


def test_closures_agree(database: sqlite3.Connection) -> None:
    query = """
        SELECT file, stream, client_closure FROM connections WHERE client_closure IS NOT NULL
        UNION ALL
        SELECT file, stream, server_closure FROM connections WHERE server_closure IS NOT NULL"""
    found = exported(database, "closure", "file, stream")
    assert found and found == recorded(database, query)


@pytest.mark.parametrize("field", ["version", "http.framing", "http.complete"])
def test_what_is_said_several_times_agrees(database: sqlite3.Connection, field: str) -> None:
    column = field.replace(".", "_")
    query = f"SELECT file, stream, {column} FROM connections WHERE {column} IS NOT NULL"
    found = exported(database, field, "file, stream")
    assert found and set(found) == set(recorded(database, query))


def test_sums_of_data_after_a_closure_agree(database: sqlite3.Connection) -> None:
    for what in ("records", "bytes"):
        query = f"""SELECT sum(coalesce(client_after_close_{what}, 0)
            + coalesce(server_after_close_{what}, 0)) FROM connections"""
        values = [row[-1] for row in exported(database, f"after_close.{what}", "file")]
        assert recorded(database, query) == [(sum(values),)] != [(0,)]


def test_session_events_agree(database: sqlite3.Connection) -> None:
    query = "SELECT file, frame, event FROM session_events"
    found = exported(database, "session.event", "file, frame")
    assert found and found == recorded(database, query)
    query = "SELECT file, frame, id FROM session_events"
    assert exported(database, "session.id", "file, frame") == recorded(database, query)


def test_findings_agree(database: sqlite3.Connection, fields: dict[str, str]) -> None:
    found = [
        (file, frame, name)
        for name in (name.removeprefix("tlsclose.") for name in fields if fields[name] == "FT_NONE")
        for file, frame, _ in exported(database, name, "file, frame")
    ]
    query = "SELECT file, frame, name FROM findings"
    assert found and sorted(found) == recorded(database, query)

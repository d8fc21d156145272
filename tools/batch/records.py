# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the plugin's table "tlsclose,records" as tshark prints it: a record for each TLS connection.
It must not know how tshark is run, nor what becomes of the records.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from batch import interface
from batch.community_id import community_id

TABLE = "tlsclose,records"
BEGIN, END = "stream |", "=" * 20
SEPARATOR = " |"

Record = dict[str, Any]
Place = Callable[[int], tuple[str, int]]

NUMBERS = {
    "stream",
    "client.port",
    "server.port",
    "client.bytes",
    "server.bytes",
    *(f"{side}.after_close.{of}" for side in ("client", "server") for of in ("records", "bytes")),
}
FRAMES = {
    "initiated_in",
    "app.goodbye_in",
    "http.close_announced_in",
    "session.established_in",
    "session.unresumable_in",
}
TIMES = {"start", "time", "initiated"}
DURATIONS = {"idle", "closing_time"}
BOOLEANS = {"client.complete", "server.complete", "http.complete"}
# Of what did not happen there is nothing to say.
ABSENT_IF_ZERO = {name for name in NUMBERS if ".after_close." in name}
FINDING = ["sender", "severity", "name", "frame", "time"]
EVENT = ["event", "id", "frame", "time"]

ESCAPE = re.compile(r"\\([0-7]{3}|.)")
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class IncompleteTable(Exception):
    """What tshark printed ends before the table does."""


def read(lines: Iterable[str], place: Place) -> Iterator[Record]:
    """The records in what tshark prints, with frames by their PLACE in a file."""
    rows = iter(lines)
    columns: list[str] = []
    for line in rows:
        if line.startswith(BEGIN):
            columns = cells(line)
            break
    else:
        raise IncompleteTable
    next(rows, "")  # the table's name
    for line in rows:
        if line.startswith(END):
            return
        yield record(dict(zip(columns, cells(line), strict=True)), place)
    raise IncompleteTable


def cells(line: str) -> list[str]:
    return line.rstrip("\n").removesuffix(SEPARATOR).split(SEPARATOR)


def record(row: dict[str, str], place: Place) -> Record:
    file, frame = location(row["frame"] or row["start.frame"], place).values()
    lists = {
        "findings": entries(row["findings"], FINDING, place),
        "session.events": entries(row["session.events"], EVENT, place),
    }
    for side in ("client", "server"):
        name = f"{side}.close_notify"
        lists[name] = row[name].split(",") if row[name] else []
    said = {
        name: value(name, text, place)
        for name, text in row.items()
        if name not in lists and name not in ("frame", "start.frame")
    }
    said["evidence"] = said.pop("verdict.evidence")
    said["verdict"] = said["verdict"] or interface.OPEN
    ends = ((said[f"{side}.address"], said[f"{side}.port"]) for side in ("client", "server"))
    said["community_id"] = community_id(*ends)
    return {"file": file, "frame": frame} | said | lists


def value(name: str, text: str, place: Place) -> Any:
    if not text or (name in ABSENT_IF_ZERO and text == "0"):
        return None
    if name in NUMBERS:
        return int(text)
    if name in FRAMES:
        return location(text, place)
    if name in TIMES:
        return moment(text)
    if name in DURATIONS:
        return float(text)
    return text == "True" if name in BOOLEANS else unescaped(text)


def location(number: str, place: Place) -> Record:
    file, frame = place(int(number))
    return {"file": file, "frame": frame}


def moment(text: str) -> str | None:
    """Nothing for a time that no calendar has: one odd packet costs its own time only."""
    try:
        return datetime.fromtimestamp(float(text), timezone.utc).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        return None


def entries(text: str, names: list[str], place: Place) -> list[Record]:
    """Findings or session events: their parts by name."""
    found = []
    for item in text.split(",") if text else []:
        entry: Record = dict(zip(names, item.split("|"), strict=True))
        entry |= location(entry["frame"], place) | {"time": moment(entry["time"])}
        if not entry.get("sender", True):
            entry["sender"] = None  # it is about the connection
        found.append(entry)
    return found


def unescaped(text: str) -> str:
    """The plugin escapes what is not printable, and its separator."""

    def sign(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code, 8)) if len(code) == 3 else ESCAPED.get(code, code)

    return ESCAPE.sub(sign, text)

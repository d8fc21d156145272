# SPDX-License-Identifier: GPL-2.0-or-later
"""The TLS libraries as judges: where a library that read to the end complained of a truncation, the
plugin has to see one in its peer's direction, and where it saw a proper end, a close_notify.
"""
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tlsclose_run import Found, connections, rows

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
PEER = {"client": "server", "server": "client"}

COMPLAINTS = (
    "unexpected eof while reading",  # OpenSSL
    "The TLS connection was non-properly terminated.",  # GnuTLS
    "unexpected EOF",  # Go
    "Remote host terminated the connection",  # Java
    "onnection reset",  # OpenSSL, Go, Java
    "Error in the pull function.",  # GnuTLS, of a RST
    "ECONNRESET",  # Node.js
)
PROPER_END = "end of TLS stream"

# Libraries that take a bare FIN between two records for a proper end, and why.
LENIENT = {
    "Go": "returns io.EOF, because so many web sites end so",
    "Java": "returns -1, unless com.sun.net.ssl.requireCloseNotify is set",
    "Node.js": "emits 'end'",
}


class Reading(NamedTuple):
    stream: int
    reader: str
    library: str
    report: str


def readings(description: dict) -> Iterator[Reading]:
    stream = -1
    for line in description["steps"]:
        step, _, report = line.partition(" -> ")
        who, verb, *_ = step.split(" ")
        stream += verb == "connect"
        if verb == "read_to_the_end":
            yield Reading(stream, who, description[who].split(" ")[0], report)


def senders_of_close_notify(found: Found) -> set[str]:
    return {order.split()[0] for order in found.close_notify}


def is_lenient(reading: Reading, found: Found, description: dict) -> bool:
    """Whether this library calls this end proper, though it was a bare FIN."""
    bare_fin = found.statements.get(PEER[reading.reader]) == "Truncated"
    strict_java = "require_close_notify" in description["client_setup"]
    between_records = "truncated_record" not in found.expert
    return reading.library in LENIENT and bare_fin and between_records and not strict_java


DESCRIPTIONS = {path.stem: json.loads(path.read_text()) for path in sorted(CAPTURES.glob("*.json"))}
READ_TO_THE_END = [name for name, description in DESCRIPTIONS.items() if any(readings(description))]


@pytest.mark.parametrize("name", READ_TO_THE_END)
def test_plugin_agrees_with_the_library_that_read(name: str) -> None:
    description = DESCRIPTIONS[name]
    if description["left_out"]:
        pytest.skip("the library has read what the capture does not hold")
    found = connections(rows(CAPTURES / f"{name}.pcapng"))
    for reading in readings(description):
        connection = found[reading.stream]
        peer = PEER[reading.reader]
        truncated = connection.statements.get(peer) in ("Truncated", "Reset")
        if any(complaint in reading.report for complaint in COMPLAINTS):
            assert truncated, reading
        if PROPER_END in reading.report and not is_lenient(reading, connection, description):
            assert peer in senders_of_close_notify(connection), reading
            assert not truncated, reading


def test_both_answers_occur_for_every_library() -> None:
    reports: dict[str, set[str]] = {}
    for description in DESCRIPTIONS.values():
        for reading in readings(description):
            kind = "proper" if PROPER_END in reading.report else "complaint"
            reports.setdefault(reading.library, set()).add(kind)
    assert reports == {
        library: {"proper", "complaint"}
        for library in ("OpenSSL", "GnuTLS", "Go", "Java", "Node.js")
    }

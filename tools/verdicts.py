# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints how each TLS connection of some captures ended, one line a connection.

Knows the plugin's table of connections and its field names, and asks tshark for them. It must not
know how a verdict is reached, and reads no packet itself.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TSHARK = PROJECT / "tools" / "tshark"
SAMPLE = PROJECT / "tests" / "captures" / "sample.pcapng"

VERDICTS = {
    1: "Graceful",
    2: "Unanswered",
    3: "Truncated",
    4: "Reset",
    5: "Fatal alert",
    6: "Handshake incomplete",
    7: "Unknown",
}
OPEN = "Open at end of capture"
SIDES = {1: "client", 2: "server"}
EXPERT_INFOS = {
    "tlsclose.missing_close_notify": "no close_notify",
    "tlsclose.reset_without_close_notify": "RST, no close_notify",
    "tlsclose.unanswered_close_notify": "close_notify not answered",
    "tlsclose.reset_after_close_notify": "RST after close_notify",
    "tlsclose.duplicate_close_notify": "second close_notify",
    "tlsclose.alert_after_close_notify": "alert after close_notify",
    "tlsclose.truncation_noticed": "noticed the truncation",
    "tlsclose.close_notify_level": "close_notify of wrong level",
    "tlsclose.close_notify_in_handshake": "close_notify in the handshake",
    "tlsclose.user_canceled_alone": "user_canceled without close_notify",
    "tlsclose.data_after_close_notify": "data after close_notify",
    "tlsclose.data_after_peer_close_notify": "data after the peer's close_notify",
    "tlsclose.data_crossing_close_notify": "data crossed close_notify, lost",
    "tlsclose.half_close": "half-close",
    "tlsclose.data_after_fatal_alert": "data after a fatal alert",
    "tlsclose.plaintext_after_close_notify": "clear text after close_notify",
    "tlsclose.truncated_record": "cut inside a record",
    "tlsclose.session_unresumable": "session unresumable",
    "tlsclose.session_unresumable_rfc2246": "session unresumable by RFC 2246",
    "tlsclose.tickets_discarded": "tickets to be discarded",
    "tlsclose.unresumable_session_offered": "offered an unresumable session",
    "tlsclose.unresumable_session_resumed": "resumed an unresumable session",
    "tlsclose.http_truncated": "HTTP response truncated",
    "tlsclose.http_close_without_close_notify": "HTTP close without close_notify",
    "tlsclose.http_request_after_close": "HTTP request after close",
    "tlsclose.capture_incomplete": "capture incomplete",
}
FIELDS = [
    "frame.number",
    "tcp.stream",
    "tlsclose.sender",
    "tlsclose.verdict",
    "tlsclose.reason",
    *EXPERT_INFOS,
]

# The table comes after the fields. The last cells of a row can be missing.
TABLE = "tlsclose,connections"
TABLE_BEGINS = re.compile(r"^=+$", re.MULTILINE)
TABLE_ROW = re.compile(
    r"(?P<stream>\d+) \|(?P<client>[^|]*) \|(?P<server>[^|]*) \|(?P<name>.*) \|"
    r"(?P<version>[\w. ]*) \|(?P<verdict>[\w ]*) \|(?P<initiator>[a-zA-Z]*) \|"
    r"(?P<evidence>[a-zA-Z]*) \|(?P<start>\d+) \|((?P<end>\d+) \|(\d+ \|-?[\d.]+ \|)?)?"
)

HEADINGS = "stream client server version verdict initiator evidence frame remarks".split()
COLOURS = {
    "Graceful": "32",
    "Unanswered": "33",
    "Truncated": "31",
    "Reset": "31",
    "Fatal alert": "35",
}

Frame = dict[str, str]


@dataclass
class Connection:
    """A row of the table, and what the frames of the connection said."""

    cells: dict[str, str]
    reason: str = ""
    remarks: dict[str, set[str]] = field(default_factory=dict)  # words: who did it

    def has_ended(self) -> bool:
        return self.cells["verdict"] != OPEN

    def is_of(self, frame: Frame) -> bool:
        return self.cells["stream"] == frame["tcp.stream"] and int(self.cells["start"]) <= int(
            frame["frame.number"]
        )

    def add(self, frame: Frame) -> None:
        if frame["tlsclose.verdict"]:  # a revised one comes later
            self.reason = frame["tlsclose.reason"]
        for name, words in EXPERT_INFOS.items():
            if frame[name]:
                self.remarks.setdefault(words, set()).add(side(frame["tlsclose.sender"]))


@dataclass
class Reading:
    """One capture as tshark read it; problem is empty if it could be read to its end."""

    connections: list[Connection]
    problem: str


def side(value: str) -> str:
    return SIDES.get(int(value), "") if value else ""


def run_tshark(capture: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A name like "-" would mean something else to tshark.
    return subprocess.run(
        [TSHARK, "-n", "-r", capture.absolute(), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def read(capture: Path, preferences: Iterable[str]) -> Reading:
    # The second pass (-2) shows final verdicts only.
    arguments = ["-2", "-z", TABLE, "-Y", "tlsclose", "-T", "fields"]
    # The last occurrence belongs to the innermost of nested TCP headers.
    arguments += ["-E", "occurrence=l"]
    for name in FIELDS:
        arguments += ["-e", name]
    for preference in preferences:
        arguments += ["-o", preference]

    tshark = run_tshark(capture, *arguments)
    frames, *table = TABLE_BEGINS.split(tshark.stdout, maxsplit=1)
    connections = [
        Connection(row.groupdict(default=""))
        for row in map(TABLE_ROW.fullmatch, "".join(table).splitlines())
        if row
    ]
    connections.sort(key=lambda connection: int(connection.cells["stream"]))
    for line in frames.splitlines():
        if line:
            add(dict(zip(FIELDS, line.split("\t"), strict=True)), connections)

    problem = ""
    if tshark.returncode != 0:
        problem = tshark.stderr.strip().removeprefix("tshark: ") or f"tshark: {tshark.returncode}"
    elif not connections and is_one_packet(capture):
        problem = f'The file "{capture}" is no capture of network traffic.'
    return Reading(connections, problem)


def add(frame: Frame, connections: list[Connection]) -> None:
    """To the latest of the stream: a stream has several if one was attempted again."""
    for connection in reversed(connections):
        if connection.is_of(frame):
            connection.add(frame)
            return


def is_one_packet(capture: Path) -> bool:
    """Whether Wireshark took the whole file for one packet, as it does with JSON, ELF, MP4 ..."""
    tshark = run_tshark(capture, "-c", "2", "-T", "fields", "-e", "frame.len")
    return tshark.stdout.split() == [str(capture.stat().st_size)] or capture.stat().st_size == 0


def remarks(connection: Connection) -> str:
    phrases = [connection.reason] if connection.reason else []
    for words, sides in connection.remarks.items():
        phrases.append(f"{words} ({' and '.join(sorted(sides))})")
    return "; ".join(phrases)


def row(connection: Connection) -> tuple[str, ...]:
    cells = connection.cells
    return (
        cells["stream"],
        cells["client"],
        f"{cells['server']} ({cells['name']})" if cells["name"] else cells["server"],
        cells["version"] or "-",
        cells["verdict"],
        cells["initiator"].lower() or "-",
        cells["evidence"].lower() or "-",
        cells["end"],
        remarks(connection),
    )


def in_colour(text: str, verdict: str) -> str:
    if verdict not in COLOURS or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{COLOURS[verdict]}m{text}\033[0m"


def print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    print("  ".join(map(str.ljust, HEADINGS, widths)).rstrip())
    for cells in rows:
        verdict = cells[HEADINGS.index("verdict")]
        padded = [
            in_colour(cell.ljust(width), verdict) if heading == "verdict" else cell.ljust(width)
            for heading, cell, width in zip(HEADINGS, cells, widths, strict=True)
        ]
        print("  ".join(padded).rstrip())


def print_totals(rows: list[tuple[str, ...]], open_at_end: int) -> None:
    count = Counter(cells[HEADINGS.index("verdict")] for cells in rows)
    kinds = [f"{count[name]} {name}" for name in VERDICTS.values() if count[name]]
    ended = f"{len(rows)} closed" + (f" ({', '.join(kinds)})" if kinds else "")
    print(f"TLS connections: {ended}, {open_at_end} open at end of capture")


def report(capture: Path, preferences: Iterable[str]) -> bool:
    """Prints what a capture holds; whether it could be read to its end."""
    reading = read(capture, preferences)
    rows = [row(connection) for connection in reading.connections if connection.has_ended()]
    if rows:
        print_table(rows)
    if reading.connections:
        print_totals(rows, open_at_end=len(reading.connections) - len(rows))
    elif not reading.problem:
        print(f'No TLS connection in "{capture}".')
    sys.stdout.flush()
    if reading.problem:
        print(reading.problem, file=sys.stderr)
    return not reading.problem


def main() -> int:
    parser = argparse.ArgumentParser(prog="try", description="Shows how TLS connections ended.")
    parser.add_argument("captures", metavar="CAPTURE", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument(
        "-o",
        dest="preferences",
        metavar="PREFERENCE:VALUE",
        action="append",
        default=[],
        help="set a Wireshark preference, as in: -o tls.keylog_file:KEYS",
    )
    arguments = parser.parse_args()

    all_read = True
    for position, capture in enumerate(arguments.captures):
        if len(arguments.captures) > 1:
            print(f"{'' if position == 0 else os.linesep}{capture}")
        all_read = report(capture, arguments.preferences) and all_read
    return 0 if all_read else 1


if __name__ == "__main__":
    sys.exit(main())

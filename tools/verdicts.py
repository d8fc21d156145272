# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints how each TLS connection of some captures ended, one line a connection.

Knows the plugin's field names and asks tshark for them. It must not know how a verdict is reached,
and reads no packet itself.
"""

import argparse
import os
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
SIDES = {1: "client", 2: "server"}
EVIDENCE = {1: "seen", 2: "inferred"}
VERSIONS = {
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
}
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
FRAME_FIELDS = [
    "frame.number",
    "frame.protocols",
    "tcp.stream",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tlsclose.sender",
    "tlsclose.verdict",
    "tlsclose.initiator",
    "tlsclose.evidence",
    "tlsclose.version",
    "tlsclose.server_name",
    "tlsclose.reason",
]
FIELDS = [*FRAME_FIELDS, *EXPERT_INFOS]

# Every frame with a TLS record, too: a connection without a verdict is open. TLS that an ICMP error
# quotes, or that OpenVPN carries, is not the TLS of that TCP connection.
FRAMES = (
    "(tlsclose || (tcp && (tls.record.content_type || tls.record.opaque_type)))"
    " && !icmp && !icmpv6 && !openvpn"
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
    """What the frames of one TCP stream that carries TLS said."""

    stream: int
    ending: Frame | None = None  # the last frame with a verdict: a revised one comes later
    remarks: dict[str, set[str]] = field(default_factory=dict)  # words: who did it

    def add(self, frame: Frame) -> None:
        if frame["tlsclose.verdict"]:
            self.ending = frame
        for name, words in EXPERT_INFOS.items():
            if frame[name]:
                self.remarks.setdefault(words, set()).add(side(frame["tlsclose.sender"]))


@dataclass
class Reading:
    """One capture as tshark read it; problem is empty if it could be read to its end."""

    connections: list[Connection]
    problem: str


def side(value: str) -> str:
    return SIDES.get(number(value), "")


def number(value: str) -> int:
    return int(value, 0) if value else 0


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
    arguments = ["-2", "-Y", FRAMES, "-T", "fields"]
    # The last occurrence belongs to the innermost of nested IP and TCP headers.
    arguments += ["-E", "occurrence=l"]
    for name in FIELDS:
        arguments += ["-e", name]
    for preference in preferences:
        arguments += ["-o", preference]

    tshark = run_tshark(capture, *arguments)
    connections: dict[int, Connection] = {}
    for line in tshark.stdout.splitlines():
        frame = dict(zip(FIELDS, line.split("\t"), strict=True))
        stream = number(frame["tcp.stream"])
        connections.setdefault(stream, Connection(stream)).add(frame)

    problem = ""
    if tshark.returncode != 0:
        problem = tshark.stderr.strip().removeprefix("tshark: ") or f"tshark: {tshark.returncode}"
    elif not connections and is_one_packet(capture):
        problem = f'The file "{capture}" is no capture of network traffic.'
    return Reading(sorted(connections.values(), key=lambda connection: connection.stream), problem)


def is_one_packet(capture: Path) -> bool:
    """Whether Wireshark took the whole file for one packet, as it does with JSON, ELF, MP4 ..."""
    tshark = run_tshark(capture, "-c", "2", "-T", "fields", "-e", "frame.len")
    return tshark.stdout.split() == [str(capture.stat().st_size)] or capture.stat().st_size == 0


def endpoints(frame: Frame) -> tuple[str, str]:
    """The client's and the server's address and port."""
    network = [name for name in frame["frame.protocols"].split(":") if name in ("ip", "ipv6")]
    layer = network[-1] if network else "ip"
    source = address(frame[f"{layer}.src"], frame["tcp.srcport"])
    destination = address(frame[f"{layer}.dst"], frame["tcp.dstport"])
    return (
        (source, destination)
        if side(frame["tlsclose.sender"]) == "client"
        else (destination, source)
    )


def address(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def remarks(connection: Connection, ending: Frame) -> str:
    phrases = [ending["tlsclose.reason"]] if ending["tlsclose.reason"] else []
    for words, sides in connection.remarks.items():
        phrases.append(f"{words} ({' and '.join(sorted(sides))})")
    return "; ".join(phrases)


def row(connection: Connection, ending: Frame) -> tuple[str, ...]:
    client, server = endpoints(ending)
    if ending["tlsclose.server_name"]:
        server += f" ({ending['tlsclose.server_name']})"
    version = number(ending["tlsclose.version"])
    return (
        str(connection.stream),
        client,
        server,
        VERSIONS.get(version, f"{version:#06x}") if version else "-",
        VERDICTS[number(ending["tlsclose.verdict"])],
        side(ending["tlsclose.initiator"]) or "-",
        EVIDENCE.get(number(ending["tlsclose.evidence"]), "-"),
        ending["frame.number"],
        remarks(connection, ending),
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
    rows = [
        row(connection, connection.ending)
        for connection in reading.connections
        if connection.ending
    ]
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

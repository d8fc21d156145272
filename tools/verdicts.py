# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints how each TLS connection of some captures, or of live traffic, ended: first those that may have
lost data, then how many others there are.

Knows the plugin's table "tlsclose,records" and the names of its columns, and asks tshark for them. It
must not know how a verdict is reached, and reads no packet itself.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import ladder

PROJECT = Path(__file__).resolve().parent.parent
TSHARK = PROJECT / "tools" / "tshark"
SAMPLE = PROJECT / "tests" / "captures" / "sample.pcapng"

TABLE = "tlsclose,records"
TABLE_BEGINS, TABLE_ENDS = "stream |", "=" * 20
SEPARATOR = " |"
# From 4.4 on, TCP withholds the records behind a response that ends with the connection, its
# close_notify included, if HTTP puts bodies together.
PREFERENCES = ["http.desegment_body:FALSE"]

HEADINGS = ["stream", "loss", "whose", "verdict", "ended by", "evidence", "idle", "frame", "server"]
WIDTH = 100
NAME_LENGTH = 40
# The order of tlsclose.loss in the plugin's interface, the worst first.
LOSSES = ["Certain", "Possible", "Unknown", "Unlikely", "None"]
ALARMING = LOSSES[:3]
COLOURS = {"Certain": "31", "Possible": "33", "Unknown": "35", "None": "32"}
LIVE_COLUMNS = {
    "stream": "tcp.stream",
    "loss": "tlsclose.loss",
    "verdict": "tlsclose.verdict",
    "initiator": "tlsclose.initiator",
    "verdict.evidence": "tlsclose.verdict.evidence",
    "client.loss": "tlsclose.client.loss",
    "server.loss": "tlsclose.server.loss",
    "idle": "tlsclose.idle",
    "frame": "frame.number",
    "server_name": "tlsclose.server_name",
    "loss.reason": "tlsclose.loss.reason",
    "app.summary": "tlsclose.app.summary",
}

Record = dict[str, str]
Completed = subprocess.CompletedProcess[str]


def cells(line: str) -> list[str]:
    return line.rstrip("\n").removesuffix(SEPARATOR).split(SEPARATOR)


def records(lines: Iterator[str]) -> list[Record]:
    """Those of the table that begins somewhere in what tshark prints."""
    columns = next((cells(line) for line in lines if line.startswith(TABLE_BEGINS)), [])
    next(lines, "")  # the table's name
    found = []
    for line in lines:
        if line.startswith(TABLE_ENDS):
            break
        row = cells(line)
        if len(row) == len(columns):
            found.append(dict(zip(columns, row, strict=True)))
    return sorted(found, key=lambda record: int(record["stream"]))


def command(*arguments: str | Path, preferences: Iterable[str]) -> list[str | Path]:
    settings = [word for one in (*PREFERENCES, *preferences) for word in ("-o", one)]
    return [TSHARK, "-n", *arguments, *settings]


def run_tshark(
    capture: Path, *arguments: str, preferences: Iterable[str] = ()
) -> subprocess.CompletedProcess[str]:
    # A name like "-" would mean something else to tshark.
    return subprocess.run(
        command("-r", capture.absolute(), *arguments, preferences=preferences),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def is_one_packet(capture: Path) -> bool:
    """Whether Wireshark took the whole file for one packet, as it does with JSON, ELF, MP4 ..."""
    # A column is cheaper than -T fields, which builds a tree.
    length_only = ['gui.column.format:"length","%L"']
    tshark = run_tshark(capture, "-c", "2", preferences=length_only)
    return tshark.stdout.split() == [str(capture.stat().st_size)] or capture.stat().st_size == 0


def has_ended(record: Record) -> bool:
    return bool(record["loss"])


def errors(record: Record) -> list[str]:
    """The expert infos that are errors, with the side that each is about: "http_truncated (server)"."""
    found = {}
    for finding in record["findings"].split(",") if record["findings"] else []:
        side, severity, name, *_ = finding.split("|")
        if severity == "Error":
            found[f"{name} ({side.lower()})" if side else name] = True
    return list(found)


def is_alarming(record: Record) -> bool:
    return record["loss"] in ALARMING or bool(errors(record))


def losers(record: Record) -> str:
    """Whose data the loss is about."""
    sides = [side for side in ("client", "server") if record[f"{side}.loss"] == record["loss"]]
    return " and ".join(sides) if record["loss"] in ALARMING else "-"


def seconds(text: str) -> str:
    return f"{float(text):.3f} s" if text else "-"


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def server(record: Record) -> str:
    name = shortened(record["server_name"], NAME_LENGTH)
    if "server.address" not in record:
        return name
    host = record["server.address"]
    address = f"{f'[{host}]' if ':' in host else host}:{record['server.port']}"
    return f"{address} ({name})" if name else address


def row(record: Record) -> tuple[str, ...]:
    return (
        record["stream"],
        record["loss"],
        losers(record),
        record["verdict"],
        record["initiator"].lower() or "-",
        record["verdict.evidence"].lower() or "-",
        seconds(record["idle"]),
        record["frame"],
        server(record),
    )


def explanations(record: Record) -> Iterator[str]:
    if record["loss"] in ALARMING:
        yield f"why: {record['loss.reason']}"
    if record.get("reason"):
        yield f"verdict: {record['reason']}"
    if record["app.summary"]:
        yield record["app.summary"]
    if record.get("findings") and errors(record):
        yield f"errors: {', '.join(errors(record))}"


def in_colour(text: str, loss: str) -> str:
    if loss not in COLOURS or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{COLOURS[loss]}m{text}\033[0m"


def print_row(texts: Iterable[str], widths: list[int], loss: str = "") -> None:
    padded = [
        in_colour(text.ljust(width), loss) if heading == "loss" else text.ljust(width)
        for heading, text, width in zip(HEADINGS, texts, widths, strict=True)
    ]
    used = sum(widths[:-1]) + 2 * (len(widths) - 1)
    padded[-1] = shortened(padded[-1].rstrip(), max(WIDTH - used, 15))
    print("  ".join(padded).rstrip())


def print_connection(record: Record, widths: list[int]) -> None:
    print_row(row(record), widths, record["loss"])
    for line in explanations(record):
        print(f"        {line}")


def counted(names: Iterable[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(names).most_common())


def print_totals(found: list[Record], shown: list[Record]) -> None:
    ended = [record for record in found if has_ended(record)]
    rest = [record["verdict"] for record in ended if record not in shown]
    if rest:
        print(f"Nothing seems to be lost of {len(rest)} more ({counted(rest)}): --all lists them")
    losses = sorted((record["loss"] for record in ended), key=LOSSES.index)
    said = f" (loss: {counted(losses)})" if ended else ""
    print(f"TLS connections: {len(ended)} closed{said}, {len(found) - len(ended)} open at the end")


def print_connections(found: list[Record], everything: bool) -> None:
    ended = [record for record in found if has_ended(record)]
    shown = [record for record in ended if everything or is_alarming(record)]
    shown.sort(key=lambda record: LOSSES.index(record["loss"]))
    rows = [row(record) for record in shown]
    if rows:
        widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
        print_row(HEADINGS, widths)
        for record in shown:
            print_connection(record, widths)
    print_totals(found, shown)


def report(capture: Path, preferences: Iterable[str], everything: bool) -> bool:
    """Prints what a capture holds; whether it could be read to its end."""
    tshark = run_tshark(capture, "-q", "-z", TABLE, preferences=preferences)
    found = records(iter(tshark.stdout.splitlines()))
    problem = ""
    if tshark.returncode != 0:
        problem = tshark.stderr.strip().removeprefix("tshark: ") or f"tshark: {tshark.returncode}"
    elif not found and is_one_packet(capture):
        problem = f'The file "{capture}" is no capture of network traffic.'
    if found:
        print_connections(found, everything)
    elif not problem:
        print(f'No TLS connection in "{capture}".')
    sys.stdout.flush()
    if problem:
        print(problem, file=sys.stderr)
    return not problem


def list_fields() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TSHARK, "-G", "fields"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def explain(stream: str, capture: Path, preferences: Iterable[str]) -> bool:
    """Prints the end of one connection as a ladder; whether there is one that has ended."""

    def run(capture: Path, *arguments: str, preferences: Iterable[str]) -> Completed:
        return run_tshark(capture, *arguments, preferences=[*own, *preferences])

    own = list(preferences)
    tshark = run_tshark(capture, "-q", "-z", TABLE, preferences=own)
    found = [one for one in records(iter(tshark.stdout.splitlines())) if one["stream"] == stream]
    if not found or not has_ended(found[-1]):
        problem = tshark.stderr.strip() if tshark.returncode != 0 else ""
        print(problem or f"No TLS connection {stream} that has ended.", file=sys.stderr)
        return False
    texts = ladder.texts_of_expert_infos(list_fields)
    for line in ladder.lines(found[-1], ladder.steps(capture, found[-1], run), texts):
        print(line)
    return True


def watch(interface: str, preferences: Iterable[str]) -> bool:
    """Prints each connection as it ends, until Ctrl-C, then the totals. What one pass says of a
    connection may be revised: the later line counts."""
    columns = ",".join(f'"{name}","%Cus:{of}:0:R"' for name, of in LIVE_COLUMNS.items())
    settings = [*preferences, f"gui.column.format:{columns}"]
    arguments = ["-l", "-i", interface, "-Y", "tlsclose.verdict", "-T", "tabs", "-z", TABLE]
    widths = [6, 8, 6, 20, 8, 8, 10, 6, NAME_LENGTH]
    signal.signal(signal.SIGINT, lambda *_: None)  # tshark ends by it, and prints the table
    print_row(HEADINGS, widths)
    with subprocess.Popen(
        command(*arguments, preferences=settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as tshark:
        assert tshark.stdout
        lines = iter(tshark.stdout.readline, "")
        for line in lines:
            texts = [text.strip() for text in line.rstrip("\n").split("\t")]
            if len(texts) == len(LIVE_COLUMNS):
                print_connection(dict(zip(LIVE_COLUMNS, texts, strict=True)), widths)
                sys.stdout.flush()
            elif line.startswith(TABLE_ENDS):
                break
        found = records(lines)
    if found:
        print_totals(found, [record for record in found if has_ended(record)])
    return bool(found) or tshark.returncode == 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="try",
        description="Shows how TLS connections ended, first those that may have lost data.",
    )
    parser.add_argument("captures", metavar="CAPTURE", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument("--all", action="store_true", help="list those that lost nothing, too")
    parser.add_argument(
        "--explain",
        metavar="STREAM",
        help="show the end of this connection of the capture, step by step, and why it is judged so",
    )
    parser.add_argument(
        "-i", dest="interface", metavar="INTERFACE", help="judge live traffic, until Ctrl-C"
    )
    parser.add_argument(
        "-o",
        dest="preferences",
        metavar="PREFERENCE:VALUE",
        action="append",
        default=[],
        help="set a Wireshark preference, as in: -o tls.keylog_file:KEYS",
    )
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    if arguments.interface:
        return 0 if watch(arguments.interface, arguments.preferences) else 1
    if arguments.explain:
        explained = explain(arguments.explain, arguments.captures[0], arguments.preferences)
        return 0 if explained else 1
    all_read = True
    for position, capture in enumerate(arguments.captures):
        if len(arguments.captures) > 1:
            print(f"{'' if position == 0 else os.linesep}{capture}")
        all_read = report(capture, arguments.preferences, arguments.all) and all_read
    return 0 if all_read else 1


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ./try | head
    sys.exit(main())

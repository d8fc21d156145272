# SPDX-License-Identifier: GPL-2.0-or-later
"""Tools/tlsclose-batch against the usual ways to the same facts: how fast, with how much memory, and
how many verdicts are wrong. It must not know how any of them works.
"""
import json
import os
import shutil
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pcapng
import workloads
from tables import print_table
from workloads import CACHE, HERE, ROOT, Workload

CAPTURES = HERE.parent / "captures"
OPEN = "Open at end of capture"
CUT_OFF = {"Truncated", "Reset"}
CORES = (1, 2)

Key = tuple[str, int]  # the capture's name, and the stream in it
Answer = tuple[str, str | None]  # verdict and initiator
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Way:
    name: str
    has_own_numbers: bool = False  # its connections are not numbered like Wireshark's streams

    def command(self, captures: list[Path], cores: int) -> list[str]:
        names = [str(capture) for capture in captures]
        if self.name == "tlsclose-batch":
            tool = ROOT / "tools" / "tlsclose-batch"
            return [str(tool), "--jobs", str(cores), "--fail-on", "never", "--json", "-", *names]
        script = ["/usr/bin/python3", str(HERE / "other_ways.py"), self.name.split()[0]]
        return ["parallel", "--plain", "--will-cite", "--jobs", str(cores), *script, ":::", *names]


BATCH = Way("tlsclose-batch")
FIELDS = Way("tshark -T fields")
SSLDUMP = Way("ssldump", has_own_numbers=True)
WAYS = (BATCH, FIELDS, SSLDUMP)


@dataclass(frozen=True)
class Run:
    seconds: float
    cpu_seconds: float
    peak_kib: int  # of the largest process
    rows: Rows


def run(way: Way, captures: list[Path], cores: int) -> Run:
    """What cannot be read to its end is left out by each, with a complaint."""
    output = CACHE / "batch.out"
    started = time.monotonic()
    with output.open("w") as out, open(os.devnull, "w", encoding="ascii") as errors:
        process = subprocess.Popen(way.command(captures, cores), stdout=out, stderr=errors)
        _, _, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    with output.open() as lines:
        rows = [json.loads(line) for line in lines]
    output.unlink()
    return Run(seconds, usage.ru_utime + usage.ru_stime, int(usage.ru_maxrss), rows)


# Speed


def _copies(sources: Iterable[Path], count: int, folder: Path) -> list[Path]:
    """COUNT captures, each of SOURCES as often as needed: the same file twice would be read once."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = list(sources)
    made = []
    for number in range(count):
        source = found[number % len(found)]
        made.append(folder / f"{number:04}-{source.name}")
        shutil.copyfile(source, made[-1])
    return made


def _speed_row(way: Way, cores: int, captures: list[Path]) -> list[str]:
    half = run(way, captures[: len(captures) // 2], cores)
    whole = run(way, captures, cores)
    return [
        way.name,
        str(cores),
        f"{len(captures)}",
        f"{len(whole.rows):,}",
        f"{whole.seconds:.1f}",
        f"{60 * len(captures) / whole.seconds:,.0f}",
        f"{len(whole.rows) / whole.seconds:,.0f}",
        f"{whole.cpu_seconds:.1f}",
        f"{whole.peak_kib / 1024:.0f}",
        f"{whole.seconds / half.seconds:.2f}",
        f"{whole.cpu_seconds / half.cpu_seconds:.2f}",
    ]


def report_speed(scale: int) -> None:
    """SCALE: 1, or more for longer runs."""
    short = [workloads.make(Workload("short", version, 2_000)) for version in ("1.2", "1.3")]
    folders = {
        "Many small captures": _copies(sorted(CAPTURES.glob("*.pcapng")), 178 * scale, CACHE / "a"),
        "Captures of 2,000 short connections": _copies(short, 8 * scale, CACHE / "b"),
    }
    for title, captures in folders.items():
        print_table(
            title,
            [
                *("way", "cores", "captures", "connections", "s", "captures / min"),
                *("connections / s", "CPU s", "MiB of the largest process"),
                *("s, from half as many", "CPU s, from half as many"),
            ],
            (_speed_row(way, cores, captures) for way in WAYS for cores in CORES),
        )
        shutil.rmtree(captures[0].parent)


# Verdicts


@dataclass(frozen=True)
class CaptureSet:
    title: str
    captures: list[Path]
    expected: dict[Key, Answer]


def _answer(row: dict[str, object]) -> Answer:
    verdict, initiator = str(row["verdict"]), row.get("initiator")
    return verdict, None if verdict == OPEN or not initiator else str(initiator).lower()


def _write_keys(capture: Path) -> None:
    """For ssldump, which does not read the secrets in a capture."""
    for block in pcapng.read(capture):
        if block.type == pcapng.DECRYPTION_SECRETS:
            length = struct.unpack_from("<I", block.body, 4)[0]
            capture.with_suffix(".keys").write_bytes(block.body[8 : 8 + length])


def own_captures(with_keys: bool) -> CaptureSet:
    folder = CACHE / ("with-keys" if with_keys else "without-keys")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    captures, expected = [], {}
    for source in sorted(CAPTURES.glob("*.pcapng")):
        capture = folder / source.name
        if with_keys:
            shutil.copyfile(source, capture)
            _write_keys(capture)
        else:
            blocks = pcapng.without(pcapng.read(source), pcapng.DECRYPTION_SECRETS)
            pcapng.write(capture, blocks)
        captures.append(capture)
        described = json.loads(source.with_suffix(".json").read_text())
        for stream, row in enumerate(described["expect" if with_keys else "expect_without_keys"]):
            expected[capture.name, stream] = _answer({"verdict": OPEN} | row)
    return CaptureSet(f"tests/captures, with{'' if with_keys else 'out'} keys", captures, expected)


def expected_captures(folder: Path) -> CaptureSet:
    """FOLDER holds expected.jsonl: a line of file, stream, verdict and initiator a connection."""
    lines = (folder / "expected.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    captures = sorted({folder / row["file"] for row in rows})
    expected = {(row["file"], row["stream"]): _answer(row) for row in rows}
    return CaptureSet("the captures of --expected", captures, expected)


def _by_stream(rows: Rows, folder: Path) -> dict[Key, Answer]:
    found = {}
    for row in rows:
        if "verdict" in row:
            name = os.path.relpath(folder / str(row["file"]), folder)
            found[name, int(str(row["stream"]))] = _answer(row)
    return found


def _ends(row: dict[str, object]) -> tuple[str, frozenset[str]]:
    return str(row["file"]), frozenset((str(row["client"]), str(row["server"])))


def _with_streams(rows: Rows, reference: Rows) -> Rows:
    """ROWS with the stream numbers of REFERENCE, whose connections are told apart by addresses and
    ports, and by their order."""
    seen: Counter[object] = Counter()
    streams = {}
    for row in reference:
        streams[_ends(row), seen[_ends(row)]] = row["stream"]
        seen[_ends(row)] += 1
    seen.clear()
    numbered = []
    for row in rows:
        place = (_ends(row), seen[_ends(row)])
        seen[_ends(row)] += 1
        if place in streams:
            numbered.append(row | {"stream": streams[place]})
    return numbered


def _verdict_row(captures: CaptureSet, way: Way, found: dict[Key, Answer]) -> list[str]:
    answers = {key: found.get(key, ("not seen", None)) for key in captures.expected}
    wrong = {key for key, expected in captures.expected.items() if answers[key] != expected}
    accused = {
        key
        for key in wrong
        if answers[key][0] in CUT_OFF and captures.expected[key][0] not in CUT_OFF
    }
    missed = {
        key
        for key in wrong
        if captures.expected[key][0] in CUT_OFF and answers[key][0] not in CUT_OFF
    }
    counts = (len(group) for group in (captures.expected, wrong, accused, missed))
    return [captures.title, way.name, *map(str, counts)]


def _verdict_rows(captures: CaptureSet, folder: Path) -> Iterable[list[str]]:
    reference: Rows = []
    for way in WAYS:
        rows = run(way, captures.captures, CORES[-1]).rows
        if way is FIELDS:
            reference = rows
        if way.has_own_numbers:
            rows = _with_streams(rows, reference)
        yield _verdict_row(captures, way, _by_stream(rows, folder))


def report_verdicts(expected: Path | None) -> None:
    """EXPECTED: a folder of captures with expected.jsonl, besides the project's own."""
    sets = [own_captures(with_keys) for with_keys in (True, False)]
    folders = [captures.captures[0].parent for captures in sets]
    if expected:
        sets.append(expected_captures(expected.resolve()))
        folders.append(expected.resolve())
    print_table(
        "Wrong verdicts. Accused: said to be cut off (Truncated, Reset), and is not. Missed: was"
        " cut off, and is not said to be",
        ["captures", "way", "connections", "wrong", "accused", "missed"],
        (row for found, folder in zip(sets, folders) for row in _verdict_rows(found, folder)),
    )
    for folder in folders[:2]:
        shutil.rmtree(folder)

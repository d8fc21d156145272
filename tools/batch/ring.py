# SPDX-License-Identifier: GPL-2.0-or-later
"""The rotated captures of one capture point, one after the other: each is read behind the packets of the
connections that go on in it, and tells of a frame which file it came from. It must not know how tshark is
run, nor how the files were found.
"""

import shutil
import subprocess
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate, groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from batch.records import Place, Record
from batch.secrets import SECTION_HEADER

# Two maximum segment lifetimes, as Linux has them: what is said of a connection can change so long after
# its end.
LINGER = 60.0
# Bytes of a direction within which TLS begins, if it does: STARTTLS has a dialogue before it.
PRELUDE = 16384
# An argument of a program must be shorter than 128 KiB.
FILTER_LENGTH_MAX = 100_000
# Bytes of files that are read together, as a start of tshark takes longer than a small one.
AT_ONCE = 1 << 26
# What tshark is to print: of each SYN, FIN and RST the stream and the flags; of each packet its number.
FLAGGED = "tcp.flags.syn == 1 || tcp.flags.fin == 1 || tcp.flags.reset == 1"
COLUMNS = '"Stream","%Cus:tcp.stream:0:R","Flags","%Cus:tcp.flags:0:R"'
BEGINNINGS = ["-Y", FLAGGED, "-o", f"gui.column.format:{COLUMNS}"]
# The filter counts bytes from the beginning, whatever the user's preferences.
NUMBERS = ["-o", 'gui.column.format:"Number","%m"', "-o", "tcp.relative_sequence_numbers:TRUE"]
FIN_OR_RST = 0x05
NAMES_AT_ONCE = 500


class RingError(Exception):
    """Why a file could not be put behind the others, in words for the user."""


class Part(NamedTuple):
    """One capture of a ring."""

    name: str
    frames: int
    first_time: float
    last_time: float
    is_whole: bool  # it is not cut short


class Carried(NamedTuple):
    """The packets of connections that go on, where each came from, and sections with the secrets that they
    lack."""

    capture: Path | None
    places: list[tuple[str, int]]
    secrets: bytes = b""

    def write(self, target: BinaryIO) -> None:
        target.write(self.secrets)
        if self.capture:
            copy(self.capture, target)

    def place(self, behind: Sequence[Part]) -> Place:
        """Of the frames of a capture that has these packets in front of those of some parts."""
        starts = list(accumulate((part.frames for part in behind), initial=len(self.places)))

        def place(frame: int) -> tuple[str, int]:
            if frame <= len(self.places):
                return self.places[frame - 1]
            index = bisect_right(starts, frame - 1) - 1
            return behind[index].name, frame - starts[index]

        return place


NOTHING = Carried(None, [])


def parts(folder: Path, names: Sequence[str]) -> tuple[list[Part], list[tuple[str, str]]]:
    """The captures in the order of their first frames, without those that have none; which are none, and why."""
    found: list[Part] = []
    problems: list[tuple[str, str]] = []
    for begin in range(0, len(names), NAMES_AT_ONCE):
        some = names[begin : begin + NAMES_AT_ONCE]
        table, problem = capinfos("-a", "-e", *(str(folder / name) for name in some))
        if problem:
            for name in some:
                table, problem = capinfos("-a", "-e", str(folder / name))
                found += described([name], table, problem)
                if not table:
                    problems.append((name, problem))
        else:
            found += described(some, table, "")
    return sorted(found, key=lambda part: part.first_time), problems


def described(names: Sequence[str], table: list[list[str]], problem: str) -> Iterator[Part]:
    for name, (frames, first_time, last_time) in zip(names, table):
        if frames != "0":
            yield Part(name, int(frames), float(first_time), float(last_time), not problem)


def steps(folder: Path, found: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts, small ones together. Nothing can stand behind one that is cut short."""
    step: list[Part] = []
    size = 0
    for part in found:
        length = (folder / part.name).stat().st_size
        if step and (size + length > AT_ONCE or not step[-1].is_whole):
            yield step
            step, size = [], 0
        step.append(part)
        size += length
    if step:
        yield step


def append(capture: Path, target: BinaryIO, scratch: Path) -> None:
    """Writes a capture behind others. Sections of pcapng may follow each other, and keep what mergecap 4.0
    does not take: decryption secrets."""
    with open(capture, "rb") as packets:
        is_pcapng = packets.read(len(SECTION_HEADER)) == SECTION_HEADER
    source = capture if is_pcapng else scratch / "converted.pcapng"
    if not is_pcapng:
        source.unlink(missing_ok=True)
        done = run("editcap", "-F", "pcapng", str(capture), str(source))
        if not source.exists():
            raise RingError(done.stderr.strip() or "editcap could not convert it to pcapng")
    copy(source, target)


def copy(source: Path, target: BinaryIO) -> None:
    with open(source, "rb") as packets:
        shutil.copyfileobj(packets, target)


def streams_going_on(found: Iterable[Record], is_open: str, last_time: float) -> set[int]:
    """Those of which a later file may tell more. IS_OPEN is the verdict of a connection without one."""
    return {
        record["stream"]
        for record in found
        if record["verdict"] == is_open or last_time - ended(record) < LINGER
    }


def ended(record: Record) -> float:
    return datetime.fromisoformat(record["time"]).timestamp() if record["time"] else float("-inf")


def not_ended(lines: Iterable[str]) -> set[int]:
    """Of what tshark prints of BEGINNINGS: the streams that have begun, and of which nothing tells an end."""
    begun: set[int] = set()
    for line in lines:
        for stream, flags in zip(*(cell.split(",") for cell in line.split())):
            if int(flags, 16) & FIN_OR_RST:
                begun.discard(int(stream))
            else:
                begun.add(int(stream))
    return begun


def carry_filter(streams: set[int], begun: set[int]) -> str:
    """Of the packets to carry: all of these streams, and the beginnings of those that have BEGUN, and may
    turn out to be TLS."""
    going_on = listed(streams)
    beginning = f"{listed(begun)} && tcp.seq < {PRELUDE}"
    if len(going_on) + len(beginning) > FILTER_LENGTH_MAX:
        return "tcp"
    return f"{going_on} || ({beginning})"


def listed(streams: set[int]) -> str:
    if not streams:
        return "frame.number == 0"
    ranges = runs(sorted(streams))
    texts = (f"{first}" if first == last else f"{first}..{last}" for first, last in ranges)
    return f"tcp.stream in {{{', '.join(texts)}}}"


def runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of consecutive ones: these are as far from their places."""
    for _, run_of in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run_of]
        yield members[0], members[-1]


def capinfos(*arguments: str) -> tuple[list[list[str]], str]:
    """The number of frames of each file, with -d its bytes, with -a and -e the times of its first and last;
    what went wrong."""
    done = run("capinfos", "-T", "-r", "-M", "-c", "-S", *arguments)
    wanted = 1 + len({"-a", "-d", "-e"} & set(arguments))
    return [line.rsplit("\t", wanted)[1:] for line in done.stdout.splitlines()], done.stderr.strip()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )

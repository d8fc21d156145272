# SPDX-License-Identifier: GPL-2.0-or-later
"""Joins the rotated captures of one capture point into one, by Wireshark's mergecap, and tells of a
frame in it which file it came from. It must not know TLS, nor how the files were found.
"""

import subprocess
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple


class JoinError(Exception):
    """Why captures could not be joined, in words for the user."""


class Part(NamedTuple):
    """One capture of a ring."""

    name: str
    frames: int
    first_time: float


class Joined(NamedTuple):
    """Which frames of the joined capture are whose: starts[i] is how many come before names[i].
    problem says what of them could not be read, and is empty if all could."""

    names: list[str]
    starts: list[int]
    problem: str

    def place(self, frame: int) -> tuple[str, int]:
        index = bisect_right(self.starts, frame - 1) - 1
        return self.names[index], frame - self.starts[index]


def join(folder: Path, names: Sequence[str], target: Path) -> Joined:
    table, problem = capinfos("-a", *(str(folder / name) for name in names))
    if len(table) != len(names):
        raise JoinError(problem)
    parts = sorted(
        (
            Part(name, int(frames), float(first_time))
            for name, (frames, first_time) in zip(names, table, strict=True)
            if frames != "0"
        ),
        key=lambda part: part.first_time,
    )
    # Appended, not interleaved: rotated files follow each other, and only so is it known whose
    # frame is whose.
    merged = run("mergecap", "-a", "-w", str(target), *(str(folder / part.name) for part in parts))
    counts = [part.frames for part in parts]
    # A file that is cut short, as the newest of a ring often is, stops mergecap. What matters is
    # whether all is there that could be read.
    if capinfos(str(target))[0] != [[str(sum(counts))]]:
        raise JoinError(merged.stderr.strip() or "mergecap did not take all frames")
    return Joined([part.name for part in parts], [0, *accumulate(counts[:-1])], problem)


def capinfos(*arguments: str) -> tuple[list[list[str]], str]:
    """The number of frames of each file, with -d its bytes, with -a the time of its first; what went
    wrong."""
    done = run("capinfos", "-T", "-r", "-M", "-c", "-S", *arguments)
    wanted = 1 + len({"-a", "-d"} & set(arguments))
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

# SPDX-License-Identifier: GPL-2.0-or-later
"""One job of tlsclose-batch: has sharkd read some small captures, or tshark one capture or the joined
captures of one capture point, and prints a JSON line for each TLS connection and for each problem. It must not know how
jobs are spread, nor what becomes of the lines.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic
from typing import NamedTuple

from batch import records, ring
from batch.control import UNDER_CONTROL
from batch.records import Place, Record
from batch.sharkd import Sharkd

SETTINGS = "TLSCLOSE_BATCH"  # the environment variable with the settings of the run
ATTEMPTS = 2
# The last line of a job that was done: without it, something ended the job before.
END_MARK = {"end": True}
# From 4.4 on, TCP withholds the records behind a response that ends with the connection, its
# close_notify included, if HTTP puts bodies together.
PREFERENCES = ["-o", "http.desegment_body:FALSE"]


class Settings(NamedTuple):
    """What holds for every job of a run."""

    tshark: str
    arguments: list[str]
    timeout: float
    sharkd: str | None = None  # for small captures, if it can do what the arguments ask for


class TsharkError(Exception):
    """tshark could not read the capture to its end."""


class TsharkCrash(TsharkError):
    """tshark hung or crashed, which it may not do again."""


def tshark_lines(settings: Settings, *arguments: str) -> Iterator[str]:
    """What tshark prints, line by line; an exception at the end if something went wrong."""
    begin = monotonic()  # before timeout(1) begins: its time is never over sooner than ours
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            [*UNDER_CONTROL, str(settings.timeout), settings.tshark, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout
        yield from process.stdout
        status = process.wait()
        complaints.seek(0)
        said = complaints.read().strip().removeprefix("tshark: ")
    if monotonic() - begin >= settings.timeout and status != 0:
        raise TsharkCrash(f"tshark took longer than {settings.timeout:g} seconds")
    if status < 0:
        raise TsharkCrash(f"tshark was ended by signal {-status}. {said}".strip())
    if status != 0:
        raise TsharkError(said or f"tshark: exit status {status}")


def read(capture: Path, place: Place, settings: Settings) -> tuple[list[Record], str]:
    """The records of a capture, as far as it could be read, and what went wrong."""
    arguments = ["-q", "-n", "-r", str(capture), "-z", records.TABLE]
    arguments += [*PREFERENCES, *settings.arguments]
    problem = ""
    found: list[Record] = []
    for _ in range(ATTEMPTS):
        found = []
        try:
            with closing(tshark_lines(settings, *arguments)) as lines:
                found.extend(records.read(lines, place))
                for _line in lines:
                    pass
            return found, ""
        except TsharkCrash as crash:
            problem = str(crash)
        except (TsharkError, records.IncompleteTable, ValueError, KeyError) as error:
            return found, str(error) or "tshark printed no whole table of records"
    return found, problem


def is_one_packet(capture: Path) -> bool:
    """Whether Wireshark took the whole file for one packet, as it does with JSON, ELF, MP4 ..."""
    table, _ = ring.capinfos("-d", str(capture))
    return table == [["1", str(capture.stat().st_size)]]


def analyse(
    capture: Path, place: Place, settings: Settings, sharkd: Sharkd | None = None
) -> Iterator[Record]:
    found, problem = sharkd.read(capture, place) if sharkd else None, ""
    if found is None:
        found, problem = read(capture, place, settings)
    yield from found
    if not found and not problem and is_one_packet(capture):
        problem = "this is no capture of network traffic"
    if problem:
        yield {"file": place(1)[0], "problem": problem}


def analyse_joined(folder: Path, names: list[str], settings: Settings) -> Iterator[Record]:
    """The names are those of one capture point."""
    if len(names) == 1:
        yield from analyse_alone(folder, names[0], settings)
        return
    with TemporaryDirectory(prefix="tlsclose-batch.") as scratch:
        target = Path(scratch, "joined.pcapng")
        try:
            joined = ring.join(folder, names, target)
        except ring.JoinError as error:
            yield {"file": names[0], "problem": f"judged file by file, not joined: {error}"}
            for name in names:
                yield from analyse_alone(folder, name, settings)
            return
        if joined.problem:
            yield {"file": joined.names[-1], "problem": joined.problem}
        yield from analyse(target, joined.place, settings)


def analyse_alone(
    folder: Path, name: str, settings: Settings, sharkd: Sharkd | None = None
) -> Iterator[Record]:
    return analyse(folder / name, lambda frame: (name, frame), settings, sharkd)


def analyse_each(folder: Path, names: list[str], settings: Settings) -> Iterator[Record]:
    preferences = [*PREFERENCES, *settings.arguments]
    if len(names) == 1 or not settings.sharkd:
        sharkd = None
    else:
        sharkd = Sharkd(settings.sharkd, preferences, settings.timeout)
    try:
        for name in names:
            yield from analyse_alone(folder, name, settings, sharkd)
    finally:
        if sharkd:
            sharkd.close()


def main() -> int:
    job = json.loads(sys.argv[1])
    settings = Settings(**json.loads(os.environ[SETTINGS]))
    analyse_all = analyse_joined if job["is_ring"] else analyse_each
    for record in analyse_all(Path(job["folder"]), job["captures"], settings):
        print(json.dumps(record))
    print(json.dumps(END_MARK))
    return 0


if __name__ == "__main__":
    sys.exit(main())

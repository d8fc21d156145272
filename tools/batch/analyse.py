# SPDX-License-Identifier: GPL-2.0-or-later
"""One job of tlsclose-batch: has sharkd read some small captures, or tshark one capture or the rotated
captures of one capture point, and prints a JSON line for each TLS connection and for each problem. It must not know how
jobs are spread, nor what becomes of the lines.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic
from typing import NamedTuple

from batch import interface, records, ring, secrets
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
    capture: Path, name: str, settings: Settings, sharkd: Sharkd | None = None
) -> Iterator[Record]:
    def place(frame: int) -> tuple[str, int]:
        return name, frame

    found, problem = sharkd.read(capture, place) if sharkd else None, ""
    if found is None:
        found, problem = read(capture, place, settings)
    yield from found
    if not found and not problem and is_one_packet(capture):
        problem = "this is no capture of network traffic"
    if problem:
        yield {"file": name, "problem": problem}


def analyse_ring(folder: Path, names: list[str], settings: Settings) -> Iterator[Record]:
    """The names are those of one capture point. What goes on in the next file is judged there."""
    parts, problems = ring.parts(folder, names)
    for name, problem in problems:
        yield {"file": name, "problem": problem}
    steps = list(ring.steps(folder, parts))
    carried = ring.NOTHING
    with TemporaryDirectory(prefix="tlsclose-batch.") as scratch:
        for number, step in enumerate(steps):
            capture = Path(scratch, f"{number}.pcapng")
            behind = yield from put_behind(carried, folder, step, capture)
            place = carried.place(behind)
            before = carried
            found, problem = read(capture, place, settings)
            going_on = ring.streams_going_on(found, interface.OPEN, step[-1].last_time)
            failure = ""
            if step is steps[-1]:
                going_on = set()
            else:
                carried, failure = carry(capture, going_on, place, settings)
            if failure:
                going_on = set()
            for record in found:
                if record["stream"] not in going_on:
                    yield record | {"judged": number}
            if problem or failure:
                text = "; ".join(filter(None, [problem, failure]))
                yield {"file": step[-1].name, "problem": text}
            for done in filter(None, [capture, before.capture]):
                done.unlink()


def put_behind(
    carried: ring.Carried, folder: Path, step: list[ring.Part], target: Path
) -> Generator[Record, None, list[ring.Part]]:
    """Writes what is carried and the parts to a file; returns the parts that are in it."""
    behind = []
    with open(target, "wb") as joined:
        carried.write(joined)
        for part in step:
            try:
                ring.append(folder / part.name, joined, target.parent)
                behind.append(part)
            except (ring.RingError, OSError) as error:
                yield {"file": part.name, "problem": f"left out: {error}"}
    return behind


def carry(
    capture: Path, streams: set[int], place: Place, settings: Settings
) -> tuple[ring.Carried, str]:
    """Writes beside a capture what of it goes on, and tells what went wrong. What a file that is cut short
    holds is carried all the same."""
    target = capture.with_suffix(".carried")
    beginnings, failure = printed(capture, settings, *ring.BEGINNINGS)
    wanted = ring.carry_filter(streams, ring.not_ended(beginnings))
    lines, later_failure = printed(
        capture, settings, "-Y", wanted, "-w", str(target), "-P", *ring.NUMBERS
    )
    if ring.capinfos(str(target))[0] == [[str(len(lines))]]:
        places = [place(int(line)) for line in lines]
        return ring.Carried(target, places, secrets.missing(capture, target)), ""
    target.unlink(missing_ok=True)
    failure = later_failure or failure
    return ring.NOTHING, f"connections that go on in the next file are cut in two: {failure}"


def printed(capture: Path, settings: Settings, *arguments: str) -> tuple[list[str], str]:
    """The lines that tshark prints of a capture, as far as it gets, and what went wrong."""
    lines: list[str] = []
    try:
        lines.extend(tshark_lines(settings, "-n", "-r", str(capture), *arguments))
    except TsharkError as error:
        return lines, str(error)
    return lines, ""


def analyse_alone(
    folder: Path, name: str, settings: Settings, sharkd: Sharkd | None = None
) -> Iterator[Record]:
    return analyse(folder / name, name, settings, sharkd)


def analyse_each(folder: Path, names: list[str], settings: Settings) -> Iterator[Record]:
    preferences = [*PREFERENCES, *settings.arguments]
    if len(names) == 1 or not settings.sharkd:
        sharkd = None
    else:
        sharkd = Sharkd(settings.sharkd, preferences, settings.timeout)
    try:
        for number, name in enumerate(names):
            for record in analyse_alone(folder, name, settings, sharkd):
                yield record | {"judged": number}
    finally:
        if sharkd:
            sharkd.close()


def main() -> int:
    os.umask(0o077)
    job = json.loads(sys.argv[1])
    settings = Settings(**json.loads(os.environ[SETTINGS]))
    analyse_all = analyse_ring if job["is_ring"] else analyse_each
    for record in analyse_all(Path(job["folder"]), job["captures"], settings):
        print(json.dumps(record))
    print(json.dumps(END_MARK))
    return 0


if __name__ == "__main__":
    sys.exit(main())

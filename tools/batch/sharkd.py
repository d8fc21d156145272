# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads many small captures with one sharkd, which saves a start of tshark for each. What it can't do,
it leaves to tshark. It must not know how jobs are spread, nor what is in a record.
"""

import json
import os
import selectors
import shutil
import subprocess
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from batch import records
from batch.control import UNDER_CONTROL
from batch.records import Place, Record

# Of the preferences only those that need no more than a value: sharkd applies no others.
PLAIN = ("tls.keylog_file:", "http.desegment_body:")
LONGEST = 60.0  # seconds for a small capture: then tshark gets it, with all its time
WHOLE_JOB = 3600.0  # nothing is left behind, whatever happens
CHUNK = 1 << 16


def beside(tshark: str) -> str | None:
    """The sharkd that belongs to a tshark."""
    if not tshark.endswith("tshark") or os.path.basename(tshark) != "tshark":
        return None
    return shutil.which(f"{tshark.removesuffix('tshark')}sharkd")


def understands(arguments: list[str]) -> bool:
    """Whether sharkd can do what the arguments of tshark ask for."""
    pairs = zip(arguments[::2], arguments[1::2])
    return len(arguments) % 2 == 0 and all(
        option == "-o" and value.startswith(PLAIN) for option, value in pairs
    )


class NoAnswer(Exception):
    """sharkd ended, took too long, or said that it can't."""


class Session(NamedTuple):
    """One sharkd that runs."""

    process: subprocess.Popen[bytes]
    rest: bytearray  # of what it said, not yet read

    def ask(self, seconds: float, *requests: tuple[str, dict[str, str]]) -> list[Any]:
        """The answers to requests that are sent together. 4.0 never answers "load" for a capture that
        is cut short: then the next answer comes first."""
        assert self.process.stdin
        for number, (method, parameters) in enumerate(requests, start=1):
            request = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            self.process.stdin.write((json.dumps(request) + "\n").encode())
        self.process.stdin.flush()
        limit = monotonic() + seconds
        return [self.answer(number, limit) for number, _ in enumerate(requests, start=1)]

    def answer(self, number: int, limit: float) -> Any:
        answer = json.loads(self.line(limit))
        if answer["id"] != number:
            raise NoAnswer
        return answer["result"]

    def line(self, limit: float) -> bytes:
        assert self.process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.rest:
                ready = selector.select(max(0, limit - monotonic()))
                chunk = os.read(self.process.stdout.fileno(), CHUNK) if ready else b""
                if not chunk:
                    raise NoAnswer
                self.rest.extend(chunk)
        end = self.rest.index(b"\n") + 1
        line = bytes(self.rest[:end])
        del self.rest[:end]
        return line


class Sharkd:
    """Gives the records of one capture after the other; starts anew after a failure."""

    def __init__(self, program: str, arguments: list[str], longest: float):
        self.program = program
        self.preferences = arguments[1::2]
        self.longest = min(longest, LONGEST)
        self.session: Session | None = None
        self.has_failed_to_start = False

    def read(self, capture: Path, place: Place) -> list[Record] | None:
        """None: tshark has to read it."""
        if self.has_failed_to_start:
            return None
        try:
            session = self.session or self.start()
            name = str(capture.absolute())
            tap = ("tap", {"tap0": f"nstat:{records.TABLE}"})
            _, found = session.ask(self.longest, ("load", {"file": name}), tap)
            return table(found["taps"][0], place)
        except (NoAnswer, OSError, ValueError, KeyError, IndexError, TypeError):
            self.close()
            return None

    def start(self) -> Session:
        process = subprocess.Popen(
            [*UNDER_CONTROL, str(WHOLE_JOB), self.program, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.session = Session(process, bytearray())
        self.has_failed_to_start = True
        for preference in self.preferences:
            name, value = preference.split(":", 1)
            self.session.ask(self.longest, ("setconf", {"name": name, "value": value}))
        self.has_failed_to_start = False
        return self.session

    def close(self) -> None:
        if self.session:
            self.session.process.terminate()
            self.session.process.communicate()
            self.session = None


def table(tap: dict[str, Any], place: Place) -> list[Record]:
    names = [field["c"] for field in tap["fields"]]
    (only,) = tap["tables"]
    return [records.record(dict(zip(names, row, strict=True)), place) for row in only["i"]]

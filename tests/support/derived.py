# SPDX-License-Identifier: GPL-2.0-or-later
"""The connections of tests/captures, each with what its endpoints' doings make true of it, and what
the plugin says of them after a change. It must not know what may be said.

All connections are changed at one place each and put into one capture, so that a test takes one run
of tshark. By default a sample of the places is tried; with TLSCLOSE_THOROUGH=1 all of them.
"""
import json
import os
import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import mutate
from mutate import Change, Connection
from releases import in_this_release
from tlsclose_run import Found, Row, connections, rows

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
THOROUGH = os.environ.get("TLSCLOSE_THOROUGH", "") not in ("", "0")
OUT_OF_ORDER: dict[str, list[str]] = {
    "default": [],
    "reassemble_out_of_order": ["-o", "tcp.reassemble_out_of_order:TRUE"],
}
Complaints = dict[str, list[str]]


@dataclass(frozen=True)
class Original:
    """A connection of a committed capture, and what is expected of it."""

    name: str
    segments: Connection
    with_keys: dict[str, Any]
    without_keys: dict[str, Any]
    nothing_withheld: dict[str, Any]  # with keys, where Wireshark shows every record
    handshake_failed: bool

    def expected(self, keys: bool) -> dict[str, Any]:
        return self.with_keys if keys else self.without_keys


@dataclass(frozen=True)
class Derived:
    original: Original
    segments: Connection
    position: int | None  # None: unchanged

    def __str__(self) -> str:
        return f"{self.original.name} position {self.position}"


def read_originals() -> Iterator[Original]:
    for path in sorted(CAPTURES.glob("*.json")):
        told = json.loads(path.read_text())
        failed = any("handshake" in step and "error" in step for step in told["steps"])
        _, _, found = mutate.read_all([path.with_suffix(".pcapng")])
        assert len(found) == len(told["expect"]) == len(told["expect_without_keys"])
        for stream, segments in enumerate(found):
            with_keys, without_keys = (
                in_this_release(told[keys][stream]) for keys in ("expect", "expect_without_keys")
            )
            yield Original(
                name=f"{path.stem} stream {stream}",
                segments=segments,
                with_keys=with_keys,
                without_keys=without_keys,
                nothing_withheld=told["expect"][stream],
                handshake_failed=failed,
            )


ORIGINALS = list(read_originals())
PREAMBLE, SECRETS, _ = mutate.read_all(sorted(CAPTURES.glob("*.pcapng")))
LONGEST_CONNECTION = max(len(original.segments) for original in ORIGINALS)


# Where to change


def applicable(change: Change, segments: Connection) -> list[int]:
    return [position for position in range(len(segments)) if change(segments, position)]


def derive(change: Change, choice: int | None) -> list[Derived]:
    """CHANGE made to every connection it can be made to, at the CHOICE-th place; None: anywhere."""
    derived = []
    anywhere = random.Random(change.__qualname__)
    for original in ORIGINALS:
        places = applicable(change, original.segments)
        if choice is None:
            places = [anywhere.choice(places)] if places else []
        else:
            places = places[choice : choice + 1]
        changed = change(original.segments, places[0]) if places else None
        derived.append(
            Derived(original, changed or original.segments, places[0] if places else None)
        )
    return derived


def choices(sample: Iterable[int | None]) -> list[int | None]:
    return list(range(LONGEST_CONNECTION)) if THOROUGH else list(sample)


FEW_CHOICES = choices([None, 4, 8, 12])
ONE_CHOICE = choices([None])


# What is said


def rows_by_connection(
    derived: list[Derived],
    keys: bool,
    folder: Path,
    passes: int,
    options: list[str],
    **how_to_write: Any,
) -> list[list[Row]]:
    """The frames that have something to say, in the order of DERIVED. HOW_TO_WRITE: mutate.write()
    knows it."""
    capture = folder / "derived.pcapng"
    preamble = PREAMBLE + (SECRETS if keys else [])
    mutate.write(capture, preamble, [one.segments for one in derived], **how_to_write)
    ends = list(accumulate(len(one.segments) for one in derived))
    found: list[list[Row]] = [[] for _ in derived]
    for row in rows(capture, passes, options):
        # tcp.stream will not do: Wireshark 4.4 and later take a SYN or SYN-ACK that is repeated
        # after the end for one more connection.
        found[bisect_left(ends, int(row["frame.number"][0]))].append(row)
    return found


def summary(frames: list[Row]) -> Found:
    return next(
        iter(connections([row | {"tcp.stream": ["0"]} for row in frames]).values()), Found()
    )


def judged(
    derived: list[Derived], keys: bool, folder: Path, passes: int = 2, options: list[str] = []
) -> Iterator[tuple[Derived, Found]]:
    """What the plugin says of those that were changed. The others are in the capture too, for the
    sake of the sessions that connections share."""
    for one, frames in zip(derived, rows_by_connection(derived, keys, folder, passes, options)):
        if one.position is not None:
            yield one, summary(frames)


def complain(complaints: Complaints, derived: Derived, wrong: list[str]) -> None:
    if wrong:
        complaints[str(derived)] = wrong

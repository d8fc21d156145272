# SPDX-License-Identifier: GPL-2.0-or-later
"""A trial: connections of tests/captures, each changed in its own way, in one file, and what is
wrong with what tshark says of it. It must not know how trials are counted and reduced.
"""
import random
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import changes
import loss
import mutate
import relations
import tlsclose_run
from changes import Plan
from derived import CAPTURES, ORIGINALS, PREAMBLE, SECRETS, Derived
from mutate import Connection
from relations import Truth
from tlsclose_run import Found, Row

# What FTP says on one connection tells of others, whose ports may be those of anybody here.
_, PROGRAMS_SECRETS, PROGRAMS = mutate.read_all(
    path
    for path in sorted(CAPTURES.glob("programs/*.pcapng"))
    if not path.stem.startswith("ftp")
)
CONNECTIONS = [original.segments for original in ORIGINALS] + PROGRAMS

OUT_OF_ORDER = ("FALSE", "TRUE")
WITHOUT_INFERENCE = ("-o", "tlsclose.infer:FALSE")
# The default more often than each of the others.
OTHER_PREFERENCES: list[tuple[str, ...]] = [
    (),
    (),
    (),
    ("-o", "tcp.desegment_tcp_streams:FALSE"),
    WITHOUT_INFERENCE,
]
# What loss may make of a session that this rule makes unresumable is told nowhere.
STRICT = ("-o", "tlsclose.strict_rfc2246:TRUE")
NO_ERRORS = "0"
ERROR_RATES = [NO_ERRORS, "0.0001", "0.001", "0.01"]
# Bugs of other dissectors are not the plugin's. Wireshark's own for gRPC calls this function with NULL where
# it has not seen the header.
REPORT = re.compile(
    r"Sanitizer|runtime error:|Dissector bug, protocol TLS Closure"
    r"|CRITICAL\S* -- (?!g_str_has_prefix: assertion 'str != NULL' failed)",
    re.I,
)

CHOOSERS: dict[str, Callable[[int, list[Connection], random.Random], Plan]] = {
    "lossless": changes.choose_lossless,
    "loss": changes.choose_loss,
    "damage": changes.choose_damage,
}
# Damage leaves little to check.
KINDS = ["lossless", "lossless", "loss", "loss", "damage"]


class Broken(Exception):
    """tshark crashed, or something was reported."""


@dataclass(frozen=True)
class Trial:
    """The connections by their numbers, in order, and what is done to each; and how the file is
    read."""

    kind: str
    plans: dict[int, Plan]
    keys: bool
    preferences: tuple[str, ...]
    error_rate: str = NO_ERRORS
    error_seed: int = 0

    def write(self, path: Path) -> "Numbers":
        changed = [
            changes.carried_out(plan, number, CONNECTIONS) for number, plan in self.plans.items()
        ]
        mutate.write(path, PREAMBLE + (SECRETS + PROGRAMS_SECRETS if self.keys else []), changed)
        if self.error_rate != NO_ERRORS:
            changes.damage_bytes(path, self.error_rate, self.error_seed)
        return Numbers(list(self.plans), list(accumulate(map(len, changed))))

    def options(self, out_of_order: str) -> tuple[str, ...]:
        return (*self.preferences, "-o", f"tcp.reassemble_out_of_order:{out_of_order}")


@dataclass(frozen=True)
class Numbers:
    """Of the connections in a file, and of the last frame of each. Wireshark may count streams in
    another way: it takes a repeated SYN for one more."""

    connections: list[int]
    last_frames: list[int]

    def of(self, row: Row) -> int:
        return self.connections[bisect_left(self.last_frames, int(row["frame.number"][0]))]

    def found(self, rows: list[Row]) -> dict[int, Found]:
        by_number = [row | {"tcp.stream": [str(self.of(row))]} for row in rows]
        found = tlsclose_run.connections(by_number)
        return {number: found.get(number, Found()) for number in self.connections}


@dataclass(frozen=True)
class Complaint:
    """NUMBER: of the connection; None: of any in the file."""

    what: str
    number: int | None
    options: tuple[str, ...]


def choose(seed: int, most: int) -> Trial:
    """Of as many connections as there are, or of MOST."""
    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    # What loss may do is known of the originals only.
    known = range(len(ORIGINALS) if kind == "loss" else len(CONNECTIONS))
    chosen = sorted(chance.sample(known, min(most, len(ORIGINALS))))
    return Trial(
        kind,
        {number: CHOOSERS[kind](number, CONNECTIONS, chance) for number in chosen},
        keys=chance.random() < 0.5,
        preferences=chance.choice(OTHER_PREFERENCES + ([] if kind == "loss" else [STRICT])),
        error_rate=chance.choice(ERROR_RATES) if kind == "damage" else NO_ERRORS,
        error_seed=chance.randrange(1 << 31),
    )


def _read(capture: Path, passes: int, options: tuple[str, ...]) -> list[Row]:
    done = tlsclose_run.run_tshark(capture, passes, options)
    if done.returncode != 0 or REPORT.search(done.stderr):
        raise Broken(done.stderr.strip() or f"tshark ended with {done.returncode}")
    return tlsclose_run.rows_of(done.stdout)


@cache
def _unchanged(
    numbers: tuple[int, ...], keys: bool, preferences: tuple[str, ...]
) -> dict[int, Found]:
    """Of the same connections: what one does to a session, others show."""
    trial = Trial("unchanged", {number: () for number in numbers}, keys, preferences)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "unchanged.pcapng"
        return trial.write(path).found(_read(path, 2, trial.options("FALSE")))


def _differing_passes(one: list[Row], two: list[Row]) -> Iterator[tuple[int, str]]:
    """By streams: a change may leave anything at all."""
    found_in_one, found_in_two = map(tlsclose_run.connections, (one, two))
    for stream in sorted(found_in_one.keys() | found_in_two.keys()):
        for wrong in relations.one_pass_differs(
            found_in_one.get(stream, Found()), found_in_two.get(stream, Found())
        ):
            yield stream, wrong


def _wrong(trial: Trial, number: int, found: Found) -> list[str]:
    if trial.kind == "lossless":
        numbers = tuple(trial.plans)
        truth = Truth(
            _unchanged(numbers, trial.keys, trial.preferences)[number],
            _unchanged(numbers, False, trial.preferences)[number],
            _unchanged(numbers, False, ())[number],
        )
        return relations.nothing_changes(found, truth)
    if trial.kind == "loss":
        captured = changes.carried_out(trial.plans[number], number, CONNECTIONS)
        derived = Derived(ORIGINALS[number], captured, position=None)
        return loss.made_up(derived, found, trial.keys)
    return []


def complaints(trial: Trial, capture: Path, pool: Executor) -> Iterator[Complaint]:
    """Writes the capture, and reads it in one pass and in two, in either order of reassembly."""
    numbers = trial.write(capture)
    for out_of_order in OUT_OF_ORDER:
        options = trial.options(out_of_order)
        try:
            one, two = pool.map(lambda passes: _read(capture, passes, options), (1, 2))
        except Broken as broken:
            yield Complaint(f"broken: {broken}", None, options)
            continue
        connection_of = {row["tcp.stream"][0]: numbers.of(row) for row in [*one, *two]}
        for stream, wrong in _differing_passes(one, two):
            yield Complaint(wrong, connection_of[str(stream)], options)
        if trial.preferences == WITHOUT_INFERENCE:
            for row in relations.inferred([*one, *two]):
                yield Complaint("gives something as Inferred", numbers.of(row), options)
        for number, found in numbers.found(two).items():
            for wrong in _wrong(trial, number, found):
                yield Complaint(wrong, number, options)


# Reducing


def _simpler(trial: Trial) -> Iterator[Trial]:
    """Half of the connections, or one step less."""
    numbers = list(trial.plans)
    if len(numbers) > 1:
        half = len(numbers) // 2
        for part in (numbers[:half], numbers[half:]):
            yield replace(trial, plans={number: trial.plans[number] for number in part})
        return
    for number, plan in trial.plans.items():
        for index in range(len(plan)):
            yield replace(trial, plans={number: plan[:index] + plan[index + 1 :]})
    if trial.error_rate != NO_ERRORS:
        yield replace(trial, error_rate=NO_ERRORS)
    if trial.preferences:
        yield replace(trial, preferences=())


def reduced(trial: Trial, complaint: Complaint, capture: Path, pool: Executor) -> Trial:
    """The smallest trial found that gives rise to the same complaint."""
    what = complaint.what.split(":")[0] if complaint.number is None else complaint.what

    def shows(other: Trial) -> bool:
        return any(
            found.number == complaint.number and found.what.startswith(what)
            for found in complaints(other, capture, pool)
        )

    if complaint.number is not None:
        alone = replace(trial, plans={complaint.number: trial.plans[complaint.number]})
        if not shows(alone):
            return trial
        trial = alone
    while smaller := next(filter(shows, _simpler(trial)), None):
        trial = smaller
    return trial

# SPDX-License-Identifier: GPL-2.0-or-later
"""With tlsclose.infer off nothing is given as Inferred: of no connection of tests/captures, with keys and
without, as it is and with packets lost, cut short or out of order. It must not know what is said instead.
"""
import random
from functools import cache
from pathlib import Path

import mutate
import pcapng
import pytest
from derived import CAPTURES, THOROUGH
from mutate import Change, Connection
from running import Runner
from words import values

OFF = ("-o", "tlsclose.infer:FALSE")
PATHS = sorted(CAPTURES.rglob("*.pcapng"))
ROUNDS = 20 if THOROUGH else 1


def keep(segments: Connection, position: int) -> Connection | None:
    return segments


CHANGES: dict[str, Change] = {
    "whole": keep,
    "drop": mutate.drop,
    "cut_start": mutate.cut_start,
    "cut_end": mutate.cut_end,
    "swap": mutate.swap,
    "delay": mutate.delay,
    "snapshot_91": mutate.snapshot(91),
}


@cache
def read() -> tuple[list[pcapng.Block], list[pcapng.Block], list[Connection]]:
    return mutate.read_all(PATHS)


def changed(change: str, seed: int) -> list[Connection]:
    chance = random.Random(f"{change} {seed}")
    connections = read()[2]
    return [
        CHANGES[change](segments, chance.randrange(len(segments))) or segments
        for segments in connections
    ]


def write(path: Path, connections: list[Connection], keys: bool) -> None:
    preamble, secrets, _ = read()
    mutate.write(path, preamble + (secrets if keys else []), connections)


def inferred() -> str:
    """A filter for the frames that give anything as Inferred."""
    number = next(number for number, name in values("evidence").items() if name == "Inferred")
    return f"tlsclose.evidence == {number} || tlsclose.verdict.evidence == {number}"


def said(tshark: Runner, capture: Path, *options: str) -> tuple[list[str], str]:
    """The numbers of such frames, and the records of the connections."""
    shown = ("-Y", inferred(), "-T", "fields", "-e", "frame.number", "-z", "tlsclose,records")
    output = tshark("-n", "-2", "-r", capture, *options, *shown).stdout
    numbers, _, records = output.partition("=")
    assert "findings" in records
    return numbers.split(), records


def test_inference_is_seen(tshark: Runner, tmp_path: Path) -> None:
    """What the others look for is there as long as nobody asks for less."""
    capture = tmp_path / "whole.pcapng"
    write(capture, read()[2], keys=False)
    numbers, records = said(tshark, capture)
    assert len(numbers) > 100
    assert "Inferred" in records


@pytest.mark.parametrize("keys", [True, False], ids=["with_keys", "without_keys"])
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_inferred(change: str, keys: bool, tshark: Runner, tmp_path: Path) -> None:
    capture = tmp_path / "changed.pcapng"
    for seed in range(1 if change == "whole" else ROUNDS):
        write(capture, changed(change, seed), keys)
        numbers, records = said(tshark, capture, *OFF)
        assert not numbers, f"seed {seed}"
        assert "Inferred" not in records, f"seed {seed}"

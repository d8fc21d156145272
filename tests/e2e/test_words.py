# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds doc/programs.md against what stock programs reported (tests/captures/programs/*.json): their words,
their versions, and the loss that is expected. It must not ask the plugin.
"""
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from test_readme import PROGRAMS, code, table

CAPTURES = Path(__file__).resolve().parent.parent / "captures" / "programs"
WORST_FIRST = ["Certain", "Possible", "Unknown", "Unlikely", "None"]
CLIENTS, SERVERS = "When something breaks", "And what servers write into their logs:"

Play = dict[str, Any]


class Row(NamedTuple):
    program: str
    words: list[str]
    with_keys: str
    without_keys: str
    captures: list[str]


def rows() -> list[Row]:
    """Of both tables. The second one has no heading of its own, but a line."""
    clients = table(CLIENTS, PROGRAMS)
    servers = table(SERVERS, PROGRAMS.replace(SERVERS, f"# {SERVERS}"))
    return [
        Row(program, code(words), with_keys, without_keys, captures.split(", "))
        for program, words, _, with_keys, without_keys, captures in clients + servers
    ]


def plays(capture: str) -> list[Play]:
    """Those of every version of TLS, or of the one that the name ends with."""
    return [
        json.loads(path.read_text())
        for path in sorted(CAPTURES.glob("*.json"))
        if path.stem == capture or path.stem.rpartition("_tls")[0] == capture
    ]


def worst(connections: list[dict[str, Any]]) -> str:
    said = [
        connection.get(f"{side}.loss") for connection in connections for side in ("client", "server")
    ]
    return min(filter(None, said), key=WORST_FIRST.index)


CASES = [(row, capture) for row in rows() for capture in row.captures]


def test_there_are_enough() -> None:
    assert len(CASES) > 50


@pytest.mark.parametrize(("row", "capture"), CASES, ids=[capture for _, capture in CASES])
def test_words_were_reported(row: Row, capture: str) -> None:
    package, version = row.program.split()
    assert plays(capture) and row.words
    for play in plays(capture):
        reported = "\n".join(play["reported"])
        assert [words for words in row.words if words not in reported] == []
        installed = [line.split() for line in play["programs"]]
        versions = [found.split(":")[-1] for name, found in installed if name == package]
        assert [found for found in versions if found.startswith(version)], (package, installed)


@pytest.mark.parametrize(("row", "capture"), CASES, ids=[capture for _, capture in CASES])
def test_losses_are_the_expected_ones(row: Row, capture: str) -> None:
    for play in plays(capture):
        assert worst(play["expect"]) == row.with_keys
        assert worst(play["expect_without_keys"]) == row.without_keys

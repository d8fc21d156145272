# SPDX-License-Identifier: GPL-2.0-or-later
"""Repetition, segmentation and the order of capture change nothing: holds the plugin against
captures derived from tests/captures. What is expected comes from the JSON beside the captures.
"""
from collections import Counter
from pathlib import Path
from typing import Any

import mutate
import pytest
from derived import (
    ONE_CHOICE,
    OUT_OF_ORDER,
    Complaints,
    Derived,
    Original,
    complain,
    derive,
    judged,
)
from mutate import SYN, Change
from tlsclose_run import Found

LOSSLESS: dict[str, Change] = {
    "repeat_at_once": mutate.repeat_at_once,
    "repeat_later": mutate.repeat_later,
    "repeat_as_last": mutate.repeat_as_last,
    "join": mutate.join,
}
REORDERED: dict[str, Change] = {"swap": mutate.swap, "delay": mutate.delay}

STATEMENTS = ("verdict", "initiator", "client", "server", "version", "evidence")
SIDES = ("client", "server")


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


def counted(experts: list[str]) -> Counter[str]:
    """capture_incomplete counts once: a closure and a verdict may share the frame that has it."""
    once = Counter(set(experts) & {"capture_incomplete"})
    return Counter(name for name in experts if name not in once) + once


def differences(found: Found, expected: dict[str, Any], passes: int) -> list[str]:
    """Closures and what follows from them are final from the second pass on."""
    names = [name for name in STATEMENTS if passes == 2 or name not in SIDES]
    wrong = [
        f"{name}: {expected.get(name)} became {found.statements.get(name)}"
        for name in names
        if found.statements.get(name) != expected.get(name)
    ]
    if passes == 2 and counted(found.expert) != counted(expected["expert"]):
        wrong.append(f"{sorted(expected['expert'])} became {sorted(found.expert)}")
    return wrong


@pytest.mark.parametrize("choice", ONE_CHOICE)
@pytest.mark.parametrize("change", LOSSLESS)
def test_repetition_and_joining_change_nothing(
    change: str, choice: int | None, keys: bool, tmp_path: Path
) -> None:
    complaints: Complaints = {}
    for derived, found in judged(derive(LOSSLESS[change], choice), keys, tmp_path):
        wrong = differences(found, derived.original.expected(keys), 2)
        if change == "join" and keys and wrong:
            # Wireshark 4.4 and later withhold records behind the head of a response, but not
            # those that share its segment.
            wrong = differences(found, derived.original.nothing_withheld, 2)
        complain(complaints, derived, wrong)
    assert not complaints


def differences_but_for_keys(found: Found, original: Original, passes: int) -> list[str]:
    """Wireshark may be kept from decrypting, so each statement is the one with keys or the one
    without."""
    both = (original.with_keys, original.without_keys)
    wrong = [
        f"{name}: {[expected.get(name) for expected in both]} became {found.statements.get(name)}"
        for name in STATEMENTS
        if (passes == 2 or name not in SIDES)
        and found.statements.get(name) not in [expected.get(name) for expected in both]
    ]
    with_keys, without_keys = (counted(expected["expert"]) for expected in both)
    unexpected = counted(found.expert) - (with_keys | without_keys)
    missing = (with_keys & without_keys) - counted(found.expert)
    if passes == 2 and (unexpected or missing):
        wrong.append(f"unexpected: {sorted(unexpected)}, missing: {sorted(missing)}")
    return wrong


@pytest.mark.parametrize("choice", ONE_CHOICE)
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("preference", OUT_OF_ORDER)
@pytest.mark.parametrize("change", REORDERED)
def test_order_of_capture_changes_nothing(
    change: str, preference: str, passes: int, choice: int | None, keys: bool, tmp_path: Path
) -> None:
    complaints: Complaints = {}
    derived_ones = derive(REORDERED[change], choice)
    options = OUT_OF_ORDER[preference]
    for derived, found in judged(derived_ones, keys, tmp_path, passes, options):
        if keys:
            wrong = differences_but_for_keys(found, derived.original, passes)
        else:
            wrong = differences(found, derived.original.without_keys, passes)
        complain(complaints, derived, wrong)
    assert not complaints


def starts_in_the_middle(derived: Derived) -> bool:
    """Then records are found where a segment begins with their header, which a split may hide."""
    return not any(segment.has(SYN) for segment in derived.original.segments)


@pytest.mark.parametrize("choice", ONE_CHOICE)
def test_splitting_changes_nothing(choice: int | None, keys: bool, tmp_path: Path) -> None:
    """Wireshark may not take a connection for TLS that begins with less than a record header."""
    complaints: Complaints = {}
    for derived, found in judged(derive(mutate.split, choice), keys, tmp_path):
        if starts_in_the_middle(derived):
            continue
        if keys:
            wrong = differences_but_for_keys(found, derived.original, passes=2)
        else:
            wrong = differences(found, derived.original.without_keys, passes=2)
        complain(complaints, derived, wrong)
    assert not complaints

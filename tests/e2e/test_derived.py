# SPDX-License-Identifier: GPL-2.0-or-later
"""Repetition, segmentation and the order of capture change nothing: holds the plugin against
captures derived from tests/captures. What is expected comes from the JSON beside the captures.
"""
from pathlib import Path

import mutate
import pytest
from derived import (
    ONE_CHOICE,
    OUT_OF_ORDER,
    Complaints,
    Derived,
    complain,
    derive,
    judged,
)
from mutate import SYN, Change
from sameness import differences, wrong_without_loss

LOSSLESS: dict[str, Change] = {
    "repeat_at_once": mutate.repeat_at_once,
    "repeat_later": mutate.repeat_later,
    "repeat_as_last": mutate.repeat_as_last,
    "join": mutate.join,
}
REORDERED: dict[str, Change] = {"swap": mutate.swap, "delay": mutate.delay}


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


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
        wrong = wrong_without_loss(found, derived.original, keys, passes)
        complain(complaints, derived, wrong)
    assert not complaints


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("preference", OUT_OF_ORDER)
def test_an_alert_is_told_from_the_one_before(
    preference: str, passes: int, keys: bool, tmp_path: Path
) -> None:
    """Wireshark shows both at once, where the last piece of the first one is captured."""
    complaints: Complaints = {}
    derived_ones = derive(mutate.first_of_two_is_late, None)
    options = OUT_OF_ORDER[preference]
    for derived, found in judged(derived_ones, keys, tmp_path, passes, options):
        wrong = wrong_without_loss(found, derived.original, keys, passes)
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
        complain(complaints, derived, wrong_without_loss(found, derived.original, keys))
    assert not complaints

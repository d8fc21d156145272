# SPDX-License-Identifier: GPL-2.0-or-later
"""Loss of segments may hide an answer, but not make up another one: holds the plugin against
captures derived from tests/captures, by the rules in loss.py.
"""
from pathlib import Path

import mutate
import pytest
from derived import (
    FEW_CHOICES,
    ORIGINALS,
    OUT_OF_ORDER,
    THOROUGH,
    Complaints,
    Derived,
    complain,
    derive,
    judged,
    rows_by_connection,
)
from loss import made_up
from mutate import Change
from tlsclose_run import VERDICTS

# The headers of Ethernet, IP and TCP take 66 bytes (IPv6: 86).
SNAPSHOT_LENGTHS = (*range(66, 130), 200, 512) if THOROUGH else (66, 68, 71, 74, 80, 96, 200)
SEEDS = range(100) if THOROUGH else range(4)


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


def all_made_up(
    change: Change, choice: int | None, keys: bool, folder: Path, options: list[str] = []
) -> Complaints:
    complaints: Complaints = {}
    for derived, found in judged(derive(change, choice), keys, folder, options=options):
        complain(complaints, derived, made_up(derived, found, keys))
    return complaints


@pytest.mark.parametrize("preference", OUT_OF_ORDER if THOROUGH else ["default"])
@pytest.mark.parametrize("choice", FEW_CHOICES)
def test_a_lost_segment_makes_up_nothing(
    choice: int | None, preference: str, keys: bool, tmp_path: Path
) -> None:
    assert not all_made_up(mutate.drop, choice, keys, tmp_path, OUT_OF_ORDER[preference])


@pytest.mark.parametrize("preference", OUT_OF_ORDER)
@pytest.mark.parametrize("seed", SEEDS)
def test_several_lost_segments_make_up_nothing(
    seed: int, preference: str, keys: bool, tmp_path: Path
) -> None:
    change = mutate.drop_several(seed)
    assert not all_made_up(change, None, keys, tmp_path, OUT_OF_ORDER[preference])


@pytest.mark.parametrize("length", SNAPSHOT_LENGTHS)
def test_a_snapshot_length_makes_up_nothing(length: int, keys: bool, tmp_path: Path) -> None:
    assert not all_made_up(mutate.snapshot(length), None, keys, tmp_path)


@pytest.mark.parametrize("choice", FEW_CHOICES)
def test_a_missing_start_makes_up_nothing(choice: int | None, keys: bool, tmp_path: Path) -> None:
    assert not all_made_up(mutate.cut_start, choice, keys, tmp_path)


@pytest.fixture(scope="module")
def verdicts_of_one_pass(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], set]:
    """All verdicts that one pass gives of each whole connection: what the peer had in flight at a
    RST may revise the first one, if the capture goes on so long."""
    whole = [Derived(original, original.segments, None) for original in ORIGINALS]
    given = {}
    for keys in (True, False):
        folder = tmp_path_factory.mktemp("whole")
        for one, frames in zip(whole, rows_by_connection(whole, keys, folder, 1, [])):
            given[one.original.name, keys] = {
                VERDICTS[int(row["verdict"][0])] for row in frames if row["verdict"]
            }
    return given


@pytest.mark.parametrize("choice", FEW_CHOICES)
def test_a_missing_end_makes_up_nothing(
    choice: int | None,
    keys: bool,
    verdicts_of_one_pass: dict[tuple[str, bool], set],
    tmp_path: Path,
) -> None:
    complaints: Complaints = {}
    for derived, found in judged(derive(mutate.cut_end, choice), keys, tmp_path):
        revised = verdicts_of_one_pass[derived.original.name, keys]
        complain(complaints, derived, made_up(derived, found, keys, revised))
    assert not complaints

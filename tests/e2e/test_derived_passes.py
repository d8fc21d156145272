# SPDX-License-Identifier: GPL-2.0-or-later
"""What one pass says of captures derived from tests/captures is final, but for a revised verdict and
what is still Unknown: later passes take no accusation back, and what comes later in the capture does
not matter to what was said before.
"""
from pathlib import Path

import mutate
import pytest
from derived import (
    FEW_CHOICES,
    ONE_CHOICE,
    ORIGINALS,
    PREAMBLE,
    SECRETS,
    Complaints,
    complain,
    derive,
    rows_by_connection,
)
from finality import taken_back
from mutate import Change, Connection
from tlsclose_run import Row, rows

CHANGES: dict[str, Change] = {
    "swap": mutate.swap,
    "delay": mutate.delay,
    "drop": mutate.drop,
    "drop_several": mutate.drop_several(0),
    "drop_near_the_end": mutate.drop_several(1),
    "cut_start": mutate.cut_start,
}


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.mark.parametrize("choice", ONE_CHOICE)
@pytest.mark.parametrize("change", CHANGES)
def test_no_accusation_is_taken_back(
    change: str, choice: int | None, keys: bool, tmp_path: Path
) -> None:
    derived_ones = derive(CHANGES[change], choice)
    first = rows_by_connection(derived_ones, keys, tmp_path, 1, [])
    final = rows_by_connection(derived_ones, keys, tmp_path, 2, [])
    complaints: Complaints = {}
    for derived, *frames in zip(derived_ones, first, final):
        complain(complaints, derived, taken_back(*frames))
    assert not complaints


# A verdict rests on the frames up to the one that carries it: what comes later does not matter to
# what one pass says.

LINKS = ("frame.number", "tcp.stream", "close_notify.response_to", "session.established_in",
         "session.unresumable_in", "http.close_announced_in")  # fmt: skip


def said_by_stream(all_rows: list[Row]) -> dict[int, list[Row]]:
    """Without the numbers of frames, which depend on what else is in the capture."""
    said: dict[int, list[Row]] = {}
    for row in all_rows:
        plain = {name: value for name, value in row.items() if name not in LINKS}
        said.setdefault(int(row["tcp.stream"][0]), []).append(plain)
    return said


def one_pass(all_segments: list[Connection], keys: bool, capture: Path) -> dict[int, list[Row]]:
    mutate.write(capture, PREAMBLE + (SECRETS if keys else []), all_segments)
    return said_by_stream(rows(capture, passes=1))


@pytest.mark.parametrize("choice", FEW_CHOICES)
def test_what_comes_later_does_not_matter(choice: int | None, keys: bool, tmp_path: Path) -> None:
    whole = one_pass([original.segments for original in ORIGINALS], keys, tmp_path / "whole.pcapng")
    derived_ones = derive(mutate.cut_end, choice)
    cut = one_pass([one.segments for one in derived_ones], keys, tmp_path / "cut.pcapng")
    complaints: Complaints = {}
    for stream, derived in enumerate(derived_ones):
        if "Resumption offered" in derived.original.with_keys["session_events"]:
            continue  # what became of its session was said in another connection, cut as well
        said = cut.get(stream, [])
        if said != whole.get(stream, [])[: len(said)]:
            complain(complaints, derived, [f"{said[-1]}"])
    assert not complaints

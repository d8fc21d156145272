# SPDX-License-Identifier: GPL-2.0-or-later
"""Random TLS conversations between well-behaved kernels, without keys: what is said of a conversation
is said again, whatever a capture point does to it, and where it loses segments nothing is made up.
What is right to say of each is the business of the other tests.
"""
import random
from itertools import count
from pathlib import Path
from typing import Any

import mutate
import oddities
import pytest
from conversations import random_conversation
from derived import (
    OUT_OF_ORDER,
    THOROUGH,
    Complaints,
    Derived,
    Original,
    complain,
    rows_by_connection,
    summary,
)
from finality import taken_back
from loss import is_proven, made_up
from mutate import ACK, RST, Change, Connection, Segment, not_before
from records import ALERT
from sameness import differences
from tlsclose_run import Found, Row

CONVERSATIONS = 300
SEEDS = range(60) if THOROUGH else range(2)
SHORTEST = 5  # segments: something has to follow the handshake of TCP
MOST_TRIES = 10
LOSSLESS: list[Change] = [
    mutate.swap,
    mutate.delay,
    mutate.repeat_at_once,
    mutate.repeat_later,
    mutate.repeat_as_last,
    mutate.split,
    mutate.join,
    oddities.keep_alive,
    oddities.window_probe,
    oddities.wrap,
    oddities.refused_at_first,
    oddities.sent_again_joined,
]
LOSSES = [mutate.drop, *map(mutate.drop_several, range(4))]


def expectation(found: Found) -> dict[str, Any]:
    return found.statements | {
        "expert": found.expert,
        "session_events": found.session_events,
        "close_notify": found.close_notify,
    }


def said_of(
    connections: list[Connection], folder: Path, passes: int = 2, options: list[str] = []
) -> list[list[Row]]:
    whole = [Derived(as_original(str(n), one), one, None) for n, one in enumerate(connections)]
    return rows_by_connection(whole, False, folder, passes, options)


def as_original(name: str, segments: Connection, found: Found = Found()) -> Original:
    expected = expectation(found)
    return Original(
        name=name,
        segments=segments,
        with_keys=expected,
        without_keys=expected,
        nothing_withheld=expected,
        handshake_failed=found.statements.get("verdict") == "Fatal alert",
    )


@pytest.fixture(scope="module", params=SEEDS)
def originals(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Original]:
    """Random conversations, and what is said of them when nothing is changed."""
    numbers = count(request.param * CONVERSATIONS * 2)
    connections: dict[str, Connection] = {}
    while len(connections) < CONVERSATIONS:
        number = next(numbers)
        segments = random_conversation(number)
        if len(segments) >= SHORTEST:
            connections[f"conversation {number}"] = segments
    folder = tmp_path_factory.mktemp("conversations")
    said = said_of(list(connections.values()), folder)
    return [
        as_original(name, segments, summary(frames))
        for (name, segments), frames in zip(connections.items(), said)
    ]


def changed_somewhere(
    original: Original, changes: list[Change], chance: random.Random
) -> Derived | None:
    for _ in range(MOST_TRIES):
        position = chance.randrange(len(original.segments))
        changed = chance.choice(changes)(original.segments, position)
        if changed:
            return Derived(original, changed, position)
    return None


def derive_all(originals: list[Original], changes: list[Change]) -> list[Derived]:
    chance = random.Random(originals[0].name)
    return [one for original in originals if (one := changed_somewhere(original, changes, chance))]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("preference", OUT_OF_ORDER)
def test_nothing_changes_without_loss(
    originals: list[Original], preference: str, passes: int, tmp_path: Path
) -> None:
    complaints: Complaints = {}
    derived_ones = derive_all(originals, LOSSLESS)
    said = rows_by_connection(derived_ones, False, tmp_path, passes, OUT_OF_ORDER[preference])
    for derived, frames in zip(derived_ones, said):
        wrong = differences(summary(frames), derived.original.without_keys, passes)
        complain(complaints, derived, wrong)
    assert complaints == {}


def test_no_accusation_is_taken_back(originals: list[Original], tmp_path: Path) -> None:
    connections = [original.segments for original in originals]
    first, final = (said_of(connections, tmp_path, passes) for passes in (1, 2))
    complaints: Complaints = {}
    for original, *frames in zip(originals, first, final):
        complain(complaints, Derived(original, original.segments, None), taken_back(*frames))
    assert complaints == {}


def is_acknowledgement_repeated(lost: Segment, captured: Connection) -> bool:
    return any(
        other.is_client == lost.is_client
        and other.has(ACK)
        and not_before(other.acknowledgement, lost.acknowledgement)
        for other in captured
    )


def is_all_proven(derived: Derived, verdict_at: int) -> bool:
    """A verdict rests on the frames up to the one that carries it, and so do the proofs that segments
    were lost. Of a bare acknowledgement only a later one tells."""
    captured = derived.segments[:verdict_at]
    whole = set(map(id, derived.segments))
    lost = [segment for segment in derived.original.segments if id(segment) not in whole]
    return all(
        is_acknowledgement_repeated(segment, captured)
        if segment.sequence == segment.end and not segment.has(RST)
        else is_proven(segment, captured)
        for segment in lost
    )


def is_alert(segment: Segment) -> bool:
    return segment.payload[:1] == bytes([ALERT])


def goes_on_after_lost_alert(derived: Derived) -> bool:
    """Against the RFCs its sender sent more alerts: nobody can tell that the first was lost."""
    whole = set(map(id, derived.segments))
    return any(
        is_alert(lost)
        and any(
            later.is_client == lost.is_client
            and not_before(later.sequence, lost.end)
            and is_alert(later)
            for later in derived.segments
        )
        for lost in derived.original.segments
        if id(lost) not in whole
    )


def last_verdict(frames: list[Row], first_frame: int, otherwise: int) -> int:
    """The place in its connection of the frame that carries the verdict."""
    places = [int(row["frame.number"][0]) - first_frame for row in frames if row["verdict"]]
    return places[-1] if places else otherwise


@pytest.mark.parametrize("preference", OUT_OF_ORDER)
def test_loss_makes_up_nothing(originals: list[Original], preference: str, tmp_path: Path) -> None:
    complaints: Complaints = {}
    derived_ones = derive_all(originals, LOSSES)
    said = rows_by_connection(derived_ones, False, tmp_path, 2, OUT_OF_ORDER[preference])
    frames_before = 0
    for derived, frames in zip(derived_ones, said):
        verdict_at = last_verdict(frames, frames_before, len(derived.segments))
        if is_all_proven(derived, verdict_at) and not goes_on_after_lost_alert(derived):
            complain(complaints, derived, made_up(derived, summary(frames), False))
        frames_before += len(derived.segments)
    assert complaints == {}

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a capture point does to a connection may hide an answer, but not make up another one: holds
the plugin against captures derived from tests/captures by loss, reordering, repetition,
segmentation and snapshot lengths. What is expected comes from the JSON beside the captures.

Each test changes every connection at one place and puts all of them into one capture. By default a
sample of the places is tried; with TLSCLOSE_THOROUGH=1 all of them.
"""
import json
import os
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import mutate
import pytest
from mutate import ACK, FIN, RST, SYN, Change, Connection, not_before
from releases import in_this_release
from tlsclose_run import Found, Row, connections, rows

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
THOROUGH = os.environ.get("TLSCLOSE_THOROUGH", "") not in ("", "0")
LONGEST_CONNECTION = 27
OUT_OF_ORDER: dict[str, list[str]] = {
    "default": [],
    "reassemble_out_of_order": ["-o", "tcp.reassemble_out_of_order:TRUE"],
}

LOSSLESS: dict[str, Change] = {
    "repeat_at_once": mutate.repeat_at_once,
    "repeat_later": mutate.repeat_later,
    "repeat_as_last": mutate.repeat_as_last,
    "join": mutate.join,
}
REORDERED: dict[str, Change] = {"swap": mutate.swap, "delay": mutate.delay}
# The headers of Ethernet, IP and TCP take 66 bytes (IPv6: 86).
SNAPSHOT_LENGTHS = (66, 68, 74, 80, 96, 128, 200, 512)

STATEMENTS = ("verdict", "initiator", "client", "server", "version", "evidence")
SIDES = ("client", "server")
SEVERE = frozenset(
    """missing_close_notify reset_without_close_notify duplicate_close_notify
    alert_after_close_notify close_notify_level close_notify_in_handshake data_after_close_notify
    data_after_peer_close_notify data_after_fatal_alert truncated_record session_unresumable
    unresumable_session_resumed http_truncated http_close_without_close_notify
    http_request_after_close""".split()
)


@dataclass(frozen=True)
class Original:
    """A connection of a committed capture, and what its endpoints' doings make true of it."""

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


# Where to change


def is_proven(segments: Connection, position: int) -> bool:
    """Whether other segments tell that what the one at POSITION carried was sent. Nothing but a RST
    itself tells of it, and nothing but a FIN itself tells that it was no further byte."""
    lost = segments[position]
    if lost.flags & (FIN | RST):
        return False
    others = segments[:position] + segments[position + 1 :]
    if lost.is_bare_acknowledgement:
        return any(
            other.is_client == lost.is_client
            and other.has(ACK)
            and not_before(other.acknowledgement, lost.acknowledgement)
            for other in others
        )
    return any(
        not_before(other.sequence, lost.end)
        if other.is_client == lost.is_client
        else other.has(ACK) and not_before(other.acknowledgement, lost.end)
        for other in others
    )


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


CHOICES = range(LONGEST_CONNECTION) if THOROUGH else [None, 4, 8, 12]
ONE_CHOICE = range(LONGEST_CONNECTION) if THOROUGH else [None]


def judged(
    derived: list[Derived], keys: bool, folder: Path, passes: int = 2, options: list[str] = []
) -> Iterator[tuple[Derived, Found]]:
    """What the plugin says of those that were changed. The others are in the capture too, for the
    sake of the sessions that connections share."""
    capture = folder / "derived.pcapng"
    preamble = PREAMBLE + (SECRETS if keys else [])
    mutate.write(capture, preamble, [one.segments for one in derived])
    ends = list(accumulate(len(one.segments) for one in derived))
    frames = rows(capture, passes, options)
    for row in frames:
        # tcp.stream will not do: Wireshark 4.4 and later take a SYN or SYN-ACK that is repeated
        # after the end for one more connection.
        row["tcp.stream"] = [str(bisect_left(ends, int(row["frame.number"][0])))]
    found = connections(frames)
    for stream, one in enumerate(derived):
        if one.position is not None:
            yield one, found.get(stream, Found())


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


Complaints = list[str]


def complain(complaints: dict[str, list[str]], derived: Derived, found: Complaints) -> None:
    if found:
        complaints[f"{derived.original.name} position {derived.position}"] = found


# Nothing is lost: nothing changes


def counted(experts: list[str]) -> Counter[str]:
    """capture_incomplete counts once: a closure and a verdict may share the frame that has it."""
    once = Counter(set(experts) & {"capture_incomplete"})
    return Counter(name for name in experts if name not in once) + once


def differences(found: Found, expected: dict[str, Any], passes: int) -> Complaints:
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
    complaints: dict[str, Complaints] = {}
    for derived, found in judged(derive(LOSSLESS[change], choice), keys, tmp_path):
        wrong = differences(found, derived.original.expected(keys), 2)
        if change == "join" and keys and wrong:
            # Wireshark 4.4 and later withhold records behind the head of a response, but not
            # those that share its segment.
            wrong = differences(found, derived.original.nothing_withheld, 2)
        complain(complaints, derived, wrong)
    assert not complaints


def differences_but_for_keys(found: Found, original: Original, passes: int) -> Complaints:
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
    complaints: dict[str, Complaints] = {}
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
    complaints: dict[str, Complaints] = {}
    for derived, found in judged(derive(mutate.split, choice), keys, tmp_path):
        if starts_in_the_middle(derived):
            continue
        if keys:
            wrong = differences_but_for_keys(found, derived.original, passes=2)
        else:
            wrong = differences(found, derived.original.without_keys, passes=2)
        complain(complaints, derived, wrong)
    assert not complaints


# Bytes are missing: the same answer or none


def allowed(name: str, derived: Derived, keys: bool, start_missing: bool) -> set[str | None]:
    """What may be said: the same as with all bytes, Unknown, or nothing."""
    original = derived.original
    answers = {original.expected(keys).get(name), "Unknown", None}
    if keys:  # what is behind a gap cannot be decrypted
        answers.add(original.without_keys.get(name))
    if original.handshake_failed and "Fatal alert" in answers:
        # The alert is hidden, that the handshake was not finished is not.
        answers.add("Handshake incomplete")
    if start_missing and "Unknown" == original.without_keys.get(name):
        # An encrypted alert without application data counts as close_notify in a capture that
        # starts in the middle.
        answers |= {"Graceful", "Close Notify"}
    return answers


def is_excused(derived: Derived, start_missing: bool) -> bool:
    """Without the ClientHello a capture starts in the middle: the handshake counts as finished."""
    return start_missing and derived.original.with_keys.get("verdict") == "Handshake incomplete"


def initiator_is_settled(derived: Derived, start_missing: bool) -> bool:
    """Not if neither side had received the other's alert: then the order of capture decides, and
    the first copy of an alert may be what is missing. Nor if an alert that nobody could read counts
    now as close_notify: see allowed()."""
    if start_missing and derived.original.without_keys.get("verdict") == "Unknown":
        return False
    return not any("Simultaneous" in order for order in derived.original.with_keys["close_notify"])


def accusations(derived: Derived, found: Found, keys: bool, start_missing: bool) -> Complaints:
    if is_excused(derived, start_missing):
        return []
    names = ["verdict", *SIDES] + (
        ["initiator"] if initiator_is_settled(derived, start_missing) else []
    )
    wrong = [
        f"{name}: became {found.statements.get(name)}"
        for name in names
        if found.statements.get(name) not in allowed(name, derived, keys, start_missing)
    ]
    expected = derived.original.expected(keys)
    if (found.statements.get("evidence"), expected.get("evidence")) == ("Seen", "Inferred"):
        wrong.append("evidence: Inferred became Seen")
    severe = SEVERE & set(found.expert) - set(expected["expert"])
    if keys:
        severe -= set(derived.original.without_keys["expert"])
    return wrong + sorted(severe)


def holds_client_hello(segment: mutate.Segment) -> bool:
    return segment.is_client and segment.payload[:1] == b"\x16" and segment.payload[5:6] == b"\x01"


def drop_proven(segments: Connection, position: int) -> Connection | None:
    return mutate.drop(segments, position) if is_proven(segments, position) else None


@pytest.mark.parametrize("choice", CHOICES)
def test_a_lost_segment_makes_up_nothing(choice: int | None, keys: bool, tmp_path: Path) -> None:
    complaints: dict[str, Complaints] = {}
    for derived, found in judged(derive(drop_proven, choice), keys, tmp_path):
        assert derived.position is not None
        lost = derived.original.segments[derived.position]
        wrong = accusations(derived, found, keys, holds_client_hello(lost))
        complain(complaints, derived, wrong)
    assert not complaints


@pytest.mark.parametrize("length", SNAPSHOT_LENGTHS)
def test_a_snapshot_length_makes_up_nothing(length: int, keys: bool, tmp_path: Path) -> None:
    complaints: dict[str, Complaints] = {}
    for derived, found in judged(derive(mutate.snapshot(length), None), keys, tmp_path):
        complain(complaints, derived, accusations(derived, found, keys, start_missing=False))
    assert not complaints


@pytest.mark.parametrize("choice", CHOICES)
def test_a_missing_start_makes_up_nothing(choice: int | None, keys: bool, tmp_path: Path) -> None:
    complaints: dict[str, Complaints] = {}
    for derived, found in judged(derive(mutate.cut_start, choice), keys, tmp_path):
        before = derived.original.segments[: derived.position]
        start_missing = any(holds_client_hello(segment) for segment in before)
        complain(complaints, derived, accusations(derived, found, keys, start_missing))
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


@pytest.mark.parametrize("choice", CHOICES)
def test_what_comes_later_does_not_matter(choice: int | None, keys: bool, tmp_path: Path) -> None:
    whole = one_pass([original.segments for original in ORIGINALS], keys, tmp_path / "whole.pcapng")
    derived_ones = derive(mutate.cut_end, choice)
    cut = one_pass([one.segments for one in derived_ones], keys, tmp_path / "cut.pcapng")
    complaints: dict[str, Complaints] = {}
    for stream, derived in enumerate(derived_ones):
        if "Resumption offered" in derived.original.with_keys["session_events"]:
            continue  # what became of its session was said in another connection, cut as well
        said = cut.get(stream, [])
        if said != whole.get(stream, [])[: len(said)]:
            complain(complaints, derived, [f"{said[-1]}"])
    assert not complaints

# SPDX-License-Identifier: GPL-2.0-or-later
"""Odd but legal ways of TCP and of the links below change nothing: holds the plugin against captures
derived from tests/captures. What is expected comes from the JSON beside the captures.
"""
from itertools import count
from pathlib import Path

import mutate
import oddities
import pytest
from derived import (
    ONE_CHOICE,
    ORIGINALS,
    OUT_OF_ORDER,
    THOROUGH,
    Complaints,
    Derived,
    complain,
    derive,
    judged,
    rows_by_connection,
    summary,
)
from mutate import FIN, SYN, Change, Link
from sameness import wrong_without_loss

OF_TCP: dict[str, Change] = {
    "keep_alive": oddities.keep_alive,
    "window_probe": oddities.window_probe,
    "fast_open": oddities.fast_open,
    "wrap": oddities.wrap,
    "earlier_attempt": oddities.earlier_attempt,
    "refused_at_first": oddities.refused_at_first,
    "sent_again_joined": oddities.sent_again_joined,
}
LINKS: dict[str, Link] = {"vlan": oddities.in_vlan, "gre": oddities.in_gre}


@pytest.fixture(params=[True, False], ids=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.mark.parametrize("choice", ONE_CHOICE)
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("preference", OUT_OF_ORDER if THOROUGH else ["default"])
@pytest.mark.parametrize("change", OF_TCP)
def test_odd_ways_of_tcp_change_nothing(
    change: str, preference: str, passes: int, choice: int | None, keys: bool, tmp_path: Path
) -> None:
    complaints: Complaints = {}
    derived_ones = derive(OF_TCP[change], choice)
    options = OUT_OF_ORDER[preference]
    for derived, found in judged(derived_ones, keys, tmp_path, passes, options):
        wrong = wrong_without_loss(found, derived.original, keys, passes)
        complain(complaints, derived, wrong)
    assert not complaints


def whole_connections() -> list[Derived]:
    return [Derived(original, original.segments, None) for original in ORIGINALS]


@pytest.mark.parametrize("link", LINKS)
def test_links_change_nothing(link: str, keys: bool, tmp_path: Path) -> None:
    complaints: Complaints = {}
    whole = whole_connections()
    found = rows_by_connection(whole, keys, tmp_path, 2, [], link=LINKS[link])
    for one, frames in zip(whole, found):
        complain(complaints, one, wrong_without_loss(summary(frames), one.original, keys))
    assert not complaints


@pytest.mark.parametrize("passes", [1, 2])
def test_what_icmp_errors_quote_was_not_sent(passes: int, keys: bool, tmp_path: Path) -> None:
    """Errors that quote all packets of the connections, and behind them the connections."""
    complaints: Complaints = {}
    whole = [one for one in whole_connections() if one.segments[0].has(SYN)]
    ports = [mutate.FIRST_CLIENT_PORT + place for place in range(len(whole))]
    sent = count(start=1)
    total = sum(len(one.segments) for one in whole)

    def link(frame: bytes) -> bytes:
        return oddities.in_icmp_error(frame) if next(sent) <= total else frame

    found = rows_by_connection(
        whole * 2, keys, tmp_path, passes, [], link=link, client_ports=ports * 2
    )
    quoted, captured = found[: len(whole)], found[len(whole) :]
    assert not any(quoted)
    for one, frames in zip(whole, captured):
        complain(complaints, one, wrong_without_loss(summary(frames), one.original, keys, passes))
    assert not complaints


@pytest.mark.parametrize("passes", [1, 2])
def test_ports_may_be_used_again(passes: int, keys: bool, tmp_path: Path) -> None:
    """All connections come from one port, but for those whose SYN was not captured."""
    complaints: Complaints = {}
    whole = [one for one in whole_connections() if one.segments[0].has(SYN)]
    ports = [mutate.FIRST_CLIENT_PORT] * len(whole)
    found = rows_by_connection(whole, keys, tmp_path, passes, [], client_ports=ports)
    for one, frames in zip(whole, found):
        complain(complaints, one, wrong_without_loss(summary(frames), one.original, keys, passes))
    assert not complaints


@pytest.mark.parametrize("length", [8, 20])
def test_headers_that_go_beyond_their_packet_are_none(length: int, tmp_path: Path) -> None:
    """By its IP header each packet with a FIN ends inside the TCP header, and behind it is padding."""
    whole = [one for one in whole_connections() if one.segments[0].options]
    segments = [segment for one in whole for segment in one.segments]
    fins = {number for number, segment in enumerate(segments, 1) if segment.has(FIN)}
    sent = count(start=1)

    def link(frame: bytes) -> bytes:
        return oddities.with_payload_of_ip(frame, length) if next(sent) in fins else frame

    found = rows_by_connection(whole, False, tmp_path, 2, [], link=link)
    said = {int(row["frame.number"][0]) for frames in found for row in frames}
    assert said and fins and not said & fins

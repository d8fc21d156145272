# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the plugin against what scripted endpoints did: tests/captures/*.json says what is expected
of each capture, with its secrets and without.
"""
import json
from pathlib import Path
from typing import Any

import pytest
from built import skip_unless_readable
from releases import in_this_release
from tlsclose_run import (
    EXPERTS,
    ORDERS,
    SESSION_EVENTS,
    Found,
    Row,
    connections,
    rows,
    without_secrets,
)

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
DESCRIPTIONS = {path.stem: json.loads(path.read_text()) for path in sorted(CAPTURES.glob("*.json"))}
STATEMENTS = (
    "verdict",
    "initiator",
    "evidence",
    "version",
    "client",
    "server",
    "unresumable_reason",
    "http_framing",
    "http_complete",
    "http_close_announced",
)


@pytest.fixture(params=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> str:
    return request.param


def capture_file(name: str, keys: str, folder: Path) -> Path:
    capture = CAPTURES / f"{name}.pcapng"
    return capture if keys == "with_keys" else without_secrets(capture, folder / capture.name)


def expected(name: str, keys: str) -> list[dict[str, Any]]:
    described = DESCRIPTIONS[name]["expect" if keys == "with_keys" else "expect_without_keys"]
    return [in_this_release(connection) for connection in described]


def everything(connection: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: connection.get(name) for name in STATEMENTS}
    wanted |= {"close_notify": connection["close_notify"], "expert": sorted(connection["expert"])}
    wanted["session_events"] = sorted(set(connection["session_events"]))
    if "after_close" in connection:
        wanted["after_close"] = connection["after_close"]
    return wanted


def as_found(found: Found, wanted: dict[str, Any]) -> dict[str, Any]:
    said = {name: found.statements.get(name) for name in STATEMENTS}
    said["http_close_announced"] = bool(said["http_close_announced"])
    said |= {"close_notify": found.close_notify, "expert": sorted(found.expert)}
    said["session_events"] = sorted(set(found.session_events))
    if "after_close" in wanted:
        said["after_close"] = found.after_close
    return said


def check_links(frames: list[Row], stream: int) -> None:
    """A First and its Response name each other's frame."""

    def find(order: str) -> list[Row]:
        number = next(str(number) for number, name in ORDERS.items() if name == order)
        return [
            row
            for row in frames
            if row["tcp.stream"] == [str(stream)] and number in row["close_notify.order"]
        ]

    for first, response in zip(find("First"), find("Response")):
        assert first["close_notify.response_in"] == response["frame.number"]
        assert response["close_notify.response_to"] == first["frame.number"]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_all_is_said_and_nothing_else(name: str, keys: str, tmp_path: Path) -> None:
    skip_unless_readable(expected(name, keys))
    frames = rows(capture_file(name, keys, tmp_path))
    found = connections(frames)
    wanted = {
        stream: everything(connection) for stream, connection in enumerate(expected(name, keys))
    }
    said = {stream: as_found(found.get(stream, Found()), wanted[stream]) for stream in wanted}
    assert said == wanted
    assert set(found) <= set(wanted)
    for stream in wanted:
        check_links(frames, stream)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_one_pass_comes_to_the_same_verdicts(name: str, keys: str, tmp_path: Path) -> None:
    """Closures are final from the second pass on."""
    names = ("verdict", "initiator", "evidence", "version")
    found = connections(rows(capture_file(name, keys, tmp_path), passes=1))
    wanted = [{name: connection.get(name) for name in names} for connection in expected(name, keys)]
    said = [
        {name: found.get(stream, Found()).statements.get(name) for name in names}
        for stream in range(len(wanted))
    ]
    assert said == wanted


@pytest.mark.parametrize(
    "name", [name for name in DESCRIPTIONS if name.startswith("gap_hides_close_notify")]
)
def test_what_hides_both_answers_is_named_once(name: str) -> None:
    frames = [row for row in rows(CAPTURES / f"{name}.pcapng") if row["closure"] and row["verdict"]]
    assert any(row["reason"] for row in frames)
    assert all(len(row["reason"]) == len(set(row["reason"])) for row in frames)


@pytest.mark.parametrize(
    "name", [name for name in DESCRIPTIONS if name.startswith("session_resumed")]
)
def test_a_resumed_session_is_linked_to_where_it_was_established(name: str) -> None:
    frames = [row for row in rows(CAPTURES / f"{name}.pcapng") if row["session.event"]]
    resumed = str(next(number for number, event in SESSION_EVENTS.items() if event == "Resumed"))
    established = [row["frame.number"] for row in frames if row["tcp.stream"] == ["0"]]
    links = [row["session.established_in"] for row in frames if resumed in row["session.event"]]
    assert links and all(link in established for link in links)


def test_every_value_and_expert_info_occurs() -> None:
    """A value that no capture has would go untested."""
    all_connections = [connection for d in DESCRIPTIONS.values() for connection in d["expect"]]
    closures = {
        "Close Notify",
        "Unanswered",
        "Truncated",
        "Reset",
        "Fatal alert",
        "Handshake incomplete",
        "Unknown",
    }
    assert {c.get(side) for c in all_connections for side in ("client", "server")} - {
        None
    } == closures
    assert {c.get("verdict") for c in all_connections} - {None} == closures - {"Close Notify"} | {
        "Graceful"
    }
    orders = {order.split()[1] for c in all_connections for order in c["close_notify"]}
    assert orders == {"First", "Response", "Simultaneous", "Duplicate"}
    events = {event for c in all_connections for event in c["session_events"]}
    assert events == {"Established", "Resumption offered", "Resumed", "Made unresumable"}
    assert {c["unresumable_reason"] for c in all_connections if "unresumable_reason" in c} == {
        "No close_notify",
        "Fatal alert",
    }
    framings = {
        (c["http_framing"], c["http_complete"]) for c in all_connections if "http_complete" in c
    }
    assert {framing for framing, _ in framings} == {
        "No body",
        "Content-Length",
        "Chunked",
        "Close-delimited",
    }
    assert {(framing, True) for framing, _ in framings} <= framings
    # The unit tests of HTTP/2 have it: no server of the captures shuts down in two steps.
    left_out = {"http2_stream_after_goaway"}
    assert {expert for c in all_connections for expert in c["expert"]} == set(EXPERTS) - left_out

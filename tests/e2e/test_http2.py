# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what the plugin says of HTTP/2 against what was done (tests/captures/http2_*.json) and
against Wireshark's own dissector, where that shows the frames. It must not know how frames are
read.
"""
import json
import subprocess
from pathlib import Path

import pytest
from built import skip_unless_readable
from tlsclose_run import TSHARK, without_secrets

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("http2_*.pcapng"))
COUNTS = ("streams", "cut", "malformed", "unprocessed", "canceled")
OF_DISSECTOR = {"last_stream": "http2.goaway.last_stream_id", "error": "http2.goaway.error"}
HEADERS, RST_STREAM = "1", "3"

Frame = dict[str, list[str]]


def frames(capture: Path, fields: list[str], display_filter: str) -> list[Frame]:
    """The frames that match, each field with all its values in order."""
    command = [str(TSHARK), "-n", "-2", "-r", str(capture), "-Y", display_filter, "-T", "fields"]
    command += ["-E", "aggregator=;"] + [argument for name in fields for argument in ("-e", name)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [
        dict(zip(fields, (cell.split(";") if cell else [] for cell in line.split("\t"))))
        for line in output.split("\n")[:-1]
    ]


def verdict(capture: Path, fields: list[str]) -> Frame:
    (frame,) = frames(capture, fields, "tlsclose.verdict")
    return frame


def expected(name: str) -> dict[str, int | list[int]]:
    """What headers alone tell of is not asked of a plugin that does not read them."""
    connections = json.loads((CAPTURES / f"{name}.json").read_text())["expect"]
    skip_unless_readable(connections)
    return connections[0]["http2"]


@pytest.mark.parametrize("name", NAMES)
def test_streams_are_counted_by_class(name: str) -> None:
    fields = [f"tlsclose.http2.{count}" for count in (*COUNTS, "cut_stream")]
    found = verdict(CAPTURES / f"{name}.pcapng", fields)
    wanted = expected(name)
    for count in COUNTS:
        said = found[f"tlsclose.http2.{count}"]
        assert said == ([str(wanted[count])] if wanted.get(count) else [])
    assert found["tlsclose.http2.cut_stream"] == [str(n) for n in wanted.get("cut_stream", [])]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_without_keys(name: str, tmp_path: Path) -> None:
    capture = without_secrets(CAPTURES / f"{name}.pcapng", tmp_path / "without.pcapng")
    fields = [f"tlsclose.http2.{count}" for count in COUNTS] + ["tlsclose.app.summary"]
    assert not any(verdict(capture, fields).values())
    assert not frames(capture, ["frame.number"], "tlsclose.http2.goaway.error")


@pytest.mark.parametrize("name", NAMES)
def test_goaway_is_what_the_dissector_shows(name: str) -> None:
    capture = CAPTURES / f"{name}.pcapng"
    fields = [*OF_DISSECTOR.values(), *(f"tlsclose.http2.goaway.{key}" for key in OF_DISSECTOR)]
    for frame in frames(capture, fields, "http2.type == 7 || tlsclose.http2.goaway.error"):
        for key, of_dissector in OF_DISSECTOR.items():
            said = [int(value, 0) for value in frame[f"tlsclose.http2.goaway.{key}"]]
            assert said == [int(value, 0) for value in frame[of_dissector]]


def test_debug_data_of_a_goaway() -> None:
    """As the scripted server was told to send it."""
    capture = CAPTURES / "http2_goaway_error_tls13.pcapng"
    (frame, *_) = frames(
        capture, ["tlsclose.http2.goaway.debug"], "tlsclose.http2.goaway.error == 11"
    )
    assert frame["tlsclose.http2.goaway.debug"] == ["too many pings"]


@pytest.mark.parametrize("name", NAMES)
def test_streams_are_those_that_the_dissector_shows(name: str) -> None:
    """The client's HEADERS open a stream each: no request has trailers here."""
    capture = CAPTURES / f"{name}.pcapng"
    fields = ["tcp.dstport", "http2.type", "http2.streamid", "http2.magic"]
    shown = frames(capture, fields, "http2")
    server = next(frame["tcp.dstport"] for frame in shown if frame["http2.magic"])
    opened = {
        stream
        for frame in shown
        if frame["tcp.dstport"] == server
        for kind, stream in zip(frame["http2.type"], frame["http2.streamid"])
        if kind == HEADERS
    }
    assert len(opened) == expected(name)["streams"]


@pytest.mark.parametrize("version", ["tls12", "tls13"])
def test_experts_stand_in_the_frames_of_their_streams(version: str) -> None:
    assert expected(f"http2_broken_{version}")
    capture = CAPTURES / f"http2_broken_{version}.pcapng"
    fields = ["http2.type", "http2.streamid"]
    (malformed,) = frames(capture, fields, "tlsclose.http2_malformed")
    assert set(malformed["http2.streamid"]) == {"3"}
    (reset, end) = frames(capture, fields, "tlsclose.http2_stream_cut")
    assert (reset["http2.type"], reset["http2.streamid"]) == ([RST_STREAM], ["5"])
    assert not end["http2.type"]
    (refused,) = frames(capture, fields, "tlsclose.http2_unprocessed")
    assert (refused["http2.type"], refused["http2.streamid"]) == ([RST_STREAM], ["7"])
    (no_status,) = frames(capture, fields, "tlsclose.grpc_no_status")
    assert set(no_status["http2.streamid"]) == {"9"}
    (message_cut,) = frames(capture, fields, "tlsclose.grpc_message_cut")
    assert set(message_cut["http2.streamid"]) == {"11"}


@pytest.mark.parametrize("name", NAMES)
def test_losses(name: str) -> None:
    """A stream that is cut or malformed is a loss of the server, an upload of the client."""
    wanted = expected(name)
    fields = ["tlsclose.server.loss", "tlsclose.client.loss"]
    found = verdict(CAPTURES / f"{name}.pcapng", fields)
    none, certain = "1", "4"
    is_lost = bool(wanted.get("cut") or wanted.get("malformed"))
    assert found["tlsclose.server.loss"] == [certain if is_lost else none]
    assert found["tlsclose.client.loss"] == [certain if "broken" in name else none]

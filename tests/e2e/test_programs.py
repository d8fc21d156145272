# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the plugin against what stock programs did and reported: tests/captures/programs/*.json says
what is expected of the application's own end on each connection, with the secrets and without.
"""
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from batch import records
from tlsclose_run import TSHARK, without_secrets

PROGRAMS = Path(__file__).resolve().parent.parent / "captures" / "programs"
NAMES = [path.stem for path in sorted(PROGRAMS.glob("*.json"))]
EVIDENCE = {"1": "Seen", "2": "Inferred"}
LOSSES = {"1": "None", "2": "Unlikely", "3": "Possible", "4": "Certain", "5": "Unknown"}
EXPERTS = """
    app_truncated request_unanswered transfer_unconfirmed websocket_abnormal websocket_close_error
    websocket_message_cut http_truncated control_after_close
""".split()
# Of the last verdict frame, and of any frame.
VERDICT_FIELDS = """
    app.protocol app.summary client.complete server.complete client.loss server.loss evidence
    http2.streams http2.cut http2.malformed http2.unprocessed http2.canceled http2.cut_stream
""".split()
# Of the table of records.
RECORD_FIELDS = ["verdict", "initiator", "client.closure", "server.closure", "loss.reason"]
EVENT_FIELDS = ["websocket.close_code", "websocket.close_reason"]
COLUMNS = ["tcp.stream", *(f"tlsclose.{n}" for n in VERDICT_FIELDS + EVENT_FIELDS + EXPERTS)]

Said = dict[str, Any]

# Of a connection that is not TLS, or was not captured.
NOTHING: Said = {**dict.fromkeys(RECORD_FIELDS), "alarms": []}


@pytest.fixture(params=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> str:
    return request.param


def meaning(name: str, text: str) -> Any:
    if name.endswith(".loss"):
        return LOSSES[text]
    if name == "evidence":
        return EVIDENCE[text]
    if name.endswith(".complete"):
        return text in ("1", "True")
    if name == "http2.cut_stream":
        return [int(number) for number in text.split(",")]
    return int(text) if name == "websocket.close_code" or name.startswith("http2.") else text


def run(capture: Path, *arguments: str) -> str:
    command = [str(TSHARK), "-2", "-n", "-r", str(capture), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def frames(capture: Path) -> list[dict[str, str]]:
    wanted = [argument for column in COLUMNS for argument in ("-e", column)]
    output = run(capture, "-Y", "tlsclose", "-T", "fields", *wanted)
    names = [column.removeprefix("tlsclose.") for column in COLUMNS]
    return [dict(zip(names, line.split("\t"))) for line in output.split("\n")[:-1]]


def alarm(finding: dict[str, Any]) -> str:
    return " ".join(filter(None, [(finding["sender"] or "").lower(), finding["name"]]))


def what_is_recorded(capture: Path) -> dict[int, Said]:
    """Of each connection. Alarms are the expert infos that an operator has to look at."""
    table = run(capture, "-q", "-z", records.TABLE).splitlines()
    recorded = {}
    for record in records.read(table, lambda frame: (capture.name, frame)):
        said = {name: record[name] for name in RECORD_FIELDS}
        alarms = [one for one in record["findings"] if one["severity"] in ("Warning", "Error")]
        recorded[record["stream"]] = said | {"alarms": sorted(map(alarm, alarms))}
    return recorded


def what_is_said(rows: list[dict[str, str]]) -> Said:
    said: Said = {name: None for name in VERDICT_FIELDS}
    for name in VERDICT_FIELDS:
        for row in rows:
            if row[name]:
                said[name] = meaning(name, row[name])
    for name in EVENT_FIELDS:
        said[name] = [meaning(name, row[name]) for row in rows if row[name]]
    said["experts"] = sorted(name for name in EXPERTS for row in rows if row[name])
    return said


@pytest.mark.parametrize("name", NAMES)
def test_programs(name: str, keys: str, tmp_path: Path) -> None:
    described = json.loads((PROGRAMS / f"{name}.json").read_text())
    capture = PROGRAMS / f"{name}.pcapng"
    if keys == "without_keys":
        capture = without_secrets(capture, tmp_path / capture.name)
    rows = frames(capture)
    recorded = what_is_recorded(capture)
    expected = described["expect" if keys == "with_keys" else "expect_without_keys"]
    for stream, wanted in enumerate(expected):
        said = what_is_said([row for row in rows if row["tcp.stream"] == str(stream)])
        said |= recorded.get(stream, NOTHING)
        assert {field: said[field] for field in wanted} == wanted, f"tcp.stream {stream}"
    assert set(recorded) <= set(range(len(expected)))

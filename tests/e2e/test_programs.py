# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the plugin against what stock programs did and reported: tests/captures/programs/*.json says
what is expected of the application's own end on each connection, with the secrets and without.
"""
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from batch import records
from built import skip_unless_readable
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
SAME_IN_ONE_PASS = """
    verdict initiator client.loss server.loss loss.reason client.complete server.complete app.summary
""".split()
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


class Output(NamedTuple):
    frames: list[dict[str, str]]
    records: dict[int, dict[str, Any]]  # by tcp.stream


def run(capture: Path, passes: int) -> Output:
    command = [str(TSHARK), "-n", "-r", str(capture), "-Y", "tlsclose", "-T", "fields"]
    command += ["-2"] if passes == 2 else []
    command += [argument for column in COLUMNS for argument in ("-e", column)]
    done = subprocess.run([*command, "-z", records.TABLE], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    names = [column.removeprefix("tlsclose.") for column in COLUMNS]
    table = next(number for number, line in enumerate(lines) if line.startswith(records.END))
    found = records.read(lines[table:], lambda frame: (capture.name, frame))
    return Output(
        [dict(zip(names, line.split("\t"))) for line in lines[:table] if line],
        {record["stream"]: record for record in found},
    )


def alarm(finding: dict[str, Any]) -> str:
    return " ".join(filter(None, [(finding["sender"] or "").lower(), finding["name"]]))


def what_is_recorded(record: dict[str, Any]) -> Said:
    """Alarms are the expert infos that an operator has to look at."""
    alarms = [one for one in record["findings"] if one["severity"] in ("Warning", "Error")]
    return {name: record[name] for name in RECORD_FIELDS} | {"alarms": sorted(map(alarm, alarms))}


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


def in_one_pass(record: dict[str, Any]) -> Said:
    return {name: record[name] for name in SAME_IN_ONE_PASS}


@pytest.mark.parametrize("name", NAMES)
def test_programs(name: str, keys: str, tmp_path: Path) -> None:
    described = json.loads((PROGRAMS / f"{name}.json").read_text())
    expected = described["expect" if keys == "with_keys" else "expect_without_keys"]
    capture = PROGRAMS / f"{name}.pcapng"
    if keys == "without_keys":
        capture = without_secrets(capture, tmp_path / capture.name)
    skip_unless_readable(expected)
    found, in_passing = run(capture, passes=2), run(capture, passes=1)
    for stream, wanted in enumerate(expected):
        said = what_is_said([row for row in found.frames if row["tcp.stream"] == str(stream)])
        said |= what_is_recorded(found.records[stream]) if stream in found.records else NOTHING
        assert {field: said[field] for field in wanted} == wanted, f"tcp.stream {stream}"
    assert set(found.records) <= set(range(len(expected)))
    # What one pass says last is what two passes say.
    for stream, record in found.records.items():
        assert in_one_pass(in_passing.records[stream]) == in_one_pass(record)

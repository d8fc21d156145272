# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the plugin against what stock programs did and reported: tests/captures/programs/*.json says
what is expected of the application's own end on each connection, with the secrets and without.
"""
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
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
""".split()
EVENT_FIELDS = ["websocket.close_code", "websocket.close_reason"]
COLUMNS = ["tcp.stream", *(f"tlsclose.{n}" for n in VERDICT_FIELDS + EVENT_FIELDS + EXPERTS)]

Said = dict[str, Any]


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
    return int(text) if name == "websocket.close_code" else text


def frames(capture: Path) -> list[dict[str, str]]:
    command = [str(TSHARK), "-2", "-n", "-r", str(capture), "-Y", "tlsclose", "-T", "fields"]
    command += [argument for column in COLUMNS for argument in ("-e", column)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = [column.removeprefix("tlsclose.") for column in COLUMNS]
    return [dict(zip(names, line.split("\t"))) for line in output.split("\n")[:-1]]


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
    expected = described["expect" if keys == "with_keys" else "expect_without_keys"]
    for stream, wanted in enumerate(expected):
        said = what_is_said([row for row in rows if row["tcp.stream"] == str(stream)])
        assert {field: said[field] for field in wanted} == wanted, f"tcp.stream {stream}"

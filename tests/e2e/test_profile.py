# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration profile: its columns, colouring rules and filter buttons, and that it makes
Wireshark show what it would withhold. It must not know where the profile is installed.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Runner

NAME = "TLS Closure"
# Between them, these raise most expert infos of severity error or warning; a RST that loses nothing is a note.
RAISING_ALL = """
    deviations_tls12 endings_openssl_tls12 http_tls12 close_notify_in_handshake
    session_unresumable_but_resumed_tls10 truncated_record_tls12
""".split()
# Between them, these have frames for every button.
ASKED = ["http_tls12", "deviations_tls12", "middle_graceful_tls12", "gap_hides_close_notify_tls12"]
WARNING, ERROR = 0x00600000, 0x00800000  # severities, as in Wireshark's epan/proto.h
RULES = {WARNING: "TLS Closure: warning", ERROR: "TLS Closure: error"}

Shown = Callable[..., list[list[str]]]


@pytest.fixture(scope="module")
def configuration(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configuration")
    shutil.copytree(project / "profile" / NAME, folder / "profiles" / NAME)
    return folder


@pytest.fixture
def shown(project: Path, captures: Path, configuration: Path, run: Runner) -> Shown:
    """What tshark prints of a capture under the profile, in cells."""

    def show(name: str, *arguments: str) -> list[list[str]]:
        completed = run(
            project / "tools" / "tshark",
            *("-C", NAME, "-n", "-2", "-r", captures / f"{name}.pcapng", *arguments),
            env=os.environ | {"WIRESHARK_CONFIG_DIR": str(configuration)},
        )
        assert completed.returncode == 0 and completed.stderr == "", completed.stderr
        return [line.split("\t") for line in completed.stdout.splitlines()]

    return show


@pytest.fixture
def summaries(tshark: Runner) -> set[str]:
    """The texts of the plugin's expert infos."""
    fields = [line.split("\t") for line in tshark("-G", "fields").stdout.splitlines()]
    return {row[1] for row in fields if row[2].startswith("tlsclose.") and row[3] == "FT_NONE"}


def test_columns(shown: Shown, captures: Path) -> None:
    found = [row[-6:-1] for row in shown("sample", "-Y", "tlsclose.verdict", "-T", "tabs")]
    # All of them Seen, in every release: the profile lets nothing be withheld.
    assert found == [
        [
            connection["client"],  # it ends TCP last, so its closure is in the verdict's frame
            connection["verdict"],
            connection["initiator"].capitalize(),
            "Seen",
            "localhost",
        ]
        for connection in json.loads((captures / "sample.json").read_text())["expect"]
    ]


def test_errors_and_warnings_have_their_colours(shown: Shown, summaries: set[str]) -> None:
    fields = ["_ws.expert.message", "_ws.expert.severity", "frame.coloring_rule.name"]
    columns = [argument for name in fields for argument in ("-e", name)]
    show = ["-Y", "tlsclose", "--color", "-T", "fields", "-E", "aggregator=|", *columns]
    raised = set()
    for name in RAISING_ALL:
        for messages, severities, rule in shown(name, *show):
            of_ours = {
                (message, int(severity))
                for message, severity in zip(messages.split("|"), severities.split("|"))
                if message in summaries
            }
            raised |= of_ours
            worst = max((severity for _, severity in of_ours), default=0)
            assert (rule in RULES.values()) == (worst in RULES), (name, messages, rule)
            assert rule == RULES.get(worst, rule), (name, messages)
    assert len([severity for _, severity in raised if severity == ERROR]) == 5
    assert len([severity for _, severity in raised if severity == WARNING]) == 9


def test_verdicts_have_their_colours(shown: Shown) -> None:
    show = ["-Y", "tlsclose.verdict", "--color", "-T", "fields", "-e", "frame.coloring_rule.name"]
    assert shown("sample", *show) == [
        ["TLS Closure: harmless"],
        ["TLS Closure: loss"],
        ["TLS Closure: loss"],
    ]


def test_buttons(project: Path, shown: Shown) -> None:
    lines = (project / "profile" / NAME / "dfilter_buttons").read_text().splitlines()
    buttons = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert buttons
    for enabled, _, expression, comment in buttons:
        assert enabled == "TRUE" and comment
        display_filter = expression.replace(r"\x22", '"')
        assert any(shown(name, "-Y", display_filter) for name in ASKED), display_filter

# SPDX-License-Identifier: GPL-2.0-or-later
"""The Info column: as it is without the plugin, or with the verdict where a preference asks for it.
It must not know what the verdicts rest on.
"""

import json
from pathlib import Path

import pytest
from running import Runner

NAME = "endings_openssl_tls12"
Lines = list[str]


@pytest.fixture(params=[[], ["-2"]], ids=["one pass", "two passes"])
def passes(request: pytest.FixtureRequest) -> list[str]:
    return request.param


def packet_list(tshark: Runner, captures: Path, *options: str) -> Lines:
    return tshark("-n", *options, "-r", captures / f"{NAME}.pcapng").stdout.splitlines()


def test_nothing_is_added_by_default(tshark: Runner, captures: Path, passes: list[str]) -> None:
    without = packet_list(tshark, captures, *passes, "--disable-protocol", "tlsclose")
    assert packet_list(tshark, captures, *passes) == without


def test_a_preference_adds_the_verdict(tshark: Runner, captures: Path, passes: list[str]) -> None:
    by_default = packet_list(tshark, captures, *passes)
    asked_for = packet_list(tshark, captures, *passes, "-o", "tlsclose.info_column:TRUE")
    changed = [line for line, before in zip(asked_for, by_default, strict=True) if line != before]
    expected = json.loads((captures / f"{NAME}.json").read_text())["expect"]
    assert len(changed) == len(expected)
    for line, connection in zip(changed, expected):
        assert connection["verdict"] in line

# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes of the build inside of Wireshark's source tree, and what Wireshark's own checks say of the
plugin's sources. tests/tree/run builds it. It must not know how the project builds elsewhere.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from unprivileged import NOBODY

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "tests" / "captures" / "sample.pcapng"
BUILD = Path(os.environ.get("WIRESHARK_BUILD", ""))
TOOLS = BUILD.parent / "tools"
SOURCES = sorted([*PROJECT.glob("*.c"), *(PROJECT / "plugin").rglob("*.[ch]")])

pytestmark = pytest.mark.skipif(
    "WIRESHARK_BUILD" not in os.environ, reason="only in tests/tree/run"
)


def said(*command: str | Path) -> str:
    done = subprocess.run(
        command,
        cwd=BUILD.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def as_ordinary_user(*arguments: str | Path) -> str:
    return said(*NOBODY, "env", "HOME=/nonexistent", BUILD / "run" / "tshark", *arguments)


def explained() -> re.Pattern[str]:
    """The remarks of remarks.txt, where each has its reason in the comment before it."""
    lines = (Path(__file__).parent / "remarks.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(line for line in lines if line and line[0] != "#"))


def test_has_no_warning() -> None:
    log = (BUILD.parents[1] / "build.log").read_text(encoding="utf-8")
    assert re.findall(r"^.*plugins/epan/tlsclose.*warning:.*$", log, re.MULTILINE) == []


def test_ordinary_user_has_the_plugin() -> None:
    version = (PROJECT / "tools" / "VERSION").read_text(encoding="utf-8").strip()
    assert re.search(
        rf"^tlsclose\.so\s+{re.escape(version)}\S*\s", as_ordinary_user("-G", "plugins"), re.MULTILINE
    )


def test_judges_the_sample() -> None:
    printed = as_ordinary_user(
        *("-2", "-r", SAMPLE, "-Y", "tlsclose.verdict", "-T", "fields", "-e", "tlsclose.verdict")
    )
    values = dict(
        line.split("\t")[2:4]
        for line in as_ordinary_user("-G", "values").splitlines()
        if "\ttlsclose.verdict\t" in line
    )
    expected = json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))["expect"]
    assert [values[verdict] for verdict in printed.split()] == [
        connection["verdict"] for connection in expected
    ]


@pytest.mark.parametrize("tool", ["checkAPIs.pl", "checkhf.pl", "checkfiltername.pl"])
def test_wireshark_has_no_other_remark_than_the_explained(tool: str) -> None:
    remarks = said("perl", TOOLS / tool, *SOURCES).replace(f"{PROJECT}/", "").splitlines()
    assert [remark for remark in remarks if not explained().fullmatch(remark)] == []


def test_wireshark_finds_no_wrong_call() -> None:
    tool = ["python3", TOOLS / "check_typed_item_calls.py"]
    checks = ["--mask", "--label", "--consecutive", "--missing-items"]
    for source in SOURCES:
        assert "\n0 warnings\n" in f"\n{said(*tool, *checks, '--file', source)}\n", source

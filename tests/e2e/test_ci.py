# SPDX-License-Identifier: GPL-2.0-or-later
"""What continuous integration does when its time runs out: what is required is run, the rest is named."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """A tree whose tests succeed at once."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "tests").mkdir()
    shutil.copy(PROJECT / ".ci" / "run", tmp_path / ".ci" / "run")
    for name in ("run", "versions", "windows"):
        stub(tmp_path, name, "exit 0")
    return tmp_path


def stub(root: Path, name: str, body: str) -> None:
    """Makes a test of that name that does this."""
    script = root / "tests" / name
    script.write_text(f'#!/bin/bash\n{body}\necho "$(basename "$0") $*: done"\n', encoding="utf-8")
    script.chmod(0o755)


def integrate(root: Path, minutes: int) -> subprocess.CompletedProcess[str]:
    """Runs it with so many minutes."""
    environment = os.environ | {"TLSCLOSE_CI_MINUTES": str(minutes)}
    return subprocess.run(
        [root / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False
    )


def begun(result: subprocess.CompletedProcess[str]) -> list[str]:
    """What was begun."""
    heads = [line for line in result.stdout.splitlines() if line.startswith("== ")]
    return [line[3:] for line in heads if ": not run" not in line]


def test_without_time_what_is_required_is_run(root: Path) -> None:
    result = integrate(root, 0)
    assert result.returncode == 0
    assert begun(result) == ["run --long all", "run lint", "versions suite others"]
    assert "== windows: not run: it takes about" in result.stdout


def test_with_time_everything_is_run(root: Path) -> None:
    result = integrate(root, 1000)
    assert result.returncode == 0
    assert {"run gui", "versions package", "windows", "versions i386 s390x"} <= set(begun(result))


@pytest.mark.parametrize("name", ["run", "versions", "windows"])
def test_what_fails_counts(root: Path, name: str) -> None:
    stub(root, name, "exit 1")
    assert integrate(root, 1000).returncode == 1


def test_what_does_not_end_is_stopped(root: Path) -> None:
    stub(root, "windows", "exec sleep 100")
    script = root / ".ci" / "run"
    seconds = script.read_text(encoding="utf-8").replace("* 60", "* 1")
    script.write_text(re.sub(r"(?<=time )\d+(?= windows)", "1", seconds), encoding="utf-8")
    result = integrate(root, 2)
    assert result.returncode == 0
    assert "windows: stopped: its time was over" in result.stdout

# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/run installs: a stranger's machine gets no server and no browser unless asked for."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SERVERS = {"openssh-server", "chromium", "mmdebstrap"}


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """A tree whose tools/install-packages only prints what it was asked for, and fails."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tools").mkdir()
    shutil.copy(PROJECT / "tests" / "run", tmp_path / "tests" / "run")
    installer = tmp_path / "tools" / "install-packages"
    installer.write_text('#!/bin/sh\necho "$@"\nexit 1\n', encoding="utf-8")
    installer.chmod(0o755)
    return tmp_path


def packages(root: Path, *suites: str) -> set[str]:
    """The Debian packages that tests/run SUITES asks for."""
    asked = subprocess.run(
        [root / "tests" / "run", *suites], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    lists = [
        (PROJECT / "tools" / "packages" / f"{name}.txt").read_text(encoding="utf-8")
        for name in asked.stdout.split()
    ]
    return {
        line for text in lists for line in text.splitlines() if line and not line.startswith("#")
    }


def test_by_default_no_server_is_installed(root: Path) -> None:
    assert not packages(root) & SERVERS


@pytest.mark.parametrize("suite", ["all", "batch"])
def test_what_needs_them_installs_them(root: Path, suite: str) -> None:
    assert SERVERS <= packages(root, suite)


def test_nothing_else_is_left_out(root: Path) -> None:
    assert packages(root, "all") - packages(root) == SERVERS

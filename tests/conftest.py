# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of every suite need: where things are, and tshark with the plugin just built.

It must not know any field of the plugin.
"""

import signal
import subprocess
from pathlib import Path

import pytest
from running import Completed, Runner

TESTS = Path(__file__).resolve().parent

# A shell lets what it begins in the background ignore Ctrl-C, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test with its suite: the name of its folder."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


@pytest.fixture(scope="session")
def project() -> Path:
    return TESTS.parent


@pytest.fixture(scope="session")
def captures() -> Path:
    return TESTS / "captures"


@pytest.fixture(scope="session")
def run() -> Runner:
    """Runs a program without any input and returns its exit status and output."""

    def run_program(*command: str | Path, **options: object) -> Completed:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            **{"timeout": 120} | options,
        )

    return run_program


@pytest.fixture(scope="session")
def tshark(project: Path, run: Runner) -> Runner:
    """Runs tshark with the plugin, and fails if tshark does."""

    def run_tshark(*arguments: str | Path) -> Completed:
        completed = run(project / "tools" / "tshark", *arguments)
        assert completed.returncode == 0, completed.stderr
        return completed

    return run_tshark

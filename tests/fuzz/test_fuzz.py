# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs each fuzz target for a few seconds, and tshark on a few hundred changed connections, so that
what they check is checked with every change. tests/fuzz/run and tests/fuzz/captures give them longer.
"""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parent
ROOT = FUZZ.parent.parent
SECONDS = "10"
CHANGED_CONNECTIONS = "500"
SEED = "4"


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What is built stays for the next run."""
    build = Path(os.environ.get("TLSCLOSE_BUILD", ROOT / "build")) / "fuzz"
    environment = os.environ | {"TLSCLOSE_FUZZ_BUILD": str(build)}
    return subprocess.run(
        [FUZZ / program, *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(
    shutil.which("clang") is None, reason="needs the packages in tools/packages/fuzz.txt"
)
@pytest.mark.parametrize("target", sorted(path.stem for path in FUZZ.glob("fuzz_*.c")))
def test_target_finds_nothing(target: str) -> None:
    done = run("run", SECONDS, target)
    assert done.returncode == 0, done.stdout + done.stderr


def test_changed_captures_make_up_nothing() -> None:
    done = run("captures", CHANGED_CONNECTIONS, SEED)
    assert done.returncode == 0, done.stdout + done.stderr

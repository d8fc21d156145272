# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs each fuzz target for a few seconds, so that what they check is checked with every change.
tests/fuzz/run gives them longer.
"""
import os
import shutil
from pathlib import Path

import pytest
from conftest import Runner

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"
SECONDS = "10"


@pytest.mark.skipif(shutil.which("clang") is None, reason="needs the packages in tools/packages/fuzz.txt")
@pytest.mark.parametrize("target", sorted(path.stem for path in FUZZ.glob("fuzz_*.c")))
def test_target_finds_nothing(target: str, run: Runner, tmp_path: Path) -> None:
    environment = os.environ | {"TLSCLOSE_FUZZ_BUILD": str(tmp_path)}
    done = run(FUZZ / "run", SECONDS, target, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr

# SPDX-License-Identifier: GPL-2.0-or-later
"""What one job of tlsclose-batch makes of a tshark that fails."""

import subprocess
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from batch import analyse

HANGS = "#!/bin/sh\nsleep 600\n"


def test_a_hang_is_known_for_one_on_a_busy_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tshark = tmp_path / "tshark"
    tshark.write_text(HANGS, encoding="utf-8")
    tshark.chmod(0o755)

    class SlowStart(subprocess.Popen[Any]):
        """A process that runs for a while before its parent goes on."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            sleep(0.5)

    monkeypatch.setattr(analyse.subprocess, "Popen", SlowStart)
    settings = analyse.Settings(str(tshark), [], timeout=1)
    with pytest.raises(analyse.TsharkCrash, match="longer than 1 seconds"):
        list(analyse.tshark_lines(settings))

# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/install-packages: it says how far it is, and what went wrong. apt-get is a stand-in here."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = "tlsclose-stand-in"
STATUS = "pmstatus:a:41.6667:Unpacking a (amd64)"
STAND_IN = f"""#!/bin/sh
case "$*" in
*install*) echo '{STATUS}'; echo 'Setting up: a'; echo 'E: no room left' >&2; sleep 1; exit $APT_STATUS ;;
esac
"""


@pytest.fixture(name="tools")
def _tools(tmp_path: Path) -> Path:
    """A copy of the installer whose one list names a package that does not exist."""
    shutil.copy(PROJECT / "tools" / "install-packages", tmp_path)
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "one.txt").write_text(f"{PACKAGE}\n", encoding="utf-8")
    for name, text in (("apt-get", STAND_IN), ("sudo", '#!/bin/sh\nexec "$@"\n')):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def install(tools: Path, status: int, stderr: int) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "APT_STATUS": str(status),
    }
    return subprocess.Popen(
        [tools / "install-packages", "one"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="not a Debian system")
def test_a_failure_says_what_apt_said(tools: Path) -> None:
    installer = install(tools, 100, subprocess.PIPE)
    _, said = installer.communicate()
    assert installer.returncode == 1
    assert "E: no room left" in said and "Setting up: a" in said and PACKAGE in said
    assert STATUS not in said


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="not a Debian system")
def test_a_terminal_sees_how_far_it_is(tools: Path) -> None:
    ours, its = pty.openpty()
    installer = install(tools, 0, its)
    said, _ = installer.communicate()
    os.close(its)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert installer.returncode == 0
    assert PACKAGE in said and "41 % Unpacking a" in shown

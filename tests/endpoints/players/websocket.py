# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the ws library of Node.js talk to itself."""
import subprocess
from pathlib import Path

from programs.play import Play
from programs.websocket import PORT

from .processes import CERTIFICATE, HERE, KEY, lines_of


def play(part: Play, _folder: Path, keys: Path) -> list[str]:
    arguments = [part.options["version"], part.options["ending"]]
    program = ["node", HERE / "websocket_pair.js", str(PORT)]
    files = [CERTIFICATE, KEY, keys]
    completed = subprocess.run(
        [*program, *files, *arguments],
        env={"PATH": "/usr/bin:/bin", "NODE_PATH": "/usr/share/nodejs"},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return lines_of(completed.stdout)

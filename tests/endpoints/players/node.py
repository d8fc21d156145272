# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the HTTP of Node.js talk to itself."""
import subprocess
from pathlib import Path

from programs.node import PORT
from programs.play import Play

from .processes import CERTIFICATE, HERE, KEY, lines_of


def play(part: Play, _folder: Path, keys: Path) -> list[str]:
    arguments = [f"TLSv{part.options['version']}", part.options["protocol"], part.options["ending"]]
    completed = subprocess.run(
        ["node", HERE / "node_pair.js", str(PORT), CERTIFICATE, KEY, keys, *arguments],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return lines_of(completed.stdout)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets web clients talk to a server of Python's h2."""
import subprocess
from pathlib import Path

from programs.h2 import PORT
from programs.play import Play

from .clients import ask
from .processes import CERTIFICATE, HERE, KEY, PYTHON, lines_of, started


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    command = [PYTHON, HERE / "h2_server.py", PORT, part.options["version"], CERTIFICATE, KEY]
    command += [part.options["limit"]] if "limit" in part.options else []
    environment = {"PATH": "/usr/bin:/bin"}
    with started(PORT, *command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        reported = ask(part, PORT, folder, keys, server)
        told = server.communicate()[0]
    return [*(f"h2: {line}" for line in lines_of(told)), *reported]

# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the ws library of Node.js talk to itself, or Python's websockets to it."""
import subprocess
from pathlib import Path

from programs.play import Play
from programs.websocket import PORT

from .processes import CERTIFICATE, HERE, KEY, PYTHON, lines_of, started

NODE = {"PATH": "/usr/bin:/bin", "NODE_PATH": "/usr/share/nodejs"}


def server_command(part: Play, keys: Path) -> list[str]:
    program = ["node", str(HERE / "websocket_pair.js"), str(PORT), str(CERTIFICATE), str(KEY), str(keys)]
    return [*program, f"TLSv{part.options['version']}", part.options["ending"]]


def play_python(part: Play, keys: Path) -> list[str]:
    client = [PYTHON, HERE / "websockets_client.py", str(PORT)]
    command = [*server_command(part, keys), "server"]
    with started(PORT, *command, env=NODE, stdout=subprocess.PIPE, text=True) as server:
        done = subprocess.run(
            [*client, part.options["version"], part.options["way"]],
            env={"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)},
            capture_output=True,
            text=True,
            timeout=20,
        )
        reported = server.communicate(timeout=20)[0]
    return [*lines_of(reported), *(f"client: {line}" for line in lines_of(done.stdout))]


def play(part: Play, _folder: Path, keys: Path) -> list[str]:
    if part.options["client"] == "python":
        return play_python(part, keys)
    completed = subprocess.run(
        server_command(part, keys), env=NODE, capture_output=True, text=True, timeout=20, check=True
    )
    return lines_of(completed.stdout)

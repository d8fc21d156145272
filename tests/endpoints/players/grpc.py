# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets gRPC for Python talk to itself."""
import subprocess
import time
from pathlib import Path

from programs.grpc import PORT
from programs.play import Play

from .processes import CERTIFICATE, HERE, KEY, KEYLOG, PYTHON, lines_of, started


def play(part: Play, _folder: Path, keys: Path) -> list[str]:
    server = [PYTHON, HERE / "grpc_server.py", PORT, CERTIFICATE, KEY, part.options["way"]]
    client = [PYTHON, HERE / "grpc_client.py", str(PORT), CERTIFICATE]
    environment = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": str(KEYLOG), "SSLKEYLOGFILE": str(keys)}
    with started(PORT, *server, env={"PATH": "/usr/bin:/bin"}) as process:
        running = subprocess.Popen(
            [*client, str(part.options["patience"]), str(part.options["pause"])],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if "end" in part.options:
            time.sleep(part.options["end"])
            process.terminate()
        output = running.communicate(timeout=20)[0]
        time.sleep(0.3)
    return [*(f"client: {line}" for line in lines_of(output)), f"client: exit status {running.returncode}"]

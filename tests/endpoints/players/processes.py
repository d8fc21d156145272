# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts and ends the programs of a play. It must not know which they are."""
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
BUILD = HERE.parent.parent / "build" / "endpoints"
CERTIFICATE, KEY = BUILD / "certificate.pem", BUILD / "key.pem"
PYTHON = "/usr/bin/python3"  # the one that has Debian's packages
KEYLOG = BUILD / "keylog.so"  # see keylog.c


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def family_of(process: int) -> list[int]:
    """A process and all it has started: vsftpd has two for each client."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True)
    children = [int(line) for line in found.stdout.split()]
    return [process, *(member for child in children for member in family_of(child))]


def kill_family(process: subprocess.Popen[Any]) -> None:
    for member in family_of(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


def is_listening(port: int) -> bool:
    done = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, check=True)
    return bool(done.stdout.strip())


@contextlib.contextmanager
def started(port: int, *command: object, **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A server, from when it listens; nobody connects to find out. It is killed at the end."""
    if is_listening(port):
        raise RuntimeError(f"port {port} is taken")
    server = subprocess.Popen([str(word) for word in command], **options)
    try:
        while not is_listening(port):
            if server.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {server.returncode}")
            time.sleep(0.05)
        yield server
    finally:
        kill_family(server)

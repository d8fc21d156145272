# SPDX-License-Identifier: GPL-2.0-or-later
"""Which release of Wireshark runs here, and what is expected of it where releases differ. It must
not know any field of the plugin.
"""
import functools
import re
import subprocess
from typing import Any

from tlsclose_run import TSHARK


def release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@functools.cache
def release_here() -> tuple[int, ...]:
    done = subprocess.run([TSHARK, "--version"], capture_output=True, text=True, check=True)
    return release(re.findall(r"\d+\.\d+", done.stdout)[0])


def in_this_release(connection: dict[str, Any]) -> dict[str, Any]:
    """The expectation with the changes that it names for this release and those before it."""
    for since, changes in connection.get("since_wireshark", {}).items():
        if release_here() >= release(since):
            connection = connection | changes
    return connection

# SPDX-License-Identifier: GPL-2.0-or-later
"""What every test of the windows needs: a desktop, and Wireshark with the plugin and the profile on
a capture. It must not know what the plugin says.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from desktop import PROGRAMS, Desktop, desktop
from wireshark_window import Wireshark, wireshark

PROJECT = Path(__file__).resolve().parent.parent.parent
CAPTURES = PROJECT / "tests" / "captures"
PROFILE = "TLS Closure"

READING_PATIENCE = 25.0  # seconds

Start = Callable[..., Wireshark]
Read = Callable[..., list[str]]


@pytest.fixture(scope="session")
def hidden_desktop() -> Iterator[Desktop]:
    missing = [program for program in (*PROGRAMS, "wireshark") if not shutil.which(program)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: see tools/packages/gui.txt")
    # Those in doc/images are two of these, with fewer colours: convert +dither -colors 96
    pictures = Path(os.environ.get("TLSCLOSE_BUILD", PROJECT / "build")) / "gui"
    pictures.mkdir(parents=True, exist_ok=True)
    with desktop(pictures) as made:
        yield made


@pytest.fixture
def start(hidden_desktop: Desktop, tmp_path: Path) -> Iterator[Start]:
    """Starts Wireshark on a capture, with arguments of its own."""
    shutil.copytree(PROJECT / "profile" / PROFILE, tmp_path / "profiles" / PROFILE)
    with ExitStack() as stack:

        def start_wireshark(capture: Path, *arguments: str) -> Wireshark:
            return stack.enter_context(
                wireshark(hidden_desktop, tmp_path, capture, "-C", PROFILE, *arguments)
            )

        yield start_wireshark


@pytest.fixture
def read(hidden_desktop: Desktop) -> Read:
    """The lines on a window: as soon as they are as they should be, or as they stay. AGAIN: what to
    do before the window is read again; a window that lists completions swallows a key."""

    def read_window(
        window: str,
        is_right: Callable[[list[str]], bool],
        name: str,
        again: Callable[[], None] = lambda: None,
    ) -> list[str]:
        deadline = time.monotonic() + READING_PATIENCE
        while True:
            hidden_desktop.activate(window)
            lines = [line.text for line in hidden_desktop.read(window, name)]
            if is_right(lines) or time.monotonic() > deadline:
                return lines
            again()

    return read_window


@pytest.fixture(scope="session")
def summaries() -> dict[str, str]:
    """The names of the plugin's expert infos, by their texts."""
    command = [str(PROJECT / "tools" / "tshark"), "-G", "fields"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    fields = [line.split("\t") for line in done.stdout.splitlines()]
    return {
        row[1]: row[2].removeprefix("tlsclose.")
        for row in fields
        if row[2].startswith("tlsclose.") and row[3] == "FT_NONE"
    }

# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin of another architecture says of captures, byte for byte, what this machine's says.

It must not know what it says. tests/foreign/run builds both, and tells where they are.
"""

import os
import subprocess
from pathlib import Path

import pytest
from unprivileged import NOBODY

EMULATOR = os.environ.get("FOREIGN_EMULATOR", "")
CAPTURES = sorted((Path(__file__).resolve().parents[1] / "captures").glob("*.pcapng"))
# Where a program emulates the processor, starting tshark takes its time.
EVERY = 8 if "qemu" in EMULATOR and "TLSCLOSE_THOROUGH" not in os.environ else 1
STATISTICS = ("connections", "servers", "tree", "records")
ARGUMENTS = [
    *("-n", "-2", "-Y", "tlsclose", "-O", "tlsclose", "-z", "expert"),
    *(argument for name in STATISTICS for argument in ("-z", f"tlsclose,{name}")),
]

pytestmark = pytest.mark.skipif(not EMULATOR, reason="only in tests/foreign/run")


def said(tshark: list[str], build: str, capture: Path) -> str:
    """Not as root, who may not load the plugin from a folder of its own."""
    settings = ["env", "HOME=/nonexistent", f"WIRESHARK_PLUGIN_DIR={build}/plugins"]
    done = subprocess.run(
        [*NOBODY, *settings, *tshark, *ARGUMENTS, "-r", capture],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("capture", CAPTURES[::EVERY], ids=lambda path: path.stem)
def test_same_output(capture: Path) -> None:
    program = f"{os.environ['FOREIGN_ROOT']}/usr/bin/tshark"
    foreign = said([*EMULATOR.split(), program], os.environ["FOREIGN_BUILD"], capture)
    native = said(["tshark"], os.environ["TLSCLOSE_BUILD"], capture)
    assert "TLS Closure" in native
    assert foreign == native

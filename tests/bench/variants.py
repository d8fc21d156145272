# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tshark with and without the plugin, and says what a run cost: instructions, CPU time, peak
memory. It must not know what is in the captures.
"""
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from workloads import BUILD, HERE, ROOT

PLUGIN_BUILD = Path(os.environ.get("TLSCLOSE_BUILD", ROOT / "build"))
NOBODY = 65534


@dataclass(frozen=True)
class Variant:
    """What tshark is given besides the capture."""

    name: str
    plugins: Path
    options: tuple[str, ...] = ()


NONE = Variant("no plugin", BUILD / "no-plugins")
FLOOR = Variant("floor", BUILD / "floor-plugins")
PLUGIN = Variant("plugin", PLUGIN_BUILD / "plugins")
DISABLED = Variant("disabled", PLUGIN_BUILD / "plugins", ("--disable-protocol", "tlsclose"))
LUA = Variant("Lua", NONE.plugins, ("-X", f"lua_script:{HERE / 'truncation.lua'}"))
VARIANTS = (NONE, FLOOR, PLUGIN, DISABLED, LUA)


@dataclass(frozen=True)
class Cost:
    cpu_seconds: float
    wall_seconds: float
    peak_kib: int


def _as_ordinary_user() -> list[str]:
    """Wireshark started by root ignores WIRESHARK_PLUGIN_DIR: see tools/tshark."""
    if os.geteuid() != 0:
        return []
    right = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *right]


def _environment(variant: Variant) -> dict[str, str]:
    """None of the user's preferences, profiles and plugins."""
    nothing = str(BUILD / "nothing")
    own = {"HOME": nothing, "WIRESHARK_CONFIG_DIR": nothing, "LC_ALL": "C.UTF-8"}
    return os.environ | own | {"WIRESHARK_PLUGIN_DIR": str(variant.plugins)}


def tshark_command(variant: Variant, capture: Path, options: tuple[str, ...] = ()) -> list[str]:
    """One-line mode unless OPTIONS say otherwise."""
    return ["tshark", "-n", "-r", str(capture), *variant.options, *options]


def instructions(variant: Variant, capture: Path, options: tuple[str, ...] = ()) -> int:
    """Start-up included."""
    with tempfile.TemporaryFile("w+") as errors:
        subprocess.run(
            [
                *_as_ordinary_user(),
                *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
                *tshark_command(variant, capture, options),
            ],
            env=_environment(variant),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            check=True,
        )
        errors.seek(0)
        found = re.search(r"Collected : (\d+)", errors.read())
    if not found:
        raise RuntimeError("callgrind did not say how many instructions it collected")
    return int(found[1])


def run(variant: Variant, capture: Path, options: tuple[str, ...] = ()) -> Cost:
    started = time.monotonic()
    process = subprocess.Popen(
        [*_as_ordinary_user(), *tshark_command(variant, capture, options)],
        env=_environment(variant),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"tshark {variant.name} {capture}: status {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - started, int(usage.ru_maxrss))

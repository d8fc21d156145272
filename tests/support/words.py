# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the plugin's interface, as it has registered them: what the values of a field are called,
and what fields and expert infos there are. Asked for once in a run. It must not know any of them.
"""
import subprocess
from functools import cache
from pathlib import Path

TSHARK = Path(__file__).resolve().parent.parent.parent / "tools" / "tshark"
PREFIX = "tlsclose."
EXPERT_INFO = "FT_NONE"


@cache
def glossary(name: str) -> list[list[str]]:
    """The rows of `tshark -G NAME` about the plugin's fields."""
    done = subprocess.run(
        [TSHARK, "-G", name], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    return [line.split("\t") for line in done.stdout.splitlines() if f"\t{PREFIX}" in line]


def values(field: str) -> dict[int, str]:
    """What the values of tlsclose.FIELD are called."""
    rows = (row for row in glossary("values") if row[:2] == ["V", PREFIX + field])
    return {int(number, 0): text for _, _, number, text in rows}


def types() -> dict[str, str]:
    """The fields, expert infos included, with their types; the names without "tlsclose."."""
    return {row[2].removeprefix(PREFIX): row[3] for row in glossary("fields") if row[0] == "F"}


def expert_infos() -> list[str]:
    return [name for name, kind in types().items() if kind == EXPERT_INFO]

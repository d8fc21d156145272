# SPDX-License-Identifier: GPL-2.0-or-later
"""Which connections make a run fail, by --fail-on: as a condition of SQL on the table of connections.
It must not know what becomes of them.
"""

from batch import interface

LOSS, NEVER = "loss", "never"
CHOICES = [*map(str.lower, interface.SEVERITIES), LOSS, NEVER]
DEFAULT = interface.ERROR.lower()


def failing(fail_on: str) -> str:
    if fail_on == NEVER:
        return "0"
    if fail_on == LOSS:
        return f"loss IN ({quoted(interface.LOST)})"
    return f"id IN (SELECT connection FROM findings WHERE severity IN ({quoted(grave(fail_on))}))"


def grave(fail_on: str) -> list[str]:
    """The severities at or above the least one that counts."""
    return [*interface.SEVERITIES[CHOICES.index(fail_on) :]]


def quoted(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)

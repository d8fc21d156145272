# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be said of a connection of which nothing is missing, however it was captured. It must
not know how captures are made.
"""
from collections import Counter
from typing import Any

from derived import Original
from tlsclose_run import Found

STATEMENTS = ("verdict", "initiator", "client", "server", "version", "evidence")
SIDES = ("client", "server")


def counted(experts: list[str]) -> Counter[str]:
    """capture_incomplete counts once: a closure and a verdict may share the frame that has it."""
    once = Counter(set(experts) & {"capture_incomplete"})
    return Counter(name for name in experts if name not in once) + once


def differences(found: Found, expected: dict[str, Any], passes: int) -> list[str]:
    """Closures and what follows from them are final from the second pass on."""
    names = [name for name in STATEMENTS if passes == 2 or name not in SIDES]
    wrong = [
        f"{name}: {expected.get(name)} became {found.statements.get(name)}"
        for name in names
        if found.statements.get(name) != expected.get(name)
    ]
    if passes == 2 and counted(found.expert) != counted(expected["expert"]):
        wrong.append(f"{sorted(expected['expert'])} became {sorted(found.expert)}")
    return wrong


def differences_but_for_keys(found: Found, original: Original, passes: int) -> list[str]:
    """Wireshark may be kept from decrypting, so each statement is the one with keys or the one
    without."""
    both = (original.with_keys, original.without_keys)
    wrong = [
        f"{name}: {[expected.get(name) for expected in both]} became {found.statements.get(name)}"
        for name in STATEMENTS
        if (passes == 2 or name not in SIDES)
        and found.statements.get(name) not in [expected.get(name) for expected in both]
    ]
    with_keys, without_keys = (counted(expected["expert"]) for expected in both)
    unexpected = counted(found.expert) - (with_keys | without_keys)
    missing = (with_keys & without_keys) - counted(found.expert)
    if passes == 2 and (unexpected or missing):
        wrong.append(f"unexpected: {sorted(unexpected)}, missing: {sorted(missing)}")
    return wrong


def wrong_without_loss(found: Found, original: Original, keys: bool, passes: int = 2) -> list[str]:
    """Where segments are captured in another way, Wireshark may be kept from decrypting."""
    return (
        differences_but_for_keys(found, original, passes)
        if keys
        else differences(found, original.without_keys, passes)
    )

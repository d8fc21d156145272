# SPDX-License-Identifier: GPL-2.0-or-later
"""Says when the manual page or the field reference is out of date. It must not know what they say."""

from collections.abc import Callable
from pathlib import Path

import make_manual
import pytest


@pytest.fixture(scope="module")
def told() -> make_manual.Registered:
    return make_manual.registered()


@pytest.mark.parametrize(
    ("file", "make"),
    [
        (make_manual.MANUAL, make_manual.make_manual),
        (make_manual.REFERENCE, make_manual.make_reference),
    ],
)
def test_is_up_to_date(
    told: make_manual.Registered, file: Path, make: Callable[[make_manual.Registered], str]
) -> None:
    assert file.read_text(encoding="utf-8") == make(told), "run: python3 doc/make_manual.py"


def test_nothing_registered_is_missing(told: make_manual.Registered) -> None:
    assert told.fields and told.expert_infos and told.preferences
    manual = make_manual.MANUAL.read_text(encoding="utf-8").replace("\\", "")
    for item in [*told.fields, *told.expert_infos, *told.preferences]:
        assert f"\n.B {item.name}\n" in manual

# SPDX-License-Identifier: GPL-2.0-or-later
"""The RPM spec has no mistake that rpmlint knows of. No RPM package is built here."""

import re

from throwaway import PROJECT, output

SPEC = PROJECT / "packaging" / "tlsclose.spec"
# The one remark that is of another time: rpm has chosen the build root itself since version 4.6.
OUTDATED = {"no-buildroot-tag"}


def test_rpmlint_has_nothing_to_say() -> None:
    said = output("rpmlint", SPEC)
    assert " 1 specfiles checked;" in said
    assert set(re.findall(r": [EW]: (\S+)", said)) <= OUTDATED, said


def test_version_is_that_of_the_project() -> None:
    version = (PROJECT / "tools" / "VERSION").read_text(encoding="utf-8").strip()
    assert f"Version:        {version}\n" in SPEC.read_text(encoding="utf-8")

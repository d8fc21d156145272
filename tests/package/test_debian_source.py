# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian source package keeps Debian's rules, as Debian's own tools see them."""

import re
from collections.abc import Callable
from pathlib import Path

from throwaway import PACKAGE, PROJECT, Built, apt_get, output

# This machine's lintian may be older than the policy that the package follows.
OLD_LINTIAN = "newer-standards-version"


def test_version_is_that_of_the_project() -> None:
    changelog = output("dpkg-parsechangelog", "--show-field", "Version", folder=PROJECT)
    assert changelog.strip() == (PROJECT / "tools" / "VERSION").read_text(encoding="utf-8").strip()


def test_lintian_has_no_error_and_no_warning(built: Built) -> None:
    changes = built.file("*.changes")
    output("lintian", "--fail-on", "error,warning", "--suppress-tags", OLD_LINTIAN, changes)


def test_unit_tests_ran_when_it_was_built(built: Built) -> None:
    assert re.search(r"^100% tests passed, 0 tests failed out of \d\d", built.log, re.MULTILINE)


def test_is_hardened(built: Built, tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text(built.log, encoding="utf-8")
    output("blhc", "--all", log)


def test_is_the_same_from_another_folder(built: Built, build: Callable[..., Built]) -> None:
    """At another time, too, and for somebody with another language and another time zone."""
    options = {"DEB_BUILD_OPTIONS": "nocheck", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    again = build("a-folder-with-a-longer-name", "--build=binary", **options)
    packages = sorted(file.name for file in built.folder.glob("*.deb"))
    assert [name.split("_")[0] for name in packages] == [f"{PACKAGE}-dbgsym", PACKAGE]
    for name in packages:
        output("diffoscope", "--text=-", built.folder / name, again.folder / name)


def test_autopkgtest_judges_the_sample(built: Built) -> None:
    """With the installed package, and the source package's own test."""
    files = [built.file("*.dsc"), built.file(f"{PACKAGE}_*.deb")]
    said = output("autopkgtest", *files, "--", "null")
    apt_get("purge", PACKAGE)
    assert re.search(r"^sample +PASS", said, re.MULTILINE), said

# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual page tlsclose-batch(1) has the options that the program has, and no mistake of form."""

import re
import shutil
from pathlib import Path

import pytest
from running import Runner


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w'-])--?[a-zA-Z0][a-z-]*", text))


@pytest.mark.skipif(not shutil.which("man"), reason="no man here")
def test_has_the_options_of_the_program(project: Path, run: Runner) -> None:
    page = run("man", "--warnings", "--local-file", project / "doc" / "tlsclose-batch.1")
    helped = run(project / "tools" / "tlsclose-batch", "--help")
    assert page.stderr == ""
    shown = options(page.stdout.partition("EXIT STATUS")[0])
    assert options(helped.stdout) - shown == set()
    assert shown - options(helped.stdout) == {"-print"}  # of find

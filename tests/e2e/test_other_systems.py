# SPDX-License-Identifier: GPL-2.0-or-later
"""./try on a system like macOS: bash as old as 3.2, no dpkg, no flock, no ldd, a realpath without options.
It must not know the plugin: tshark is a stand-in.
"""

import shutil
from pathlib import Path

import pytest
from running import Completed, Runner

TOOLS = "awk bash cat dirname env mktemp sed".split()
# bash has had these since version 4.
OLD_BASH = """
enable -n mapfile readarray
declare() { [[ $1 != -*[Ag]* ]] || { echo 'declare: invalid option' >&2; return 2; }; builtin declare "$@"; }
"""
REALPATH = """#!/bin/sh
case $1 in -*) echo "realpath: illegal option -- ${1#-}" >&2; exit 1 ;; esac
exec /usr/bin/realpath "$1"
"""
TSHARK = """#!/bin/sh
echo "$@" >>"${0%/*}/calls"
[ "$1" != -G ] || printf 'tlsclose.so\\t%s\\tdissector\\t/home/tlsclose.so\\n' "$VERSION"
"""


class System:
    def __init__(self, folder: Path, project: Path, run: Runner) -> None:
        self.run = run
        self.checkout = folder / "checkout"
        self.programs = folder / "bin"
        self.programs.mkdir()
        shutil.copytree(project / "tools", self.checkout / "tools")
        shutil.copy(project / "try", self.checkout)
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool) or tool)
        self.add("realpath", REALPATH)
        (folder / "old-bash").write_text(OLD_BASH, encoding="utf-8")
        self.variables = {
            "PATH": str(self.programs),
            "HOME": str(folder),
            "BASH_ENV": str(folder / "old-bash"),
            "VERSION": (project / "tools" / "VERSION").read_text(encoding="utf-8").strip(),
        }

    def add(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def try_it(self, *arguments: str | Path) -> Completed:
        return self.run(self.checkout / "try", *arguments, env=self.variables)


@pytest.fixture(name="system")
def _system(tmp_path: Path, project: Path, run: Runner) -> System:
    return System(tmp_path, project, run)


def test_it_says_what_is_needed_and_how_to_build(system: System) -> None:
    done = system.try_it()
    assert done.returncode == 1
    needs, how = done.stderr.splitlines()
    assert needs.startswith("Not a Debian system") and "wireshark-dev" in needs
    assert "cmake --build build --target tlsclose" in how
    assert "cmake --install build --component personal" in how


def test_an_installed_plugin_is_used(system: System, captures: Path) -> None:
    system.add("tshark", TSHARK)
    done = system.try_it(captures / "sample.pcapng")
    calls = (system.programs / "calls").read_text(encoding="utf-8").splitlines()
    assert calls[0] == "-G plugins" and "sample.pcapng" in calls[-1]
    assert "Not a Debian" not in done.stderr and "command not found" not in done.stderr

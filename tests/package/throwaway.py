# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done in a Debian root that is thrown away: programs run as the superuser or as an ordinary
user, packages are built. What comes of it must be, the tests know.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

from unprivileged import NOBODY

PROJECT = Path(__file__).resolve().parent.parent.parent
SAMPLE = PROJECT / "tests" / "captures" / "sample.pcapng"
PACKAGE = "wireshark-tlsclose"


class Built(NamedTuple):
    folder: Path  # where dpkg-buildpackage left its files
    log: str

    def file(self, pattern: str) -> Path:
        (file,) = self.folder.glob(pattern)
        return file


def output(*command: str | Path, folder: Path | None = None, **environment: str) -> str:
    """Standard output alone. Fails with all that was said if the program does."""
    changed = ["env", *(f"{name}={value}" for name, value in environment.items())]
    done = subprocess.run(
        [*changed, *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def as_ordinary_user(*command: str | Path) -> str:
    return output(*NOBODY, "env", "HOME=/tmp/nobody", *command)


def apt_get(*arguments: str | Path) -> None:
    output("apt-get", "--quiet", "--yes", *arguments)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that a run writes: whether they can be written is known before the work starts, and each
appears under its name when it is whole. It must not know what is written.
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STANDARD_OUTPUT = "-"


class OutputError(Exception):
    """Why an output can't be written, in words for the user."""


def check(names: Iterable[str]) -> None:
    """Raises OutputError unless each of the outputs can be written, and no two are the same."""
    taken: dict[str, str] = {}
    for name in names:
        place = STANDARD_OUTPUT if name == STANDARD_OUTPUT else os.path.realpath(name)
        if place in taken:
            raise OutputError(f"two outputs go to {name}: give each its own file")
        taken[place] = name
        if place != STANDARD_OUTPUT:
            check_place(name)


def check_place(name: str) -> None:
    folder = os.path.dirname(os.path.realpath(name))
    if not os.path.isdir(folder):
        raise OutputError(f"{name}: there is no folder {folder}: make it first")
    if os.path.isdir(name):
        raise OutputError(f"{name} is a folder: name a file in it")
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
    except OSError as error:
        raise OutputError(f"{name} can't be written: {error.strerror}") from error


@contextmanager
def whole(name: str) -> Iterator[Path]:
    """A file to write in place of the output; it gets the output's name when the block ends well, and
    is removed if not. Raises OutputError for what goes wrong on the way."""
    target = Path(os.path.realpath(name))
    try:
        handle, part = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.fchmod(handle, 0o666 & ~current_umask())
        os.close(handle)
        try:
            yield Path(part)
            os.replace(part, target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{name} could not be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise OutputError(f"{name} could not be written: {error}") from error


def current_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@contextmanager
def opened(name: str) -> Iterator[TextIO]:
    """The output for text, or standard output."""
    if name == STANDARD_OUTPUT:
        yield sys.stdout
        sys.stdout.flush()
        return
    with whole(name) as part, open(part, "w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def visible(text: str) -> str:
    """Names of files are anybody's: what a terminal would obey is escaped."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text.encode("utf-8", errors="backslashreplace").decode("utf-8")
    )

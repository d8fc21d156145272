# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop nobody sees: an X server without a screen, its windows, what can be read on them, and a
mouse and a keyboard. It must not know which program the windows are of.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

PROGRAMS = ("Xvfb", "openbox", "xdotool", "import", "convert", "tesseract")
SCREEN = "1400x1000x24"
PATIENCE = 40.0  # seconds
MAGNIFICATION = 3  # fonts of a screen are too small for tesseract
UNIFORM_BLOCK = "6"  # tesseract's page segmentation mode that keeps the rows of a table together

Answer = TypeVar("Answer")


def eventually(question: Callable[[], Answer], what: str, patience: float = PATIENCE) -> Answer:
    """The first answer that is not empty."""
    deadline = time.monotonic() + patience
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} in {patience:.0f} s")
        time.sleep(0.2)


class Line(NamedTuple):
    """A line of text, and where in its window it is."""

    text: str
    left: int
    top: int
    width: int
    height: int


def _line(words: list[dict[str, str]]) -> Line:
    boxes = [[int(word[side]) for side in ("left", "top", "width", "height")] for word in words]
    left = min(box[0] for box in boxes)
    top = min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    scaled = (value // MAGNIFICATION for value in (left, top, right - left, bottom - top))
    return Line(" ".join(word["text"] for word in words), *scaled)


def read_picture(picture: Path) -> list[Line]:
    """The lines of text on a picture, from top to bottom."""
    # The brightness alone: dark text stays readable whatever colour is behind it.
    brightness = ["-colorspace", "HSB", "-channel", "B", "-separate"]
    enlarge = ["convert", str(picture), *brightness, "-resize", f"{MAGNIFICATION}00%", "png:-"]
    enlarged = subprocess.run(enlarge, capture_output=True, check=True).stdout
    recognise = ["tesseract", "-", "-", "--psm", UNIFORM_BLOCK, "tsv"]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}  # more threads make it slower
    done = subprocess.run(
        recognise, input=enlarged, capture_output=True, check=True, env=environment
    )
    heading, *rows = (row.split("\t") for row in done.stdout.decode().splitlines())
    words = [dict(zip(heading, row, strict=True)) for row in rows]
    read = [word for word in words if word["text"].strip()]
    place = ("block_num", "par_num", "line_num")
    return [_line(list(line)) for _, line in groupby(read, lambda word: [word[n] for n in place])]


class Desktop:
    def __init__(self, display: str, pictures: Path) -> None:
        self.environment = os.environ | {"DISPLAY": display}
        self.pictures = pictures

    def _xdotool(self, *arguments: str | int) -> str:
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        return done.stdout

    def has_screen(self) -> bool:
        return self._xdotool("getdisplaygeometry") != ""

    def is_managed(self) -> bool:
        return self._xdotool("get_num_desktops") != ""

    def windows(self, title: str) -> list[str]:
        """The visible windows whose title matches a regular expression, menus among them."""
        visible = self._xdotool("search", "--onlyvisible", "--class", ".").split()
        return [window for window in visible if re.search(title, self.title(window))]

    def window(self, title: str, besides: Sequence[str] = ()) -> str:
        """The window with that title, BESIDES those known, as soon as it is there."""

        def new() -> list[str]:
            return [window for window in self.windows(title) if window not in besides]

        return eventually(new, f"window {title}")[0]

    def title(self, window: str) -> str:
        return self._xdotool("getwindowname", window).strip()

    def place(self, window: str, width: int, height: int) -> None:
        self.activate(window)
        self._xdotool("windowmove", window, 0, 0, "windowsize", window, width, height)
        wanted = f"WIDTH={width}\nHEIGHT={height}\n"
        eventually(
            lambda: wanted in self._xdotool("getwindowgeometry", "--shell", window),
            f"window of {width} x {height}",
        )

    def activate(self, window: str) -> None:
        """Windows lose what is typed before the window manager has given them the focus."""
        self._xdotool("windowactivate", window)
        eventually(lambda: self._xdotool("getactivewindow").strip() == window, f"focus on {window}")

    def press(self, *keys: str) -> None:
        self._xdotool("key", "--delay", 50, *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", 20, text)

    def click(self, window: str, left: int, top: int) -> None:
        self._xdotool("mousemove", "--window", window, left, top, "click", 1)

    def _content(self, window: str) -> bytes:
        command = ["import", "-silent", "-window", window, "ppm:-"]
        done = subprocess.run(command, capture_output=True, check=True, env=self.environment)
        return done.stdout

    def picture(self, window: str, name: str) -> Path:
        """A picture of a window that is not being painted any more; it has to be in front."""
        path = self.pictures / f"{name}.png"
        seen = [b""]

        def is_still() -> bool:
            seen.append(self._content(window))
            return seen[-2] == seen[-1]

        eventually(is_still, f"end of changes of {name}.png")
        subprocess.run(["convert", "ppm:-", path], input=seen[-1], check=True)
        return path

    def read(self, window: str, name: str) -> list[Line]:
        return read_picture(self.picture(window, name))

    def find(self, window: str, text: str, name: str) -> Line:
        """The line that matches a regular expression, as soon as it is there."""

        def found() -> list[Line]:
            return [line for line in self.read(window, name) if re.search(text, line.text)]

        return eventually(found, f'line "{text}" on {name}.png')[0]


@contextmanager
def process(*command: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, **options)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def desktop(pictures: Path) -> Iterator[Desktop]:
    """A desktop with a window manager; what was last seen of each window is kept in PICTURES."""
    server = ("Xvfb", "-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset")
    quiet = {"stderr": subprocess.DEVNULL}
    with process(*server, stdout=subprocess.PIPE, **quiet) as running:
        assert running.stdout
        made = Desktop(f":{running.stdout.readline().strip()}", pictures)
        eventually(made.has_screen, "X server")
        manager = ("openbox", "--sm-disable", "--config-file", "/etc/xdg/openbox/rc.xml")
        with process(*manager, env=made.environment, stdout=subprocess.DEVNULL, **quiet):
            eventually(made.is_managed, "window manager")
            yield made

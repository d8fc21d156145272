# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark with the plugin, on a desktop of its own: starts it and goes through its menus and
dialogs as a user does. It must not know what the plugin says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop import PATIENCE, Desktop, eventually, process

START = Path(__file__).resolve().parent.parent.parent / "tools" / "tshark"
WIDTH, HEIGHT = 1390, 640
MENU_TITLE = "^Wireshark$"
BELOW = 20  # pixels from the end of a label in the preferences to the box below it


class Wireshark:
    def __init__(self, desktop: Desktop, capture: Path) -> None:
        self.desktop = desktop
        self.main = desktop.window(f"^{capture.name}$")
        desktop.place(self.main, WIDTH, HEIGHT)

    def choose(self, menu_key: str, *items: str) -> None:
        """Chooses an item of a menu, and then of its submenus, by their texts. Menus are windows
        that have the program's name."""
        desktop = self.desktop
        desktop.activate(self.main)
        desktop.press(menu_key)
        menus: list[str] = []
        for item in items:
            menus.append(desktop.window(MENU_TITLE, menus))
            # A submenu's arrow may be read as some sign.
            line = desktop.find(menus[-1], rf"^{item}\W*$", "menu")
            desktop.click(menus[-1], line.left + 5, line.top + line.height // 2)

    def open_window(self, menu_key: str, item: str, height: int = HEIGHT) -> str:
        """A statistic or another window that has the name of its menu item."""
        before = self.desktop.windows(f" {item} ")
        self.choose(menu_key, item)
        opened = self.desktop.window(f" {item} ", before)
        self.desktop.place(opened, WIDTH, height)
        return opened

    def statistic(self, item: str) -> str:
        return self.open_window("alt+s", item)

    def apply(self, statistic: str) -> None:
        """Its button Apply: Wireshark's own statistics, too, are only drawn again if asked to."""
        self.desktop.activate(statistic)
        self.desktop.press("Return")

    def filter_statistic(self, statistic: str, display_filter: str) -> None:
        self.desktop.activate(statistic)
        label = self.desktop.find(statistic, "^Display ?f", "statistic")
        self.desktop.click(statistic, WIDTH // 2, label.top + label.height // 2)
        self.desktop.press("ctrl+a", "BackSpace")
        self.desktop.type(display_filter)
        self.desktop.press("Return")

    def expert_information(self) -> str:
        return self.open_window("alt+a", "Expert Information", height=450)

    def _accept(self, dialog: str) -> None:
        """The first Return may only take the name that was offered for completion."""

        def is_closed() -> bool:
            if dialog not in self.desktop.windows("."):
                return True
            self.desktop.press("Return")
            return False

        eventually(is_closed, "end of a dialog")

    def expand_details(self, text: str) -> None:
        """Opens the tree item of the selected packet that matches a regular expression."""
        line = self.desktop.find(self.main, text, "packets")
        self.desktop.click(self.main, line.left + line.width // 4, line.top + line.height // 2)
        self.desktop.press("Right")

    def reload(self) -> None:
        self.desktop.activate(self.main)
        self.desktop.press("ctrl+r")

    def quit(self) -> None:
        self.desktop.activate(self.main)
        self.desktop.press("ctrl+q")

    def open_file(self, capture: Path) -> None:
        self.desktop.activate(self.main)
        self.desktop.press("ctrl+o")
        dialog = self.desktop.window("Open Capture File")
        self.desktop.activate(dialog)
        self.desktop.type(str(capture))
        self._accept(dialog)
        self.desktop.window(f"^{capture.name}$")

    def set_key_log(self, key_log: str) -> None:
        """Edit > Preferences > Protocols > TLS > (Pre)-Master-Secret log filename"""
        desktop = self.desktop
        desktop.activate(self.main)
        desktop.press("ctrl+shift+p")
        preferences = desktop.window("Preferences$")
        desktop.place(preferences, 1100, 600)
        desktop.click(preferences, 40, 40)
        desktop.press("Home")
        desktop.type("Protocols")
        # By the time its page is read, the list takes what is typed for the next name.
        desktop.find(preferences, "hidden protocol items", "preferences")
        desktop.press("Right")
        desktop.type("TLS")
        label = desktop.find(preferences, "log filename", "preferences")
        desktop.click(preferences, label.left + label.width, label.top + label.height + BELOW)
        desktop.press("ctrl+a", "BackSpace")
        desktop.type(key_log)
        self._accept(preferences)


@contextmanager
def wireshark(
    desktop: Desktop, folder: Path, capture: Path, *arguments: str | Path
) -> Iterator[Wireshark]:
    """Wireshark on a capture. FOLDER is its configuration, and takes what it prints."""
    environment = desktop.environment | {
        "TLSCLOSE_TSHARK": "wireshark",
        "WIRESHARK_CONFIG_DIR": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QT_QPA_PLATFORM": "xcb",
        "LC_ALL": "C.UTF-8",
    }
    output = folder / "printed.txt"
    with output.open("w") as printed:
        streams = {"stdout": printed, "stderr": printed}
        with process(START, "-r", capture, *arguments, env=environment, **streams) as running:
            window = Wireshark(desktop, capture)
            yield window
            assert running.poll() is None, output.read_text()
            window.quit()
            assert running.wait(timeout=PATIENCE) == 0, output.read_text()

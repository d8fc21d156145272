# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the plugin and its profile are installed on each system: in the folders that Wireshark's manual
names (User's Guide, "Plugin folders", "Configuration files and folders"), with a made-up configuration
of Wireshark for each. It must not know the plugin itself.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from built import BUILD
from running import Runner

PROFILE = "TLS Closure"


@dataclass
class System:
    prefix: str
    plugins: str  # as Wireshark's configuration says
    profiles: str
    own_plugins: str  # below the folder that HOME names
    own_profiles: str
    has_batch: bool = True


SYSTEMS = {
    "Linux": System(
        prefix="/opt/ws",
        plugins="/opt/ws/lib/wireshark/plugins/7.2",
        profiles="/opt/ws/share/wireshark/profiles",
        own_plugins=".local/lib/wireshark/plugins/7.2",
        own_profiles=".config/wireshark/profiles",
    ),
    "macOS, a package manager's": System(
        prefix="/opt/homebrew",
        plugins="/opt/homebrew/lib/wireshark/plugins/7-2",
        profiles="/opt/homebrew/share/wireshark/profiles",
        own_plugins=".local/lib/wireshark/plugins/7-2",
        own_profiles=".config/wireshark/profiles",
    ),
    "macOS, the application": System(
        prefix="/Applications/Wireshark.app/Contents/Resources",
        plugins="/Applications/Wireshark.app/Contents/PlugIns/wireshark/7-2",
        profiles="/Applications/Wireshark.app/Contents/Resources/share/wireshark/profiles",
        own_plugins=".local/lib/wireshark/plugins/7-2",
        own_profiles=".config/wireshark/profiles",
    ),
    "Windows": System(
        prefix="/Program Files/Wireshark",
        plugins="/Program Files/Wireshark/plugins/7.2",
        profiles="/Program Files/Wireshark/profiles",
        own_plugins="AppData/Roaming/Wireshark/plugins/7.2",
        own_profiles="AppData/Roaming/Wireshark/profiles",
        has_batch=False,
    ),
}


def real_configuration() -> Path:
    cache = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    return Path(re.findall(r"^Wireshark_DIR:PATH=(.*)", cache, re.M)[0]) / "WiresharkConfig.cmake"


def make_up(folder: Path, system: System) -> Path:
    folder.mkdir()
    (folder / "WiresharkConfig.cmake").write_text(
        f'include("{real_configuration()}")\n'
        f'set(Wireshark_INSTALL_PREFIX "{system.prefix}")\n'
        f'set(Wireshark_PLUGIN_INSTALL_DIR "{system.plugins}")\n',
        encoding="utf-8",
    )
    return folder


@dataclass
class Installation:
    folder: Path  # what stands for /
    home: Path

    def has(self, path: str) -> bool:
        return (self.folder / path.lstrip("/")).exists()

    def has_own(self, path: str) -> bool:
        return self.has(f"{self.home}/{path}")


@pytest.fixture(scope="module", params=SYSTEMS, name="system")
def _system(request: pytest.FixtureRequest) -> System:
    return SYSTEMS[request.param]


Install = Callable[..., Installation]


@pytest.fixture(scope="module", name="install")
def _install(
    project: Path, run: Runner, tmp_path_factory: pytest.TempPathFactory, system: System
) -> Install:
    """Configures, puts the plugin that is already built where it would be built, and installs."""
    tmp_path = tmp_path_factory.mktemp("system")
    build, home = tmp_path / "build", tmp_path / "home"
    configuration = make_up(tmp_path / "configuration", system)
    done = run(
        "cmake", "-G", "Ninja", "-S", project, "-B", build, f"-DWireshark_DIR={configuration}",
        "-DBUILD_TESTING=OFF",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # WIRESHARK_PLUGIN_DIR wants the same name below it.
    built = build / "plugins" / Path(system.plugins).name / "epan" / "tlsclose.so"
    shutil.copy(next(BUILD.glob("plugins/*/epan/tlsclose.so")), built)

    def install(*arguments: str) -> Installation:
        destination = tmp_path_factory.mktemp("destination")
        variables = {"DESTDIR": destination, "HOME": home, "APPDATA": home / "AppData" / "Roaming"}
        done = run(
            "cmake", "--install", build, *arguments,
            env=os.environ | {name: str(value) for name, value in variables.items()},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return Installation(destination, home)

    return install


def test_for_every_user(install: Install, system: System) -> None:
    installation = install()
    assert installation.has(f"{system.plugins}/epan/tlsclose.so")
    assert installation.has(f"{system.profiles}/{PROFILE}/preferences")
    assert installation.has(f"{system.prefix}/bin/tlsclose-batch") == system.has_batch
    assert not installation.has(str(installation.home))


def test_for_one_user(install: Install, system: System) -> None:
    installation = install("--component", "personal")
    assert installation.has_own(f"{system.own_plugins}/epan/tlsclose.so")
    assert installation.has_own(f"{system.own_profiles}/{PROFILE}/preferences")
    assert installation.has_own(".local/bin/tlsclose-batch") == system.has_batch
    assert not installation.has(system.prefix)

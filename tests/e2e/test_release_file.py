# SPDX-License-Identifier: GPL-2.0-or-later
"""The file of a release: what it is called, by system, architecture and Wireshark's minor release, what is in
it, and that packaging/install.md says how to use it. It must not know what the plugin says.
"""

import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from built import BUILD
from running import Runner
from unprivileged import ordinary_user

PROJECT = Path(__file__).resolve().parents[2]
VERSION = (PROJECT / "tools" / "VERSION").read_text(encoding="utf-8").strip()
PAGE = PROJECT / "packaging" / "install.md"
PROFILE = {f"TLS Closure/{file.name}" for file in (PROJECT / "profile" / "TLS Closure").iterdir()}

# What CMake calls a system, a processor and Wireshark's folder there, and the name of the file.
NAMES = [
    ("Linux", "x86_64", "4.0", "linux-amd64-wireshark-4.0.tar.gz"),
    ("Linux", "aarch64", "4.6", "linux-arm64-wireshark-4.6.tar.gz"),
    ("Linux", "i686", "4.0", "linux-i386-wireshark-4.0.tar.gz"),
    ("Linux", "s390x", "4.0", "linux-s390x-wireshark-4.0.tar.gz"),
    ("Darwin", "arm64", "4-4", "macos-arm64-wireshark-4.4.tar.gz"),
    ("Darwin", "x86_64", "4-6", "macos-amd64-wireshark-4.6.tar.gz"),
    ("Windows", "AMD64", "4.4", "windows-amd64-wireshark-4.4.zip"),
]


def make(run: Runner, folder: Path, system: str, architecture: str, wireshark: str) -> None:
    plugin = folder / ("tlsclose.dll" if system == "Windows" else "tlsclose.so")
    plugin.write_bytes(b"a plugin")
    done = run(
        "cmake", f"-DPLUGIN={plugin}", f"-DSYSTEM={system}", f"-DARCHITECTURE={architecture}",
        f"-DWIRESHARK={wireshark}", f"-DINTO={folder / 'into'}",
        "-P", PROJECT / "packaging" / "release_file.cmake",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def content(file: Path) -> list[str]:
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    with tarfile.open(file) as archive:
        return [member.name for member in archive.getmembers() if member.isfile()]


@pytest.mark.parametrize(("system", "architecture", "wireshark", "name"), NAMES)
def test_is_named_by_system_architecture_and_release(
    run: Runner, tmp_path: Path, system: str, architecture: str, wireshark: str, name: str
) -> None:
    (tmp_path / "into").mkdir()
    make(run, tmp_path, system, architecture, wireshark)
    (file,) = (file for file in (tmp_path / "into").iterdir() if file.is_file())
    assert file.name == f"tlsclose-{VERSION}-{name}"
    folder = file.name.removesuffix(".zip").removesuffix(".tar.gz")
    plugin = "tlsclose.dll" if system == "Windows" else "tlsclose.so"
    files = {name for name in content(file) if not name.endswith("/")}
    assert files == {f"{folder}/{name}" for name in {plugin, "COPYING", "install.md"} | PROFILE}


@pytest.fixture(scope="module", name="released")
def _released(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file for this system, as the build makes it, in a folder of its own."""
    if "TLSCLOSE_SANITIZE:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text(encoding="utf-8"):
        pytest.skip("nobody would release a plugin with sanitizers")
    done = run("cmake", "--build", BUILD, "--target", "release_file", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = BUILD.glob(f"tlsclose-{VERSION}-*-wireshark-*.tar.gz")
    return Path(shutil.copy(made, tmp_path_factory.mktemp("released")))


def commands(heading: str) -> str:
    """The first block of commands below a heading of the page."""
    return re.findall(rf"^## {heading}$.*?^```sh[^\n]*\n(.*?)^```$", PAGE.read_text(), re.M | re.S)[0]


def test_the_page_says_how_to_install_update_and_remove_it(run: Runner, released: Path) -> None:
    """An ordinary user copies the commands, with the release and the folder in them."""
    home = released.parent / "home"
    home.mkdir()
    name = released.name.removesuffix(".tar.gz")
    release = name.rpartition("-")[2]

    def paste(heading: str) -> str:
        text = commands(heading).replace("FILE", name).replace("X.Y", release)
        done = run(
            *ordinary_user(), "env", f"HOME={home}", "bash", "-euc", text,
            cwd=released.parent,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"/.local/lib/wireshark/plugins/{release}/epan/tlsclose.so" in paste("Linux")
    assert (home / ".config/wireshark/profiles/TLS Closure/preferences").exists()
    paste("Remove")
    assert [file for file in home.rglob("*") if "tlsclose" in file.name or "TLS" in file.name] == []

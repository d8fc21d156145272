# SPDX-License-Identifier: GPL-2.0-or-later
"""Installs the Debian package, uses it as an ordinary user does, and removes it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from throwaway import PACKAGE, PROJECT, SAMPLE, apt_get, as_ordinary_user, output

CHANGING_FOLDERS = {"proc", "sys", "dev", "tmp", "build", "tlsclose", "run"}
# What dpkg, man-db and ldconfig remember, and what programs keep at home.
CACHES = re.compile(
    rf"/var/(lib/(dpkg|apt)|cache|log)/|/etc/ld\.so\.cache$|{re.escape(str(Path.home()))}/"
)


def all_files() -> set[str]:
    top = [f"/{entry.name}" for entry in Path("/").iterdir() if entry.name not in CHANGING_FOLDERS]
    return {file for file in output("find", *top, "-xdev").splitlines() if not CACHES.search(file)}


def test_is_removed_without_a_trace(package: Path) -> None:
    before = all_files()
    apt_get("install", package)
    output("tlsclose-batch", "--help")
    added = all_files() - before
    apt_get("purge", PACKAGE)
    assert all_files() == before
    documents = {"changelog.gz", "copyright", "batch.md.gz", "field-reference.md.gz"}
    wanted = {"tlsclose.so", "tlsclose.7.gz", "TLS Closure", "tlsclose-batch", "tlsclose-batch.1.gz"}
    assert {Path(file).name for file in added} >= wanted | documents


def library_of_wireshark() -> str:
    """The Debian package that tshark has its dissectors of. It has another name in each minor release."""
    library = re.findall(r"libwireshark\.so\S* => (\S+)", output("ldd", "/usr/bin/tshark"))[0]
    return output("dpkg-query", "--search", f"*{Path(library).name}").split(":")[0]


def field(package: Path, name: str) -> str:
    return output("dpkg-deb", "--field", package, name).strip()


def test_depends_on_the_release_it_was_built_for(package: Path) -> None:
    depends = field(package, "Depends")
    assert re.search(rf"(^|, ){re.escape(library_of_wireshark())} \(>= ", depends), depends


@pytest.mark.usefixtures("installed")
def test_refuses_an_upgrade_to_another_release_of_wireshark() -> None:
    """Which would take away the library that the plugin was built for."""
    done = subprocess.run(
        ["dpkg", "--simulate", "--remove", library_of_wireshark()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f" {PACKAGE} depends on " in done.stderr


def test_version_grows_with_that_of_wireshark(package: Path) -> None:
    version = field(package, "Version")
    own, release = version.split("+wireshark")
    assert own == (PROJECT / "tools" / "VERSION").read_text(encoding="utf-8").strip()
    tshark = output("dpkg-query", "--show", "--showformat=${source:Upstream-Version}", "tshark")
    assert tshark.startswith(f"{release}.")
    major, minor = release.split(".")
    output("dpkg", "--compare-versions", version, "lt", f"{own}+wireshark{major}.{int(minor) + 1}")


def test_recommends_what_tlsclose_batch_needs(package: Path) -> None:
    recommended = set(re.split("[, |]+", field(package, "Recommends").replace("python3:any", "python3")))
    list_of_packages = PROJECT / "tools" / "packages" / "batch.txt"
    needed = {
        line for line in list_of_packages.read_text(encoding="utf-8").splitlines() if line[0] != "#"
    }
    assert recommended >= needed | {"tshark", "wireshark"}


def test_files_and_folders_are_those_of_the_superuser_and_readable(package: Path) -> None:
    for line in output("dpkg-deb", "--contents", package).splitlines():
        assert re.match(r"(-rw-r--r--|[d-]rwxr-xr-x|lrwxrwxrwx) root/root ", line), line


@pytest.mark.usefixtures("installed")
def test_ordinary_user_has_the_plugin() -> None:
    assert re.search(r"^tlsclose\.so\s.*\s/usr/lib/", as_ordinary_user("tshark", "-G", "plugins"), re.M)


@pytest.mark.usefixtures("installed")
def test_ordinary_user_has_the_profile_and_verdicts() -> None:
    printed = as_ordinary_user(
        *("tshark", "-C", "TLS Closure", "-2", "-r", SAMPLE, "-Y", "tlsclose.verdict", "-T", "tabs")
    )
    expected = json.loads(SAMPLE.with_suffix(".json").read_text())["expect"]
    assert [line.split("\t")[-5] for line in printed.splitlines()] == [
        connection["verdict"] for connection in expected
    ]


@pytest.mark.usefixtures("installed")
def test_ordinary_user_judges_many_captures(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything that tlsclose-batch needs is found, the template of its report included."""
    folder = tmp_path_factory.mktemp("captures")
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(0o777)
    for name in ("a", "b"):
        shutil.copy(SAMPLE, folder / f"{name}.pcapng")
    report = folder / "report.html"
    printed = as_ordinary_user(
        *("tlsclose-batch", "--fail-on", "never", "--json", "-", "--report", report, folder),
    )
    # Of which only the order of the files is not said.
    verdicts = [json.loads(line)["verdict"] for line in printed.splitlines()]
    expected = json.loads(SAMPLE.with_suffix(".json").read_text())["expect"]
    assert verdicts == 2 * [connection["verdict"] for connection in expected]
    assert "Truncated" in report.read_text(encoding="utf-8")


@pytest.mark.usefixtures("installed")
def test_superuser_has_the_plugin() -> None:
    assert "tlsclose.so" in output("tshark", "-G", "plugins")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("section", "name", "word"), [("7", "tlsclose", "tlsclose.verdict"), ("1", "tlsclose-batch", "--ring")]
)
def test_manual_page_is_found_and_has_no_mistakes(section: str, name: str, word: str) -> None:
    page = as_ordinary_user("man", "--where", section, name).strip()
    done = subprocess.run(
        ["man", "--warnings", "--local-file", page], capture_output=True, text=True, check=True
    )
    assert word in done.stdout
    assert done.stderr == ""

# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the Debian package, installs it, uses it as an ordinary user does, and removes it. Only in
a Debian root that is thrown away afterwards: tests/versions package.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
SAMPLE = PROJECT / "tests" / "captures" / "sample.pcapng"
PACKAGE = "wireshark-tlsclose"
CHANGING_FOLDERS = {"proc", "sys", "dev", "tmp", "build", "tlsclose", "run"}
# What dpkg, man-db and ldconfig remember, and what programs keep at home.
CACHES = re.compile(
    rf"/var/(lib/(dpkg|apt)|cache|log)/|/etc/ld\.so\.cache$|{re.escape(str(Path.home()))}/"
)

pytestmark = pytest.mark.skipif(
    "TLSCLOSE_THROWAWAY_ROOT" not in os.environ, reason="it installs a package on the machine"
)


def output(*command: str | Path) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def as_ordinary_user(*command: str | Path) -> str:
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp/nobody".split()
    return output(*nobody, *command)


def apt_get(*arguments: str | Path) -> None:
    output("apt-get", "--quiet", "--yes", *arguments)


def all_files() -> set[str]:
    top = [f"/{entry.name}" for entry in Path("/").iterdir() if entry.name not in CHANGING_FOLDERS]
    return {file for file in output("find", *top, "-xdev").splitlines() if not CACHES.search(file)}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output(PROJECT / "tools" / "build")
    folder = tmp_path_factory.mktemp("package")
    configuration = Path(os.environ["TLSCLOSE_BUILD"]) / "CPackConfig.cmake"
    output("cpack", "-G", "DEB", "--config", configuration, "-B", folder)
    (file,) = folder.glob("*.deb")
    return file


@pytest.fixture(scope="module")
def installed(package: Path) -> Iterator[Path]:
    apt_get("install", package)
    yield package
    apt_get("purge", PACKAGE)


def test_is_removed_without_a_trace(package: Path) -> None:
    before = all_files()
    apt_get("install", package)
    output("tlsclose-batch", "--help")
    added = all_files() - before
    apt_get("purge", PACKAGE)
    assert all_files() == before
    wanted = {"tlsclose.so", "tlsclose.7", "TLS Closure", "tlsclose-batch", "batch.md"}
    assert {Path(file).name for file in added} >= wanted


def test_depends_on_the_release_it_was_built_for(package: Path) -> None:
    plugin = next(Path(os.environ["TLSCLOSE_BUILD"]).glob("plugins/*/epan/tlsclose.so"))
    library = re.findall(r"libwireshark\.so\S* => (\S+)", output("ldd", plugin))[0]
    owner = output("dpkg-query", "--search", f"*{Path(library).name}").split(":")[0]
    depends = output("dpkg-deb", "--field", package, "Depends")
    assert re.search(rf"(^|, ){re.escape(owner)} \(>= ", depends), depends


def test_recommends_what_tlsclose_batch_needs(package: Path) -> None:
    recommended = re.split("[, |]+", output("dpkg-deb", "--field", package, "Recommends").strip())
    assert {"tshark", "parallel", "bzip2", "python3-jinja2"} <= set(recommended)


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
def test_manual_page_is_found_and_has_no_mistakes() -> None:
    page = as_ordinary_user("man", "--where", "7", "tlsclose").strip()
    done = subprocess.run(
        ["man", "--warnings", "--local-file", page], capture_output=True, text=True, check=True
    )
    assert "tlsclose.verdict" in done.stdout
    assert done.stderr == ""

# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package, built of a copy of the project, for every test of it. Only in a Debian root that
is thrown away afterwards: tests/versions package. What the package must be, the tests know.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from throwaway import PACKAGE, PROJECT, Built, apt_get, output


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "TLSCLOSE_THROWAWAY_ROOT" not in os.environ:
        for item in items:
            if item.path.parent == Path(__file__).parent:
                item.add_marker(pytest.mark.skip(reason="it installs a package on the machine"))


def not_of_the_source(folder: str, names: list[str]) -> set[str]:
    """What a clone of the project would not have."""
    left_out = {"__pycache__", ".pytest_cache"}
    if Path(folder) == PROJECT:
        left_out |= {name for name in names if name in {".git", ".cache"} or name.startswith("build")}
    return left_out


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Built]:
    """Builds the package in a folder of the name given."""

    def build_in(name: str, *arguments: str, **environment: str) -> Built:
        folder = tmp_path_factory.mktemp("packages")
        source = folder / name
        shutil.copytree(PROJECT, source, ignore=not_of_the_source)
        log = output(
            *("dpkg-buildpackage", "--no-sign", "--jobs=2", *arguments), folder=source, **environment
        )
        return Built(folder, log)

    return build_in


@pytest.fixture(scope="session")
def built(build: Callable[..., Built]) -> Built:
    return build(PACKAGE)


@pytest.fixture(scope="session")
def package(built: Built) -> Path:
    return built.file(f"{PACKAGE}_*.deb")


@pytest.fixture(scope="module")
def installed(package: Path) -> Iterator[Path]:
    apt_get("install", package)
    yield package
    apt_get("purge", PACKAGE)

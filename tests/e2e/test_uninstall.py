# SPDX-License-Identifier: GPL-2.0-or-later
"""The uninstall target: what could not be removed is named, and only that is tried again."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "uninstall.cmake"


def uninstall(build: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["cmake", f"-DBUILD={build}", "-P", SCRIPT], capture_output=True, text=True, check=False
    )


def test_one_that_stays_does_not_keep_the_other(tmp_path: Path) -> None:
    stuck = tmp_path / "stuck.so"
    (stuck / "within").mkdir(parents=True)  # rm refuses it, even to root
    installed = tmp_path / "tlsclose.so"
    installed.touch()
    for_all = tmp_path / "install_manifest.txt"
    for_all.write_text(f"{stuck}\n", encoding="utf-8")
    personal = tmp_path / "install_manifest_personal.txt"
    personal.write_text(f"{installed}\n", encoding="utf-8")

    done = uninstall(tmp_path)
    assert done.returncode != 0 and str(stuck) in done.stderr
    assert not installed.exists() and not personal.exists()
    assert for_all.exists()


def test_nothing_left_to_do_is_no_error(tmp_path: Path) -> None:
    assert uninstall(tmp_path).returncode == 0


def test_a_personal_profile_stays_on_every_system(tmp_path: Path) -> None:
    for folder in (".config/wireshark", "AppData/Roaming/Wireshark"):
        profile = tmp_path / folder / "profiles" / "TLS Closure" / "preferences"
        profile.parent.mkdir(parents=True)
        profile.touch()
        manifest = tmp_path / "install_manifest_personal.txt"
        manifest.write_text(f"{profile}\n", encoding="utf-8")
        assert uninstall(tmp_path).returncode == 0
        assert profile.exists() and not manifest.exists()
        (tmp_path / "install_manifest.txt").write_text(f"{profile}\n", encoding="utf-8")
        assert uninstall(tmp_path).returncode == 0
        assert not profile.exists()

# SPDX-License-Identifier: GPL-2.0-or-later
"""That tools/tlsclose-batch loses nothing: what can't work is said before the work starts, and what
fails later leaves the run as it is. It must not know what is in the outputs.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_run import batch, capture, fake_tshark

ROOM = 64 * 1024  # bytes on the full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--csv", "nosuch/out.csv"], "there is no folder"),
        (["--json", "."], "is a folder"),
        (["--csv", "out", "--report", "./out"], "two outputs"),
        (["--keylog", "nosuch.keys"], "nosuch.keys"),
        (["--timeout=-5"], "--timeout"),
        (["--timeout=nan"], "--timeout"),
        (["--tshark", "./nosuch"], "./nosuch"),
        (["--tshark", "/bin/true"], "no tlsclose plugin"),
    ],
)
def test_what_cannot_work_is_said_first(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    script = fake_tshark(tmp_path, "")
    tshark = [] if "--tshark" in arguments else ["--tshark", str(script)]
    done = batch(*tshark, *arguments, capture("handshake_reset"), cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "calls").exists(), "a capture was read"


def test_disk_full(tmp_path: Path, small_disk: Path) -> None:
    """The run is kept, and writes its outputs where there is room."""
    report = small_disk / "endings.sqlite"
    names = ["handshake_reset", "close_notify_in_handshake"]
    (small_disk / "filler").write_bytes(bytes(ROOM - 12 * 1024))
    folder = tmp_path / "run"
    done = batch("--run", folder, "--sqlite", report, *map(capture, names))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"--resume --run {folder}" in done.stderr
    assert sorted(path.name for path in small_disk.iterdir()) == ["filler"]
    elsewhere = tmp_path / "endings.jsonl"
    batch("--run", folder, "--resume", "--json", elsewhere)
    assert len(elsewhere.read_text().splitlines()) == len(names)


def test_an_output_that_was_there_stays_if_the_run_fails(tmp_path: Path) -> None:
    output = tmp_path / "endings.jsonl"
    output.write_text("earlier\n")
    done = batch("--json", output, "--keylog", tmp_path / "nosuch", capture("handshake_reset"))
    assert done.returncode == 2
    assert output.read_text() == "earlier\n"


@pytest.mark.parametrize("name", ["x{= die =}", "a{}b", "it's; $(touch pwned)"])
def test_names_reach_no_shell(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(capture("handshake_reset"), folder / "handshake_reset.pcapng")
    done = batch("--run", folder / name, "--fail-on", "never", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "Handshake incomplete"
    assert not (tmp_path / "pwned").exists()


def test_names_on_standard_input_end_at_line_feeds(tmp_path: Path) -> None:
    odd = tmp_path / "form\ffeed.pcapng"
    shutil.copy(capture("handshake_reset"), odd)
    for arguments, ending in ([], "\n"), (["-0"], "\0"):
        done = batch("--fail-on", "never", *arguments, input=f"{odd}{ending}")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 1


def test_names_are_printed_without_control_characters(tmp_path: Path) -> None:
    done = batch(tmp_path / "red\x1b[31m.pcapng")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert r"red\x1b[31m" in done.stderr


def test_damaged_merge_input(tmp_path: Path) -> None:
    """A damaged line costs that line."""
    good = tmp_path / "good.jsonl"
    batch("--json", good, "--fail-on", "never", capture("handshake_reset"))
    lines = ["{", "[]", '{"file": "x", "findings": 3}', good.read_text().strip(), "\x00\xff"]
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text("\n".join(lines), encoding="latin-1")
    done = batch("--merge", damaged)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "line 1 is no record" in done.stderr
    assert any("handshake_reset" in line for line in done.stdout.splitlines())


@pytest.mark.parametrize("file", ["run.json", "jobs"])
def test_damaged_run(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "run"
    batch("--run", folder, capture("handshake_reset"))
    (folder / file).write_bytes(b"\xff{")
    done = batch("--run", folder, "--resume")
    assert done.returncode == 2
    assert "damaged" in done.stderr


def test_a_job_without_its_end_mark_was_not_done(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    batch("--run", folder, capture("handshake_reset"))
    (printed,) = folder.glob("results/*/stdout")
    printed.write_text("".join(printed.read_text().splitlines(True)[:-1]))
    done = batch("--run", folder, "--resume", "--fail-on", "never")
    assert done.returncode == 2
    assert "ended before it was done" in done.stderr


def test_state_of_a_run_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    old = os.umask(0)
    try:
        batch("--run", folder, capture("handshake_reset"))
    finally:
        os.umask(old)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_gone_when_the_output_is_due(tmp_path: Path) -> None:
    """The run is kept, and says how it goes on."""
    folder, run = tmp_path / "out", tmp_path / "run"
    folder.mkdir()
    tshark = fake_tshark(tmp_path, f"rmdir {folder}")
    command = ["--tshark", tshark, "--run", run, "--json", folder / "endings.jsonl"]
    done = batch(*command, capture("handshake_reset"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"--resume --run {run}" in done.stderr
    folder.mkdir()
    assert batch("--run", run, "--resume", "--fail-on", "never", *command[4:]).returncode == 0
    assert len((folder / "endings.jsonl").read_text().splitlines()) == 1

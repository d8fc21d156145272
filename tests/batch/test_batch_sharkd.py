# SPDX-License-Identifier: GPL-2.0-or-later
"""Small captures that one sharkd reads: the same records as tshark's, and what sharkd can't do is left
to tshark, capture by capture. It must not know what is in a record.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch import analyse
from batch.captures import JOBS_A_CORE, in_jobs
from batch.sharkd import Sharkd, beside, understands
from batch_run import NAMES, PROJECT, TSHARK, batch, calls, capture, connections, fake_tshark

SETTINGS = analyse.Settings(str(TSHARK), [], 300.0)
EACH = len(connections(batch(capture("handshake_reset")).stdout))


@pytest.fixture
def sharkd() -> Iterator[Sharkd]:
    program = beside(str(TSHARK))
    assert program == str(PROJECT / "tools" / "sharkd")
    running = Sharkd(program, analyse.PREFERENCES, 300.0)
    yield running
    running.close()


def test_the_records_are_those_of_tshark(sharkd: Sharkd) -> None:
    for name in NAMES:
        found = sharkd.read(capture(name), lambda frame: ("", frame))
        assert found == analyse.read(capture(name), lambda frame: ("", frame), SETTINGS)[0] != []


def test_what_sharkd_cannot_do_is_left_to_tshark(sharkd: Sharkd, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(capture("sample").read_bytes()[:-50])
    for bad in (cut, tmp_path / "missing.pcapng"):
        assert sharkd.read(bad, lambda frame: ("", frame)) is None
        assert len(sharkd.read(capture("handshake_reset"), lambda frame: ("", frame)) or []) == EACH


@pytest.mark.parametrize("script", ["kill -9 $$", "sleep 100", "echo nonsense; cat"])
def test_a_sharkd_that_misbehaves(tmp_path: Path, script: str) -> None:
    program = tmp_path / "sharkd"
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
    reader = Sharkd(str(program), analyse.PREFERENCES, 1.0)
    assert reader.read(capture("handshake_reset"), lambda frame: ("", frame)) is None
    assert reader.session is None


def test_only_what_sharkd_understands_goes_to_it() -> None:
    assert understands(["-o", "tls.keylog_file:/a b"])
    for arguments in (["-o", "tls.port:1"], ["-C", "mine"], ["-d", "tcp.port==1,tls"], ["-t"]):
        assert not understands(arguments)


def test_small_captures_have_few_starts(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    count = 3 * JOBS_A_CORE * (os.cpu_count() or 1)
    for number in range(count):
        shutil.copy(capture("handshake_reset"), folder / f"{number}.pcapng")
    (folder / "cut.pcapng").write_bytes(capture("sample").read_bytes()[:-50])
    tshark = fake_tshark(tmp_path, "").rename(tmp_path / "tshark")
    (tmp_path / "sharkd").symlink_to(PROJECT / "tools" / "sharkd")
    done = batch("--tshark", tshark, folder)
    found = Counter(Path(record["file"]).name for record in connections(done.stdout))
    assert found.pop("cut.pcapng") > 0
    assert found == {f"{number}.pcapng": EACH for number in range(count)}
    assert calls(tmp_path) == ["cut.pcapng"]


def test_large_captures_have_a_job_of_their_own(tmp_path: Path) -> None:
    names = [str(tmp_path / str(number)) for number in range(2 * JOBS_A_CORE * (os.cpu_count() or 1))]
    for name in names:
        Path(name).touch()
    os.truncate(names[0], 1 << 30)
    groups = in_jobs(names, at_most=24)
    assert [names[0]] in groups and sorted(sum(groups, [])) == sorted(names)
    assert len(groups) <= len(names) // 2 + 1

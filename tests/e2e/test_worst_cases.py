# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that were made up to cost the plugin as much as they can, small ones: it may take neither
a multiple of Wireshark's own time nor memory by the frame. tests/bench measures large ones.
"""
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import worst_cases

COUNT = 20_000
MIB = 1024  # KiB
# Late segments, and a record in pieces: what one connection may keep, whatever is sent.
KEPT_BY_A_CONNECTION = 4 * MIB
DISABLED = ("--disable-protocol", "tlsclose")


class Cost(NamedTuple):
    cpu_seconds: float
    peak_kib: int


def cost(project: Path, capture: Path, *options: str) -> Cost:
    command = [project / "tools" / "tshark", "-n", "-2", "-r", capture, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


@pytest.mark.parametrize(
    "case",
    [
        "reversed_segments",
        "segments_with_holes",
        "endless_record",
        "tiny_records",
        "changing_roles",
        "repeated_handshakes",
    ],
)
def test_one_connection_has_its_bounds(project: Path, case: str, tmp_path: Path) -> None:
    capture = tmp_path / "worst.pcap"
    worst_cases.write(case, COUNT, capture)
    without, with_plugin = cost(project, capture, *DISABLED), cost(project, capture)
    assert with_plugin.peak_kib - without.peak_kib < KEPT_BY_A_CONNECTION
    assert with_plugin.cpu_seconds < 2.5 * without.cpu_seconds

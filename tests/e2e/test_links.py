# SPDX-License-Identifier: GPL-2.0-or-later
"""Links lead to frames that have something to say: whatever field of ours names a frame, that frame has a
subtree of ours. It must not know what the frames say.
"""
import re
from pathlib import Path

import pytest
from running import Runner

CAPTURES = sorted((Path(__file__).resolve().parent.parent / "captures").glob("*.pcapng"))


@pytest.fixture(scope="module")
def links(tshark: Runner) -> list[str]:
    fields = tshark("-G", "fields").stdout
    names = re.findall(r"^F\t[^\t]*\t(tlsclose\.[a-z0-9_.]+)\tFT_FRAMENUM\t", fields, re.MULTILINE)
    assert len(names) >= 5
    return names


@pytest.mark.parametrize("capture", CAPTURES, ids=[path.stem for path in CAPTURES])
def test_links_lead_somewhere(tshark: Runner, links: list[str], capture: Path) -> None:
    columns = [word for name in ["frame.number", *links] for word in ("-e", name)]
    output = tshark("-2", "-n", "-r", capture, "-Y", "tlsclose", "-T", "fields", *columns).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    speaking = {row[0] for row in rows}
    silent = [
        f"{name} of frame {row[0]}: {frame}"
        for row in rows
        for name, cell in zip(links, row[1:])
        for frame in filter(None, cell.split(","))
        if frame not in speaking
    ]
    assert not silent

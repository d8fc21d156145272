# SPDX-License-Identifier: GPL-2.0-or-later
"""sharkd under valgrind opens captures, analyses them, changes preferences and opens others, again
and again: of what the plugin allocates nothing is lost, and no more is kept after ten rounds than
after two. It must not know what the plugin finds.
"""
import json
import os
import shutil
import subprocess
from xml.etree import ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CAPTURES = [
    ROOT / "tests" / "captures" / f"{name}.pcapng"
    for name in ("sample", "deviations_tls12", "session_unresumable_but_resumed_tls10")
]
FEW_ROUNDS, MANY_ROUNDS = 2, 10
TAPS = ["expert", "stat:tlsclose", "nstat:tlsclose,connections", "nstat:tlsclose,servers"]
STILL_REACHABLE = "Leak_StillReachable"

pytestmark = pytest.mark.skipif(
    not shutil.which("valgrind"), reason="needs the package in tools/packages/lifetime.txt"
)


def requests(rounds: int) -> str:
    """One session of sharkd."""
    calls: list[tuple[str, dict[str, str | int | bool]]] = []
    for number in range(rounds):
        calls.append(("setconf", {"name": "tlsclose.infer", "value": str(number % 2 == 0)}))
        for capture in CAPTURES:
            calls.append(("load", {"file": str(capture)}))
            calls.append(("frames", {}))
            calls.append(("frame", {"frame": 16, "proto": True}))
            calls.append(("tap", {f"tap{index}": tap for index, tap in enumerate(TAPS)}))
    calls.append(("bye", {}))
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters})
        for number, (method, parameters) in enumerate(calls, start=1)
    ]
    return "\n".join(lines) + "\n"


def is_own(record: ElementTree.Element) -> bool:
    """Whether the plugin allocated the block, itself or by a function that it called."""
    frames = record.find("stack") or ()
    return any(frame.findtext("obj", "").endswith("/tlsclose.so") for frame in frames)


def kept_after(rounds: int, folder: Path) -> Counter[str]:
    """Bytes that the plugin had allocated and not freed in the end, by the kind of leak, and the
    number of other errors in memory that it allocated, by their kind."""
    report = folder / f"{rounds}.xml"
    valgrind = ["--leak-check=full", "--show-leak-kinds=all", "--num-callers=40"]
    valgrind += ["--xml=yes", f"--xml-file={report}"]
    # Memory of Wireshark's allocators and of GLib is told apart block by block.
    environment = os.environ | {
        "TLSCLOSE_TSHARK": "valgrind",
        "WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple",
        "G_SLICE": "always-malloc",
    }
    done = subprocess.run(
        [ROOT / "tools" / "tshark", *valgrind, "sharkd", "-"],
        input=requests(rounds),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers and not [answer for answer in answers if "error" in answer], done.stderr
    kept: Counter[str] = Counter()
    for record in ElementTree.parse(report).getroot().iter("error"):
        if is_own(record):
            kept[record.findtext("kind", "")] += int(record.findtext("xwhat/leakedbytes", "1"))
    return kept


def test_no_memory_is_lost_from_file_to_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)  # sharkd runs as another user, if as root
    with ThreadPoolExecutor(2) as pool:
        few, many = pool.map(lambda rounds: kept_after(rounds, tmp_path), (FEW_ROUNDS, MANY_ROUNDS))
    assert many[STILL_REACHABLE] > 0  # what was registered
    assert few == many == Counter({STILL_REACHABLE: many[STILL_REACHABLE]})

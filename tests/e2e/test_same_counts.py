# SPDX-License-Identifier: GPL-2.0-or-later
"""What tells of expert infos tells of the same ones: -z expert, the statistics tree and the records, on
all captures, whole, with packets lost and with packets in another order, in one pass and in two. It
must not know which expert infos are right.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pcapng
import pytest
from running import Runner

CAPTURES = Path(__file__).resolve().parent.parent / "captures"

SECTIONS = {"Errors": "Error", "Warns": "Warning", "Notes": "Note", "Chats": "Chat"}

Blocks = list[pcapng.Block]
Change = Callable[[Blocks], Blocks]


def whole(blocks: Blocks) -> Blocks:
    return blocks


def lost(every: int) -> Change:
    def lose(blocks: Blocks) -> Blocks:
        packets = iter(range(len(blocks)))
        return [block for block in blocks if block.type != pcapng.ENHANCED_PACKET or next(packets) % every]

    return lose


def reordered(every: int) -> Change:
    """Swaps neighbours of one interface, but not their times."""

    def reorder(blocks: Blocks) -> Blocks:
        result = list(blocks)
        for i in range(every, len(result) - 1, every):
            if {result[i].type, result[i + 1].type} == {pcapng.ENHANCED_PACKET}:
                result[i], result[i + 1] = result[i + 1], result[i]
        return result

    return reorder


CHANGES = {
    "whole": whole,
    "every 7th lost": lost(7),
    "every 11th lost": lost(11),
    "every 17th lost": lost(17),
    "every 5th swapped": reordered(5),
    "every 8th swapped": reordered(8),
}


@pytest.fixture(scope="module", params=CHANGES)
def capture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("changed") / "all.pcapng"
    with path.open("wb") as all_captures:
        for part in sorted(CAPTURES.glob("*.pcapng")):
            pcapng.write(path.with_suffix(".part"), CHANGES[request.param](pcapng.read(part)))
            all_captures.write(path.with_suffix(".part").read_bytes())
    return path


def infos_of_tlsclose(output: str) -> Counter[str]:
    """From tshark -z expert: how many by severity."""
    counts: Counter[str] = Counter()
    severity = ""
    for line in output.splitlines():
        if heading := re.match(r"(\w+) \(\d+\)$", line):
            severity = SECTIONS[heading[1]]
        elif info := re.match(r" +(\d+) +\w+ +TLS Clos", line):
            counts[severity] += int(info[1])
    return counts


def infos_of_tree(output: str) -> Counter[str]:
    below = output[output.index("Expert infos by severity") :]
    return +Counter(
        {name: int(count) for name, count in re.findall(r"^ (\w+) +(\d+)", below, re.MULTILINE)}
    )


def infos_of_records(output: str) -> Counter[tuple[str, int, str]]:
    """Severity, frame and name."""
    lines = [line.removesuffix(" |").split(" |") for line in output.splitlines() if " |" in line]
    records = [dict(zip(lines[0], line)) for line in lines[1:]]
    return Counter(
        (severity, int(frame), name)
        for record in records
        for item in filter(None, record["findings"].split(","))
        for _, severity, name, frame, _ in [item.split("|")]
    )


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_tree_counts_what_expert_shows(tshark: Runner, capture: Path, passes: list[str]) -> None:
    statistics = ["-z", "expert", "-z", "tlsclose,tree"]
    output = tshark(*passes, "-q", "-n", "-r", capture, *statistics).stdout
    assert infos_of_tlsclose(output)
    assert infos_of_tree(output) == infos_of_tlsclose(output)


def test_records_know_after_one_pass_what_two_passes_show(tshark: Runner, capture: Path) -> None:
    fields = tshark("-G", "fields").stdout.splitlines()
    pattern = re.compile(r"F\t[^\t]*\t(tlsclose\.[a-z0-9_]+)\tFT_NONE\t")
    # Those with two severities are there twice.
    expert_infos = list(dict.fromkeys(match[1] for match in map(pattern.match, fields) if match))
    shown: Counter[tuple[int, str]] = Counter()
    columns = [word for name in expert_infos for word in ("-e", name)]
    output = tshark(
        "-2", "-n", "-r", capture, "-Y", "tlsclose", "-T", "fields", "-e", "frame.number", *columns
    ).stdout
    for line in output.splitlines():
        frame, *present = line.split("\t")
        for name, value in zip(expert_infos, present):
            if value:
                shown[int(frame), name.removeprefix("tlsclose.")] += len(value.split(","))
    recorded = infos_of_records(
        tshark("-q", "-n", "-r", capture, "-z", "tlsclose,records").stdout
    )
    assert shown
    assert Counter((frame, name) for _, frame, name in recorded.elements()) == shown

# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/tlsclose-batch over several captures of the same traffic: rotated files joined by --ring, and
sessions linked across files and runs. The tests cut the captures themselves, so they know which frame
is where.
"""

import json
import shutil
from collections import Counter
from pathlib import Path

import pcapng
import pytest
from batch import captures
from batch_run import (
    CAPTURES,
    PROJECT,
    Record,
    batch,
    blocks,
    capture,
    connections,
    ports,
    records,
    write_part,
)

NAME = "session_unresumable_but_resumed_tls10"
EXPECTED = json.loads((CAPTURES / f"{NAME}.json").read_text())["expect"]
LINKED = ["unresumable_session_offered", "unresumable_session_resumed"]


def cut(folder: Path, sizes: list[int], prefix: str = "eth0") -> list[Path]:
    """The capture in files of so many packets each, named as dumpcap -b names them."""
    heads, packets = blocks(NAME)
    files = []
    begin = 0
    for number, size in enumerate(sizes, start=1):
        # The younger file sorts first by name, as after the counter of a ring wrapped around.
        counter = f"{len(sizes) - number:05}"
        file = folder / f"{prefix}_{counter}_202601011200{number:02}.pcapng"
        pcapng.write(file, [*heads, *packets[begin : begin + size]])
        files.append(file)
        begin += size
    assert begin >= len(packets)
    return files


def placed(record: Record, files: list[Path], sizes: list[int]) -> Record:
    """A record of the whole capture, as it is said of its parts."""

    def place(entry: Record) -> Record:
        frame = entry["frame"]
        for file, size in zip(files, sizes):
            if frame <= size:
                return entry | {"file": str(file), "frame": frame}
            frame -= size
        raise AssertionError

    changed = place(record)
    for name, value in record.items():
        if isinstance(value, dict):
            changed[name] = place(value)
        if name in ("findings", "session.events"):
            changed[name] = [place(entry) for entry in value]
    return changed


@pytest.fixture
def whole(tmp_path: Path) -> list[Record]:
    bare = write_part(tmp_path / "whole", NAME)
    found = records(batch(bare).stdout)
    assert [record["verdict"] for record in found] == [c["verdict"] for c in EXPECTED]
    return found


@pytest.mark.parametrize("sizes", [[10, 10, 99], [3, 4, 5, 6, 7, 99], [1, 12, 99]])
def test_a_ring_is_judged_like_one_capture(
    tmp_path: Path, whole: list[Record], sizes: list[int]
) -> None:
    files = cut(tmp_path, sizes)
    done = batch("--ring", tmp_path)
    assert records(done.stdout) == [placed(record, files, sizes) for record in whole]
    assert (done.returncode, done.stderr) == (1, "")
    apart = records(batch(tmp_path).stdout)
    assert [record["verdict"] for record in apart] != [record["verdict"] for record in whole]


def test_capture_points_stay_apart(tmp_path: Path, whole: list[Record]) -> None:
    for prefix in ("eth0", "eth1"):
        cut(tmp_path, [10, 10, 99], prefix)
    found = Counter(record["verdict"] for record in records(batch("--ring", tmp_path).stdout))
    assert found == Counter(2 * [record["verdict"] for record in whole])


def test_the_newest_file_may_be_cut_short(tmp_path: Path, whole: list[Record]) -> None:
    sizes = [10, 10, 99]
    files = cut(tmp_path, sizes)
    files[-1].write_bytes(files[-1].read_bytes()[:-30])
    done = batch("--ring", tmp_path)
    assert done.returncode == 2
    assert files[-1].name in done.stderr and "cut short" in done.stderr
    found = connections(done.stdout)
    assert found[0] == placed(whole[0], files, sizes)
    assert {finding["name"] for finding in found[1]["findings"]} >= set(LINKED)


def test_an_empty_file_in_the_ring(tmp_path: Path, whole: list[Record]) -> None:
    sizes = [10, 0, 10, 99]
    files = cut(tmp_path, sizes)
    done = batch("--ring", tmp_path)
    assert records(done.stdout) == [placed(record, files, sizes) for record in whole]


def test_what_cannot_be_joined_is_judged_file_by_file(tmp_path: Path) -> None:
    files = cut(tmp_path, [20, 99])
    files[0].write_text("this is no capture")
    done = batch("--ring", tmp_path)
    assert done.returncode == 2
    assert "not joined" in done.stderr and files[0].name in done.stderr
    assert {record["file"] for record in connections(done.stdout)} == {str(files[1])}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("eth0_00001_20260101120000.pcapng", "eth0_00002_20260101120100.pcapng", True),
        ("eth0_20260101120000_00001.pcapng", "eth0_20260101120100_00002.pcapng", True),
        ("trace.pcap", "trace.pcap1", True),
        ("trace.pcap1", "trace.pcap12", True),
        ("trace-2026-01-01_12:00:00.pcap", "trace-2026-01-01_13:00:00.pcap", True),
        ("trace.20260101-1200.pcap", "trace.20260102-1200.pcap.gz", True),
        ("trace-1767225600.pcap", "trace-1767229200.pcap", True),
        ("eth0_00001_20260101120000.pcapng", "eth1_00001_20260101120000.pcapng", False),
        ("server1.pcap", "server2.pcap", False),
        ("server-1.pcap", "server-2.pcap", False),
        ("10.0.0.1.pcap", "10.0.0.2.pcap", False),
        ("port8443.pcap", "port8444.pcap", False),
        ("a/eth0_00001_20260101120000.pcapng", "b/eth0_00002_20260101120100.pcapng", False),
    ],
)
def test_which_files_are_of_one_capture_point(first: str, second: str, same: bool) -> None:
    assert (len(captures.capture_points([first, second])) == 1) == same


def split(folder: Path) -> tuple[Path, Path]:
    """Each connection in a capture of its own: the one that ends badly, the one that resumes."""
    _, packets = blocks(NAME)
    server = set.intersection(*(ports(packet) for packet in packets)).pop()
    clients = list(dict.fromkeys(next(iter(ports(packet) - {server})) for packet in packets))
    assert len(clients) == 2
    # Named so that the later one is read first.
    targets = folder / "z_ended_badly.pcapng", folder / "a_resumed.pcapng"
    for target, client in zip(targets, clients):
        write_part(target, NAME, lambda packet: client in ports(packet))
    return targets


def check_linked(found: list[Record], bad: Path, resumed: Path) -> None:
    by_file = {record["file"]: record for record in found}
    assert set(by_file) == {str(bad), str(resumed)}
    names = [finding["name"] for finding in by_file[str(resumed)]["findings"]]
    assert [name for name in names if name in LINKED] == LINKED
    events = {e["event"]: e for e in by_file[str(bad)]["session.events"]}
    cause = events["Made unresumable"]
    link = by_file[str(resumed)]["session.unresumable_in"]
    assert link == {"file": str(bad), "frame": cause["frame"]}
    assert by_file[str(resumed)]["session.unresumable_reason"] == "No close_notify"
    assert not {f["name"] for f in by_file[str(bad)]["findings"]} & set(LINKED)


def test_sessions_are_linked_across_captures(tmp_path: Path) -> None:
    bad, resumed = split(tmp_path)
    alone = records(batch(resumed).stdout)
    assert not {finding["name"] for record in alone for finding in record["findings"]}
    done = batch(tmp_path)
    assert done.returncode == 1, "resuming such a session is an error"
    check_linked(records(done.stdout), bad, resumed)


def test_sessions_are_linked_across_runs(tmp_path: Path) -> None:
    bad, resumed = split(tmp_path)
    lines = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for capture_file, file in zip((resumed, bad), lines):
        file.write_text(batch(capture_file).stdout)
    done = batch("--merge", *lines)
    assert done.returncode == 1
    check_linked(records(done.stdout), bad, resumed)


def test_a_session_resumed_before_it_was_made_unresumable(tmp_path: Path) -> None:
    bad, resumed = split(tmp_path)
    lines = tmp_path / "1.jsonl"
    early = [json.loads(line) for line in batch(resumed).stdout.splitlines()]
    for event in early[0]["session.events"]:
        event["time"] = "2001" + event["time"][4:]
    lines.write_text("".join(json.dumps(record) + "\n" for record in early))
    other = tmp_path / "2.jsonl"
    other.write_text(batch(bad).stdout)
    found = records(batch("--merge", lines, other).stdout)
    assert not {f["name"] for record in found for f in record["findings"]} & set(LINKED)


def test_one_connection_captured_twice_does_not_resume_itself(tmp_path: Path) -> None:
    """The clock of the second capture point is ahead; the session that ends badly was resumed."""
    bad, _ = split(tmp_path)
    record = json.loads(batch(bad).stdout)
    first = record["session.events"][0] | {"event": "Resumed"}
    record["session.events"][0] = first
    later = json.loads(json.dumps(record).replace(str(bad), "other.pcap"))
    for event in later["session.events"]:
        event["time"] = "2099" + event["time"][4:]
    lines = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for file, content in zip(lines, (record, later)):
        file.write_text(json.dumps(content) + "\n")
    found = records(batch("--merge", *lines).stdout)
    assert len(found) == 2
    assert not {f["name"] for entry in found for f in entry["findings"]} & set(LINKED)


def test_merging_changes_nothing_else(tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    missing = tmp_path / "missing.pcap"
    lines.write_text(batch(capture("sample"), capture(NAME), missing).stdout)
    done = batch("--merge", lines)
    assert done.stdout == lines.read_text()
    assert done.returncode == 2 and str(missing) in done.stderr


def test_what_is_no_result_of_an_earlier_run(tmp_path: Path) -> None:
    shutil.copy(capture("ipv6"), tmp_path / "ipv6.pcapng")
    (tmp_path / "numbers").write_text("1\n2\n")
    for name in ("ipv6.pcapng", "numbers", "missing"):
        done = batch("--merge", tmp_path / name)
        assert done.returncode == 2 and name in done.stderr
        assert "Traceback" not in done.stderr

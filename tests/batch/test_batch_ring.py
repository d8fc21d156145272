# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/tlsclose-batch over several captures of the same traffic: rotated files joined by --ring, and
sessions linked across files and runs. The tests cut the captures themselves, so they know which frame
is where.
"""

import json
import os
import shutil
import struct
from collections import Counter
from itertools import accumulate, pairwise
from pathlib import Path

import mutate
import pcapng
import pytest
from batch import analyse, captures, ring, secrets
from batch.store import Store
from batch_run import (
    CAPTURES,
    PROJECT,
    TSHARK,
    Record,
    batch,
    blocks,
    capture,
    connections,
    fake_tshark,
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


# Several of them are open at any time, and a packet comes each second.
OPEN_AT_A_TIME = 5
BEGIN = 1_767_225_600


def interleaved(file: Path) -> list[pcapng.Block]:
    """Writes the connections of captures with sessions, decryption secrets included, and returns the blocks."""
    names = sorted(CAPTURES.glob("session_*.pcapng")) + [capture("sample"), capture("http_tls12")]
    preamble, own_secrets, found = mutate.read_all(names)
    mutate.write(file, [], found)
    blocks = pcapng.read(file)
    ends = list(accumulate(len(segments) for segments in found))
    waiting = [blocks[end - len(segments) : end] for end, segments in zip(ends, found)]
    packets: list[pcapng.Block] = []
    while waiting:
        for connection in waiting[:OPEN_AT_A_TIME]:
            # Neighbours have each other's times, so that those of two files overlap.
            time = (BEGIN + (len(packets) ^ 1)) * 1_000_000_000
            block = connection.pop(0)
            stamp = struct.pack("<II", time >> 32, time & 0xFFFFFFFF)
            packets.append(block._replace(body=block.body[:4] + stamp + block.body[12:]))
        waiting = [connection for connection in waiting if connection]
    heads = [*preamble, *own_secrets]
    pcapng.write(file, [*heads, *packets])
    return [*heads, *packets]


def told(found: list[Record]) -> list[Record]:
    """But for the number of the stream, which is that of what was judged together."""
    without = [record | {"stream": None} for record in found]
    return sorted(without, key=lambda record: (record["client.port"], record["start"]))


def judged_in_steps(folder: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records of a ring of which so many bytes are read together."""
    monkeypatch.setattr(ring, "AT_ONCE", at_once)
    settings = analyse.Settings(str(TSHARK), [], 300)
    store = Store(folder.parent / "store.sqlite")
    for record in analyse.analyse_ring(folder, sorted(os.listdir(folder)), settings):
        store.add(record, 1)
    store.link_sessions()
    assert not list(store.problems())
    found = json.loads(json.dumps(list(store.records())))
    store.close()
    return found


# Files, how many of them are read together, and which has the secrets: the first, or one behind what is read
# first.
@pytest.mark.parametrize(("count", "together", "with_secrets"), [(3, 1, 1), (30, 3, 4), (300, 30, 31)])
def test_a_ring_of_any_length(
    tmp_path: Path, count: int, together: int, with_secrets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_file = tmp_path / "whole.pcapng"
    blocks = interleaved(whole_file)
    packets = [block for block in blocks if block.type == pcapng.ENHANCED_PACKET]
    own_secrets = [block for block in blocks if block.type == pcapng.DECRYPTION_SECRETS]
    preamble = pcapng.without(blocks, pcapng.ENHANCED_PACKET, pcapng.DECRYPTION_SECRETS)
    bounds = [len(packets) * number // count for number in range(count + 1)]
    before = bounds[with_secrets - 1]
    pcapng.write(whole_file, [*preamble, *packets[:before], *own_secrets, *packets[before:]])
    (tmp_path / "ring").mkdir()
    files = []
    for number, (begin, end) in enumerate(pairwise(bounds), start=1):
        files.append(tmp_path / "ring" / f"eth0_{number:05}_20260101000000.pcapng")
        some = own_secrets if number == with_secrets else []
        pcapng.write(files[-1], [*preamble, *some, *packets[begin:end]])
    sizes = [end - begin for begin, end in pairwise(bounds)]
    names = [Path(file.name) for file in files]
    expected = [placed(record, names, sizes) for record in records(batch(whole_file).stdout)]
    assert sum(record["verdict"] != "Open at end of capture" for record in expected) > 20
    at_once = together * max(file.stat().st_size for file in files)
    found = judged_in_steps(tmp_path / "ring", at_once, monkeypatch)
    assert told(found) == told(expected)


def test_preferences_do_not_change_what_is_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that has just begun is, however sequence numbers are shown."""
    (tmp_path / "preferences").write_text("tcp.relative_sequence_numbers: FALSE\n")
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(tmp_path))
    file = cut(tmp_path, [3, 99])[0]
    settings = analyse.Settings(str(TSHARK), [], 300)
    carried, problem = analyse.carry(file, set(), lambda frame: ("a", frame), settings)
    assert (carried.places, problem) == ([("a", 1), ("a", 2), ("a", 3)], "")


def test_secrets_that_a_file_lacks(tmp_path: Path) -> None:
    heads, packets = blocks(NAME)
    preamble = pcapng.without(heads, pcapng.DECRYPTION_SECRETS)
    body = b"SKLT" + struct.pack("<I", 8) + b"secrets\n"
    own = pcapng.Block(pcapng.DECRYPTION_SECRETS, body)
    with_secrets, without, alone = (tmp_path / name for name in ("with", "without", "alone"))
    pcapng.write(with_secrets, [*preamble, *packets, own])
    pcapng.write(without, [*preamble, *packets])
    alone.write_bytes(secrets.missing(with_secrets, without))
    section, found = pcapng.read(alone)
    assert (section.type, found) == (pcapng.SECTION_HEADER, own)
    assert secrets.missing(with_secrets, with_secrets) == b""
    with_secrets.write_bytes(with_secrets.read_bytes()[:-30])
    assert secrets.missing(without, with_secrets) == b""


def test_temporary_files_are_private(tmp_path: Path) -> None:
    (tmp_path / "ring").mkdir()
    cut(tmp_path / "ring", [10, 10, 99])
    modes = tmp_path / "modes"
    tshark = fake_tshark(tmp_path, f'stat -c %a "$2" "$(dirname "$2")" >> {modes}')
    batch("--tshark", tshark, "--ring", tmp_path / "ring", umask=0)
    assert set(modes.read_text().split()) == {"600", "700"}


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


def test_a_file_that_is_no_capture_costs_itself_only(tmp_path: Path, whole: list[Record]) -> None:
    sizes = [10, 0, 10, 99]
    files = cut(tmp_path, sizes)
    files[1].write_text("this is no capture")
    done = batch("--ring", tmp_path)
    assert done.returncode == 2
    assert files[1].name in done.stderr and "capture file" in done.stderr
    assert connections(done.stdout) == [placed(record, files, sizes) for record in whole]


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


def test_sessions_are_linked_across_captures_of_one_job(tmp_path: Path) -> None:
    bad, resumed = split(tmp_path)
    bad = bad.rename(tmp_path / "b_ended_badly.pcapng")
    for number in range(2 * captures.JOBS_A_CORE * (os.cpu_count() or 1)):
        shutil.copy(capture("ipv6"), tmp_path / f"c{number}.pcapng")
    found = records(batch(tmp_path).stdout)
    check_linked([record for record in found if not Path(record["file"]).name.startswith("c")], bad, resumed)


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

# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the statistics against what scripted endpoints did: all captures in one file, as tshark -z
and sharkd show it, in one pass and in two. It must not know how the plugin counts.
"""

import json
import os
import re
import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mutate
import pcapng
import pytest
from releases import in_this_release
from running import Runner
from tlsclose_run import TSHARK, without_secrets

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.json"))
DESCRIPTIONS = {name: json.loads((CAPTURES / f"{name}.json").read_text()) for name in NAMES}

OPEN = "Open at end of capture"
VERDICTS = [
    "Graceful",
    "Unanswered",
    "Truncated",
    "Reset",
    "Fatal alert",
    "Handshake incomplete",
    "Unknown",
    OPEN,
]
# By the initiator, who sent less than a close_notify.
ENDED_BADLY = ("Truncated", "Reset", "Fatal alert", "Handshake incomplete")

Row = dict[str, str]
Connection = dict[str, Any]
Tree = dict[str, dict[str, int]]


@pytest.fixture(scope="module", params=["with_keys", "without_keys"])
def keys(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[1, 2], ids=["one pass", "two passes"])
def passes(request: pytest.FixtureRequest) -> list[str]:
    return ["-2"] if request.param == 2 else []


@pytest.fixture(scope="module")
def expected(keys: str) -> list[Connection]:
    """What is expected of each connection, in the order of their streams."""
    which = "expect" if keys == "with_keys" else "expect_without_keys"
    described = [connection for name in NAMES for connection in DESCRIPTIONS[name][which]]
    return [in_this_release(connection) for connection in described]


@pytest.fixture(scope="module")
def all_captures(keys: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of them all: a pcapng file may have many sections."""
    folder = tmp_path_factory.mktemp("captures")
    parts = [CAPTURES / f"{name}.pcapng" for name in NAMES]
    if keys == "without_keys":
        parts = [without_secrets(part, folder / part.name) for part in parts]
    together = folder / "all.pcapng"
    together.write_bytes(b"".join(part.read_bytes() for part in parts))
    return together


@pytest.fixture
def statistic(tshark: Runner, all_captures: Path, passes: list[str]) -> Callable[..., str]:
    def run_tshark(name: str, display_filter: str = "") -> str:
        wanted = ",".join(filter(None, [name, display_filter]))
        return tshark(*passes, "-q", "-n", "-r", all_captures, "-z", wanted).stdout

    return run_tshark


def rows(output: str) -> list[Row]:
    """The rows of a table that tshark printed; cells that are missing at their ends are empty."""
    lines = [line.removesuffix(" |").split(" |") for line in output.splitlines() if " |" in line]
    return [dict(zip(lines[0], line + [""] * len(lines[0]))) for line in lines[1:]]


def tree(output: str) -> Tree:
    """The counts of a tree that tshark printed. The count of a group itself is in "total"."""
    groups: Tree = {}
    for indented, name, count in re.findall(r"^( ?)(\S.*?)  +(\d+) .*%", output, re.MULTILINE):
        if indented:
            next(reversed(groups.values()))[name] = int(count)
        else:
            groups[name] = {"total": int(count)}
    return groups


def counted(*values: str) -> dict[str, int]:
    return {"total": len(values), **Counter(values)}


def without_zeros(groups: Tree) -> Tree:
    return {
        title: {name: count for name, count in items.items() if count or name == "total"}
        for title, items in groups.items()
    }


def ending(connection: Connection) -> tuple[str, str, str]:
    return (
        connection.get("verdict") or OPEN,
        (connection.get("initiator") or "").capitalize(),
        connection.get("evidence") or "",
    )


def shown_ending(row: Row) -> tuple[str, str, str]:
    return row["Verdict"], row["Initiator"], row["Evidence"]


def select(connections: list[Connection], verdict: str) -> dict[int, Connection]:
    return {
        stream: connection
        for stream, connection in enumerate(connections)
        if connection.get("verdict") == verdict
    }


def test_every_connection_has_a_row(
    statistic: Callable[..., str], expected: list[Connection]
) -> None:
    found = {int(row["Stream"]): row for row in rows(statistic("tlsclose,connections"))}
    assert {stream: shown_ending(row) for stream, row in found.items()} == {
        stream: ending(connection) for stream, connection in enumerate(expected)
    }
    ended = [stream for stream, connection in enumerate(expected) if connection.get("verdict")]
    assert {stream: found[stream]["Version"] for stream in ended} == {
        stream: expected[stream].get("version") or "" for stream in ended
    }


def test_open_connections_have_neither_end_nor_initiator(statistic: Callable[..., str]) -> None:
    still_open = [row for row in rows(statistic("tlsclose,connections")) if row["Verdict"] == OPEN]
    assert still_open
    for row in still_open:
        assert row["Start in"]
        assert not any(row[name] for name in ("End in", "First closing act in", "Initiator"))


def test_servers_add_up(
    statistic: Callable[..., str],
    expected: list[Connection],
    tshark: Runner,
    all_captures: Path,
) -> None:
    names = server_names(tshark, all_captures)
    assert set(names.values()) == {"localhost"}
    shown = {row["Server"]: row for row in rows(statistic("tlsclose,servers"))}
    streams: dict[str, list[int]] = {}
    for row in rows(statistic("tlsclose,connections")):
        stream = int(row["Stream"])
        name = names.get(stream)
        key = f"{name} ({row['Server']})" if name else row["Server"]
        streams.setdefault(key, []).append(stream)
    assert set(shown) == set(streams)
    for server, row in shown.items():
        check_server(row, [expected[stream] for stream in streams[server]])


def test_servers_count_losses_and_those_with_most_come_first(statistic: Callable[..., str]) -> None:
    servers = rows(statistic("tlsclose,servers"))
    losses = Counter(row["Loss"] for row in rows(statistic("tlsclose,connections")))
    kinds = ("Certain", "Possible", "Unknown")
    assert losses["Certain"]
    for kind in kinds:
        assert sum(int(row[f"Loss {kind.lower()}"]) for row in servers) == losses[kind]
    order = [tuple(-int(row[f"Loss {kind.lower()}"]) for kind in kinds) for row in servers]
    assert order == sorted(order)


def server_names(tshark: Runner, capture: Path) -> dict[int, str]:
    """As the TLS dissector shows them, by stream."""
    name = "tls.handshake.extensions_server_name"
    fields = ["-Y", name, "-T", "fields", "-e", "tcp.stream", "-e", name]
    lines = tshark("-n", "-d", "tcp.port==8080,tls", "-r", capture, *fields).stdout.splitlines()
    return {int(stream): name for stream, name in (line.split("\t") for line in lines)}


def check_server(row: Row, connections: list[Connection]) -> None:
    verdicts = Counter(ending(connection)[0] for connection in connections)
    assert {name: int(row["Open at end" if name == OPEN else name]) for name in VERDICTS} == {
        name: verdicts[name] for name in VERDICTS
    }
    assert int(row["Connections"]) == len(connections)
    assert int(row["Unresumable sessions"]) == sum(
        "Made unresumable" in connection["session_events"] for connection in connections
    )
    assert int(row["Truncated responses"]) == sum(
        connection.get("http_complete") is False for connection in connections
    )
    ends = Counter(ending(connection)[:2] for connection in connections)
    badly = {
        side: sum(ends[verdict, side] for verdict in ENDED_BADLY) for side in ("Client", "Server")
    }
    for side, count in badly.items():
        assert int(row[f"Badly by {side.lower()}"]) == count
        assert int(row[f"Closed by {side.lower()}"]) == sum(
            number for (_, initiator), number in ends.items() if initiator == side
        )
    judged = len(connections) - verdicts[OPEN] - verdicts["Unknown"]
    share = f"{100 * badly['Server'] / judged:.1f}" if judged else ""
    assert row["Badly by server (%)"] == share


def expected_tree(connections: list[Connection], shown: Tree) -> Tree:
    def values(name: str) -> list[str]:
        return [c[name] for c in connections if c.get(name)]

    return {
        "Connections by verdict": counted(*(ending(c)[0] for c in connections)),
        # The version of a connection without a verdict is not part of what is expected of it.
        "Connections by version": shown["Connections by version"],
        # Losses and idle times are held against the rows of the connections.
        "Connections by loss": shown["Connections by loss"],
        "Idle time before the close": shown["Idle time before the close"],
        "Verdicts by evidence": counted(*values("evidence")),
        "Verdicts by initiator": counted(*(ending(c)[1] for c in connections if ending(c)[1])),
        # As -z expert counts them: see test_same_counts.
        "Expert infos by severity": shown["Expert infos by severity"],
    }


def idle_class(seconds: float) -> str:
    limits = {1: "Under 1 s", 5: "1 to 5 s", 30: "5 to 30 s", 60: "30 to 60 s", 120: "60 to 120 s"}
    return next((name for limit, name in limits.items() if seconds < limit), "Over 120 s")


def test_the_tree_counts_verdicts(
    statistic: Callable[..., str], expected: list[Connection]
) -> None:
    found = without_zeros(tree(statistic("tlsclose,tree")))
    assert found == expected_tree(expected, found)
    assert next(iter(found)) == "Connections by verdict"
    found_rows = rows(statistic("tlsclose,connections"))
    assert found["Connections by loss"] == counted(*filter(None, (r["Loss"] for r in found_rows)))
    assert found["Idle time before the close"] == counted(
        *(idle_class(float(r["Idle before (s)"])) for r in found_rows if r["Idle before (s)"])
    )
    versions = Counter(c["version"] for c in expected if c.get("verdict") and c.get("version"))
    shown = found["Connections by version"]
    assert shown["total"] == len(expected)
    assert all(0 <= shown[name] - count <= 2 for name, count in versions.items())


def test_a_filter_selects_connections_by_any_of_their_frames(
    statistic: Callable[..., str], expected: list[Connection]
) -> None:
    truncated = select(expected, "Truncated")
    found = rows(statistic("tlsclose,connections", "tlsclose.verdict == 3"))
    assert {int(row["Stream"]) for row in found} == set(truncated)
    # Seven frames or more before the verdict, but the verdict is there.
    found = rows(statistic("tlsclose,connections", "tls.handshake.type == 1 and tcp.stream < 50"))
    assert [shown_ending(row) for row in found] == [ending(c) for c in expected[:50]]


def test_servers_and_tree_follow_the_filter_too(
    statistic: Callable[..., str], expected: list[Connection]
) -> None:
    """Nothing of the ending is in a frame that passes the filter."""
    before = "tls.handshake.type == 1 and tcp.stream < 50"
    groups = without_zeros(tree(statistic("tlsclose,tree", before)))
    assert groups == expected_tree(expected[:50], groups)
    servers = rows(statistic("tlsclose,servers", before))
    assert all(row["Server"].startswith("localhost (") for row in servers)
    assert sum(int(row["Connections"]) for row in servers) == 50


def test_frames_before_the_first_record_select_nothing(statistic: Callable[..., str]) -> None:
    """One pass cannot know yet that the connection will be TLS, so two passes do not either."""
    assert rows(statistic("tlsclose,connections", "tcp.flags.syn == 1")) == []


def test_a_filter_that_selects_nothing(statistic: Callable[..., str]) -> None:
    assert rows(statistic("tlsclose,connections", "udp")) == []
    assert rows(statistic("tlsclose,servers", "udp")) == []
    assert without_zeros(tree(statistic("tlsclose,tree", "udp")))["Connections by verdict"] == {
        "total": 0
    }


def sharkd(capture: Path, *taps: str) -> list[dict[str, Any]]:
    """What the taps give, asked for twice, as a window does that is opened again."""
    load = {"method": "load", "params": {"file": str(capture)}}
    tap = {"method": "tap", "params": {f"tap{i}": name for i, name in enumerate(taps)}}
    requests = [
        {"jsonrpc": "2.0", "id": i, **request} for i, request in enumerate([load, tap, tap], 1)
    ]
    done = subprocess.run(
        [TSHARK, "-"],
        env={**os.environ, "TLSCLOSE_TSHARK": "sharkd"},
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    loaded, first, second = map(json.loads, done.stdout.splitlines())
    assert loaded["result"] == {"status": "OK"}
    assert first["result"] == second["result"]
    return first["result"]["taps"]


def test_sharkd_gives_the_same_as_tshark(tshark: Runner, all_captures: Path) -> None:
    names = ["tlsclose,tree", "tlsclose,servers", "tlsclose,connections"]
    # sharkd has seen the packets before it counts.
    shown = {name: tshark("-2", "-q", "-n", "-r", all_captures, "-z", name).stdout for name in names}
    taps = {
        tap["tap"]: tap
        for tap in sharkd(
            all_captures, "stat:tlsclose", "nstat:tlsclose,servers", "nstat:tlsclose,connections"
        )
    }
    groups = {
        group["name"]: {"total": group["count"]}
        | {item["name"]: item["count"] for item in group["sub"]}
        for group in taps["stats:tlsclose"]["stats"]
    }
    assert groups == tree(shown["tlsclose,tree"])
    for name in ("tlsclose,servers", "tlsclose,connections"):
        tap = taps[f"nstat:{name}"]
        titles = [field["c"] for field in tap["fields"]]
        (table,) = tap["tables"]
        given = [dict(zip(titles, map(as_printed, titles, cells))) for cells in table["i"]]
        assert given == rows(shown[name])


def as_printed(title: str, cell: str | float | None) -> str:
    """As tshark prints a cell."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.1f}" if "%" in title else f"{cell:.6f}"
    return str(cell)


def test_a_row_names_endpoints_and_frames(tshark: Runner, passes: list[str]) -> None:
    """As the TCP and TLS dissectors show them; in the sample only alerts and FINs close."""
    sample = CAPTURES / "sample.pcapng"
    # Else Wireshark 4.4 and later withhold alerts after a response that only the close delimits.
    show_all = ["-o", "http.desegment_body:FALSE"]
    fields = (
        "tcp.stream frame.number frame.time_epoch tcp.srcport tcp.dstport tcp.len tcp.flags.fin"
    )
    columns = [*fields.split(), "tls.alert_message.desc"]
    output = tshark(
        *("-n", "-r", sample, *show_all, "-T", "fields"),
        *(part for name in columns for part in ("-e", name)),
    ).stdout
    frames = [dict(zip(columns, line.split("\t"))) for line in output.splitlines()]
    table = tshark(*passes, "-q", "-n", "-r", sample, "-z", "tlsclose,connections").stdout
    for row in rows(table):
        own = [frame for frame in frames if frame["tcp.stream"] == row["Stream"]]
        start = next(frame for frame in own if frame["tcp.len"] != "0")
        fins = [frame for frame in own if frame["tcp.flags.fin"] in ("1", "True")]
        acts = [frame for frame in own if frame["tls.alert_message.desc"] == "0"] + fins
        first_act = min(acts, key=lambda frame: int(frame["frame.number"]))
        assert row["Client"] == f"127.0.0.1:{start['tcp.srcport']}"
        assert row["Server"] == f"127.0.0.1:{start['tcp.dstport']}"
        assert row["Server name"] == "localhost"
        assert row["Start in"] == start["frame.number"]
        assert row["End in"] == fins[-1]["frame.number"]
        assert row["First closing act in"] == first_act["frame.number"]
        time = float(fins[-1]["frame.time_epoch"]) - float(first_act["frame.time_epoch"])
        assert float(row["Closing time (s)"]) == pytest.approx(time, abs=2e-6)


def cut_first_payload(capture: Path, target: Path) -> Path:
    """The first TCP segment with a payload is sent as two. Ethernet and IPv4 without options."""
    blocks = pcapng.read(capture)
    number, packet = next(
        (number, pcapng.packet_bytes(block))
        for number, block in enumerate(blocks)
        if block.type == pcapng.ENHANCED_PACKET
        and payload_start(block) < len(pcapng.packet_bytes(block))
    )
    cut = (payload_start(blocks[number]) + len(packet)) // 2
    sequence = struct.unpack_from("!I", packet, 38)[0] + cut - payload_start(blocks[number])
    later = packet[:38] + struct.pack("!I", sequence) + packet[42 : payload_start(blocks[number])]
    halves = [with_packet(blocks[number], half) for half in (packet[:cut], later + packet[cut:])]
    pcapng.write(target, blocks[:number] + halves + blocks[number + 1 :])
    return target


def payload_start(block: pcapng.Block) -> int:
    return 34 + (pcapng.packet_bytes(block)[46] >> 4) * 4


def with_packet(block: pcapng.Block, packet: bytes) -> pcapng.Block:
    """Its IP header gets the length; checksums stay wrong, as nobody looks at them."""
    packet = packet[:16] + struct.pack("!H", len(packet) - 14) + packet[18:]
    padding = bytes(-len(packet) % 4)
    lengths = struct.pack("<II", len(packet), len(packet))
    return block._replace(body=block.body[:12] + lengths + packet + padding)


def test_a_server_has_one_row_though_its_name_arrives_late(
    tshark: Runner, passes: list[str], tmp_path: Path
) -> None:
    """A ClientHello cut in two, as those with post-quantum keys are."""
    cut = cut_first_payload(CAPTURES / "sample.pcapng", tmp_path / "cut.pcapng")
    table = tshark(*passes, "-q", "-n", "-r", cut, "-z", "tlsclose,servers").stdout
    (row,) = rows(table)
    assert (row["Server"], row["Connections"]) == ("localhost (127.0.0.1:8443)", "3")


UNUSUAL_PORT = 60000  # above the client's, so that the roles are guessed wrong by it


def wrong_at_first(target: Path) -> Path:
    """A Graceful connection without its SYNs, and before it a copy of the client's first data: who
    is client and who is server shows only with the ClientHello behind that."""
    capture = CAPTURES / "endings_openssl_tls12.pcapng"
    preamble, _, (segments, *_) = mutate.read_all([capture])
    segments = [
        replace(segment, **{"destination" if segment.is_client else "source": UNUSUAL_PORT})
        for segment in segments
        if not segment.has(mutate.SYN)
    ]
    application_data = b"\x17"
    data = next(segment for segment in segments if segment.payload.startswith(application_data))
    assert data.is_client
    mutate.write(target, preamble, [[data, *segments]])
    return target


@pytest.mark.parametrize("selects", ["", "frame.number == 1"], ids=["all", "the wrong guess only"])
def test_a_connection_counts_once_though_its_roles_were_guessed_wrong(
    tshark: Runner, passes: list[str], tmp_path: Path, selects: str
) -> None:
    capture = wrong_at_first(tmp_path / "wrong_at_first.pcapng")

    def show(name: str) -> str:
        wanted = ",".join(filter(None, [name, selects]))
        as_tls = ["-d", f"tcp.port=={UNUSUAL_PORT},tls"]
        return tshark(*passes, "-q", "-n", "-r", capture, *as_tls, "-z", wanted).stdout

    (connection,) = rows(show("tlsclose,connections"))
    assert connection["Client"] == f"127.0.0.1:{mutate.FIRST_CLIENT_PORT}"
    assert connection["Server"] == f"127.0.0.1:{UNUSUAL_PORT}"
    assert connection["Verdict"] == "Graceful"
    (server,) = rows(show("tlsclose,servers"))
    assert (server["Connections"], server["Graceful"]) == ("1", "1")
    groups = tree(show("tlsclose,tree"))
    assert without_zeros(groups)["Connections by verdict"] == {"total": 1, "Graceful": 1}

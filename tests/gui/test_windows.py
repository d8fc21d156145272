# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user sees of one capture: the packet list under the profile, each statistics window, the
expert information. It must not know how the windows are reached.
"""

from collections import Counter
from pathlib import Path

import pcapng
import pytest
from conftest import CAPTURES, Read, Start
from expectations import described, experts, experts_read, has, rows, rows_read, server_row

SAMPLE = described("sample")
LAST_OF_TRUNCATED = "31"  # the frame that ends the sample's second connection


def test_packet_list_and_details(start: Start, read: Read) -> None:
    window = start(CAPTURES / "sample.pcapng", "-g", LAST_OF_TRUNCATED)
    window.expand_details(r"\[TLS Closure")
    version, verdict, initiator, evidence = rows(SAMPLE)[1]
    lines = read(window.main, has(f"Verdict: {verdict}"), "packets")
    wanted = [
        r"Data ?lost. Who ?ended ?it. Problems No.?close.notify In ?vain Sessions\W* Inferred Unknown",
        # The frame before, in which the server ends: columns Closure and Evidence.
        f"TCP {verdict} {evidence} ",
        f"Verdict: {verdict}",
        f"Initiator: {initiator}",
        f"Evidence of the verdict: {evidence}",
        "Profile: TLS Closure",
    ]
    assert [text for text in wanted if not has(text)(lines)] == [], lines


def test_columns_show_the_longest_words(start: Start, read: Read) -> None:
    name = "handshake_reset"
    (connection,) = described(name)
    cells = [connection["server"], connection["verdict"], connection["initiator"].capitalize()]
    row = " ".join([*cells, connection["evidence"], "localhost"])
    lines = read(start(CAPTURES / f"{name}.pcapng").main, has(row), "longest_words")
    assert has(row)(lines), lines


# A session's connections, and a frame of the one that establishes or of the one that resumes it.
@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("session_resumed_by_id_tls12", "9"),
        ("session_resumed_by_psk_tls13", "9"),
        ("session_resumed_by_psk_tls13", "24"),
    ],
)
def test_conversation_filter_selects_the_connections_of_a_session(
    start: Start, read: Read, tmp_path: Path, name: str, frame: str
) -> None:
    resumption = CAPTURES / f"{name}.pcapng"
    others = CAPTURES / "sample.pcapng"
    capture = tmp_path / "all.pcapng"
    capture.write_bytes(resumption.read_bytes() + others.read_bytes())
    packets = [block.type for block in pcapng.read(resumption)].count(pcapng.ENHANCED_PACKET)
    window = start(capture, "-g", frame)
    window.choose("alt+a", "Conversation Filter", "TLS session")
    lines = read(window.main, has(f"Displayed: {packets} "), "session")
    assert has(f"Displayed: {packets} ")(lines), lines


def test_connections(start: Start, read: Read) -> None:
    window = start(CAPTURES / "sample.pcapng").statistic("TLS Closure by Connection")
    lines = read(window, lambda lines: rows_read(lines) == rows(SAMPLE), "connections")
    assert rows_read(lines) == rows(SAMPLE), lines
    # The last is never sure: the column is wide and its text at the far end.
    heading = "Loss Verdict Client Server Server ?name Version Initiator Evidence"
    assert has(heading)(lines), lines


def test_servers(start: Start, read: Read) -> None:
    row = server_row(SAMPLE)
    window = start(CAPTURES / "sample.pcapng").statistic("TLS Closure by Server")
    lines = read(window, has(row), "servers")
    assert has(row)(lines), lines


def test_overview(start: Start, read: Read) -> None:
    counted = Counter(value for row in rows(SAMPLE) for value in row)
    wanted = [f"^{value} {count} " for value, count in counted.items()]
    wanted += ["Connections by verdict 3 ", f"infos by severity {experts(SAMPLE).total()} "]
    window = start(CAPTURES / "sample.pcapng").statistic("TLS Closure")
    lines = read(window, has(wanted[0]), "overview")
    assert [text for text in wanted if not has(text)(lines)] == [], lines
    groups = [line for line in lines if has(r"\b(by|infos) \w+ \d")([line])]
    assert has("Connections by verdict")(groups[:1]), lines


def test_expert_information(start: Start, read: Read, summaries: dict[str, str]) -> None:
    window = start(CAPTURES / "sample.pcapng").expert_information()
    lines = read(window, lambda lines: experts_read(lines, summaries) == experts(SAMPLE), "expert")
    assert experts_read(lines, summaries) == experts(SAMPLE), lines

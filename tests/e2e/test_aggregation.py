# SPDX-License-Identifier: GPL-2.0-or-later
"""Several TCP segments in one frame, each of a connection and between hosts of its own, as wireless
networks aggregate them (A-MSDU): the connections end as they do when each segment has a frame.
"""
import itertools
import struct
from pathlib import Path

import pcapng
import pytest
from tlsclose_run import rows

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
ETHERNET_HEADER = 14
IEEE802_11 = 105

# IEEE 802.11-2020: data frame with QoS, sections 9.2.3 and 9.2.4; A-MSDU, section 9.3.2.2.
QOS_DATA = bytes.fromhex("8800" "0000" "020000000001" "020000000002" "020000000003" "0000" "8000")
SUBFRAME_ADDRESSES = bytes.fromhex("020000000001" "020000000002")
SNAP_HEADER = bytes.fromhex("aaaa03" "000000" "0800")


def ports(packet: bytes) -> tuple[int, int]:
    return struct.unpack_from(">HH", packet, (packet[0] & 0x0F) * 4)


def with_own_hosts(packet: bytes, client: int) -> bytes:
    """The same between a client that no other connection has, and a server likewise."""
    hosts = [struct.pack(">BBH", 10, side, client) for side in (1, 2)]
    if ports(packet)[0] != client:
        hosts.reverse()
    return packet[:12] + b"".join(hosts) + packet[20:]


def subframe(packet: bytes) -> bytes:
    payload = SNAP_HEADER + packet
    unpadded = SUBFRAME_ADDRESSES + struct.pack(">H", len(payload)) + payload
    return unpadded + bytes(-len(unpadded) % 4)


def packet_block(number: int, frame: bytes) -> pcapng.Block:
    fixed = struct.pack("<IIIII", 0, 0, number, len(frame), len(frame))
    return pcapng.Block(pcapng.ENHANCED_PACKET, fixed + frame + bytes(-len(frame) % 4))


def aggregated(capture: Path, target: Path, together: int) -> Path:
    """The connections of CAPTURE side by side, TOGETHER of them in each frame."""
    blocks = pcapng.read(capture)
    packets = [
        pcapng.packet_bytes(block)[ETHERNET_HEADER:]
        for block in blocks
        if block.type == pcapng.ENHANCED_PACKET
    ]
    (server,) = set.intersection(*(set(ports(packet)) for packet in packets))
    connections: dict[int, list[bytes]] = {}
    for packet in packets:
        (client,) = set(ports(packet)) - {server}
        connections.setdefault(client, []).append(with_own_hosts(packet, client))
    streams = list(connections.values())
    frames = [
        QOS_DATA + b"".join(subframe(packet) for packet in group if packet)
        for first in range(0, len(streams), together)
        for group in itertools.zip_longest(*streams[first : first + together])
    ]
    interface = pcapng.Block(pcapng.INTERFACE_DESCRIPTION, struct.pack("<HHI", IEEE802_11, 0, 0))
    header = [block for block in blocks if block.type == pcapng.SECTION_HEADER]
    pcapng.write(target, [*header, interface, *map(packet_block, range(len(frames)), frames)])
    return target


def verdicts(capture: Path, passes: int) -> list[str]:
    return sorted(verdict for row in rows(capture, passes) for verdict in row["verdict"])


@pytest.mark.parametrize("passes", (1, 2))
@pytest.mark.parametrize("name", ("endings_openssl_tls12", "endings_gnutls_tls13"))
def test_segments_that_share_a_frame(name: str, passes: int, tmp_path: Path) -> None:
    capture = CAPTURES / f"{name}.pcapng"
    alone = aggregated(capture, tmp_path / "alone.pcapng", 1)
    together = aggregated(capture, tmp_path / "together.pcapng", 3)
    expected = verdicts(alone, passes)
    assert expected
    assert verdicts(together, passes) == expected

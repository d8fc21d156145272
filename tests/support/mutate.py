# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes captures apart into the TCP segments of their connections, changes what a capture point may
change (loss, order, repetition, segmentation, snapshot length), and writes captures of the result.
It must not know what the plugin makes of them.
"""
import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pcapng

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
HALF = 1 << 31

ETHERNET_LENGTH = 14
IP_PROTOCOL_TCP = 6
IPV6_LENGTH = 40
LONGEST_PAYLOAD = 65000  # with its headers a packet of IPv4
# Every connection gets a client port of its own, so that those of many captures fit into one.
FIRST_CLIENT_PORT = 49152


@dataclass(frozen=True)
class Segment:
    """One captured TCP segment. HEAD is all before the TCP header, OPTIONS all between it and the
    payload."""

    time: int
    head: bytes
    source: int
    destination: int
    sequence: int
    acknowledgement: int
    flags: int
    window: int
    options: bytes
    payload: bytes
    is_client: bool = False
    captured: int | None = None  # bytes of the frame that are kept; None: all

    def has(self, flag: int) -> bool:
        return bool(self.flags & flag)

    @property
    def data_sequence(self) -> int:
        """Of the first payload byte: a SYN counts as one before it."""
        return (self.sequence + self.has(SYN)) % (1 << 32)

    @property
    def end(self) -> int:
        """The sequence number after all that the segment carries."""
        return (self.data_sequence + len(self.payload) + self.has(FIN)) % (1 << 32)

    @property
    def is_cut(self) -> bool:
        return self.captured is not None and self.captured < self._header_length + len(self.payload)

    @property
    def captured_payload(self) -> bytes:
        if self.captured is None:
            return self.payload
        return self.payload[: max(0, self.captured - self._header_length)]

    @property
    def _header_length(self) -> int:
        return len(self.head) + 20 + len(self.options)


Connection = list[Segment]
# A change at a position of the connection; None: there is nothing to change.
Change = Callable[[Connection, int], Connection | None]
Link = Callable[[bytes], bytes]


def not_before(number: int, other: int) -> bool:
    """RFC 9293 section 3.4: whether sequence number NUMBER is OTHER or comes after it."""
    return (number - other) % (1 << 32) < HALF


# Reading and writing


def _ip_header_length(frame: bytes) -> int | None:
    """Of the IP header with a TCP segment behind; None: it is something else."""
    ip = frame[ETHERNET_LENGTH:]
    kind = struct.unpack_from(">H", frame, ETHERNET_LENGTH - 2)[0]
    if kind == 0x0800 and ip[9] == IP_PROTOCOL_TCP:
        return (ip[0] & 15) * 4
    if kind == 0x86DD and ip[6] == IP_PROTOCOL_TCP:
        return IPV6_LENGTH
    return None


def _parse(time: int, frame: bytes) -> Segment | None:
    ip_header_length = _ip_header_length(frame)
    if ip_header_length is None:
        return None
    start = ETHERNET_LENGTH + ip_header_length
    source, destination, sequence, acknowledgement, offset, flags, window = struct.unpack_from(
        ">HHIIBBH", frame, start
    )
    payload_start = start + (offset >> 4) * 4
    return Segment(
        time=time,
        head=frame[:start],
        source=source,
        destination=destination,
        sequence=sequence,
        acknowledgement=acknowledgement,
        flags=flags,
        window=window,
        options=frame[start + 20 : payload_start],
        payload=frame[payload_start:],
    )


def _frame(segment: Segment) -> bytes:
    head = bytearray(segment.head)
    tcp_length = 20 + len(segment.options) + len(segment.payload)
    if struct.unpack_from(">H", head, ETHERNET_LENGTH - 2)[0] == 0x0800:
        struct.pack_into(">H", head, ETHERNET_LENGTH + 2, len(head) - ETHERNET_LENGTH + tcp_length)
    else:
        struct.pack_into(">H", head, ETHERNET_LENGTH + 4, tcp_length)
    tcp = struct.pack(
        ">HHIIBBHHH",
        segment.source,
        segment.destination,
        segment.sequence,
        segment.acknowledgement,
        (20 + len(segment.options)) // 4 << 4,
        segment.flags,
        segment.window,
        0,
        0,
    )
    return bytes(head) + tcp + segment.options + segment.payload


def _client_port(segments: Connection) -> int:
    """Of who sent the SYN; without one, the higher port is the client's."""
    for segment in segments:
        if segment.has(SYN):
            return segment.destination if segment.has(ACK) else segment.source
    return max(segments[0].source, segments[0].destination)


def connections(blocks: Iterable[pcapng.Block]) -> list[Connection]:
    """The TCP connections of a capture, by their first packets. No port may be used twice."""
    by_ports: dict[frozenset[int], Connection] = {}
    for block in blocks:
        if block.type == pcapng.ENHANCED_PACKET:
            high, low = struct.unpack_from("<II", block.body, 4)
            segment = _parse(high << 32 | low, pcapng.packet_bytes(block))
            if segment:
                ports = frozenset((segment.source, segment.destination))
                by_ports.setdefault(ports, []).append(segment)
    return [
        [replace(segment, is_client=segment.source == _client_port(found)) for segment in found]
        for found in by_ports.values()
    ]


def read_all(
    paths: Iterable[Path],
) -> tuple[list[pcapng.Block], list[pcapng.Block], list[Connection]]:
    """Section header and interface, the secrets, and the connections of all captures."""
    preamble: list[pcapng.Block] = []
    secrets: list[pcapng.Block] = []
    found: list[Connection] = []
    for path in paths:
        blocks = pcapng.read(path)
        preamble = [block for block in blocks if block.type in pcapng.HARMLESS_OPTIONS]
        secrets += [block for block in blocks if block.type == pcapng.DECRYPTION_SECRETS]
        found += connections(blocks)
    return preamble, secrets, found


def renumbered(segments: Connection, client_port: int) -> Connection:
    return [
        replace(segment, **{"source" if segment.is_client else "destination": client_port})
        for segment in segments
    ]


def _packet_block(segment: Segment, time: int, link: Link) -> pcapng.Block:
    frame = link(_frame(segment))
    captured = frame[: segment.captured]
    lengths = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(captured), len(frame))
    return pcapng.Block(pcapng.ENHANCED_PACKET, lengths + captured + bytes(-len(captured) % 4))


def write(
    path: Path,
    preamble: Iterable[pcapng.Block],
    all_connections: list[Connection],
    client_ports: Iterable[int] = range(FIRST_CLIENT_PORT, 1 << 16),
    link: Link = bytes,
) -> None:
    """One connection after the other. PREAMBLE: section header, interface and secrets. LINK makes of
    an Ethernet frame what was captured of it."""
    blocks = list(preamble)
    for segments, client_port in zip(all_connections, client_ports):
        assert segments, "an empty connection would shift the numbers of those behind it"
        for segment in renumbered(segments, client_port):
            blocks.append(_packet_block(segment, len(blocks) * 1_000_000, link))
    pcapng.write(path, blocks)


# Nothing is lost


def swap(segments: Connection, position: int) -> Connection | None:
    """The segment at POSITION is captured after the next one, where numbers tell their order.
    A RST has no place but that of its capture."""
    if position + 1 >= len(segments):
        return None
    first, second = segments[position : position + 2]
    if first.has(RST) or second.has(RST):
        return None
    if first.is_client != second.is_client and not (
        second.has(ACK) and not_before(second.acknowledgement, first.end)
    ):
        return None
    return segments[:position] + [second, first] + segments[position + 2 :]


def delay(segments: Connection, position: int) -> Connection | None:
    """The segment at POSITION is captured after the next ones of its side, up to three."""
    late = segments[position]
    if late.has(RST) or late.has(SYN):
        return None
    others = segments[position + 1 :]
    run = 0
    while run < min(3, len(others)) and others[run].is_client == late.is_client:
        if others[run].has(RST):
            break
        run += 1
    if run < 2:
        return None
    return segments[:position] + others[:run] + [late] + others[run:]


def repeat_at_once(segments: Connection, position: int) -> Connection | None:
    return segments[: position + 1] + segments[position:]


def repeat_later(segments: Connection, position: int) -> Connection | None:
    """Sent again two segments later."""
    later = position + 3
    return segments[:later] + [segments[position]] + segments[later:]


def repeat_as_last(segments: Connection, position: int) -> Connection | None:
    return segments + [segments[position]]


def split(segments: Connection, position: int) -> Connection | None:
    """The segment becomes two, cut anywhere, but always at the same place."""
    whole = segments[position]
    if len(whole.payload) < 2:
        return None
    cut = 1 + random.Random(whole.sequence).randrange(len(whole.payload) - 1)
    head = replace(whole, payload=whole.payload[:cut], flags=whole.flags & ~FIN)
    tail = replace(
        whole, payload=whole.payload[cut:], sequence=(whole.data_sequence + cut) % (1 << 32)
    )
    return segments[:position] + [head, tail] + segments[position + 1 :]


def first_of_two_is_late(segments: Connection, position: int) -> Connection | None:
    """Of the two last segments with data of a side, alike in length as two alerts are, the first
    arrives in two pieces: the second of them behind the other segment and the peer's next one."""
    late = segments[position]
    others = segments[position + 1 :]
    own = [place for place, other in enumerate(others) if other.is_client == late.is_client]
    pieces = split(segments, position)
    if pieces is None or not own or any(others[place].payload for place in own[1:]):
        return None
    other = others[own[0]]
    behind = own[0] + 2
    if other.data_sequence != late.end or len(other.payload) != len(late.payload):
        return None
    if any(other.flags & (FIN | RST) for other in others[:behind]):
        return None
    head, tail = pieces[position : position + 2]
    return segments[:position] + [head] + others[:behind] + [tail] + others[behind:]


def join(segments: Connection, position: int) -> Connection | None:
    """Two segments of a side, with the same acknowledgement and nothing between, become one."""
    if position + 1 >= len(segments):
        return None
    first, second = segments[position : position + 2]
    if (
        first.is_client != second.is_client
        or first.flags & (FIN | SYN | RST)
        or second.has(RST)
        or first.acknowledgement != second.acknowledgement
        or first.end != second.data_sequence
        or not first.payload
        or len(first.payload) + len(second.payload) > LONGEST_PAYLOAD
    ):
        return None
    joined = replace(second, payload=first.payload + second.payload, sequence=first.sequence)
    return segments[:position] + [joined] + segments[position + 2 :]


# Something is lost


def drop(segments: Connection, position: int) -> Connection | None:
    return segments[:position] + segments[position + 1 :] if len(segments) > 1 else None


def _one_side_from(segments: Connection, chance: random.Random) -> set[int]:
    is_client = chance.random() < 0.5
    start = chance.randrange(len(segments))
    return {
        place for place in range(start, len(segments)) if segments[place].is_client == is_client
    }


def _row_of_segments(segments: Connection, chance: random.Random) -> set[int]:
    start = chance.randrange(len(segments))
    return set(range(start, min(len(segments), start + chance.randrange(2, 7))))


def _scattered(segments: Connection, chance: random.Random) -> set[int]:
    return {place for place in range(len(segments)) if chance.random() < 0.25}


def _near_the_end(segments: Connection, chance: random.Random) -> set[int]:
    start = max(0, len(segments) - 9)
    return {place for place in range(start, len(segments)) if chance.random() < 0.35}


def drop_several(seed: int) -> Change:
    """Several segments at once, whichever connection: the same ones for the same SEED."""
    choose = (_scattered, _near_the_end, _row_of_segments, _one_side_from)[seed % 4]

    def drop_them(segments: Connection, position: int) -> Connection | None:
        if position > 0:
            return None
        lost = choose(segments, random.Random(f"{seed} {segments[0].sequence}"))
        return [segment for place, segment in enumerate(segments) if place not in lost] or None

    return drop_them


def cut_start(segments: Connection, position: int) -> Connection | None:
    return segments[position:] if 0 < position < len(segments) else None


def cut_end(segments: Connection, position: int) -> Connection | None:
    return segments[:position] if position > 0 else None


def snapshot(length: int) -> Change:
    """Cuts every frame."""

    def cut(segments: Connection, position: int) -> Connection | None:
        return (
            [replace(segment, captured=length) for segment in segments] if position == 0 else None
        )

    return cut

# SPDX-License-Identifier: GPL-2.0-or-later
"""Odd but legal ways of TCP and of the links below, put into connections of which nothing is lost:
none of them makes a difference to how TLS ended. It must not know what the plugin makes of them.
"""
import struct
from dataclasses import replace

from mutate import ACK, ETHERNET_LENGTH, FIN, RST, SYN, Connection, Segment, join

WRAP = 1 << 32


def _ends(segments: Connection) -> set[int]:
    """The places of FINs and RSTs."""
    return {place for place, segment in enumerate(segments) if segment.flags & (FIN | RST)}


def _last_of(segments: Connection, is_client: bool) -> Segment | None:
    own = [segment for segment in segments if segment.is_client == is_client]
    return own[-1] if own else None


def keep_alive(segments: Connection, position: int) -> Connection | None:
    """RFC 9293 section 3.8.4: a probe with one byte of rubbish below the next number, and the answer
    to it, which acknowledges nothing new."""
    sender = segments[position]
    before = segments[: position + 1]
    peer = _last_of(before, not sender.is_client)
    if peer is None or peer.has(SYN) or sender.has(SYN) or _ends(before):
        return None
    probe = replace(sender, sequence=(sender.end - 1) % WRAP, flags=ACK, payload=b"\0")
    answer = replace(peer, sequence=peer.end, flags=ACK, payload=b"")
    return before + [probe, answer] + segments[position + 1 :]


def window_probe(segments: Connection, position: int) -> Connection | None:
    """RFC 9293 section 3.8.6.1: the first byte alone, as the window was zero, then all."""
    whole = segments[position]
    if len(whole.payload) < 2 or whole.has(SYN):
        return None
    probe = replace(whole, payload=whole.payload[:1], flags=whole.flags & ~FIN)
    return segments[:position] + [probe] + segments[position:]


def fast_open(segments: Connection, position: int) -> Connection | None:
    """RFC 7413: the first data travel with the SYN."""
    data = segments[position]
    if position != 3 or not data.payload or not data.is_client:
        return None
    syn, syn_ack, acknowledgement = segments[:3]
    if not syn.has(SYN) or not syn_ack.has(SYN) or acknowledgement.payload:
        return None
    return [
        replace(syn, payload=data.payload),
        replace(syn_ack, acknowledgement=data.end),
        replace(acknowledgement, sequence=data.end),
        *segments[4:],
    ]


def _shifted(segments: Connection, is_client: bool, distance: int) -> Connection:
    def shift(number: int) -> int:
        return (number + distance) % WRAP

    return [
        (
            replace(segment, sequence=shift(segment.sequence))
            if segment.is_client == is_client
            else (
                replace(segment, acknowledgement=shift(segment.acknowledgement))
                if segment.has(ACK)
                else segment
            )
        )
        for segment in segments
    ]


def wrap(segments: Connection, position: int) -> Connection | None:
    """Sequence numbers begin again at 0 in the middle of the segment, behind all of it, or where
    its FIN stands."""
    segment = segments[position]
    if segment.end == segment.sequence:
        return None
    return _shifted(
        segments, segment.is_client, -(segment.data_sequence + len(segment.payload) // 2)
    )


def _refusal(syn: Segment, answer: Segment) -> Segment:
    return replace(
        answer,
        sequence=0,
        acknowledgement=(syn.sequence + 1) % WRAP,
        flags=RST | ACK,
        options=b"",
        payload=b"",
    )


def earlier_attempt(segments: Connection, position: int) -> Connection | None:
    """A SYN with another number, which is refused."""
    if position > 0 or not segments[0].has(SYN) or not segments[1].has(SYN):
        return None
    syn = replace(segments[0], sequence=(segments[0].sequence - 1_000_000) % WRAP)
    return [syn, _refusal(syn, segments[1]), *segments]


def refused_at_first(segments: Connection, position: int) -> Connection | None:
    """The same SYN is refused, sent again and accepted."""
    if position > 0 or not segments[0].has(SYN) or not segments[1].has(SYN):
        return None
    return [segments[0], _refusal(segments[0], segments[1]), *segments]


def sent_again_joined(segments: Connection, position: int) -> Connection | None:
    """Two segments are sent again as one."""
    joined = join(segments, position)
    if joined is None:
        return None
    return segments[: position + 2] + [joined[position]] + segments[position + 2 :]


# Below IP: what a frame is wrapped into


def in_vlan(frame: bytes) -> bytes:
    """IEEE 802.1Q, twice, as providers do."""
    tags = struct.pack(">HHHH", 0x88A8, 7, 0x8100, 5)
    return frame[: ETHERNET_LENGTH - 2] + tags + frame[ETHERNET_LENGTH - 2 :]


def in_gre(frame: bytes) -> bytes:
    """RFC 2784, over IPv4."""
    inner = frame[ETHERNET_LENGTH:]
    kind = frame[ETHERNET_LENGTH - 2 : ETHERNET_LENGTH]
    outer = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 24 + len(inner), 0, 0, 64, 47, 0, b"\xc0\0\2\1", b"\xc0\0\2\2"
    )
    return frame[: ETHERNET_LENGTH - 2] + b"\x08\x00" + outer + b"\0\0" + kind + inner


def in_icmp_error(frame: bytes) -> bytes:
    """RFC 792: a router that could not deliver the packet sends it back. IPv4 only."""
    quoted = frame[ETHERNET_LENGTH:]
    outer = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 28 + len(quoted), 0, 0, 64, 1, 0, b"\xc0\0\2\1", b"\xc0\0\2\2"
    )
    return frame[:ETHERNET_LENGTH] + outer + struct.pack(">BBHI", 3, 1, 0, 0) + quoted


def with_payload_of_ip(frame: bytes, length: int) -> bytes:
    """The IP header says that so many bytes follow it."""
    changed = bytearray(frame)
    if changed[ETHERNET_LENGTH] >> 4 == 4:
        header_length = (changed[ETHERNET_LENGTH] & 15) * 4
        struct.pack_into(">H", changed, ETHERNET_LENGTH + 2, header_length + length)
    else:
        struct.pack_into(">H", changed, ETHERNET_LENGTH + 4, length)
    return bytes(changed)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that were made up to cost the plugin as much as they can: worst_cases.py CASE COUNT FILE.
Packets are written byte by byte; there is no endpoint that would send such things. It must not know
how the plugin works beyond what anybody can read in its source: what it keeps, and for how long.
"""
import itertools
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
ETHERNET = bytes(12) + b"\x08\x00"
IP_PROTOCOL_TCP = 6
FIN, SYN, RST, ACK = 1, 2, 4, 16

TLS_CHANGE_CIPHER_SPEC, TLS_ALERT, TLS_HANDSHAKE, TLS_APPLICATION_DATA = 20, 21, 22, 23
TLS_1_2 = b"\x03\x03"
CLIENT_HELLO, SERVER_HELLO = 1, 2
CIPHER_SUITE = b"\xc0\x2f"
SERVER = (0x0A000001, 443)
CLIENT_NETWORK = 0x0B000000
PORTS_PER_ADDRESS = 40_000
FIRST_PORT = 20_000

Packet = bytes
Address = tuple[int, int]


def client(number: int) -> Address:
    address, port = divmod(number, PORTS_PER_ADDRESS)
    return CLIENT_NETWORK + address, FIRST_PORT + port


def packet(
    source: Address, target: Address, flags: int, sequence: int, acknowledged: int, payload=b""
) -> Packet:
    """Checksums are left out: Wireshark does not look at them unless told to."""
    ip = struct.pack(
        ">BBHHHBBHII",
        0x45, 0, 40 + len(payload), 0, 0, 64, IP_PROTOCOL_TCP, 0, source[0], target[0],
    )  # fmt: skip
    tcp = struct.pack(
        ">HHIIBBHHH",
        source[1], target[1], sequence % (1 << 32), acknowledged % (1 << 32),
        5 << 4, flags, 65535, 0, 0,
    )  # fmt: skip
    return ETHERNET + ip + tcp + payload


def record(content_type: int, fragment: bytes, length: int | None = None) -> bytes:
    """LENGTH: what the header says, if it is not the truth."""
    said = len(fragment) if length is None else length
    return struct.pack(">B2sH", content_type, TLS_1_2, said) + fragment


def hello(message_type: int, session_id: bytes, unique: int) -> bytes:
    """RFC 5246 sections 7.4.1.2 and 7.4.1.3, without extensions."""
    random = unique.to_bytes(32, "big")
    body = TLS_1_2 + random + bytes([len(session_id)]) + session_id
    if message_type == CLIENT_HELLO:
        body += struct.pack(">H", len(CIPHER_SUITE)) + CIPHER_SUITE + b"\x01\x00"
    else:
        body += CIPHER_SUITE + b"\x00"
    return record(TLS_HANDSHAKE, bytes([message_type]) + len(body).to_bytes(3, "big") + body)


class Sides:
    """Both ends of a connection, and how far each has sent."""

    def __init__(self, number: int) -> None:
        self.addresses = (client(number), SERVER)
        self.sent = [1000, 5000]

    def send(self, side: int, payload: bytes = b"", flags: int = ACK) -> Packet:
        made = self.send_at(side, self.sent[side], payload, flags)
        self.sent[side] += len(payload) + bool(flags & (SYN | FIN))
        return made

    def send_at(self, side: int, sequence: int, payload: bytes, flags: int = ACK) -> Packet:
        source, target = self.addresses[side], self.addresses[1 - side]
        return packet(source, target, flags, sequence, self.sent[1 - side], payload)


CLIENT_SIDE, SERVER_SIDE = 0, 1


def connections(count: int) -> Iterator[Packet]:
    """COUNT connections with one record each, and a FIN of each side."""
    for number in range(count):
        sides = Sides(number)
        yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", number))
        yield sides.send(CLIENT_SIDE, flags=FIN | ACK)
        yield sides.send(SERVER_SIDE, flags=FIN | ACK)


def half_open(count: int) -> Iterator[Packet]:
    """COUNT ClientHellos that nobody answers, and no end."""
    for number in range(count):
        sides = Sides(number)
        yield sides.send(CLIENT_SIDE, flags=SYN)
        yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, number.to_bytes(32, "big"), number))


def colliding_ids() -> Iterator[bytes]:
    """Session IDs that GLib's hash functions for strings and bytes (times 33, plus the next byte)
    make one number of: a byte one higher makes up for the next byte 33 lower."""
    pairs = [(64 + step, 200 - 33 * step) for step in range(3)]
    for choice in itertools.product(pairs, repeat=16):
        yield bytes(itertools.chain.from_iterable(choice))


def session_ids(count: int) -> Iterator[Packet]:
    """COUNT sessions with identifiers that collide, established and made unresumable by a FIN
    without close_notify."""
    finished = record(TLS_CHANGE_CIPHER_SPEC, b"\x01") + record(TLS_HANDSHAKE, bytes(40))
    for number, session_id in zip(range(count), colliding_ids()):
        sides = Sides(number)
        yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", number))
        yield sides.send(SERVER_SIDE, hello(SERVER_HELLO, session_id, number) + finished)
        yield sides.send(CLIENT_SIDE, finished, FIN | ACK)
        yield sides.send(SERVER_SIDE, flags=FIN | ACK)


def _opened(sides: Sides) -> Iterator[Packet]:
    yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", 0))
    yield sides.send(SERVER_SIDE, hello(SERVER_HELLO, b"", 0))


def reversed_segments(count: int) -> Iterator[Packet]:
    """COUNT segments of one byte, of one direction, in blocks of two thousand that arrive last byte
    first: each is late until its block's first byte comes."""
    sides = Sides(0)
    yield from _opened(sides)
    payload = record(TLS_APPLICATION_DATA, bytes(195)) * 10
    sent = 0
    while sent < count:
        start = sides.sent[SERVER_SIDE]
        for place in reversed(range(min(len(payload), count - sent))):
            yield sides.send_at(SERVER_SIDE, start + place, payload[place : place + 1])
        sides.sent[SERVER_SIDE] += len(payload)
        sent += len(payload)


def segments_with_holes(count: int) -> Iterator[Packet]:
    """COUNT segments of one byte, every other one missing for ever: nothing is ever in sequence."""
    sides = Sides(0)
    yield from _opened(sides)
    start = sides.sent[SERVER_SIDE]
    for place in range(count):
        yield sides.send_at(SERVER_SIDE, start + 1 + 2 * place, b"\x17")


def endless_record(count: int) -> Iterator[Packet]:
    """A record whose last byte never comes: COUNT segments repeat the one before it."""
    sides = Sides(0)
    yield from _opened(sides)
    length = 1 << 14
    whole = record(TLS_APPLICATION_DATA, bytes(1000), length)
    yield sides.send(SERVER_SIDE, whole)
    while sides.sent[SERVER_SIDE] < 5000 + length:
        yield sides.send(SERVER_SIDE, bytes(1000))
    for _ in range(count):
        yield sides.send_at(SERVER_SIDE, sides.sent[SERVER_SIDE] - 1, b"\x00")


def endless_message(count: int) -> Iterator[Packet]:
    """A handshake message of 16 MiB, in COUNT records of one byte each."""
    sides = Sides(0)
    yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", 0))
    yield sides.send(SERVER_SIDE, record(TLS_HANDSHAKE, b"\x02\xff\xff\xff\x03\x03"))
    for _ in range(count):
        yield sides.send(SERVER_SIDE, record(TLS_HANDSHAKE, b"\x00"))


def tiny_records(count: int) -> Iterator[Packet]:
    """COUNT records of one byte, ten thousand of them in a segment."""
    sides = Sides(0)
    yield from _opened(sides)
    for sent in range(0, count, 10_000):
        yield sides.send(
            SERVER_SIDE, record(TLS_APPLICATION_DATA, b"\0") * min(10_000, count - sent)
        )


def changing_roles(count: int) -> Iterator[Packet]:
    """COUNT segments that begin like a ClientHello and never finish one, of one side and the other
    in turn: each shows that the roles were taken wrong."""
    sides = Sides(0)
    beginning = record(TLS_HANDSHAKE, b"\x01\x00\x10\x00\x03\x03", 0x1004)
    for number in range(count):
        yield sides.send(number % 2, beginning)


def repeated_handshakes(count: int) -> Iterator[Packet]:
    """COUNT handshakes in clear text on one connection, each with a session of its own."""
    sides = Sides(0)
    for number in range(count):
        session_id = number.to_bytes(32, "big")
        yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, session_id, number))
        yield sides.send(SERVER_SIDE, hello(SERVER_HELLO, session_id, number))


def reused_ports(count: int) -> Iterator[Packet]:
    """COUNT connections one after the other between the same two ports."""
    for number in range(count):
        sides = Sides(0)
        sides.sent = [1000 + 100_000 * number, 5000 + 100_000 * number]
        yield sides.send(CLIENT_SIDE, flags=SYN)
        yield sides.send(SERVER_SIDE, flags=SYN | ACK)
        yield sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", number))
        yield sides.send(CLIENT_SIDE, flags=FIN | ACK)
        yield sides.send(SERVER_SIDE, flags=FIN | ACK)


def duplicate_alerts(count: int) -> Iterator[Packet]:
    """COUNT close_notify alerts of one side in clear text: each frame has something to say."""
    sides = Sides(0)
    yield from _opened(sides)
    for _ in range(count):
        yield sides.send(SERVER_SIDE, record(TLS_ALERT, b"\x01\x00"))


CASES: dict[str, Callable[[int], Iterator[Packet]]] = {
    case.__name__: case
    for case in (
        connections,
        half_open,
        session_ids,
        reversed_segments,
        segments_with_holes,
        endless_record,
        endless_message,
        tiny_records,
        changing_roles,
        repeated_handshakes,
        reused_ports,
        duplicate_alerts,
    )
}


def write_packets(packets: Iterable[Packet], file: Path) -> None:
    with file.open("wb") as capture:
        capture.write(PCAP_HEADER)
        for number, frame in enumerate(packets):
            seconds, microseconds = divmod(number * 10, 1_000_000)
            length = len(frame)
            capture.write(struct.pack("<IIII", seconds, microseconds, length, length) + frame)


def write(case: str, count: int, file: Path) -> None:
    write_packets(CASES[case](count), file)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

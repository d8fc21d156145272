#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes what the fuzzers start from: the connections of tests/captures in the form that each
target reads, and conversations (conversation_seeds.py). It must not know what the targets check.

    seeds.py FOLDER      writes FOLDER/TARGET/NAME
"""
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))

import conversation_seeds  # noqa: E402
import mutate  # noqa: E402
from mutate import ACK, FIN, RST, Connection, Segment  # noqa: E402

FROM_SERVER, WITH_FIN, WITH_RST, WITHOUT_ACKNOWLEDGEMENT, DECRYPTED = 1, 2, 4, 8, 16
HANDSHAKE = 22
RECORD_HEADER_LENGTH = 5
LONGEST_PAYLOAD = 4000

NAMES = (b"example.org", b"\xc3\xa4.example", b"\xff\xfe", b"a\0b", b"\xe2\x82" + 255 * b"x")


def stream_of(segments: Connection, is_client: bool) -> bytes:
    """A side's payload in order of capture: all of it, where nothing was sent twice."""
    return b"".join(s.payload for s in segments if s.is_client == is_client)[:LONGEST_PAYLOAD]


def stream_seed(wire: bytes) -> bytes:
    return struct.pack(">H", len(wire)) + wire + bytes([20, *range(40, 60), *range(21)])


def handshake_seed(wire: bytes) -> bytes:
    """The fragments of the first handshake records, put together."""
    messages = b""
    while len(wire) > RECORD_HEADER_LENGTH and wire[0] == HANDSHAKE:
        length = RECORD_HEADER_LENGTH + struct.unpack_from(">H", wire, 3)[0]
        messages, wire = messages + wire[RECORD_HEADER_LENGTH:length], wire[length:]
    return bytes([3, 7, 100, 255]) + messages


def listed(*runs: bytes, size: str = ">H") -> bytes:
    return bytes([len(runs)]) + b"".join(struct.pack(size, len(run)) + run for run in runs)


def hello_seed(name: bytes) -> bytes:
    """In the order of fuzz_hello.c: the cut, the session, names of types 1 and 0, protocols, an extension
    that nobody knows, versions, a ticket, an identity and its binder."""
    names = b"\x02" + b"".join(
        struct.pack(">BH", kind, len(text)) + text for kind, text in ((1, b"no host"), (0, name))
    )
    return (
        b"\0\x30\x04abcd"
        + names
        + listed(b"http/1.1", b"h2", size="B")
        + b"\x03???"
        + b"\x02\x03\x04\x03\x03"
        + b"\0\x06ticket"
        + b"\0\x08identity\x20"
        + bytes(32)
    )


def first_sequences(segments: Connection) -> dict[bool, int]:
    """By side: of the first byte, as far as the capture tells."""
    first: dict[bool, int] = {}
    for segment in segments:
        first.setdefault(segment.is_client, segment.data_sequence)
        if segment.has(ACK):
            first.setdefault(not segment.is_client, segment.acknowledgement)
    return first


def segment_seed(segment: Segment, first: dict[bool, int], extra: int) -> bytes:
    flags = extra | (0 if segment.is_client else FROM_SERVER)
    flags |= WITH_FIN if segment.has(FIN) else 0
    flags |= WITH_RST if segment.has(RST) else 0
    flags |= 0 if segment.has(ACK) else WITHOUT_ACKNOWLEDGEMENT
    numbers = (
        (segment.data_sequence - first[segment.is_client]) % (1 << 24),
        (segment.acknowledgement - first[not segment.is_client]) % (1 << 24),
    )
    payload = segment.payload[:LONGEST_PAYLOAD]
    head = bytes([flags]) + b"".join(number.to_bytes(3, "big") for number in numbers)
    return head + struct.pack(">H", len(payload)) + payload


def connection_seed(segments: Connection, extra: int) -> bytes:
    first = first_sequences(segments)
    start = next(index for index, segment in enumerate(segments) if segment.payload)
    return b"\x00" + b"".join(segment_seed(segment, first, extra) for segment in segments[start:])


def seeds() -> Iterator[tuple[str, bytes]]:
    _, _, connections = mutate.read_all(sorted((TESTS / "captures").glob("*.pcapng")))
    for segments in connections:
        yield "fuzz_connection", connection_seed(segments, 0)
        yield "fuzz_connection", connection_seed(segments, DECRYPTED)
        for is_client in (True, False):
            yield "fuzz_stream", stream_seed(stream_of(segments, is_client))
            yield "fuzz_handshake", handshake_seed(stream_of(segments, is_client))
    for name in NAMES:
        yield "fuzz_names", struct.pack(">H", len(name)) + name
        yield "fuzz_hello", hello_seed(name)
    yield from conversation_seeds.seeds()


def main() -> None:
    folder = Path(sys.argv[1])
    for number, (target, seed) in enumerate(seeds()):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"seed_{number:04}").write_bytes(seed)


if __name__ == "__main__":
    main()

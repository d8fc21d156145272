#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes what the fuzzers start from: the connections of tests/captures in the form that each
target reads. It must not know what the targets check.

    seeds.py FOLDER      writes FOLDER/TARGET/NAME
"""
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))

import mutate  # noqa: E402
from mutate import ACK, FIN, RST, Connection, Segment  # noqa: E402

FROM_SERVER, WITH_FIN, WITH_RST, WITHOUT_ACKNOWLEDGEMENT, DECRYPTED = 1, 2, 4, 8, 16
HANDSHAKE = 22
RECORD_HEADER_LENGTH = 5
LONGEST_PAYLOAD = 4000

EXCHANGES = [
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
    (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nuntil the end"),
    (
        b"POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n",
    ),
    (
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n",
    ),
    (
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        b"\x88\x82\x01\x02\x03\x04\x02\xea",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x02hi\x88\x00",
    ),
    (
        b"CONNECT a:1 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ),
    (
        b"EHLO a\r\nMAIL FROM:<a>\r\nDATA\r\nSubject: b\r\n\r\n..\r\n.\r\nBDAT 3 LAST\r\nabcQUIT\r\n",
        b"250-a\r\n250 b\r\n250 ok\r\n354 go\r\n250 ok\r\n250 ok\r\n221 bye\r\n",
    ),
]

FRAMES = [
    (b"\x88\x82\x01\x02\x03\x04\x02\xea", b"\x01\x03Hel\x89\x00\x80\x02lo\x88\x04\x03\xf3no"),
    (b"\x82\xfe\x00\x7e\x01\x02\x03\x04" + bytes(126), b"\x82\x7f" + bytes(7) + b"\x03abc"),
]

COMMANDS = [
    (
        b"USER a\r\nPORT 127,0,0,1,8,1\r\nEPRT |1|127.0.0.1|2049|\r\nCCC\r\n",
        b"220 a\r\n211-a\r\n211 b\r\n227 (127,0,0,1,8,1)\r\n229 (|||2049|)\r\n421 b\r\n",
    ),
]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

MAILS = (
    (
        b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntext\r\n..\r\n.\r\nQUIT\r\n",
        b"220 b\r\n250-b\r\n250 OK\r\n250 OK\r\n250 OK\r\n354 go\r\n250 OK\r\n221 bye\r\n",
    ),
    (b"BDAT 3 LAST\r\nabcRSET\r\n", b"250 OK\r\n421 closing\r\n"),
)

NAMES = (b"example.org", b"\xc3\xa4.example", b"\xff\xfe", b"a\0b", b"\xe2\x82" + 255 * b"x")


def http2_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


HTTP2 = [
    (
        PREFACE + http2_frame(4, 0, 0) + http2_frame(1, 5, 1, b"\x82\x84\x87"),
        http2_frame(4, 0, 0)
        + http2_frame(1, 4, 1, b"\x88\x0f\x0d\x013")
        + http2_frame(0, 9, 1, b"\x02abc\0\0"),
    ),
    (
        PREFACE
        + http2_frame(1, 0x2C, 1, b"\x01\0\0\0\0\x10\x83\x84\0")
        + http2_frame(0, 0, 1, b"body")
        + http2_frame(1, 5, 3, b"\x82")
        + http2_frame(3, 0, 3, b"\0\0\0\x08"),
        http2_frame(5, 4, 1, b"\0\0\0\x02\x82\x84")
        + http2_frame(1, 0, 1, b"\x88\x0f\x10\x10application")
        + http2_frame(9, 4, 1, b"/grpc")
        + http2_frame(0, 0, 1, b"\0\0\0\0\x02hi")
        + http2_frame(1, 5, 1, b"\0\x0bgrpc-status\x010")
        + http2_frame(3, 0, 3, b"\0\0\0\x07")
        + http2_frame(7, 0, 0, b"\0\0\0\x01\0\0\0\x0bdebug"),
    ),
]


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


def exchange_seed(client: bytes, server: bytes) -> bytes:
    turns = ((0, client), (0x8000, server))
    return b"\x00" + b"".join(struct.pack(">H", side | len(text)) + text for side, text in turns)


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
    for exchange in (*EXCHANGES, *FRAMES, *COMMANDS, *HTTP2, *MAILS):
        yield "fuzz_application", exchange_seed(*exchange)
    for client, server in FRAMES:
        yield "fuzz_websocket", exchange_seed(client, server)
    for client, server in COMMANDS:
        yield "fuzz_ftp", exchange_seed(client, server)
    for client, server in HTTP2:
        yield "fuzz_http2", exchange_seed(client, server)
        yield "fuzz_application", exchange_seed(client, server)


def main() -> None:
    folder = Path(sys.argv[1])
    for number, (target, seed) in enumerate(seeds()):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"seed_{number:04}").write_bytes(seed)


if __name__ == "__main__":
    main()

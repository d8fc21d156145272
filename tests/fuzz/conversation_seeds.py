# SPDX-License-Identifier: GPL-2.0-or-later
"""What both sides of an application protocol say, ordinary and hostile, in the form that telling.h reads.
It must not know TLS, or what the targets check.
"""
import struct
from collections.abc import Iterator
from dataclasses import dataclass

PIECE, FLOOD, LAST_ACT = 2, 32, 255
MOST_TIMES = 256


@dataclass(frozen=True)
class Turn:
    """What one side says, so many times."""

    text: bytes
    is_server: bool = False
    times: int = 1
    is_behind_loss: bool = False

    def seed(self) -> bytes:
        kind = self.is_server | self.is_behind_loss << 1
        return struct.pack(">BBH", kind, self.times - 1, len(self.text)) + self.text


Talk = tuple[Turn, ...]


def seed_of(talk: Talk) -> bytes:
    flags = FLOOD if any(turn.times > 1 for turn in talk) else 0
    return bytes([PIECE, flags, LAST_ACT]) + b"".join(turn.seed() for turn in talk)


def exchange(client: bytes, server: bytes) -> Talk:
    return Turn(client), Turn(server, is_server=True)


def flood(text: bytes, is_server: bool, before: bytes = b"") -> Talk:
    return Turn(before, is_server), Turn(text, is_server, MOST_TIMES)


def from_both(text: bytes, before: bytes = b"") -> tuple[Talk, ...]:
    return flood(text, False, before), flood(text, True, before)


LONG = b"x" * 1000

HTTP1 = (
    exchange(
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    ),
    exchange(b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nuntil the end"),
    exchange(
        b"POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n",
    ),
    exchange(
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n",
    ),
    exchange(
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        b"\x88\x82\x01\x02\x03\x04\x02\xea",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x02hi\x88\x00",
    ),
    exchange(
        b"CONNECT a:1 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ),
    # Without end: interim responses, a line, fields, a folded field, trailers, a chunk's extension, requests.
    flood(b"HTTP/1.1 100 Continue\r\n\r\n", True),
    *from_both(LONG),
    *from_both(b"Field: x\r\n", b"HTTP/1.1 200 OK\r\n"),
    *from_both(b" " + LONG + b"\r\n", b"HTTP/1.1 200 OK\r\nField:\r\n"),
    *from_both(b"T: x\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
    *from_both(LONG, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"),
    flood(b"HEAD / HTTP/1.1\r\n\r\n", False),
    flood(b"HTTP/1.1 204 a\r\n\r\n", True),
    # Numbers that are too large, or none.
    *(
        (Turn(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n" + rest, is_server=True), Turn(b"x"))
        for field, rest in (
            (b"Content-Length: 18446744073709551616", b"x"),
            (b"Content-Length: -1", b"x"),
            (b"Content-Length: 3, 4", b"abc"),
            (b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF\r\nx"),
            (b"Transfer-Encoding: chunked", b"8000000000000000\r\nx"),
            (b"Transfer-Encoding: chunked", b"-1\r\nx"),
        )
    ),
)

WEBSOCKET = (
    exchange(
        b"\x88\x82\x01\x02\x03\x04\x02\xea", b"\x01\x03Hel\x89\x00\x80\x02lo\x88\x04\x03\xf3no"
    ),
    exchange(
        b"\x82\xfe\x00\x7e\x01\x02\x03\x04" + bytes(126), b"\x82\x7f" + bytes(7) + b"\x03abc"
    ),
    # Lengths of 2^63 - 1, of 2^63 and of all ones, of frames of data and of control.
    *(
        (*flood(LONG, is_server, bytes([opcode, 0x7F]) + length),)
        for opcode in (0x81, 0x88, 0x8A)
        for is_server in (False, True)
        for length in (b"\x7f" + b"\xff" * 7, b"\x80" + bytes(7), b"\xff" * 8)
    ),
    # Without end: fragments of nothing, answers to no ping, Close frames.
    *from_both(b"\x00\x00", b"\x01\x00"),
    *from_both(b"\x8a\x00"),
    *from_both(b"\x88\x7d\x03\xe9" + b"x" * 123),
    *from_both(b"\x88\x7e\x00\x7e" + b"x" * 126),
)

FTP = (
    exchange(
        b"USER a\r\nPORT 127,0,0,1,8,1\r\nEPRT |1|127.0.0.1|2049|\r\nCCC\r\n",
        b"220 a\r\n211-a\r\n211 b\r\n227 (127,0,0,1,8,1)\r\n229 (|||2049|)\r\n421 b\r\n",
    ),
    # Without end: a line, commands, replies, a reply of several lines.
    *from_both(LONG),
    flood(b"NOOP\r\n", False),
    flood(b"200 a\r\n", True),
    flood(b"211-a\r\n", True),
    # Ports that are none.
    exchange(
        b"PORT 256,0,0,1,8,1\r\nPORT 1,2,3,4,5\r\nEPRT |1||\r\nEPRT \r\nPORT\r\n",
        b"227 (1,2,3,4,99999999999999999999,1)\r\n229 (|||65536|)\r\n229 (\r\n227 \r\n",
    ),
)

SMTP = (
    exchange(
        b"EHLO a\r\nMAIL FROM:<a>\r\nDATA\r\nSubject: b\r\n\r\n..\r\n.\r\nBDAT 3 LAST\r\nabcQUIT\r\n",
        b"250-a\r\n250 b\r\n250 ok\r\n354 go\r\n250 ok\r\n250 ok\r\n221 bye\r\n",
    ),
    exchange(
        b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntext\r\n..\r\n.\r\nQUIT\r\n",
        b"220 b\r\n250-b\r\n250 OK\r\n250 OK\r\n250 OK\r\n354 go\r\n250 OK\r\n221 bye\r\n",
    ),
    exchange(b"BDAT 3 LAST\r\nabcRSET\r\n", b"250 OK\r\n421 closing\r\n"),
    # Without end: a line, commands, replies, a reply of several lines, a message, chunks.
    *from_both(LONG),
    flood(b"NOOP\r\n", False),
    flood(b"250 a\r\n", True),
    flood(b"250-a\r\n", True),
    (*exchange(b"DATA\r\n", b"250 a\r\n354 a\r\n"), *flood(b"..\r\n", False)),
    flood(b"BDAT 0\r\n", False),
    flood(LONG, False, b"BDAT 18446744073709551616\r\n"),
)

NEITHER_PRINTED_NOR_NAMED = bytes(range(256))

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, GOAWAY, CONTINUATION = 0, 1, 3, 4, 5, 7, 9
END_STREAM, END_HEADERS = 1, 4
HIGHEST_STREAM = (1 << 31) - 1
LONGEST_FRAME = (1 << 24) - 1
GET, OK = b"\x82\x84\x87", b"\x88"


def http2_frame(
    kind: int, flags: int, stream: int, payload: bytes = b"", length: int | None = None
) -> bytes:
    """LENGTH: as the frame says; None: the true one."""
    said = len(payload) if length is None else length
    return struct.pack(">I", said)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def bare_frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """In the form of the target that makes the frames itself."""
    return struct.pack(">BBBH", kind, flags, stream, len(payload)) + payload


REQUEST = http2_frame(HEADERS, END_HEADERS | END_STREAM, 1, GET)
# A literal field with a new name (RFC 7541 section 6.2.2), of 995 bytes, and one that the table keeps.
FIELD = b"\x00\x7f\xe4\x06" + b"a" * 995
KEPT_FIELD = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000
NEWEST_FIELD = b"\xbe"
RESETS = b"".join(
    http2_frame(HEADERS, END_HEADERS, stream, GET) + http2_frame(RST_STREAM, 0, stream, bytes(4))
    for stream in range(1, 401, 2)
)
OPENED = b"".join(http2_frame(HEADERS, END_HEADERS, stream, GET) for stream in range(1, 2401, 2))


def http2_flood(frame: bytes, before: bytes = b"") -> tuple[Talk, ...]:
    return tuple((Turn(REQUEST), *talk) for talk in from_both(frame, before))


HTTP2 = (
    exchange(
        http2_frame(SETTINGS, 0, 0) + REQUEST,
        http2_frame(SETTINGS, 0, 0)
        + http2_frame(HEADERS, END_HEADERS, 1, b"\x88\x0f\x0d\x013")
        + http2_frame(DATA, 9, 1, b"\x02abc\0\0"),
    ),
    exchange(
        http2_frame(HEADERS, 0x2C, 1, b"\x01\0\0\0\0\x10\x83\x84\0")
        + http2_frame(DATA, 0, 1, b"body")
        + http2_frame(HEADERS, 5, 3, b"\x82")
        + http2_frame(RST_STREAM, 0, 3, b"\0\0\0\x08"),
        http2_frame(PUSH_PROMISE, 4, 1, b"\0\0\0\x02\x82\x84")
        + http2_frame(HEADERS, 0, 1, b"\x88\x0f\x10\x10application")
        + http2_frame(CONTINUATION, 4, 1, b"/grpc")
        + http2_frame(DATA, 0, 1, b"\0\0\0\0\x02hi")
        + http2_frame(HEADERS, 5, 1, b"\0\x0bgrpc-status\x010")
        + http2_frame(RST_STREAM, 0, 3, b"\0\0\0\x07")
        + http2_frame(GOAWAY, 0, 0, b"\0\0\0\x01\0\0\0\x0bdebug"),
    ),
    # Header blocks without end, of nothing and of fields; and one that is small and means much.
    *http2_flood(http2_frame(CONTINUATION, 0, 1), http2_frame(HEADERS, 0, 1, OK)),
    *http2_flood(http2_frame(CONTINUATION, 0, 1, FIELD), http2_frame(HEADERS, 0, 1, OK)),
    *http2_flood(
        http2_frame(HEADERS, END_HEADERS, 1, NEWEST_FIELD * 1000),
        http2_frame(HEADERS, END_HEADERS, 1, KEPT_FIELD),
    ),
    *http2_flood(
        http2_frame(CONTINUATION, 0, 1, NEWEST_FIELD * 200),
        http2_frame(HEADERS, 0, 1, KEPT_FIELD),
    ),
    # Tables of other sizes (RFC 7541 section 6.3), with what fills them.
    *http2_flood(
        http2_frame(HEADERS, END_HEADERS, 1, b"\x20\x3f\xe1\xff\x03" + KEPT_FIELD[:1006])
    ),
    # The highest number of a stream, with and without the reserved bit; streams opened and left, or reset.
    exchange(
        http2_frame(HEADERS, 5, HIGHEST_STREAM, GET) + http2_frame(HEADERS, 5, 0xFFFFFFFF, GET),
        http2_frame(HEADERS, 4, HIGHEST_STREAM, OK) + http2_frame(DATA, 1, HIGHEST_STREAM, b"a"),
    ),
    exchange(
        REQUEST,
        http2_frame(PUSH_PROMISE, 4, 1, b"\x7f\xff\xff\xff" + GET)
        + http2_frame(GOAWAY, 0, 0, b"\xff" * 8 + NEITHER_PRINTED_NOR_NAMED),
    ),
    exchange(OPENED, http2_frame(HEADERS, 5, 2399, OK)),
    exchange(RESETS, RESETS),
    # Frames of every type, of length 0 and of 2^24 - 1.
    exchange(*2 * [b"".join(http2_frame(kind, 0, 1) for kind in range(16))]),
    exchange(*2 * [b"".join(http2_frame(kind, 0xFF, 1) for kind in range(16))]),
    *(
        talk
        for kind in range(11)
        for talk in http2_flood(LONG, http2_frame(kind, 0x0C, 1, b"", LONGEST_FRAME))
    ),
    *http2_flood(http2_frame(SETTINGS, 0, 0)),
)

HTTP2_FRAMES = tuple(
    bytes([PIECE, FLOOD, LAST_ACT]) + b"".join(frames)
    for frames in (
        (
            b"\0\0" + bare_frame(HEADERS, 5, 1, GET),
            b"\1\0" + bare_frame(HEADERS, 4, 1, b"\x88\x0f\x0d\x013"),
            b"\1\2" + bare_frame(DATA, 0, 1, b"a"),
            b"\1\0" + bare_frame(DATA, 1, 1, b""),
        ),
        (
            b"\0\0" + bare_frame(HEADERS, 5, 255, GET),
            b"\1\0" + bare_frame(PUSH_PROMISE, 4, 255, b"\0\0\0\x02" + GET),
            b"\1\0" + bare_frame(HEADERS, 4, 1, b"\x88\x0f\x10\x10application/grpc"),
            b"\1\0" + bare_frame(DATA, 8, 1, b"\x02\0\0\0\0\x02hi\0\0"),
            b"\1\0" + bare_frame(HEADERS, 5, 1, b"\0\x0bgrpc-status\x010"),
            b"\1\0" + bare_frame(RST_STREAM, 0, 2, b"\0\0\0\x07"),
            b"\1\0" + bare_frame(GOAWAY, 0, 0, b"\0\0\0\x01\0\0\0\x0bdebug"),
        ),
        (
            b"\0\0" + bare_frame(HEADERS, 5, 1, GET),
            b"\1\0" + bare_frame(HEADERS, 0, 1, KEPT_FIELD),
            b"\1\xff" + bare_frame(CONTINUATION, 0, 1, NEWEST_FIELD * 100),
            b"\1\xff" + bare_frame(CONTINUATION, 4, 1, FIELD),
        ),
    )
)

HANDSHAKE = exchange(
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 101 a\r\nUpgrade: websocket\r\n\r\n",
)
OPENINGS: dict[str, Talk] = {
    "fuzz_http1": (Turn(b"GET / HTTP/1.1\r\n\r\n"),),
    "fuzz_http2": (Turn(PREFACE),),
    "fuzz_websocket": HANDSHAKE,
    "fuzz_ftp": (),
    "fuzz_smtp": (Turn(b"EHLO a\r\n"),),
}
TALKS: dict[str, tuple[Talk, ...]] = {
    "fuzz_http1": HTTP1,
    "fuzz_http2": HTTP2,
    "fuzz_websocket": WEBSOCKET,
    "fuzz_ftp": FTP,
    "fuzz_smtp": SMTP,
}


def seeds() -> Iterator[tuple[str, bytes]]:
    """By target. The target of all protocols gets each with what its own target says first."""
    for target, talks in TALKS.items():
        for talk in talks:
            yield target, seed_of(talk)
            yield "fuzz_application", seed_of((*OPENINGS[target], *talk))
    for frames in HTTP2_FRAMES:
        yield "fuzz_http2_frames", frames

# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS records made by hand: hellos in clear text, and filler of the length that encrypted records
have under AES-128-GCM with SHA-256. It must not know TCP.
"""
import struct

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_HELLO_DONE, CLIENT_KEY_EXCHANGE = 1, 2, 11, 14, 16
SUPPORTED_VERSIONS = 43
TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = b"\x03\x01", b"\x03\x02", b"\x03\x03", b"\x03\x04"
TLS_AES_128_GCM_SHA256 = b"\x13\x01"
TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = b"\xc0\x2f"
# Nonce and tag; inner content type and tag.
EXPANSION_TLS_1_2, EXPANSION_TLS_1_3 = 24, 17
FINISHED_TLS_1_2, FINISHED_TLS_1_3 = 4 + 12, 4 + 32
ALERT_LENGTH = 2
RANDOM = bytes(range(32))
# RFC 8446 section 4.1.3: the random of a HelloRetryRequest.
HELLO_RETRY_REQUEST = bytes.fromhex(
    "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
)


def record(kind: int, fragment: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(fragment)) + fragment


def handshake(kind: int, body: bytes) -> bytes:
    """A message, without a record around it."""
    return struct.pack(">I", kind << 24 | len(body)) + body


def extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, len(body)) + body


def client_hello(
    versions: bytes = b"", suites: bytes = b"", extensions: bytes = b"", random: bytes = RANDOM
) -> bytes:
    """The message. VERSIONS: those offered in the extension; none: up to TLS 1.2."""
    if versions:
        offered = bytes([len(versions)]) + versions
        extensions += extension(SUPPORTED_VERSIONS, offered)
    suites = suites or (
        TLS_AES_128_GCM_SHA256 if versions else TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
    return handshake(
        CLIENT_HELLO,
        TLS_1_2
        + random
        + b"\0"
        + struct.pack(">H", len(suites))
        + suites
        + b"\1\0"
        + struct.pack(">H", len(extensions))
        + extensions,
    )


def server_hello(version: bytes, random: bytes = RANDOM) -> bytes:
    """The message."""
    is_tls13 = version == TLS_1_3
    extensions = extension(SUPPORTED_VERSIONS, version) if is_tls13 else b""
    return handshake(
        SERVER_HELLO,
        (TLS_1_2 if is_tls13 else version)
        + random
        + b"\0"
        + (TLS_AES_128_GCM_SHA256 if is_tls13 else TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
        + b"\0"
        + struct.pack(">H", len(extensions))
        + extensions,
    )


CHANGE = record(CHANGE_CIPHER_SPEC, b"\1")


def encrypted(kind: int, length: int) -> bytes:
    """Up to TLS 1.2, of LENGTH bytes in clear text."""
    return record(kind, bytes(EXPANSION_TLS_1_2 + length))


def disguised(length: int) -> bytes:
    """TLS 1.3: any content type."""
    return record(APPLICATION_DATA, bytes(EXPANSION_TLS_1_3 + length))

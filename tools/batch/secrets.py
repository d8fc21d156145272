# SPDX-License-Identifier: GPL-2.0-or-later
"""The decryption secrets in pcapng files, as a section of their own that can stand before others: where
Wireshark's tools pick packets they lose secrets that come behind the first. It must not know what
the secrets are.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

# draft-ietf-opsawg-pcapng: the types of blocks, and what tells the byte order of a section.
SECTION_HEADER = b"\x0a\x0d\x0d\x0a"
DECRYPTION_SECRETS = 10
BYTE_ORDER = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
HEAD_LENGTH = 8
BLOCK_LENGTH_MIN = 12
LONGEST = 1 << 24  # of a block of secrets


def missing(source: Path, target: Path) -> bytes:
    """Sections with the secrets of SOURCE that TARGET does not have; empty if there are none."""
    there = {body for _, body in secrets(target)}
    sections = {}
    for order, body in secrets(source):
        if body not in there:
            sections[body] = section(order, body)
    return b"".join(sections.values())


def section(order: str, body: bytes) -> bytes:
    header = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    return block(order, 0x0A0D0D0A, header) + block(order, DECRYPTION_SECRETS, body)


def block(order: str, kind: int, body: bytes) -> bytes:
    length = len(body) + BLOCK_LENGTH_MIN
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def secrets(capture: Path) -> Iterator[tuple[str, bytes]]:
    """The byte order and the body of each block of secrets, as far as the file is whole."""
    with open(capture, "rb") as file:
        order = ""
        while len(head := file.read(HEAD_LENGTH)) == HEAD_LENGTH:
            if head.startswith(SECTION_HEADER):
                order = BYTE_ORDER.get(file.read(4), "")
                file.seek(-4, 1)
            if not order:
                return
            kind, length = struct.unpack(f"{order}II", head)
            if length < BLOCK_LENGTH_MIN:
                return
            if kind == DECRYPTION_SECRETS and length <= LONGEST:
                body = file.read(length - BLOCK_LENGTH_MIN)
                if len(file.read(4)) < 4:
                    return  # cut short
                yield order, body
            else:
                file.seek(length - HEAD_LENGTH, 1)

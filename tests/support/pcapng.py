# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes the blocks of little-endian pcapng files, for what editcap will not do: it
refuses files with a secrets block. It must not know TCP or TLS.
"""
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
INTERFACE_STATISTICS = 5
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10

END_OF_OPTIONS = 0
INTERFACE_NAME = 2
TIMESTAMP_RESOLUTION = 9
# Length of the fixed part of a block's body, and the options that tell nothing of the machine.
HARMLESS_OPTIONS: dict[int, tuple[int, set[int]]] = {
    SECTION_HEADER: (16, set()),
    INTERFACE_DESCRIPTION: (8, {INTERFACE_NAME, TIMESTAMP_RESOLUTION}),
}


class Block(NamedTuple):
    type: int
    body: bytes


def read(path: Path) -> list[Block]:
    data = path.read_bytes()
    blocks = []
    offset = 0
    while offset < len(data):
        block_type, length = struct.unpack_from("<II", data, offset)
        blocks.append(Block(block_type, data[offset + 8 : offset + length - 4]))
        offset += length
    return blocks


def write(path: Path, blocks: Iterable[Block]) -> None:
    with path.open("wb") as file:
        for block in blocks:
            length = struct.pack("<I", len(block.body) + 12)
            file.write(struct.pack("<I", block.type) + length + block.body + length)


def without(blocks: Iterable[Block], *types: int) -> list[Block]:
    return [block for block in blocks if block.type not in types]


def packet_bytes(block: Block) -> bytes:
    captured = struct.unpack_from("<I", block.body, 12)[0]
    return block.body[20 : 20 + captured]


def _keep_options(body: bytes, start: int, codes: set[int]) -> bytes:
    kept = body[:start]
    offset = start
    while offset < len(body):
        code, length = struct.unpack_from("<HH", body, offset)
        padded = 4 + (length + 3) // 4 * 4
        if code in codes:
            kept += body[offset : offset + padded]
        offset += padded
    return kept + struct.pack("<HH", END_OF_OPTIONS, 0)


def without_machine_facts(blocks: Iterable[Block]) -> list[Block]:
    """Drops what a capture tells of the machine it was made on."""
    return [
        (
            Block(block.type, _keep_options(block.body, *HARMLESS_OPTIONS[block.type]))
            if block.type in HARMLESS_OPTIONS
            else block
        )
        for block in without(blocks, INTERFACE_STATISTICS)
    ]

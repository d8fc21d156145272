# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP segments between two hosts that are made up. It must not know what comes before or after."""
import struct

from mutate import IP_PROTOCOL_TCP, Segment

ETHERNET = bytes.fromhex("020000000001" "020000000002" "0800")
CLIENT, SERVER = b"\xc0\0\2\1", b"\xc0\0\2\2"  # RFC 5737
CLIENT_PORT, SERVER_PORT = 50000, 443
WINDOW = 500


def segment(
    is_client: bool, flags: int, sequence: int, acknowledgement: int, payload: bytes
) -> Segment:
    addresses = (CLIENT, SERVER) if is_client else (SERVER, CLIENT)
    ports = (CLIENT_PORT, SERVER_PORT) if is_client else (SERVER_PORT, CLIENT_PORT)
    # mutate fills in the total length.
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 0, 1, 0, 64, IP_PROTOCOL_TCP, 0, *addresses)
    return Segment(
        time=0,
        head=ETHERNET + ip,
        source=ports[0],
        destination=ports[1],
        sequence=sequence,
        acknowledgement=acknowledgement,
        flags=flags,
        window=WINDOW,
        options=b"",
        payload=payload,
        is_client=is_client,
    )

# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP connection written down segment by segment, as a capture point sees it. Unless said otherwise
a segment acknowledges all that its side's peer has sent so far. It must not know TLS.
"""
import madeup
from mutate import ACK, FIN, RST, SYN, Connection

FIRST_NUMBERS = {True: 1000, False: 5000}


class Side:
    def __init__(self, segments: Connection, is_client: bool) -> None:
        self.segments = segments
        self.is_client = is_client
        self.next_number = FIRST_NUMBERS[is_client]
        self.peer = self

    def send(self, *pieces: bytes, flags: int = ACK, knows: int | None = None) -> None:
        """All in one segment. KNOWS: the number that it acknowledges."""
        payload = b"".join(pieces)
        acknowledgement = self.peer.next_number if knows is None else knows
        acknowledgement = acknowledgement if flags & ACK else 0
        self.segments.append(
            madeup.segment(self.is_client, flags, self.next_number, acknowledgement, payload)
        )
        self.next_number += len(payload) + bool(flags & (SYN | FIN))

    def fin(self, *pieces: bytes, knows: int | None = None) -> None:
        self.send(*pieces, flags=FIN | ACK, knows=knows)

    def reset(self) -> None:
        self.send(flags=RST | ACK)


class Dialogue:
    """It begins with the handshake of TCP."""

    def __init__(self) -> None:
        self.segments: Connection = []
        self.client = Side(self.segments, is_client=True)
        self.server = Side(self.segments, is_client=False)
        self.client.peer, self.server.peer = self.server, self.client
        self.client.send(flags=SYN)
        self.server.send(flags=SYN | ACK)
        self.client.send()

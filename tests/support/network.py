# SPDX-License-Identifier: GPL-2.0-or-later
"""Two TCP endpoints, a network with delays between them, and what a capture point on the way sees.
It must not know TLS.
"""
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import madeup
from mutate import ACK, FIN, RST, SYN, Connection, Segment

WRAP = 1 << 32
SOON = (0.2, 1.0, 1.0, 3.0, 10.0)
ACKNOWLEDGED_AT_ONCE, ACKNOWLEDGED_LATER = 0.6, 0.3  # the rest never, but by later segments
SPLIT = 0.15
ALIVE = 0.7  # of the RSTs of a program: those that acknowledge


class Network:
    """CAPTURE_POINT: 0 at the client, 1 at the server. Segments of one side stay in order."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.capture_point = chance.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = count()
        self.captured: list[tuple[float, int, Segment]] = []
        self.last_arrival = {True: 0.0, False: 0.0}
        self.client = Endpoint(self, is_client=True)
        self.server = Endpoint(self, is_client=False)

    def at(self, time: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.events, (time, next(self.numbers), what))

    def run(self) -> None:
        while self.events:
            self.now, _, what = heapq.heappop(self.events)
            what()

    def carry(self, segment: Segment) -> None:
        side = segment.is_client
        arrival = max(self.last_arrival[side] + 1e-6, self.now + self.chance.choice(SOON))
        self.last_arrival[side] = arrival
        part = self.capture_point if side else 1 - self.capture_point
        passing = self.now + (arrival - self.now) * part
        own = [time for time, _, other in self.captured if other.is_client == side]
        passing = max([passing, *[time + 1e-7 for time in own[-1:]]])
        self.captured.append((passing, next(self.numbers), segment))
        peer = self.server if side else self.client
        self.at(arrival, lambda: peer.receive(segment))

    def capture(self) -> Connection:
        return [segment for _, _, segment in sorted(self.captured, key=lambda one: one[:2])]


@dataclass
class Endpoint:
    """One side's TCP, as kernels do it."""

    network: Network
    is_client: bool
    next_number: int = 0
    expected: int = 0
    has_sent_fin: bool = False
    is_closed: bool = False  # by its program: nobody reads any more
    is_dead: bool = False

    def __post_init__(self) -> None:
        self.next_number = self.network.chance.randrange(WRAP)

    def emit(
        self, flags: int, payload: bytes = b"", number: int | None = None, expected: int = -1
    ) -> None:
        sequence = self.next_number if number is None else number
        acknowledgement = self.expected if expected < 0 else expected
        self.network.carry(
            madeup.segment(self.is_client, flags, sequence, acknowledgement, payload)
        )

    def _send(self, flags: int, payload: bytes = b"") -> None:
        self.emit(flags, payload)
        self.next_number = (self.next_number + len(payload) + bool(flags & (SYN | FIN))) % WRAP

    def connect(self) -> None:
        self._send(SYN)

    def write(self, data: bytes) -> None:
        chance = self.network.chance
        while data and not self.is_dead and not self.has_sent_fin:
            cut = len(data) if chance.random() > SPLIT else chance.randrange(len(data)) + 1
            self._send(ACK, data[:cut])
            data = data[cut:]

    def finish(self) -> None:
        if not self.is_dead and not self.has_sent_fin:
            self._send(FIN | ACK)
            self.has_sent_fin = True

    def close(self) -> None:
        self.finish()
        self.is_closed = True

    def reset(self) -> None:
        if not self.is_dead:
            alive = self.network.chance.random() < ALIVE
            self.emit(RST | ACK if alive else RST, expected=-1 if alive else 0)
            self.is_dead = True

    def receive(self, segment: Segment) -> None:
        if segment.has(RST):
            self.is_dead = True
        elif self.is_dead:
            if segment.payload or segment.has(FIN):
                self._refuse(segment)
        elif self.is_closed and segment.payload:
            self._refuse(segment)
            self.is_dead = True
        elif segment.sequence != segment.end:
            self.expected = segment.end
            self._acknowledge(segment)

    def _refuse(self, segment: Segment) -> None:
        """RFC 9293 section 3.10.7.1"""
        self.emit(RST, number=segment.acknowledgement, expected=0)

    def _acknowledge(self, segment: Segment) -> None:
        if segment.has(SYN):
            self._send(ACK if self.is_client else SYN | ACK)
            return
        network = self.network
        luck = network.chance.random()
        if segment.has(FIN) or luck < ACKNOWLEDGED_AT_ONCE:
            network.at(network.now + network.chance.choice([0.01, 0.5]), self._acknowledge_now)
        elif luck < ACKNOWLEDGED_AT_ONCE + ACKNOWLEDGED_LATER:
            network.at(network.now + 4, self._acknowledge_now)

    def _acknowledge_now(self) -> None:
        if not self.is_dead:
            self.emit(ACK)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Random TLS conversations without keys: a handshake, or the beginning of one, some data, and acts of
closing in any order, some of them against the RFCs. What is encrypted is filler of the right length.
It must not know what the plugin makes of them.
"""
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mutate import Connection
from network import Endpoint, Network
from records import (
    ALERT,
    ALERT_LENGTH,
    APPLICATION_DATA,
    CERTIFICATE,
    CHANGE,
    CLIENT_KEY_EXCHANGE,
    EXPANSION_TLS_1_2,
    EXPANSION_TLS_1_3,
    FINISHED_TLS_1_2,
    FINISHED_TLS_1_3,
    HANDSHAKE,
    SERVER_HELLO_DONE,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3,
    client_hello,
    handshake,
    record,
    server_hello,
)

UP_TO_TLS_1_2 = (TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_2)
CLEAR_ALERTS = {"close_notify": b"\1\0", "user_canceled": b"\1\x5a", "fatal": b"\2\x28"}
ACTS = (
    ("close_notify",) * 3 + ("finish",) * 2 + ("data", "reset", "close", "fatal", "user_canceled")
)
# How far the handshake goes, most often all the way.
STAGES = (0, 1, 2, 3) + (4,) * 10
FINISHED = 4
PAUSES = (0.1, 1.0, 5.0, 50.0)


@dataclass
class Conversation:
    chance: random.Random
    network: Network
    version: bytes
    stage: int

    @property
    def is_tls13(self) -> bool:
        return self.version == TLS_1_3

    def filler(self, length: int) -> bytes:
        return self.chance.randbytes(length)

    def encrypted(self, kind: int, length: int) -> bytes:
        if self.is_tls13:
            return record(APPLICATION_DATA, self.filler(length + EXPANSION_TLS_1_3))
        return record(kind, self.filler(length + EXPANSION_TLS_1_2))

    def flights(self) -> list[tuple[Endpoint, bytes]]:
        """What the handshake consists of, by stage."""
        client, server = self.network.client, self.network.server
        hello = client_hello(TLS_1_3 if self.is_tls13 else b"", random=self.filler(32))
        answer = server_hello(self.version, random=self.filler(32))
        if self.is_tls13:
            certificate = self.encrypted(HANDSHAKE, 300)
            finished = CHANGE + self.encrypted(HANDSHAKE, FINISHED_TLS_1_3)
            return [
                (client, record(HANDSHAKE, hello)),
                (server, record(HANDSHAKE, answer) + CHANGE + certificate + finished),
                (client, finished),
                (server, self.chance.choice([b"", self.encrypted(HANDSHAKE, 250)])),
            ]
        certificate = handshake(CERTIFICATE, self.filler(200)) + handshake(SERVER_HELLO_DONE, b"")
        finished = CHANGE + self.encrypted(HANDSHAKE, FINISHED_TLS_1_2)
        key_exchange = handshake(CLIENT_KEY_EXCHANGE, self.filler(33))
        return [
            (client, record(HANDSHAKE, hello)),
            (server, record(HANDSHAKE, answer) + record(HANDSHAKE, certificate)),
            (client, record(HANDSHAKE, key_exchange) + finished),
            (server, finished),
        ]

    def is_encrypted(self, sender: Endpoint) -> bool:
        if sender is self.network.client:
            return self.stage >= 3
        return self.stage >= (2 if self.is_tls13 else FINISHED)

    def alert(self, sender: Endpoint, name: str) -> bytes:
        if not self.is_encrypted(sender):
            return record(ALERT, CLEAR_ALERTS[name])
        return self.encrypted(ALERT, ALERT_LENGTH)

    def data(self) -> bytes:
        return self.encrypted(APPLICATION_DATA, self.chance.choice([1, 5, 20, 300]))

    # The course of it

    def act(self, sender: Endpoint, name: str) -> None:
        if name in CLEAR_ALERTS:
            if self.stage > 0:
                sender.write(self.alert(sender, name))
        elif name == "data":
            if self.stage >= FINISHED:
                sender.write(self.data())
        else:
            getattr(sender, name)()

    def do_and_wait(self, what: Callable[[], None]) -> None:
        """Until nothing is under way any more."""
        self.network.at(self.network.now, what)
        self.network.run()

    def do_after_pauses(self, acts: list[tuple[Endpoint, str]]) -> None:
        time = self.network.now
        for sender, name in acts:
            self.network.at(time, partial(self.act, sender, name))
            time += self.chance.choice(PAUSES)

    def play(self) -> None:
        chance, sides = self.chance, [self.network.client, self.network.server]
        self.do_and_wait(self.network.client.connect)
        for sender, bytes_sent in self.flights()[: self.stage]:
            self.do_and_wait(partial(sender.write, bytes_sent))
        if self.stage >= FINISHED:
            exchange = [(chance.choice(sides), "data") for _ in range(chance.randrange(4))]
            self.do_after_pauses(exchange)
        acts = [(chance.choice(sides), chance.choice(ACTS)) for _ in range(chance.randint(1, 6))]
        ends = [(side, chance.choice(["finish", "close"])) for side in chance.sample(sides, 2)]
        self.do_after_pauses(acts + ends[: chance.choice([0, 1, 2, 2, 2])])
        self.network.run()


def random_conversation(seed: int) -> Connection:
    chance = random.Random(seed)
    version = TLS_1_3 if chance.random() < 0.5 else chance.choice(UP_TO_TLS_1_2)
    conversation = Conversation(chance, Network(chance), version, chance.choice(STAGES))
    conversation.play()
    return conversation.network.capture()

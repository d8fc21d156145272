# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario is: who plays it, the steps in their order, and what an analysis of the capture
has to say, written down from the steps and the RFCs. It must not know how a scenario is run, nor
what the plugin answers.
"""
from dataclasses import dataclass, field, replace
from typing import Any

# Steps are "WHO VERB [TEXT]"; in TEXT, \r\n are escapes and {N} stands for N filler bytes.
# WHO is client, server or both (at the same time).
CONNECT = ["server listen", "client connect", "server accept"]
CONNECT_AGAIN = ["client connect", "server accept"]
HANDSHAKE = ["both handshake"]
ESTABLISHED = CONNECT + HANDSHAKE


def exchange(request: str = "hello", response: str = "welcome") -> list[str]:
    return [f"client write {request}", "server read", f"server write {response}", "client read"]


@dataclass(frozen=True)
class Connection:
    """What is true of one TCP connection. Names are those that the plugin shows; experts are named
    without their "tlsclose." prefix. None means: the field must not be there.

    `keyless` holds what is different when the capture is read without its secrets. Of HTTP nothing
    is seen then, so everything of HTTP is taken away without being named there.
    """

    verdict: str | None
    initiator: str | None
    client: str | None  # closure of the client's direction
    server: str | None
    version: str | None
    evidence: str | None = "Seen"
    close_notify: tuple[str, ...] = ()  # "server First", in the order of capture
    expert: frozenset[str] = frozenset()
    session_events: tuple[str, ...] = ()
    unresumable_reason: str | None = None
    http_framing: str | None = None
    http_complete: bool | None = None
    http_close_announced: bool = False
    after_close: tuple[str, ...] = ()  # "server 1 record", per frame in the order of capture
    keyless: dict[str, Any] = field(default_factory=dict)

    def without_keys(self) -> "Connection":
        without_http = replace(
            self,
            http_framing=None,
            http_complete=None,
            http_close_announced=False,
            expert=frozenset(name for name in self.expert if not name.startswith("http_")),
            keyless={},
        )
        return replace(without_http, **self.keyless)


def expert(*names: str) -> frozenset[str]:
    return frozenset(names)


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    server: str  # which endpoint plays it: openssl, gnutls, go, java, node
    client: str
    version: str
    steps: list[str]
    expect: list[Connection]  # in the order in which the connections were opened
    server_setup: tuple[str, ...] = ()
    client_setup: tuple[str, ...] = ()
    port: int = 0  # 0: given out by the driver
    address: str = "127.0.0.1"
    left_out_frames: frozenset[int] = frozenset()  # packets taken out of the capture afterwards

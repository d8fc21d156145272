# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario is: who plays it, the steps in their order, and what an analysis of the capture
has to say, written down from the steps and the RFCs. It must not know how a scenario is run, nor
what the plugin answers.
"""
from dataclasses import dataclass, field, replace
from typing import Any

# Steps are "WHO VERB [TEXT]"; in TEXT, \r\n are escapes and {N} stands for N filler bytes.
# WHO is client, server or both (at the same time); "wait SECONDS" lets timers of TCP run.
CONNECT = ["server listen", "client connect", "server accept"]
CONNECT_AGAIN = ["client connect", "server accept"]
HANDSHAKE = ["both handshake"]
HELD_SEGMENT_IS_SENT_AGAIN = "wait 0.7"

# Behind the head of a response that only the end of the connection delimits, Wireshark 4.4 and later
# give TLS no more records of the server (unless http.desegment_body is off): its alert is on the
# wire, but not decrypted.
RECORDS_WITHHELD = {"4.4": {"evidence": "Inferred"}}


def exchange(request: str = "hello", response: str = "welcome") -> list[str]:
    return [f"client write {request}", "server read", f"server write {response}", "client read"]


def connections(*endings: list[str], before: list[str] | None = None) -> list[str]:
    """One connection after the other: handshake, one request and response, then its ending."""
    steps = ["server listen"]
    for ending in endings:
        steps += CONNECT_AGAIN + HANDSHAKE + (exchange() if before is None else before) + ending
    return steps


def end_of_tcp(first: str) -> list[str]:
    """Both sides end TCP with FIN, each after it has read all there is."""
    second = peer(first)
    return [f"{first} fin", f"{second} fin", f"{first} close", f"{second} close"]


def peer(side: str) -> str:
    return {"client": "server", "server": "client"}[side]


@dataclass(frozen=True)
class Connection:
    """What is true of one TCP connection. Names are those that the plugin shows; experts are named
    without their "tlsclose." prefix, once for each time they are to be raised. None means: the
    field must not be there. `after_close` is only looked at where it is given. `since_wireshark`
    holds what is different from a release of Wireshark on.
    """

    verdict: str | None
    initiator: str | None
    client: str | None  # closure of the client's direction
    server: str | None
    version: str | None
    evidence: str | None = "Seen"  # of the verdict
    close_notify: tuple[str, ...] = ()  # "server First", in the order of capture
    expert: tuple[str, ...] = ()
    session_events: tuple[str, ...] = ("Established",)
    unresumable_reason: str | None = None
    http_framing: str | None = None
    http_complete: bool | None = None
    http_close_announced: bool = False
    # HTTP/2: streams that the client opened, and how many of a class; numbers of those that are cut
    http2: dict[str, Any] | None = None
    after_close: tuple[str, ...] | None = (
        None  # "server 1 record", per frame in the order of capture
    )
    since_wireshark: dict[str, dict[str, Any]] = field(default_factory=dict)
    keyless: dict[str, Any] = field(default_factory=dict)

    def without_keys(self) -> "Connection":
        """What is left without the secrets: nothing of HTTP, and in TLS 1.3 no tickets, nor
        anything that is seen and not inferred. `keyless` holds all other differences.
        """
        encrypted: dict[str, Any] = {
            "http_framing": None,
            "http_complete": None,
            "http_close_announced": False,
            "http2": None,
            "since_wireshark": {},
        }
        encrypted["expert"] = tuple(name for name in self.expert if not name.startswith("http_"))
        if self.version == "TLS 1.3":
            encrypted["evidence"] = self.evidence and "Inferred"
            encrypted["session_events"] = tuple(
                event for event in self.session_events if event != "Established"
            )
            encrypted["expert"] = tuple(
                name for name in encrypted["expert"] if name != "tickets_discarded"
            )
        return replace(self, **{**encrypted, **self.keyless, "keyless": {}})


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    server: str  # which endpoint plays it: openssl, gnutls, go, java, node, http2
    client: str
    version: str
    steps: list[str]
    expect: list[Connection]  # in the order in which the connections were opened
    server_setup: tuple[str, ...] = ()
    client_setup: tuple[str, ...] = ()
    port: int = 0  # 0: given out by the driver
    address: str = "127.0.0.1"
    still_open: bool = False  # the capture ends before the connections do
    # A packet taken out of the capture afterwards: of which side, which of its packets with payload
    # (-1 is its last).
    left_out: tuple[str, int] | None = None
    # The capture begins after this many packets with payload of the server.
    begins_after: int = 0

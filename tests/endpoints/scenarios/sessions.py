# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions across connections: resumed, and made unresumable by the way a connection ended."""
from dataclasses import replace

from scenario import (
    CONNECT_AGAIN,
    HANDSHAKE,
    Connection,
    Scenario,
    connections,
    end_of_tcp,
    exchange,
)

from .endings import file_name, graceful, orderly_end, truncated
from .libraries import truncation_noticed

NO_TICKETS = ("conf Options -SessionTicket",)
BARE_FINS = end_of_tcp("server")
NOTICED_FIN = ["server fin", "client read_to_the_end", "client fin", "client close", "server close"]


def two_connections(first_ending: list[str]) -> list[str]:
    return [
        "server listen",
        *CONNECT_AGAIN,
        *HANDSHAKE,
        *exchange(),
        "client save_session",
        *first_ending,
        "server forget",
        *CONNECT_AGAIN,
        "both handshake offering the saved session",
        *exchange(),
        *orderly_end("server"),
    ]


def scenario(
    name: str,
    about: str,
    version: str,
    first_ending: list[str],
    first: Connection,
    second: Connection,
    library: str = "openssl",
    server_setup: tuple[str, ...] = (),
) -> Scenario:
    return Scenario(
        name=f"session_{name}_{file_name(version)}",
        about=about,
        server=library,
        client=library,
        version=version,
        server_setup=server_setup,
        steps=two_connections(first_ending),
        expect=[first, second],
    )


def resumed(
    version: str, events: tuple[str, ...] = ("Resumption offered", "Resumed"), **more: object
) -> Connection:
    return replace(graceful(version, "server"), session_events=events, **more)


def properly(
    name: str, version: str, library: str = "openssl", server_setup: tuple[str, ...] = ()
) -> Scenario:
    # In TLS 1.3 the server gives a new ticket with each connection.
    renewed = ("Established",) if version == "TLS 1.3" else ()
    return scenario(
        name,
        "A session that ended properly is resumed.",
        version,
        orderly_end("server"),
        graceful(version, "server"),
        resumed(version, ("Resumption offered", "Resumed", *renewed)),
        library,
        server_setup,
    )


SCENARIOS = [
    properly("resumed_by_ticket", "TLS 1.2"),
    properly("resumed_by_id", "TLS 1.2", server_setup=NO_TICKETS),
    properly("resumed_by_psk", "TLS 1.3"),
    properly("resumed_by_psk_gnutls", "TLS 1.3", library="gnutls"),
    scenario(
        "unresumable_but_resumed",
        (
            "TLS 1.0: ended without any close_notify, so that it must not be resumed; yet the"
            " server takes the ticket."
        ),
        "TLS 1.0",
        BARE_FINS,
        truncated("TLS 1.0", "server"),
        resumed(
            "TLS 1.0",
            unresumable_reason="No close_notify",
            expert=("unresumable_session_offered", "unresumable_session_resumed"),
        ),
    ),
    scenario(
        "unresumable_and_refused",
        (
            "TLS 1.0: ended without any close_notify; the client offers it all the same, the server"
            " has dropped it."
        ),
        "TLS 1.0",
        BARE_FINS,
        truncated("TLS 1.0", "server"),
        resumed(
            "TLS 1.0",
            ("Resumption offered", "Established"),
            unresumable_reason="No close_notify",
            expert=("unresumable_session_offered",),
        ),
        server_setup=NO_TICKETS,
    ),
    scenario(
        "fatal_alert_but_resumed",
        (
            "The client answers the server's bare FIN with a fatal alert, which invalidates the"
            " session; then both resume it all the same."
        ),
        "TLS 1.2",
        NOTICED_FIN,
        truncation_noticed("TLS 1.2"),
        resumed(
            "TLS 1.2",
            unresumable_reason="Fatal alert",
            expert=("unresumable_session_offered", "unresumable_session_resumed"),
            keyless={"evidence": "Inferred", "unresumable_reason": None, "expert": ()},
        ),
    ),
    Scenario(
        name="session_resumed_by_psk_go_tls13",
        about="Go's client keeps its sessions and offers them by itself.",
        server="openssl",
        client="go",
        version="TLS 1.3",
        client_setup=("cache_sessions",),
        steps=connections(orderly_end("server"), orderly_end("server")),
        expect=[
            graceful("TLS 1.3", "server"),
            resumed("TLS 1.3", ("Resumption offered", "Resumed", "Established")),
        ],
    ),
    scenario(
        "bare_fin_and_resumed",
        "TLS 1.1 dropped the rule that a session without close_notify must not be resumed.",
        "TLS 1.1",
        BARE_FINS,
        truncated("TLS 1.1", "server"),
        resumed("TLS 1.1"),
    ),
]

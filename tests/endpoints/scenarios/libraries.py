# SPDX-License-Identifier: GPL-2.0-or-later
"""Every library as the side that ends, and as the side that reads the end: orderly, by a bare FIN,
by a RST. What the reading library reported is in the JSON files, next to what is expected.
"""
from dataclasses import replace
from typing import Any

from scenario import Connection, Scenario, connections

from .endings import both_closures, file_name, graceful, reset, truncated

VERSIONS = ("TLS 1.2", "TLS 1.3")
LIBRARIES = ("openssl", "gnutls", "go", "java", "node")


def truncation_noticed(version: str) -> Connection:
    """The client answers the server's bare FIN with a fatal alert (OpenSSL: decode_error). Without
    keys that alert, which comes after data, looks like a close_notify."""
    discarded: dict[str, Any] = {
        "expert": ("missing_close_notify", "truncation_noticed", "tickets_discarded")
    }
    if version != "TLS 1.3":
        discarded = {
            "expert": ("missing_close_notify", "truncation_noticed", "session_unresumable"),
            "session_events": ("Established", "Made unresumable"),
            "unresumable_reason": "Fatal alert",
        }
    return Connection(
        verdict="Truncated",
        version=version,
        **both_closures("server", "Truncated", "Fatal alert"),
        **discarded,
        keyless={
            "client": "Close Notify",
            "close_notify": ("client First",),
            "expert": ("missing_close_notify",),
            "session_events": () if version == "TLS 1.3" else ("Established",),
            "unresumable_reason": None,
        },
    )


def close_notify_after_fin(version: str) -> Connection:
    """The client takes the bare FIN for an end and ends properly itself."""
    return Connection(
        verdict="Truncated",
        version=version,
        **both_closures("server", "Truncated", "Close Notify"),
        close_notify=("client First",),
        expert=("missing_close_notify",),
    )


# A known limit: Java pads its alerts in TLS 1.3, which without keys is recognised of clients only.
UNRECOGNISED = {
    ("java", "TLS 1.3"): {
        "verdict": "Truncated",
        "server": "Truncated",
        "close_notify": ("client First",),
        "expert": ("missing_close_notify",),
    }
}

# How each library's client takes a bare FIN, seen on the wire.
REACTION_TO_FIN = {
    ("openssl", "TLS 1.2"): truncation_noticed,
    ("openssl", "TLS 1.3"): truncation_noticed,
    ("java", "TLS 1.2"): close_notify_after_fin,
    ("node", "TLS 1.2"): close_notify_after_fin,
    ("node", "TLS 1.3"): close_notify_after_fin,
}

# Node ends TCP together with TLS, and only together.
CLOSE_NOTIFY = {"node": "close_tls"}
CLOSE = {"node": "close_tls"}


def orderly(server: str, client: str) -> list[str]:
    return [
        f"server {CLOSE_NOTIFY.get(server, 'close_notify')}",
        "client read_to_the_end",
        f"client {CLOSE_NOTIFY.get(client, 'close_notify')}",
        "server read_to_the_end",
        "client close" if client != "node" else "wait 0",
        "server close" if server != "node" else "wait 0",
    ]


def bare_fin(server: str, client: str) -> list[str]:
    return [
        "server fin",
        "client read_to_the_end",
        f"client {CLOSE.get(client, 'close')}",
        "server close" if server != "node" else "wait 0",
    ]


def rst(client: str) -> list[str]:
    return ["server reset", "client read_to_the_end", f"client {CLOSE.get(client, 'close')}"]


def offered_too(connection: Connection, client: str) -> Connection:
    """Go's ClientHello always has a session ID, which up to TLS 1.2 offers a session."""
    if client != "go" or connection.version == "TLS 1.3":
        return connection
    return replace(connection, session_events=("Resumption offered", *connection.session_events))


def matrix(server: str, client: str, version: str) -> Scenario:
    reaction = REACTION_TO_FIN.get((client, version))
    return Scenario(
        name=f"libraries_{server}_to_{client}_{file_name(version)}",
        about=(
            "The server ends in order, then by a bare FIN, then by a RST, and the client reads to"
            " the end."
        ),
        server=server,
        client=client,
        version=version,
        steps=connections(orderly(server, client), bare_fin(server, client), rst(client)),
        expect=[
            offered_too(connection, client)
            for connection in (
                graceful(version, "server", keyless=UNRECOGNISED.get((server, version), {})),
                reaction(version) if reaction else truncated(version, "server"),
                reset(version, "server"),
            )
        ],
    )


AS_SERVER = [(library, "gnutls" if library == "openssl" else "openssl") for library in LIBRARIES]
AS_CLIENT = [("openssl", library) for library in LIBRARIES if library != "gnutls"]

SCENARIOS = [matrix(*pair, version) for pair in AS_SERVER + AS_CLIENT for version in VERSIONS]

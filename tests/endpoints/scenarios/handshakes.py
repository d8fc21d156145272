# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that end before the handshake is finished."""
from scenario import CONNECT, HANDSHAKE, Connection, Scenario, end_of_tcp

from .endings import both_closures, file_name

CLIENT_HELLO = [*CONNECT, "client begin_handshake"]
SERVER_FLIGHT = [*CLIENT_HELLO, "server begin_handshake"]


def incomplete(version: str | None, first: str, **more: object) -> Connection:
    return Connection(
        verdict="Handshake incomplete",
        version=version,
        **{
            **both_closures(first, "Handshake incomplete", "Handshake incomplete"),
            "session_events": (),
            **more,
        },
    )


def fatal(version: str | None, first: str) -> Connection:
    """In clear text, so it is seen in every case."""
    return Connection(
        verdict="Fatal alert",
        version=version,
        **both_closures(first, "Fatal alert", "Fatal alert"),
        session_events=(),
        keyless={"evidence": "Seen"},
    )


def untrusted(server: str, version: str, *server_setup: str) -> Scenario:
    return Scenario(
        name=f"untrusted_certificate_{server}_{file_name(version)}",
        about=(
            "The client does not trust the server's certificate and says so in a fatal alert, in"
            " TLS 1.3 too in clear text."
        ),
        server=server,
        client="openssl",
        version=version,
        server_setup=server_setup,
        client_setup=("require_trust",),
        steps=[*CONNECT, *HANDSHAKE, *end_of_tcp("client")],
        expect=[fatal(version, "client")],
    )


def scenario(
    name: str,
    about: str,
    version: str,
    steps: list[str],
    expect: Connection,
    server: str = "openssl",
) -> Scenario:
    return Scenario(
        name=name,
        about=about,
        server=server,
        client="openssl",
        version=version,
        steps=steps,
        expect=[expect],
    )


SCENARIOS = [
    untrusted("openssl", "TLS 1.2"),
    untrusted("openssl", "TLS 1.3"),
    untrusted("gnutls", "TLS 1.3", "no_tickets"),
    scenario(
        "handshake_abandoned_after_client_hello",
        "The client sends its ClientHello and then FIN.",
        "TLS 1.3",
        [
            *CLIENT_HELLO,
            "client fin",
            "server read_raw",
            "server fin",
            "client close",
            "server close",
        ],
        incomplete(None, "client"),
    ),
    scenario(
        "handshake_abandoned_after_server_flight_tls12",
        "The server has sent its part of the handshake; the client answers with a bare FIN.",
        "TLS 1.2",
        [
            *SERVER_FLIGHT,
            "client fin",
            "server fin",
            "client read_raw",
            "client close",
            "server close",
        ],
        incomplete("TLS 1.2", "client"),
    ),
    scenario(
        "handshake_abandoned_after_server_flight_tls13",
        "The server has sent its part of the handshake; the client answers with a bare FIN.",
        "TLS 1.3",
        [
            *SERVER_FLIGHT,
            "client fin",
            "server fin",
            "client read_raw",
            "client close",
            "server close",
        ],
        # All that the client sent is its ClientHello, in clear text: that it did not finish is seen.
        incomplete("TLS 1.3", "client", keyless={"evidence": "Seen"}),
    ),
    scenario(
        "handshake_reset",
        "The server resets the connection when it has the ClientHello.",
        "TLS 1.2",
        [*CLIENT_HELLO, "server read_raw", "server reset", "client read", "client close"],
        incomplete(None, "server", client=None),
    ),
    scenario(
        "http_answer_to_client_hello",
        "A web server without TLS answers the ClientHello in clear text.",
        "TLS 1.2",
        [
            *CLIENT_HELLO,
            "server read_raw",
            (
                r"server write_raw HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length:"
                r" 0\r\n\r\n"
            ),
            "server fin",
            "client read",
            "client fin",
            "client close",
            "server close",
        ],
        incomplete(None, "server"),
    ),
    scenario(
        "close_notify_in_handshake",
        "The server answers the ClientHello with close_notify.",
        "TLS 1.2",
        [
            *CLIENT_HELLO,
            "server begin",
            "server alert 1 0",
            "client read",
            "server read_raw",
            *end_of_tcp("server"),
        ],
        incomplete(
            None, "server", close_notify=("server First",), expert=("close_notify_in_handshake",)
        ),
        server="gnutls",
    ),
    scenario(
        "user_canceled_in_handshake",
        (
            "The server answers the ClientHello with user_canceled and close_notify, as the RFCs"
            " have it."
        ),
        "TLS 1.2",
        [
            *CLIENT_HELLO,
            "server begin",
            "server alert 1 90",
            "server alert 1 0",
            "client read",
            "server read_raw",
            *end_of_tcp("server"),
        ],
        incomplete(None, "server", close_notify=("server First",)),
        server="gnutls",
    ),
    Scenario(
        name="no_common_version",
        about=(
            "The server only speaks TLS 1.3, the client only TLS 1.2: a fatal alert instead of a"
            " ServerHello."
        ),
        server="openssl",
        client="openssl",
        version="TLS 1.3",
        client_setup=("conf MinProtocol TLSv1.2", "conf MaxProtocol TLSv1.2"),
        steps=[*CONNECT, *HANDSHAKE, *end_of_tcp("server")],
        expect=[fatal(None, "server")],
    ),
]

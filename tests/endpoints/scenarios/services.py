# SPDX-License-Identifier: GPL-2.0-or-later
"""Stock servers, odd ports, upgrades from clear text, IPv6, Java's ways, and captures that do not
hold everything.
"""
from dataclasses import replace

from scenario import CONNECT, HANDSHAKE, Connection, Scenario, connections, end_of_tcp, exchange

from .endings import file_name, graceful, orderly_end, truncated
from .libraries import truncation_noticed

GET = r"client write GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def node_https(version: str) -> Scenario:
    """The client's direction is cut off by the RST that its close_notify meets: it has no end."""
    return Scenario(
        name=f"node_https_{file_name(version)}",
        about=(
            "A stock https.Server of Node.js answers with Connection: close and closes for good, so"
            " that the client's close_notify is answered by a RST: an ordinary ending."
        ),
        server="node",
        client="openssl",
        version=version,
        port=443,
        steps=[
            "server https_server",
            "client connect",
            "client handshake",
            GET,
            "client read_to_the_end",
            "wait 0.1",
            "client close_notify",
            "client close",
        ],
        expect=[
            replace(
                graceful(version, "server"),
                client=None,
                http_framing="Content-Length",
                http_complete=True,
                http_close_announced=True,
            )
        ],
    )


def java_close(version: str) -> Scenario:
    """close() ends TCP for good, so a RST meets the server's close_notify. In TLS 1.3 it sends
    user_canceled and close_notify. Without keys the first of the two is no last record, and the
    second, which is padded, is known from the padding of the Finished."""
    return Scenario(
        name=f"java_close_{file_name(version)}",
        about="A Java client ends by SSLSocket.close().",
        server="openssl",
        client="java",
        version=version,
        steps=connections(
            ["client close_tls", "server read_to_the_end", "server close_notify", "server close"]
        ),
        expect=[replace(graceful(version, "client"), server=None)],
    )


JAVA_THAT_REQUIRES_IT = [
    Scenario(
        name=f"java_requires_close_notify_{file_name(version)}",
        about=(
            "A Java client that was told to require close_notify, and a server that sends a bare"
            " FIN."
        ),
        server="openssl",
        client="java",
        version=version,
        client_setup=("require_close_notify",),
        steps=connections(["server fin", "client read_to_the_end", "client close", "server close"]),
        expect=[truncation_noticed(version)],
    )
    for version in ("TLS 1.2", "TLS 1.3")
]


def starttls(version: str) -> Scenario:
    return Scenario(
        name=f"starttls_{file_name(version)}",
        about="An upgrade from clear text, of a protocol that no one knows, on an odd port.",
        server="openssl",
        client="gnutls",
        version=version,
        steps=[
            *CONNECT,
            r"server write_raw +hello\r\n",
            "client read_raw",
            r"client write_raw UPGRADE\r\n",
            "server read_raw",
            r"server write_raw +go on\r\n",
            "client read_raw",
            *HANDSHAKE,
            *exchange(),
            *orderly_end("client"),
        ],
        expect=[graceful(version, "client")],
    )


def on_port_8080(version: str) -> Scenario:
    """Wireshark decrypts nothing there, so that its secrets do not help."""
    ends = (graceful(version, "client"), truncated(version, "client"))
    return Scenario(
        name=f"port_8080_{file_name(version)}",
        about="TLS on a port that Wireshark takes for plain HTTP.",
        server="openssl",
        client="openssl",
        version=version,
        port=8080,
        steps=connections(orderly_end("client"), end_of_tcp("client")),
        expect=[end.without_keys() for end in ends],
    )


OVER_IPV6 = Scenario(
    name="ipv6",
    about="The same over IPv6.",
    server="go",
    client="gnutls",
    version="TLS 1.3",
    address="::1",
    steps=connections(orderly_end("client"), end_of_tcp("client")),
    expect=[graceful("TLS 1.3", "client"), truncated("TLS 1.3", "client")],
)


def missing_close_notify_packet(version: str) -> Scenario:
    """What is hidden may have come first, so there is no initiator."""
    return Scenario(
        name=f"gap_hides_close_notify_{file_name(version)}",
        about="The server's close_notify is not in the capture: it was taken out.",
        server="openssl",
        client="gnutls",
        version=version,
        left_out=("server", -1),
        steps=connections(orderly_end("server")),
        expect=[
            Connection(
                verdict="Unknown",
                version=version,
                initiator=None,
                client="Close Notify",
                server="Unknown",
                close_notify=("client First",),
                evidence=None,
                expert=("capture_incomplete", "capture_incomplete"),
            )
        ],
    )


IN_PIECES = [
    "client write give me much",
    "server read",
    "server write_in_pieces {5000}",
    "client read",
]


def gap_in_a_record(version: str) -> Scenario:
    """The length in the record's header carries over the gap; nothing is decrypted after it."""
    return Scenario(
        name=f"gap_in_record_{file_name(version)}",
        about=(
            "A packet from the middle of a long record was taken out: all that matters is still"
            " there."
        ),
        server="openssl",
        client="openssl",
        version=version,
        left_out=("server", -4),
        steps=connections(orderly_end("server"), before=IN_PIECES),
        expect=[replace(graceful(version, "server"), evidence="Inferred")],
    )


def begun_in_the_middle(
    version: str, ending: list[str], how: str, connection: Connection
) -> Scenario:
    """Nothing is decrypted and no version is known, so that all is inferred."""
    return Scenario(
        name=f"middle_{how}_{file_name(version)}",
        about="A capture that begins after the handshake.",
        server="gnutls",
        client="openssl",
        version=version,
        server_setup=("no_tickets",),
        port=443,  # the client has the higher port
        begins_after=2,
        steps=connections(ending),
        expect=[replace(connection, version=None, evidence="Inferred", session_events=())],
    )


def in_the_middle(version: str) -> list[Scenario]:
    bare = ("missing_close_notify", "missing_close_notify")
    return [
        begun_in_the_middle(
            version, orderly_end("client"), "graceful", graceful(version, "client")
        ),
        begun_in_the_middle(
            version,
            end_of_tcp("client"),
            "truncated",
            replace(truncated(version, "client"), expert=bare),
        ),
    ]


SCENARIOS = [
    *[
        make(version)
        for make in (
            node_https,
            java_close,
            starttls,
            on_port_8080,
            missing_close_notify_packet,
            gap_in_a_record,
        )
        for version in ("TLS 1.2", "TLS 1.3")
    ],
    *JAVA_THAT_REQUIRES_IT,
    OVER_IPV6,
    *in_the_middle("TLS 1.2"),
    *in_the_middle("TLS 1.3"),
]

# SPDX-License-Identifier: GPL-2.0-or-later
"""The sample that new users look at first: the same HTTPS response, ended well and ended badly."""
from scenario import CONNECT, CONNECT_AGAIN, HANDSHAKE, RECORDS_WITHHELD, Connection, Scenario

REQUEST = r"client write GET /report HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE_DELIMITED = (
    r"server write HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nTransfer"
    r" 100 to Alice"
)
CUT_SHORT = (
    r"server write HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length:"
    r" 60\r\n\r\nTransfer 100 to Alice"
)
ASK = [REQUEST, "server read"]
BARE_FIN_OF_SERVER = ["server fin", "client read_to_the_end", "client close", "server close"]

NOTICED = ("missing_close_notify", "truncation_noticed", "session_unresumable", "http_truncated")

# The client's fatal decode_error after the FIN does not close: it says that the client noticed.
# Without keys that alert after data looks like a close_notify.
TRUNCATED_BY_SERVER = dict(
    verdict="Truncated",
    initiator="server",
    client="Fatal alert",
    server="Truncated",
    version="TLS 1.2",
    session_events=("Established", "Made unresumable"),
    unresumable_reason="Fatal alert",
    keyless={
        "client": "Close Notify",
        "close_notify": ("client First",),
        "expert": ("missing_close_notify",),
        "session_events": ("Established",),
        "unresumable_reason": None,
    },
)

SCENARIOS = [
    Scenario(
        name="sample",
        about=(
            "A response that only the end of the connection delimits: vouched for by close_notify,"
            " then the same one ended by a bare FIN; then a response cut short of its"
            " Content-Length."
        ),
        server="openssl",
        client="openssl",
        version="TLS 1.2",
        server_setup=("conf Options -SessionTicket",),
        steps=[
            *CONNECT,
            *HANDSHAKE,
            *ASK,
            CLOSE_DELIMITED,
            "server close_notify",
            "client read_to_the_end",
            "client close_notify",
            "client fin",
            "server read",
            "server fin",
            "client close",
            "server close",
            *CONNECT_AGAIN,
            *HANDSHAKE,
            *ASK,
            CLOSE_DELIMITED,
            *BARE_FIN_OF_SERVER,
            *CONNECT_AGAIN,
            *HANDSHAKE,
            *ASK,
            CUT_SHORT,
            *BARE_FIN_OF_SERVER,
        ],
        port=8443,
        expect=[
            Connection(
                verdict="Graceful",
                initiator="server",
                client="Close Notify",
                server="Close Notify",
                version="TLS 1.2",
                close_notify=("server First", "client Response"),
                http_framing="Close-delimited",
                http_complete=True,
                http_close_announced=True,
                since_wireshark=RECORDS_WITHHELD,
                keyless={"evidence": "Inferred"},
            ),
            Connection(
                **TRUNCATED_BY_SERVER,
                expert=("http_close_without_close_notify", *NOTICED),
                http_framing="Close-delimited",
                http_complete=False,
                http_close_announced=True,
            ),
            Connection(
                **TRUNCATED_BY_SERVER,
                expert=NOTICED,
                http_framing="Content-Length",
                http_complete=False,
            ),
        ],
    ),
]

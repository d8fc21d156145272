# SPDX-License-Identifier: GPL-2.0-or-later
"""Conversations written down record by record, for what no stock endpoint does, or not when it is
wanted: what has to be said follows from the RFCs and from the plugin's interface, without keys.
"""
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import mutate
import pytest
from derived import OUT_OF_ORDER, PREAMBLE, summary
from dialogue import Dialogue
from records import (
    ALERT,
    ALERT_LENGTH,
    APPLICATION_DATA,
    CERTIFICATE,
    CHANGE,
    CLIENT_KEY_EXCHANGE,
    FINISHED_TLS_1_2,
    FINISHED_TLS_1_3,
    HANDSHAKE,
    HELLO_RETRY_REQUEST,
    SERVER_HELLO_DONE,
    TLS_1_0,
    TLS_1_2,
    TLS_1_3,
    TLS_AES_128_GCM_SHA256,
    client_hello,
    disguised,
    encrypted,
    extension,
    handshake,
    record,
    server_hello,
)
from tlsclose_run import rows

CLIENT_HELLO_1_2 = record(HANDSHAKE, client_hello())
CLIENT_HELLO_1_3 = record(HANDSHAKE, client_hello(TLS_1_3))
SERVER_FLIGHT_1_2 = record(
    HANDSHAKE,
    server_hello(TLS_1_2) + handshake(CERTIFICATE, bytes(300)) + handshake(SERVER_HELLO_DONE, b""),
)
CLIENT_FINISH_1_2 = (
    record(HANDSHAKE, handshake(CLIENT_KEY_EXCHANGE, bytes(33)))
    + CHANGE
    + encrypted(HANDSHAKE, FINISHED_TLS_1_2)
)
SERVER_FINISH_1_2 = CHANGE + encrypted(HANDSHAKE, FINISHED_TLS_1_2)
FINISHED_1_3 = disguised(FINISHED_TLS_1_3)
SERVER_HELLO_1_3 = record(HANDSHAKE, server_hello(TLS_1_3))
SERVER_FLIGHT_1_3 = SERVER_HELLO_1_3 + CHANGE + disguised(500) + FINISHED_1_3
CLIENT_FINISH_1_3 = CHANGE + FINISHED_1_3
DATA_1_2, DATA_1_3 = encrypted(APPLICATION_DATA, 100), disguised(100)
ALERT_1_2, ALERT_1_3 = encrypted(ALERT, ALERT_LENGTH), disguised(ALERT_LENGTH)
END_OF_EARLY_DATA = disguised(4)
KEY_UPDATE = disguised(5)
TICKET = disguised(200)
CLOSE_NOTIFY, USER_CANCELED, HANDSHAKE_FAILURE = b"\1\0", b"\1\x5a", b"\2\x28"
PADDING = 16  # of Java
PADDING_EXTENSION = 21  # RFC 7685

Play = Callable[[Dialogue], None]


@dataclass(frozen=True)
class Said:
    verdict: str | None
    initiator: str | None
    client: str | None
    server: str | None
    version: str | None
    evidence: str | None = "Inferred"
    expert: list[str] = field(default_factory=list)
    close_notify: list[str] = field(default_factory=list)


def graceful(version: str, first: str, *experts: str) -> Said:
    second = {"client": "server", "server": "client"}[first]
    return Said(
        "Graceful",
        first,
        "Close Notify",
        "Close Notify",
        version,
        expert=list(experts),
        close_notify=[f"{first} First", f"{second} Response"],
    )


def incomplete(version: str | None, first: str, evidence: str, *experts: str) -> Said:
    both = ("Handshake incomplete",) * 2
    return Said("Handshake incomplete", first, *both, version, evidence, list(experts))


def truncated(version: str, first: str, evidence: str) -> Said:
    experts = ["missing_close_notify", "missing_close_notify"]
    return Said("Truncated", first, "Truncated", "Truncated", version, evidence, experts)


# Parts


def finish_tls12(talk: Dialogue) -> None:
    talk.server.send(SERVER_FLIGHT_1_2)
    talk.client.send(CLIENT_FINISH_1_2)
    talk.server.send(SERVER_FINISH_1_2)
    talk.client.send(DATA_1_2)
    talk.server.send(DATA_1_2)


def begin_tls12(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_2)
    finish_tls12(talk)


def close_tls12(talk: Dialogue) -> None:
    talk.client.fin(ALERT_1_2)
    talk.server.fin(ALERT_1_2)


def finish_tls13(talk: Dialogue) -> None:
    talk.server.send(SERVER_FLIGHT_1_3)
    talk.client.send(CLIENT_FINISH_1_3)
    talk.client.send(DATA_1_3)
    talk.server.send(TICKET, DATA_1_3)


def begin_tls13(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_3)
    finish_tls13(talk)


def close_tls13(talk: Dialogue) -> None:
    talk.client.fin(ALERT_1_3)
    talk.server.fin(ALERT_1_3)


def both_fin(talk: Dialogue) -> None:
    talk.server.fin()
    talk.client.fin()


# Hellos


def hello_with_grease(talk: Dialogue) -> None:
    """RFC 8701: reserved values among suites, extensions and versions."""
    hello = client_hello(
        b"\x7a\x7a" + TLS_1_3 + TLS_1_2,
        b"\xca\xca" + TLS_AES_128_GCM_SHA256,
        extension(0x1A1A, b"") + extension(0xEAEA, b"\0"),
    )
    talk.client.send(record(HANDSHAKE, hello))
    finish_tls13(talk)
    close_tls13(talk)


def hellos_in_pieces(talk: Dialogue) -> None:
    """RFC 8446 section 5.1: messages may be split over records, and records over segments."""
    hello = client_hello(TLS_1_3)
    sent = b"".join(record(HANDSHAKE, hello[i : i + 30]) for i in range(0, len(hello), 30))
    answer = server_hello(TLS_1_3)
    talk.client.send(sent[:3])
    talk.client.send(sent[3:40])
    talk.client.send(sent[40:])
    talk.server.send(record(HANDSHAKE, answer[:20]))
    talk.server.send(record(HANDSHAKE, answer[20:]) + CHANGE + disguised(500) + FINISHED_1_3)
    talk.client.send(CLIENT_FINISH_1_3)
    talk.client.send(DATA_1_3)
    close_tls13(talk)


def retry_request(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_3)
    talk.server.send(record(HANDSHAKE, server_hello(TLS_1_3, HELLO_RETRY_REQUEST)) + CHANGE)
    talk.client.send(CHANGE + CLIENT_HELLO_1_3)


def hello_retry_request(talk: Dialogue) -> None:
    retry_request(talk)
    talk.server.send(SERVER_HELLO_1_3 + disguised(500) + FINISHED_1_3)
    talk.client.send(FINISHED_1_3)
    talk.client.send(DATA_1_3)
    close_tls13(talk)


def retry_request_and_fin(talk: Dialogue) -> None:
    retry_request(talk)
    both_fin(talk)


# 0-RTT: RFC 8446 section 2.3


def early_data_accepted(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_3 + CHANGE + DATA_1_3)
    talk.server.send(SERVER_HELLO_1_3 + CHANGE + disguised(10) + FINISHED_1_3 + DATA_1_3)
    talk.client.send(END_OF_EARLY_DATA + FINISHED_1_3)
    talk.server.send(DATA_1_3)
    close_tls13(talk)


def early_data_and_fin(talk: Dialogue) -> None:
    """Data, but no Finished of anybody."""
    talk.client.send(CLIENT_HELLO_1_3 + CHANGE + DATA_1_3)
    both_fin(talk)


def early_data_and_server_flight_and_fin(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_3 + CHANGE + DATA_1_3)
    talk.server.send(SERVER_FLIGHT_1_3)
    talk.client.send()
    both_fin(talk)


# Alerts


def fatal_alert_split_over_records(talk: Dialogue) -> None:
    """RFC 5246 section 6.2.1: record boundaries mean nothing to messages."""
    talk.client.send(CLIENT_HELLO_1_2)
    talk.server.send(record(ALERT, HANDSHAKE_FAILURE[:1]))
    talk.server.send(record(ALERT, HANDSHAKE_FAILURE[1:]))
    both_fin(talk)


def two_alerts_in_a_record(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_2)
    talk.server.send(record(ALERT, USER_CANCELED + CLOSE_NOTIFY))
    both_fin(talk)


def half_a_client_hello(talk: Dialogue) -> None:
    """And no byte of the server: the TLS dissector keeps it and waits for the rest."""
    talk.client.send(CLIENT_HELLO_1_3[:30])
    talk.client.fin()
    talk.server.fin()


def close_notify_split_over_segments(talk: Dialogue) -> None:
    talk.client.send(CLIENT_HELLO_1_2)
    alert = record(ALERT, CLOSE_NOTIFY)
    for byte in alert[:-1]:
        talk.server.send(bytes([byte]))
    talk.server.fin(alert[-1:])
    talk.client.fin()


def disguised_alert_split_over_segments(talk: Dialogue) -> None:
    begin_tls13(talk)
    talk.client.send(ALERT_1_3[:6])
    talk.server.send()
    talk.client.fin(ALERT_1_3[6:])
    talk.server.fin(ALERT_1_3)


# After the handshake


def renegotiation(talk: Dialogue) -> None:
    """RFC 5246 section 7.4.1.1: encrypted, with ChangeCipherSpec again."""
    begin_tls12(talk)
    talk.server.send(encrypted(HANDSHAKE, 4))
    talk.client.send(encrypted(HANDSHAKE, 200))
    talk.server.send(encrypted(HANDSHAKE, 900))
    talk.client.send(encrypted(HANDSHAKE, 40) + CHANGE + encrypted(HANDSHAKE, FINISHED_TLS_1_2))
    talk.server.send(SERVER_FINISH_1_2)
    talk.client.send(DATA_1_2)
    close_tls12(talk)


def refused_renegotiation(talk: Dialogue) -> None:
    """RFC 5246 section 7.2.2: no_renegotiation is a warning, and encrypted: what comes after it shows
    that it was no close_notify."""
    begin_tls12(talk)
    talk.server.send(encrypted(HANDSHAKE, 4))
    talk.client.send(ALERT_1_2)
    talk.client.send(DATA_1_2)
    talk.server.send(DATA_1_2)
    both_fin(talk)


def key_updates(talk: Dialogue) -> None:
    begin_tls13(talk)
    talk.client.send(KEY_UPDATE)
    talk.server.send(KEY_UPDATE + DATA_1_3)
    talk.client.send(DATA_1_3)
    close_tls13(talk)


def ticket_after_close_notify(talk: Dialogue) -> None:
    """RFC 8446 section 6.1: the other direction goes on."""
    begin_tls13(talk)
    talk.client.fin(ALERT_1_3)
    talk.server.send(TICKET)
    talk.server.fin(ALERT_1_3)


def ticket_crossing_close_notify(talk: Dialogue) -> None:
    begin_tls13(talk)
    known = talk.client.next_number
    talk.client.fin(ALERT_1_3)
    talk.server.send(TICKET, knows=known)
    talk.server.fin(ALERT_1_3)


def empty_records(talk: Dialogue) -> None:
    """RFC 2246 section 6.2.1, against the attack on CBC in TLS 1.0."""
    talk.client.send(CLIENT_HELLO_1_2)
    talk.server.send(SERVER_FLIGHT_1_2)
    talk.client.send(CLIENT_FINISH_1_2)
    talk.server.send(SERVER_FINISH_1_2)
    talk.client.send(encrypted(APPLICATION_DATA, 0) + DATA_1_2)
    talk.server.send(encrypted(APPLICATION_DATA, 0) + DATA_1_2)
    talk.client.fin(encrypted(APPLICATION_DATA, 0) + ALERT_1_2)
    talk.server.fin(encrypted(APPLICATION_DATA, 0) + ALERT_1_2)


def empty_data_behind_peers_close_notify(talk: Dialogue) -> None:
    """It is no data."""
    begin_tls12(talk)
    talk.client.send(ALERT_1_2)
    talk.server.send(encrypted(APPLICATION_DATA, 0))
    talk.server.fin(ALERT_1_2)
    talk.client.fin()


def keep_padding_as_java(talk: Dialogue, late_server_hello: bool) -> None:
    talk.client.send(CLIENT_HELLO_1_3)
    talk.server.send(SERVER_FLIGHT_1_3)
    talk.client.send(CHANGE + disguised(FINISHED_TLS_1_3 + PADDING))
    if late_server_hello:
        talk.segments[-2:] = reversed(talk.segments[-2:])
    talk.client.send(disguised(100 + PADDING))
    talk.server.send(DATA_1_3)
    talk.client.fin(disguised(ALERT_LENGTH + PADDING))
    talk.server.fin(ALERT_1_3)


def padded_alert(talk: Dialogue) -> None:
    keep_padding_as_java(talk, late_server_hello=False)


def padded_alert_and_late_server_hello(talk: Dialogue) -> None:
    """In a capture that joins its directions badly."""
    keep_padding_as_java(talk, late_server_hello=True)


def both_connect(talk: Dialogue) -> None:
    """RFC 9293 section 3.5: simultaneous open. The sender of the ClientHello is the client."""
    syn, syn_ack, _ = talk.segments[:3]
    talk.segments[1:1] = [mutate.replace(syn_ack, flags=mutate.SYN, acknowledgement=0)]
    talk.segments[3:3] = [
        mutate.replace(syn, flags=syn_ack.flags, acknowledgement=syn_ack.sequence + 1)
    ]
    begin_tls13(talk)
    close_tls13(talk)


NO_COMMON_GROUND = Said(
    "Fatal alert", "server", "Fatal alert", "Fatal alert", None, "Seen"
)  # fmt: skip
CASES: list[tuple[Play, Said]] = [
    (hello_with_grease, graceful("TLS 1.3", "client")),
    (hellos_in_pieces, graceful("TLS 1.3", "client")),
    (hello_retry_request, graceful("TLS 1.3", "client")),
    # All that the client sent is in clear text, so that it did not finish is seen.
    (retry_request_and_fin, incomplete("TLS 1.3", "server", "Seen")),
    (early_data_accepted, graceful("TLS 1.3", "client")),
    (early_data_and_fin, incomplete(None, "server", "Inferred")),
    (early_data_and_server_flight_and_fin, incomplete("TLS 1.3", "server", "Inferred")),
    (fatal_alert_split_over_records, NO_COMMON_GROUND),
    (
        two_alerts_in_a_record,
        Said(
            "Handshake incomplete",
            "server",
            "Handshake incomplete",
            "Handshake incomplete",
            None,
            "Seen",
            close_notify=["server First"],
        ),
    ),
    (half_a_client_hello, incomplete(None, "client", "Seen", "truncated_record")),
    (
        close_notify_split_over_segments,
        Said(
            "Handshake incomplete",
            "server",
            "Handshake incomplete",
            "Handshake incomplete",
            None,
            "Seen",
            ["close_notify_in_handshake"],
            ["server First"],
        ),
    ),
    (disguised_alert_split_over_segments, graceful("TLS 1.3", "client")),
    (renegotiation, graceful("TLS 1.2", "client")),
    (refused_renegotiation, truncated("TLS 1.2", "server", "Inferred")),
    (key_updates, graceful("TLS 1.3", "client")),
    (ticket_after_close_notify, graceful("TLS 1.3", "client", "half_close")),
    (ticket_crossing_close_notify, graceful("TLS 1.3", "client")),
    (empty_records, graceful("TLS 1.2", "client")),
    (empty_data_behind_peers_close_notify, graceful("TLS 1.2", "client")),
    (padded_alert, graceful("TLS 1.3", "client")),
    (padded_alert_and_late_server_hello, graceful("TLS 1.3", "client")),
    (both_connect, graceful("TLS 1.3", "client")),
]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("play, wanted", CASES, ids=[play.__name__ for play, _ in CASES])
def test_what_is_said(play: Play, wanted: Said, passes: int, tmp_path: Path) -> None:
    talk = Dialogue()
    play(talk)
    capture = tmp_path / "dialogue.pcapng"
    mutate.write(capture, PREAMBLE, [talk.segments])
    found = summary(rows(capture, passes))
    said = Said(
        *(found.statements.get(name) for name in ("verdict", "initiator", "client", "server")),
        found.statements.get("version"),
        found.statements.get("evidence"),
        sorted(found.expert),
        found.close_notify if passes == 2 else wanted.close_notify,
    )
    assert said == wanted


@pytest.mark.parametrize("passes", [1, 2])
def test_no_subtree_without_anything_to_say(passes: int, tmp_path: Path) -> None:
    """Before any data nobody can tell what an encrypted alert is, nor whether another repeats it."""
    talk = Dialogue()
    talk.client.send(CLIENT_HELLO_1_2)
    talk.server.send(SERVER_FLIGHT_1_2)
    talk.client.send(CLIENT_FINISH_1_2)
    talk.server.send(SERVER_FINISH_1_2)
    talk.client.send(ALERT_1_2)
    talk.client.send(ALERT_1_2)
    capture = tmp_path / "alerts.pcapng"
    mutate.write(capture, PREAMBLE, [talk.segments])
    assert rows(capture, passes) == []


SERVER_NAME = b"www.example.org"
LONG_HELLO = record(
    HANDSHAKE,
    client_hello(
        TLS_1_3,
        extensions=extension(PADDING_EXTENSION, bytes(2000))
        + extension(0, struct.pack(">HBH", len(SERVER_NAME) + 3, 0, len(SERVER_NAME)) + SERVER_NAME),
    ),
)


@pytest.mark.parametrize("preference", OUT_OF_ORDER)
@pytest.mark.parametrize("port", [443, 4711])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_client_hello_captured_out_of_order(
    order: tuple[int, ...], port: int, preference: str, tmp_path: Path
) -> None:
    """Hellos are longer than a segment where they offer keys against quantum computers."""
    talk = Dialogue()
    for start in (0, 700, 1400):
        talk.client.send(LONG_HELLO[start : start + 700] if start < 1400 else LONG_HELLO[start:])
    talk.segments[-3:] = [talk.segments[-3:][place] for place in order]
    finish_tls13(talk)
    close_tls13(talk)
    capture = tmp_path / "hello.pcapng"
    segments = [at_port(segment, port) for segment in talk.segments]
    mutate.write(capture, PREAMBLE, [segments])
    frames = rows(capture, 1, OUT_OF_ORDER[preference])
    assert summary(frames).statements["verdict"] == "Graceful"
    assert [row["server_name"] for row in frames if row["verdict"]] == [[SERVER_NAME.decode()]]


def at_port(segment: mutate.Segment, port: int) -> mutate.Segment:
    if segment.is_client:
        return mutate.replace(segment, destination=port)
    return mutate.replace(segment, source=port)


@pytest.mark.parametrize("passes", [1, 2])
def test_lost_fin_that_is_acknowledged_after_the_verdict(passes: int, tmp_path: Path) -> None:
    """Who closed first is not known any more."""
    talk = Dialogue()
    begin_tls13(talk)
    number = talk.server.next_number
    talk.server.fin()
    del talk.segments[-1]
    talk.client.fin(ALERT_1_3, knows=number)
    talk.server.next_number = number
    talk.server.reset()
    capture = tmp_path / "lost.pcapng"
    mutate.write(capture, PREAMBLE, [talk.segments])
    assert summary(rows(capture, passes)).statements["initiator"] == "client"
    talk.client.send(knows=number + 1)
    mutate.write(capture, PREAMBLE, [talk.segments])
    statements = summary(rows(capture, passes)).statements
    assert (statements["verdict"], statements.get("initiator")) == ("Unknown", None)


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize(
    "first", [DATA_1_2, CLIENT_FINISH_1_2 + DATA_1_2], ids=["data", "handshake"]
)
def test_first_data_captured_behind_their_acknowledgement(
    first: bytes, passes: int, tmp_path: Path
) -> None:
    """The TCP dissector takes them for a retransmission, so the TLS dissector does not see them."""
    talk = Dialogue()
    talk.segments.clear()
    talk.client.send()
    talk.client.send(first)
    talk.server.send()
    talk.server.send(DATA_1_2)
    talk.client.fin()
    talk.server.fin()
    talk.segments[1:3] = reversed(talk.segments[1:3])
    capture = tmp_path / "late.pcapng"
    mutate.write(capture, PREAMBLE, [talk.segments])
    statements = summary(rows(capture, passes)).statements
    assert (statements["verdict"], statements["initiator"]) == ("Truncated", "client")
    assert statements["evidence"] == "Inferred"

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a side should not do around a close_notify, or may do but rarely does. GnuTLS lets a program
send any alert and go on; OpenSSL makes the half record.
"""
from scenario import HELD_SEGMENT_IS_SENT_AGAIN, Connection, Scenario, connections, end_of_tcp

from .endings import (
    both_closures,
    file_name,
    graceful,
    orderly_end,
    truncated,
    unanswered,
    without_any_close_notify,
)
from .libraries import offered_too

CLOSE_NOTIFY = "server alert 1 0"
FATAL_CLOSE_NOTIFY = "server alert 2 0"
USER_CANCELED = "server alert 1 90"
INTERNAL_ERROR = "server alert 2 80"
CLIENT_ANSWERS = [
    "client read_to_the_end",
    "client close_notify",
    "server read_to_the_end",
    *end_of_tcp("server"),
]

# Without keys an alert that is followed by data of the same side was no close_notify, so that only
# the client's is left, and the server has not answered it.
ONLY_THE_CLIENTS = {
    "verdict": "Unanswered",
    "initiator": "client",
    "server": "Unanswered",
    "close_notify": ("client First",),
    "expert": ("unanswered_close_notify",),
    "after_close": (),
}


def data_after_close_notify(version: str) -> tuple[list[str], Connection]:
    return [CLOSE_NOTIFY, "server write late", *CLIENT_ANSWERS], graceful(
        version,
        "server",
        expert=("data_after_close_notify",),
        after_close=("server 1 record",),
        keyless=ONLY_THE_CLIENTS,
    )


def two_alerts_without_keys(version: str) -> dict[str, object]:
    """Up to TLS 1.2 both look like close_notify, in TLS 1.3 only a direction's last record does;
    what is inferred is never reported as a violation."""
    first_two = ("server First",) if version == "TLS 1.3" else ("server First", "server Duplicate")
    return {"close_notify": (*first_two, "client Response"), "expert": ()}


def duplicate(version: str) -> tuple[list[str], Connection]:
    return [CLOSE_NOTIFY, CLOSE_NOTIFY, *CLIENT_ANSWERS], graceful(
        version,
        "server",
        close_notify=("server First", "server Duplicate", "client Response"),
        expert=("duplicate_close_notify",),
        keyless=two_alerts_without_keys(version),
    )


def fatal_level(version: str) -> tuple[list[str], Connection]:
    return [FATAL_CLOSE_NOTIFY, *CLIENT_ANSWERS], graceful(
        version, "server", expert=("close_notify_level",), keyless={"expert": ()}
    )


def alert_after_close_notify(version: str) -> tuple[list[str], Connection]:
    return [CLOSE_NOTIFY, USER_CANCELED, *CLIENT_ANSWERS], graceful(
        version,
        "server",
        expert=("alert_after_close_notify",),
        keyless=two_alerts_without_keys(version),
    )


def user_canceled_then_close_notify(version: str) -> tuple[list[str], Connection]:
    answer = ["client read", *CLIENT_ANSWERS]
    return [USER_CANCELED, CLOSE_NOTIFY, *answer], graceful(
        version, "server", keyless=two_alerts_without_keys(version)
    )


def user_canceled_alone(version: str) -> tuple[list[str], Connection]:
    return [USER_CANCELED, "client read", *end_of_tcp("server")], truncated(
        version,
        "server",
        expert=("user_canceled_alone",),
        keyless={
            "verdict": "Unanswered",
            "evidence": "Inferred",
            "server": "Close Notify",
            "client": "Unanswered",
            "close_notify": ("server First",),
            "expert": ("unanswered_close_notify",),
        },
    )


def data_after_peer_close_notify(version: str) -> tuple[list[str], Connection]:
    steps = [
        "client close_notify",
        "server read_to_the_end",
        "server write late",
        "server close_notify",
        "client read_to_the_end",
        *end_of_tcp("server"),
    ]
    if version != "TLS 1.3":
        return steps, graceful(
            version,
            "client",
            expert=("data_after_peer_close_notify",),
            after_close=("server 1 record",),
        )
    # Without keys the close_notify is only known once its direction has ended, after that data: it
    # is the frame of that end which tells of it.
    return steps, graceful(
        version,
        "client",
        expert=("half_close",),
        after_close=("server 1 record",),
        keyless={"after_close": ()},
    )


def data_after_fatal_alert(version: str) -> tuple[list[str], Connection]:
    session = {"expert": ("data_after_fatal_alert", "tickets_discarded")}
    if version != "TLS 1.3":
        session = {
            "expert": ("data_after_fatal_alert", "session_unresumable"),
            "session_events": ("Established", "Made unresumable"),
            "unresumable_reason": "Fatal alert",
        }
    bare = without_any_close_notify(version)["expert"]
    return [
        INTERNAL_ERROR,
        "server write late",
        "client read_to_the_end",
        *end_of_tcp("server"),
    ], Connection(
        verdict="Fatal alert",
        version=version,
        **both_closures("server", "Fatal alert", "Fatal alert"),
        **session,
        after_close=("server 1 record",),
        keyless={
            "verdict": "Truncated",
            "evidence": "Inferred",
            "server": "Truncated",
            "client": "Truncated",
            "expert": ("missing_close_notify", "missing_close_notify", *bare),
            "session_events": () if version == "TLS 1.3" else ("Established",),
            "unresumable_reason": None,
            "after_close": (),
        },
    )


def fatal_alert_after_data(version: str) -> tuple[list[str], Connection]:
    """A known limit without keys: the alert looks like a close_notify."""
    session = {"expert": ("tickets_discarded",)}
    if version != "TLS 1.3":
        session = {
            "expert": ("session_unresumable",),
            "session_events": ("Established", "Made unresumable"),
            "unresumable_reason": "Fatal alert",
        }
    return [INTERNAL_ERROR, "client read_to_the_end", *end_of_tcp("server")], Connection(
        verdict="Fatal alert",
        version=version,
        **both_closures("server", "Fatal alert", "Fatal alert"),
        **session,
        keyless={
            "verdict": "Unanswered",
            "evidence": "Inferred",
            "server": "Close Notify",
            "client": "Unanswered",
            "close_notify": ("server First",),
            "expert": ("unanswered_close_notify",),
            "session_events": () if version == "TLS 1.3" else ("Established",),
            "unresumable_reason": None,
        },
    )


def data_crossing(version: str) -> tuple[list[str], Connection]:
    steps = [
        "client hold",
        "server close_notify",
        "client write late",
        "client release",
        HELD_SEGMENT_IS_SENT_AGAIN,
        *CLIENT_ANSWERS,
    ]
    crossing = () if version == "TLS 1.3" else ("data_crossing_close_notify",)
    return steps, graceful(version, "server", expert=crossing)


DEVIATIONS = (
    data_after_close_notify,
    duplicate,
    fatal_level,
    alert_after_close_notify,
    user_canceled_then_close_notify,
    user_canceled_alone,
    data_after_peer_close_notify,
    data_after_fatal_alert,
    fatal_alert_after_data,
    data_crossing,
)


def each_in_turn(version: str) -> Scenario:
    played = [deviation(version) for deviation in DEVIATIONS]
    return Scenario(
        name=f"deviations_{file_name(version)}",
        about="One connection each: "
        + ", ".join(d.__name__.replace("_", " ") for d in DEVIATIONS)
        + ".",
        server="gnutls",
        client="gnutls",
        version=version,
        steps=connections(*[steps for steps, _ in played]),
        expect=[connection for _, connection in played],
    )


def half_record(version: str) -> Scenario:
    return Scenario(
        name=f"truncated_record_{file_name(version)}",
        about="The server sends half of a record and then its FIN.",
        server="openssl",
        client="go",
        version=version,
        steps=connections(
            [
                "server write_half_record {200}",
                "server fin",
                "client read_to_the_end",
                "client fin",
                "server close",
            ]
        ),
        expect=[offered_too(truncated(version, "server", expert=("truncated_record",)), "go")],
    )


CLEAR_TEXT = Scenario(
    name="clear_text_after_close_notify",
    about=(
        "Both sides end TLS in order and go on in clear text on the same TCP connection, as FTP"
        " does with CCC."
    ),
    server="openssl",
    client="openssl",
    version="TLS 1.2",
    steps=connections(
        [
            *orderly_end("client")[:4],
            r"client write_raw NOOP\r\n",
            "server read_raw",
            r"server write_raw 200 Command okay.\r\n",
            "client read_raw",
            *end_of_tcp("client"),
        ]
    ),
    expect=[
        graceful(
            "TLS 1.2",
            "client",
            expert=("plaintext_after_close_notify", "plaintext_after_close_notify"),
        )
    ],
)

KEY_UPDATE = Scenario(
    name="key_update_after_close_notify",
    about=(
        "The server sends a KeyUpdate after its close_notify: a handshake record counts as data"
        " there."
    ),
    server="gnutls",
    client="gnutls",
    version="TLS 1.3",
    steps=connections([CLOSE_NOTIFY, "server key_update", *CLIENT_ANSWERS]),
    expect=[
        graceful(
            "TLS 1.3",
            "server",
            expert=("data_after_close_notify",),
            after_close=("server 1 record",),
            keyless=ONLY_THE_CLIENTS,
        )
    ],
)

RESET_AFTER_CLOSE_NOTIFY = [
    Scenario(
        name=f"reset_after_close_notify_{file_name(version)}",
        about=(
            "The server sends close_notify and RST; then close_notify and FIN, but a RST in answer"
            " to data; then the same, but a RST in answer to the client's close_notify, which is an"
            " ordinary ending."
        ),
        server="go",
        client="openssl",
        version=version,
        steps=connections(
            ["server close_notify", "client read_to_the_end", "server reset", "client close"],
            ["server close_tls", "client read_to_the_end", "client write late", "client close"],
            ["server close_tls", "client read_to_the_end", "client close_notify", "client close"],
        ),
        expect=[
            unanswered(version, "server", client=None, expert=("reset_after_close_notify",)),
            unanswered(
                version,
                "server",
                client=None,
                expert=(
                    "reset_after_close_notify",
                    "half_close" if version == "TLS 1.3" else "data_after_peer_close_notify",
                ),
                after_close=("client 1 record",),
            ),
            graceful(version, "server", client=None),
        ],
    )
    for version in ("TLS 1.2", "TLS 1.3")
]

SCENARIOS = [
    each_in_turn("TLS 1.2"),
    each_in_turn("TLS 1.3"),
    half_record("TLS 1.2"),
    half_record("TLS 1.3"),
    CLEAR_TEXT,
    KEY_UPDATE,
    *RESET_AFTER_CLOSE_NOTIFY,
]

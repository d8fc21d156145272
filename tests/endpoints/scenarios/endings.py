# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in which a connection can end, and what each of them is called. The words for an ending
are shared by all tables; the scenarios here play each ending in each version of TLS.
"""
from typing import Any

from scenario import HELD_SEGMENT_IS_SENT_AGAIN, Connection, Scenario, connections, end_of_tcp, peer

ALL_VERSIONS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")


def file_name(version: str) -> str:
    return version.lower().replace(" ", "").replace(".", "")


def both_closures(first: str, of_first: str | None, of_second: str | None) -> dict[str, Any]:
    return {"initiator": first, first: of_first, peer(first): of_second}


def orderly_end(first: str) -> list[str]:
    second = peer(first)
    return [
        f"{first} close_notify",
        f"{second} read_to_the_end",
        f"{second} close_notify",
        f"{first} read_to_the_end",
        *end_of_tcp(first),
    ]


def graceful(version: str, first: str, **more: Any) -> Connection:
    keyless = {"evidence": "Inferred", **more.pop("keyless", {})}
    orders = (f"{first} First", f"{peer(first)} Response")
    return Connection(
        verdict="Graceful",
        version=version,
        **{**both_closures(first, "Close Notify", "Close Notify"), "close_notify": orders, **more},
        keyless=keyless,
    )


def unanswered_end(first: str) -> list[str]:
    return [f"{first} close_notify", f"{peer(first)} read_to_the_end", *end_of_tcp(peer(first))]


def unanswered(version: str, first: str, **more: Any) -> Connection:
    keyless = {"evidence": "Inferred", **more.pop("keyless", {})}
    usual = {"close_notify": (f"{first} First",), "expert": ("unanswered_close_notify",)}
    return Connection(
        verdict="Unanswered",
        version=version,
        **{**both_closures(first, "Close Notify", "Unanswered"), **usual, **more},
        keyless=keyless,
    )


def without_any_close_notify(version: str) -> dict[str, Any]:
    """What the session rules say of a connection that ended without any close_notify."""
    if version == "TLS 1.3":
        return {"expert": ()}
    if version == "TLS 1.0":
        return {
            "expert": ("session_unresumable",),
            "session_events": ("Established", "Made unresumable"),
            "unresumable_reason": "No close_notify",
        }
    return {"expert": ("session_unresumable_rfc2246",)}


def truncated(version: str, first: str, **more: Any) -> Connection:
    """Neither side sends more than its FIN."""
    session = without_any_close_notify(version)
    missing = ("missing_close_notify", "missing_close_notify")
    expert = (*missing, *session.pop("expert"), *more.pop("expert", ()))
    return Connection(
        verdict="Truncated",
        version=version,
        **both_closures(first, "Truncated", "Truncated"),
        **{**session, "expert": expert, **more},
    )


def reset(version: str, first: str, **more: Any) -> Connection:
    """The other side is cut off: its direction has no end of its own."""
    session = without_any_close_notify(version)
    expert = ("reset_without_close_notify", *session.pop("expert"), *more.pop("expert", ()))
    return Connection(
        verdict="Reset",
        version=version,
        **both_closures(first, "Reset", None),
        **{**session, "expert": expert, **more},
    )


SIMULTANEOUS = [
    "client hold",
    "server close_notify",
    "client close_notify",
    "client release",
    HELD_SEGMENT_IS_SENT_AGAIN,
    "client read_to_the_end",
    "server read_to_the_end",
    *end_of_tcp("server"),
]


def every_ending(library: str, version: str) -> Scenario:
    return Scenario(
        name=f"endings_{library}_{file_name(version)}",
        about=(
            "The endings one after the other: orderly by the client, orderly by the server,"
            " unanswered by the server, unanswered by the client, bare FINs, a RST of the client,"
            " close_notify of both at the same time."
        ),
        server=library,
        client=library,
        version=version,
        steps=connections(
            orderly_end("client"),
            orderly_end("server"),
            unanswered_end("client"),
            unanswered_end("server"),
            end_of_tcp("client"),
            ["client reset", "server close"],
            SIMULTANEOUS,
        ),
        expect=[
            graceful(version, "client"),
            graceful(version, "server"),
            unanswered(version, "client"),
            unanswered(version, "server"),
            truncated(version, "client"),
            reset(version, "client"),
            graceful(version, "server", close_notify=("server First", "client Simultaneous")),
        ],
    )


def no_data(version: str) -> Scenario:
    """Up to TLS 1.2, without keys, an alert that came before any data could be any alert."""
    nobody_can_read_it = {
        "verdict": "Unknown",
        "initiator": None,
        "evidence": None,
        "client": "Unknown",
        "server": "Unknown",
        "close_notify": (),
    }
    return Scenario(
        name=f"no_data_{file_name(version)}",
        about="An orderly end right after the handshake.",
        server="openssl",
        client="openssl",
        version=version,
        steps=connections(orderly_end("client"), before=[]),
        expect=[
            graceful(version, "client", keyless={} if version == "TLS 1.3" else nobody_can_read_it)
        ],
    )


def still_open(version: str) -> Scenario:
    """Nothing is said of how it ended. In TLS 1.3 without keys there is no close_notify yet."""
    unknown_yet = {"close_notify": ()} if version == "TLS 1.3" else {}
    return Scenario(
        name=f"still_open_{file_name(version)}",
        about="The server has sent close_notify, but TCP goes on beyond the end of the capture.",
        server="openssl",
        client="openssl",
        version=version,
        still_open=True,
        steps=connections(["server close_notify", "client read_to_the_end"]),
        expect=[
            Connection(
                verdict=None,
                initiator=None,
                client=None,
                server=None,
                version=None,
                evidence=None,
                close_notify=("server First",),
                keyless={"session_events": (), **unknown_yet} if version == "TLS 1.3" else {},
            )
        ],
    )


def packed(version: str) -> Scenario:
    in_one = ["server write_and_close goodbye", "client read_to_the_end", "client close_notify"]
    in_pieces = ["server close_notify_in_pieces", "client read_to_the_end", "client close_notify"]
    rest = ["server read_to_the_end", *end_of_tcp("server")]
    return Scenario(
        name=f"segments_{file_name(version)}",
        about=(
            "The server's close_notify in one TCP segment with data; then one close_notify in three"
            " segments."
        ),
        server="openssl",
        client="openssl",
        version=version,
        steps=connections(in_one + rest, in_pieces + rest),
        expect=[graceful(version, "server"), graceful(version, "server")],
    )


SCENARIOS = [
    every_ending(library, version) for library in ("openssl", "gnutls") for version in ALL_VERSIONS
]
SCENARIOS += [
    make(version) for make in (no_data, still_open, packed) for version in ("TLS 1.2", "TLS 1.3")
]

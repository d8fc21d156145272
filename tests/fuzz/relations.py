# SPDX-License-Identifier: GPL-2.0-or-later
"""How what the plugin says of a changed connection may differ from what it says of the unchanged
one. These are rules of the public interface, whatever the answer itself is. It must not know how a
connection is changed.
"""
from collections import Counter
from dataclasses import dataclass

from tlsclose_run import Found

FINAL = ("verdict", "initiator", "version", "evidence")
SIDES = ("client", "server")
STATEMENTS = (*FINAL, *SIDES, "http_framing", "http_complete", "unresumable_reason")
# Of severity warning and error.
ACCUSATIONS = frozenset(
    """missing_close_notify reset_without_close_notify duplicate_close_notify
    alert_after_close_notify close_notify_level close_notify_in_handshake data_after_close_notify
    data_after_peer_close_notify data_after_fatal_alert truncated_record session_unresumable
    unresumable_session_resumed http_truncated http_close_without_close_notify
    http_request_after_close""".split()
)


@dataclass(frozen=True)
class Truth:
    """What is said of the unchanged connection: as the capture is, and where nothing can be
    decrypted. Both are the same in a capture without keys."""

    found: Found
    blind: Found


def _experts(found: Found) -> Counter[str]:
    """capture_incomplete counts once: a closure and a verdict may share the frame that has it."""
    return Counter(
        {
            name: 1 if name == "capture_incomplete" else count
            for name, count in Counter(found.expert).items()
        }
    )


def one_pass_differs(one: Found, two: Found) -> list[str]:
    """The final verdict is the same. A version may be captured after the end, if damage made that
    end up."""
    return [
        f"{name}: {one.statements.get(name)} in one pass, {two.statements.get(name)} in two"
        for name in FINAL
        if one.statements.get(name) != two.statements.get(name)
        and not (name == "version" and one.statements.get(name) is None)
    ]


def _not_between(
    what: str, found: Counter[str], seen: Counter[str], blind: Counter[str]
) -> list[str]:
    """Some of what only keys tell may be missing."""
    if not blind:  # tlsclose.infer is off: the order of one close_notify depends on the other
        orders = {order: 1 for order in found if order.endswith("First")}
        seen = seen | Counter(orders)
    added = found - (seen | blind)
    missing = (seen & blind) - found
    return [f"added {what} {name}" for name in sorted(added)] + [
        f"lacks {what} {name}" for name in sorted(missing)
    ]


def nothing_changes(found: Found, truth: Truth) -> list[str]:
    """Nothing was lost. Where Wireshark was kept from decrypting, each statement is the one with
    keys or the one without."""
    both = (truth.found, truth.blind)
    wrong = [
        f"{name}: {truth.found.statements.get(name)} became {found.statements.get(name)}"
        for name in STATEMENTS
        if found.statements.get(name) not in [one.statements.get(name) for one in both]
    ]
    orders, sessions = (
        [Counter(getattr(one, name)) for one in (found, *both)]
        for name in ("close_notify", "session_events")
    )
    wrong += _not_between("close_notify", *orders)
    wrong += _not_between("session event", *sessions)
    wrong += _not_between("expert info", _experts(found), *map(_experts, both))
    return wrong


def _allowed(name: str, truth: Truth, hello_is_lost: bool) -> set[str | bool | None]:
    answers = {truth.found.statements.get(name), truth.blind.statements.get(name), "Unknown", None}
    if "Fatal alert" in answers:
        # The alert is hidden, that the handshake was not finished is not.
        answers.add("Handshake incomplete")
    if hello_is_lost and truth.blind.statements.get(name) == "Unknown":
        # An encrypted alert without application data counts as close_notify in a capture that
        # starts in the middle.
        answers |= {"Graceful", "Close Notify"}
    return answers


def nothing_is_made_up(found: Found, truth: Truth, hello_is_lost: bool) -> list[str]:
    """Bytes are missing: the same answer, Unknown or none, and no accusation more."""
    if hello_is_lost and truth.found.statements.get("verdict") == "Handshake incomplete":
        return []  # a capture that starts in the middle counts as finished
    wrong = [
        f"{name}: {truth.found.statements.get(name)} became {found.statements.get(name)}"
        for name in ("verdict", *SIDES)
        if found.statements.get(name) not in _allowed(name, truth, hello_is_lost)
    ]
    settled = not any("Simultaneous" in order for order in truth.found.close_notify)
    initiators = (
        truth.found.statements.get("initiator"),
        truth.blind.statements.get("initiator"),
        None,
    )
    if settled and found.statements.get("initiator") not in initiators:
        wrong.append(f"initiator: {initiators[0]} became {found.statements.get('initiator')}")
    evidence = (truth.found.statements.get("evidence"), found.statements.get("evidence"))
    if evidence == ("Inferred", "Seen"):
        wrong.append("evidence: Inferred became Seen")
    added = ACCUSATIONS & set(found.expert) - set(truth.found.expert) - set(truth.blind.expert)
    return wrong + [f"added {name}" for name in sorted(added)]

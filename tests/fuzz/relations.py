# SPDX-License-Identifier: GPL-2.0-or-later
"""How what the plugin says of a connection may differ when it is read in another way, or was captured
in another order, in other segments or twice. These are rules of the public interface, whatever the
answer itself is. It must not know how a connection is changed.
"""
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tlsclose_run import APPLICATION_FIELDS, EVIDENCE, Found, Row

FINAL = ("verdict", "initiator", "version", "evidence")
SIDES = ("client", "server")
LOSSES = ("loss", "client.loss", "server.loss")
EARLIER_PROTOCOLS = (
    ("websocket", "http/1.1"),
    ("websocket", "http/1.0"),
    ("http/1.1", "http/1.0"),
)
VAGUE_LOSSES = ("2", "3")  # Unlikely and Possible: as far as what was decrypted tells
COMPLETE = ("client.complete", "server.complete")
STATEMENTS = (
    *FINAL,
    *SIDES,
    *APPLICATION_FIELDS,
    "http_framing",
    "http_complete",
    "unresumable_reason",
)


@dataclass(frozen=True)
class Truth:
    """What is said of the unchanged connection: as the capture is, and where nothing can be
    decrypted. Both are the same in a capture without keys. INFERRED: the latter, with the inference."""

    found: Found
    blind: Found
    inferred: Found


def _experts(found: Found) -> Counter[str]:
    """capture_incomplete counts once: a closure and a verdict may share the frame that has it."""
    return Counter(
        {
            name: 1 if name == "capture_incomplete" else count
            for name, count in Counter(found.expert).items()
        }
    )


def _is_withdrawn(one: Found, two: Found) -> bool:
    """The connection went on behind what looked like its end, and has no end after all."""
    return "verdict" in one.statements and "verdict" not in two.statements


def one_pass_differs(one: Found, two: Found) -> list[str]:
    """The final verdict is the same. A version may be captured after the end, if damage made that
    end up. What is lost is told as far as it is known by then."""
    if _is_withdrawn(one, two):
        return []
    return [
        f"{name}: {one.statements.get(name)} in one pass, {two.statements.get(name)} in two"
        for name in FINAL
        if one.statements.get(name) != two.statements.get(name)
        and not (name == "version" and one.statements.get(name) is None)
    ]


def inferred(rows: Iterable[Row]) -> Iterator[Row]:
    """Frames that give anything as Inferred. With tlsclose.infer off there are none."""
    return (
        row
        for row in rows
        if "Inferred"
        in (EVIDENCE[int(value)] for value in row["evidence"] + row["verdict.evidence"])
    )


def _not_between(
    what: str,
    found: Counter[str],
    seen: Counter[str],
    blind: Counter[str],
    besides: Counter[str] = Counter(),
) -> list[str]:
    """Some of what only keys tell may be missing. BESIDES: what may be said as well."""
    if not blind:  # tlsclose.infer is off: the order of one close_notify depends on the other
        orders = {order: 1 for order in found if order.endswith("First")}
        seen = seen | Counter(orders)
    added = found - (seen | blind | besides)
    missing = (seen & blind) - found
    return [f"added {what} {name}" for name in sorted(added)] + [
        f"lacks {what} {name}" for name in sorted(missing)
    ]


def nothing_changes(found: Found, truth: Truth) -> list[str]:
    """Nothing was lost. Where Wireshark was kept from decrypting, each statement is the one with
    keys or the one without, but that evidence may be Inferred where nothing can be said without."""
    both = (truth.found, truth.blind)
    inferred = _experts(truth.inferred)
    allowed = {name: [one.statements.get(name) for one in both] for name in STATEMENTS}
    if allowed["evidence"] == ["Seen", None]:
        allowed["evidence"].append("Inferred")
    # The response that hands over, or tells the higher version, was withheld.
    allowed["app.protocol"] += [
        earlier for later, earlier in EARLIER_PROTOCOLS if later in allowed["app.protocol"]
    ]
    for name in LOSSES:
        allowed[name] += VAGUE_LOSSES
    for name in COMPLETE:
        allowed[name].append(None)
    wrong = [
        f"{name}: {truth.found.statements.get(name)} became {found.statements.get(name)}"
        for name in STATEMENTS
        if found.statements.get(name) not in allowed[name]
    ]
    orders, sessions = (
        [Counter(getattr(one, name)) for one in (found, *both)]
        for name in ("close_notify", "session_events")
    )
    wrong += _not_between("close_notify", *orders)
    wrong += _not_between("session event", *sessions)
    seen, blind = map(_experts, both)
    # What was decrypted may show what else is only inferred.
    wrong += _not_between("expert info", _experts(found), seen, blind, inferred)
    return wrong

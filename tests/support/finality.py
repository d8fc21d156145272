# SPDX-License-Identifier: GPL-2.0-or-later
"""What one pass says of a connection against what later passes say: it is final, but for a revised
verdict, what is still Unknown, and what rests on an inferred close_notify until more data show that
it was another alert. It must not know how captures are made.
"""
from math import inf

from derived import summary
from loss import RESTING_ON_CLOSE_NOTIFY
from tlsclose_run import CLOSURES, ORDERS, SIDES, Row

PEER = {"client": "server", "server": "client"}


def frame_of(row: Row) -> int:
    return int(row["frame.number"][0])


def sender_of(row: Row) -> str:
    return SIDES[int(row["sender"][0])]


def last_close_notify(final: list[Row]) -> float:
    """The frame from which on no close_notify, as later passes have it, is still to come: before it
    an alert may have been taken for one; infinite if a side has none at all."""
    frames = {
        sender_of(row): frame_of(row)
        for row in reversed(final)
        if any(ORDERS[int(order)] != "Duplicate" for order in row["close_notify.order"])
    }
    return max(frames.get(side, inf) for side in PEER)


def accusations(frames: list[Row], revisable_until: float) -> set[str]:
    """The expert infos, but for those of a verdict that was revised later."""
    verdicts = [row for row in frames if row["verdict"]]
    said = {
        (name, frame_of(row))
        for row in frames
        if row not in verdicts[:-1]
        for name in summary([row]).expert
    }
    return {
        name
        for name, frame in said
        if name not in RESTING_ON_CLOSE_NOTIFY or frame >= revisable_until
    } - {"capture_incomplete"}


def closures(frames: list[Row]) -> dict[str, str]:
    """By side. A handshake that was not finished may turn out to have ended with a fatal alert, and
    what is Unknown may get known."""
    revisable = {"Unknown", "Handshake incomplete"}
    said = {sender_of(row): CLOSURES[int(row["closure"][-1])] for row in frames if row["closure"]}
    return {side: closure for side, closure in said.items() if closure not in revisable}


def is_of_withdrawn_alert(side: str, closure: str, final: list[Row]) -> bool:
    """An answer was missed, to what was no close_notify."""
    closers = {order.split()[0] for order in summary(final).close_notify}
    return closure == "Unanswered" and PEER[side] not in closers


def taken_back(first: list[Row], final: list[Row]) -> list[str]:
    wrong = accusations(first, last_close_notify(final)) - accusations(final, 0)
    said, now = summary(first).statements, summary(final).statements
    changed = [
        f"{side}: {closure} became {now.get(side)}"
        for side, closure in closures(first).items()
        if now.get(side) != closure and not is_of_withdrawn_alert(side, closure, final)
    ]
    changed += [
        f"{name}: {said.get(name)} became {now.get(name)}"
        for name in ("verdict", "initiator", "evidence", "version")
        if said.get(name) != now.get(name)
    ]
    return sorted(wrong) + changed

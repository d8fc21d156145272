# SPDX-License-Identifier: GPL-2.0-or-later
"""What may still be said of a connection when the capture lacks segments of it, or their ends: the
rules of the plugin's interface, held against what is known of the whole connection. It must not know
how segments were lost, nor ask the plugin.

The rule is: each answer is that of the whole connection, or Unknown, or none, and nothing is held
against anybody that the whole connection does not hold against him. Whatever deviates from it has
its reason below.
"""
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from derived import Derived, Original
from mutate import ACK, RST, Connection, Segment, not_before
from tlsclose_run import Found

HANDSHAKE, ALERT = 0x16, 0x15
CHANGE_CIPHER_SPEC = re.compile(rb"\x14\x03.\x00\x01\x01", re.DOTALL)
CLIENT_HELLO = 1
RECORD_HEADER_LENGTH = 5
RESTING_ON_CLOSE_NOTIFY = {
    "unanswered_close_notify",
    "data_after_peer_close_notify",
    "data_crossing_close_notify",
    "half_close",
}
CLEAR_ALERT_LENGTH = RECORD_HEADER_LENGTH + 2


def is_proven(lost: Segment, captured: Connection) -> bool:
    """Whether sequence or acknowledgement numbers tell that all that LOST carried was sent. Of a RST
    no number tells."""
    if lost.has(RST):
        return False
    return any(
        not_before(other.sequence, lost.end)
        if other.is_client == lost.is_client
        else other.has(ACK) and not_before(other.acknowledgement, lost.end)
        for other in captured
    )


def holds_client_hello(segment: Segment) -> bool:
    """As far as the segment was captured: its record header and the type of its message."""
    head = segment.captured_payload[: RECORD_HEADER_LENGTH + 1]
    return (
        segment.is_client
        and len(head) > RECORD_HEADER_LENGTH
        and (head[0], head[RECORD_HEADER_LENGTH]) == (HANDSHAKE, CLIENT_HELLO)
    )


def is_sent_again(lost: Segment, captured: Connection) -> bool:
    """Whether CAPTURED holds a later copy of the last that LOST carried."""
    return lost.sequence != lost.end and any(
        other.is_client == lost.is_client
        and not_before(lost.end - 1, other.data_sequence)
        and not_before(other.end, lost.end)
        and other.sequence != other.end
        for other in captured
    )


def is_of_clear_alert(segment: Segment) -> bool:
    """All of one, or a piece of one that was sent in pieces."""
    return segment.payload[:1] == bytes([ALERT]) or 0 < len(segment.payload) < CLEAR_ALERT_LENGTH


@dataclass(frozen=True)
class Loss:
    """A connection of which the capture holds only a part. KEYS: with the secrets."""

    original: Original
    captured: Connection
    keys: bool

    @property
    def lost(self) -> list[Segment]:
        """The segments that are missing or were cut."""
        whole = {id(segment) for segment in self.captured if not segment.is_cut}
        return [segment for segment in self.original.segments if id(segment) not in whole]

    @property
    def expectations(self) -> list[dict[str, Any]]:
        """Behind a gap nothing can be decrypted, and what Wireshark withheld may be shown, so that
        with keys all are right."""
        original = self.original
        if not self.keys:
            return [original.without_keys]
        return [original.with_keys, original.nothing_withheld, original.without_keys]

    def answers(self, name: str) -> set[Any]:
        return {expected.get(name) for expected in self.expectations}

    @property
    def closers(self) -> set[str]:
        """The sides that sent a close_notify."""
        return {order.split()[0] for one in self.expectations for order in one["close_notify"]}

    @property
    def starts_in_the_middle(self) -> bool:
        """The ClientHello is missing."""
        return not any(map(holds_client_hello, self.captured))

    @property
    def was_an_unreadable_alert(self) -> bool:
        """Encrypted alerts without application data count as close_notify in a capture that starts
        in the middle, and else are alerts that nobody can read."""
        answers = map(self.original.without_keys.get, ("verdict", "client", "server"))
        return self.starts_in_the_middle and "Unknown" in answers

    @property
    def lacks_fatal_alert_of_handshake(self) -> bool:
        """That the handshake was not finished is known all the same."""
        failed = self.original.handshake_failed or "Handshake incomplete" in self.answers("verdict")
        return failed and any(is_of_clear_alert(segment) for segment in self.lost)

    @property
    def lacks_unproven_close_notify(self) -> bool:
        """A close_notify, the last thing that its side sent, was answered by a RST: no number of
        what was captured tells that anything was sent."""
        return any(segment.has(RST) for segment in self.captured) and any(
            segment.payload and not is_proven(segment, self.captured) for segment in self.lost
        )

    @property
    def lacks_unproven_finished(self) -> bool:
        """No number of what was captured tells that a side went on with the handshake."""
        return any(
            CHANGE_CIPHER_SPEC.search(segment.payload) and not is_proven(segment, self.captured)
            for segment in self.lost
        )

    @property
    def order_is_that_of_copies(self) -> bool:
        """Where neither side had received the other's closing act the order of capture decides who
        was first, and of one act only a later copy was captured."""
        return any(is_sent_again(segment, self.captured) for segment in self.lost)


def allowed_answers(loss: Loss, name: str) -> set[Any]:
    """Of a verdict or a closure."""
    answers = loss.answers(name) | {"Unknown", None}
    if loss.was_an_unreadable_alert:
        answers |= {"Graceful", "Close Notify", "Unanswered"}
    if loss.lacks_fatal_alert_of_handshake and "Fatal alert" in answers:
        answers.add("Handshake incomplete")
    if loss.lacks_unproven_finished:
        answers.add("Handshake incomplete")
    if name in loss.closers and "Handshake incomplete" in answers:
        answers.add("Close Notify")  # what is lost may have finished the handshake
    if len(loss.closers) == 2 and name == "verdict" and "Unanswered" in answers:
        answers.add("Graceful")  # given later, when the loss was proven
    if loss.lacks_unproven_close_notify and name == "verdict" and "Graceful" in answers:
        answers.add("Unanswered")
    return answers


def allowed_initiators(loss: Loss) -> set[Any]:
    if loss.was_an_unreadable_alert or loss.order_is_that_of_copies:
        return {"client", "server", None}
    return loss.answers("initiator") | {None}


def wrong_answers(loss: Loss, found: Found, verdicts: Iterable[str]) -> list[str]:
    """VERDICTS: those that may be given besides."""
    allowed = {name: allowed_answers(loss, name) for name in ("verdict", "client", "server")}
    allowed["verdict"] |= set(verdicts)
    allowed["initiator"] = allowed_initiators(loss)
    allowed["version"] = loss.answers("version") | {None}
    allowed["http_complete"] = loss.answers("http_complete") | {None}
    allowed["unresumable_reason"] = loss.answers("unresumable_reason") | {None}
    if "Seen" not in loss.answers("evidence") and not loss.lacks_unproven_finished:
        allowed["evidence"] = {"Inferred", None}
    return [
        f"{name}: became {found.statements.get(name)}"
        for name, answers in allowed.items()
        if found.statements.get(name) not in answers
    ]


def new_findings(loss: Loss, found: Found) -> list[str]:
    """Expert infos, session events and orders of which the whole connection has none."""
    known: set[str] = {"capture_incomplete"}
    for expected in loss.expectations:
        known |= set(expected["expert"]) | set(expected["session_events"])
        known |= {order.split()[1] for order in expected["close_notify"]}
    if loss.was_an_unreadable_alert:
        known |= RESTING_ON_CLOSE_NOTIFY | {"Duplicate"}
    said = set(found.expert) | set(found.session_events) & {"Made unresumable", "Resumed"}
    said |= {order.split()[1] for order in found.close_notify} & {"Duplicate"}
    return sorted(said - known)


def made_up(derived: Derived, found: Found, keys: bool, verdicts: Iterable[str] = ()) -> list[str]:
    """What the plugin said of DERIVED that loss does not allow."""
    loss = Loss(derived.original, derived.segments, keys)
    return wrong_answers(loss, found, verdicts) + new_findings(loss, found)

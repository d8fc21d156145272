# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done to the connections of a capture: which changes, at which places, by a random number
generator that a seed starts. It must not know what the plugin makes of the result.
"""
import random
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import mutate
import pcapng
from mutate import ACK, FIN, SYN, Change, Connection, not_before

ETHERNET_LENGTH = 14
HANDSHAKE_RECORD = b"\x16\x03"
MOST_LOSSES = 3
MOST_OTHERS = 3
TRIES = 5

LOSSLESS: dict[str, Change] = {
    "swap": mutate.swap,
    "delay": mutate.delay,
    "repeat_at_once": mutate.repeat_at_once,
    "repeat_later": mutate.repeat_later,
    "repeat_as_last": mutate.repeat_as_last,
    "split": mutate.split,
    "first_of_two_is_late": mutate.first_of_two_is_late,
    "join": mutate.join,
}
# The headers of Ethernet, IPv4 and TCP take 66 bytes, those with IPv6 86.
SNAPSHOTS: dict[str, Change] = {
    f"snapshot_{length}": mutate.snapshot(length)
    for length in (66, 70, 73, 80, 91, 96, 128, 200, 512)
}
LOSSES: dict[str, Change] = SNAPSHOTS | {"drop": mutate.drop, "cut_start": mutate.cut_start}
CHANGES: dict[str, Change] = LOSSLESS | LOSSES | {"cut_end": mutate.cut_end}
MORE_OFTEN = ["drop"] * 8


@dataclass(frozen=True)
class Step:
    """One change, at a position of the connection as the steps before left it. SPLICED: the
    connection that takes over there, by its number; None: it is a change by NAME."""

    name: str
    position: int
    spliced: int | None = None

    def __str__(self) -> str:
        with_whom = "" if self.spliced is None else f" with {self.spliced}"
        return f"{self.name} at {self.position}{with_whom}"


Plan = tuple[Step, ...]


def _hides_records(segments: Connection, step: Step) -> bool:
    """In a capture that starts in the middle, records are found where a segment begins with one."""
    return step.name == "split" and not any(segment.has(SYN) for segment in segments)


def _beginning(segments: Connection) -> tuple[bool, int] | None:
    """The first segment that carries bytes or an end."""
    return next(
        ((one.is_client, one.data_sequence) for one in segments if one.payload or one.has(FIN)),
        None,
    )


def _beginning_of_tls(segments: Connection) -> tuple[bool, int] | None:
    """The first segment that begins with a handshake record: in clear text much may come before."""
    return next(
        (
            (one.is_client, one.data_sequence)
            for one in segments
            if one.payload.startswith(HANDSHAKE_RECORD)
        ),
        None,
    )


def _first_comes_late(segments: Connection, changed: Connection) -> bool:
    """A connection begins where its first bytes are captured, or its first bytes of TLS; nothing is kept
    of what was captured before, as most connections are not TLS."""
    return any(find(segments) != find(changed) for find in (_beginning, _beginning_of_tls))


def _comes_when_proven_lost(segments: Connection, place: int) -> bool:
    """Whether the segment at PLACE is captured for the first time behind its side's FIN, and behind
    its acknowledgement: the two have proven it lost, and the answer was given without it."""
    one = segments[place]
    own = [other for other in segments[:place] if other.is_client == one.is_client]
    return (
        bool(one.payload)
        and any(other.has(FIN) for other in own)
        and any(
            other.is_client != one.is_client
            and other.has(ACK)
            and not_before(other.acknowledgement, one.end)
            for other in segments[:place]
        )
        and not any(
            not_before(one.data_sequence, other.data_sequence)
            and not not_before(one.data_sequence, other.end)
            for other in own
        )
    )


def _shows_too_late(name: str, changed: Connection, segments: Connection) -> bool:
    return name in LOSSLESS and (
        _first_comes_late(segments, changed)
        or any(_comes_when_proven_lost(changed, place) for place in range(len(changed)))
    )


def applied_to(segments: Connection, step: Step, all_connections: list[Connection]) -> Connection:
    """The same segments, where there is nothing to change."""
    if step.position >= len(segments):
        return segments
    if step.spliced is not None:
        return splice(segments, step.position, all_connections[step.spliced])
    changed = CHANGES[step.name](segments, step.position)
    if (
        not changed
        or _shows_too_late(step.name, changed, segments)
        or _hides_records(segments, step)
    ):
        return segments
    return changed


def carried_out(plan: Plan, number: int, all_connections: list[Connection]) -> Connection:
    segments = all_connections[number]
    for step in plan:
        segments = applied_to(segments, step, all_connections)
    return segments


def splice(segments: Connection, position: int, other: Connection) -> Connection:
    """OTHER goes on where SEGMENTS stop, on the same addresses and with the numbers that follow."""
    kept = segments[:position]
    ends = {segment.is_client: segment.end for segment in kept}
    first: dict[bool, int] = {}
    for segment in other:
        first.setdefault(segment.is_client, segment.sequence)
    shift = {
        side: (ends[side] - first.get(side, 0)) % (1 << 32) if side in ends else 0
        for side in (True, False)
    }
    heads = {segment.is_client: segment for segment in segments}
    taken_over = []
    for segment in other:
        like = heads.get(segment.is_client)
        if like is None:
            continue
        taken_over.append(
            replace(
                segment,
                head=like.head,
                source=like.source,
                destination=like.destination,
                sequence=(segment.sequence + shift[segment.is_client]) % (1 << 32),
                acknowledgement=(segment.acknowledgement + shift[not segment.is_client])
                % (1 << 32),
            )
        )
    return kept + taken_over or segments


# Choosing


def _some_steps(
    changes: dict[str, Change], count: int, segments: Connection, chance: random.Random
) -> list[Step]:
    steps = []
    for _ in range(count):
        for _ in range(TRIES):
            name = chance.choice([*changes, *(name for name in MORE_OFTEN if name in changes)])
            # A snapshot length holds for the whole capture.
            position = 0 if name in SNAPSHOTS else chance.randrange(len(segments))
            changed = applied_to(segments, Step(name, position), [])
            if changed is not segments:
                steps.append(Step(name, position))
                segments = changed
                break
    return steps


def choose_lossless(number: int, all_connections: list[Connection], chance: random.Random) -> Plan:
    count = 1 + chance.randrange(MOST_OTHERS)
    return tuple(_some_steps(LOSSLESS, count, all_connections[number], chance))


def choose_loss(number: int, all_connections: list[Connection], chance: random.Random) -> Plan:
    """Losses first: what is repeated before would not be lost."""
    segments = all_connections[number]
    plan = _some_steps(LOSSES, 1 + chance.randrange(MOST_LOSSES), segments, chance)
    segments = carried_out(tuple(plan), number, all_connections)
    return tuple(plan + _some_steps(LOSSLESS, chance.randrange(MOST_OTHERS), segments, chance))


def choose_damage(number: int, all_connections: list[Connection], chance: random.Random) -> Plan:
    segments = all_connections[number]
    plan = _some_steps(CHANGES, chance.randrange(MOST_OTHERS), segments, chance)
    if chance.random() < 0.3:
        length = len(carried_out(tuple(plan), number, all_connections))
        other = chance.randrange(len(all_connections))
        plan.append(Step("splice", chance.randrange(length), other))
    return tuple(plan)


# Bytes


def damage_bytes(capture: Path, rate: str, seed: int) -> None:
    """By editcap, behind the Ethernet header. It refuses captures with secrets, so they are put back
    afterwards."""
    blocks = pcapng.read(capture)
    secrets = [block for block in blocks if block.type == pcapng.DECRYPTION_SECRETS]
    pcapng.write(capture, pcapng.without(blocks, pcapng.DECRYPTION_SECRETS))
    damaged = capture.with_suffix(".damaged")
    command = ["editcap", "-E", rate, "-o", str(ETHERNET_LENGTH), "--seed", str(seed)]
    subprocess.run([*command, capture, damaged], check=True, capture_output=True)
    blocks = pcapng.read(damaged)
    first_packet = next(
        index for index, block in enumerate(blocks) if block.type == pcapng.ENHANCED_PACKET
    )
    pcapng.write(capture, [*blocks[:first_packet], *secrets, *blocks[first_packet:]])
    damaged.unlink()

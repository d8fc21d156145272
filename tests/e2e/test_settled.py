# SPDX-License-Identifier: GPL-2.0-or-later
"""So many connections that the first is settled: what was said of it stays, what is captured of it
later says nothing. It must not know how the plugin keeps them.
"""
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tlsclose_run import CLOSURES, TSHARK, VERDICTS, Row, rows
from worst_cases import (
    ACK,
    CLIENT_HELLO,
    CLIENT_SIDE,
    FIN,
    RST,
    SERVER_HELLO,
    SERVER_SIDE,
    TLS_ALERT,
    TLS_APPLICATION_DATA,
    TLS_CHANGE_CIPHER_SPEC,
    TLS_HANDSHAKE,
    Packet,
    Sides,
    hello,
    record,
    write_packets,
)

SETTLED_AFTER = 4096  # connections, as the manual says
LATE, OPEN, FIRST_OTHER = 0, 1, 2  # tcp.stream
FINISHED = record(TLS_CHANGE_CIPHER_SPEC, b"\1") + record(TLS_HANDSHAKE, bytes(40))
DATA = record(TLS_APPLICATION_DATA, bytes(100))
ENCRYPTED_ALERT = record(TLS_ALERT, bytes(26))


def established(number: int) -> tuple[Sides, list[Packet]]:
    sides = Sides(number)
    return sides, [
        sides.send(CLIENT_SIDE, hello(CLIENT_HELLO, b"", number)),
        sides.send(SERVER_SIDE, hello(SERVER_HELLO, number.to_bytes(32, "big"), number) + FINISHED),
        sides.send(CLIENT_SIDE, FINISHED + DATA),
        sides.send(SERVER_SIDE, DATA),
    ]


def graceful(number: int) -> list[Packet]:
    sides, packets = established(number)
    return [
        *packets,
        sides.send(SERVER_SIDE, ENCRYPTED_ALERT, FIN | ACK),
        sides.send(CLIENT_SIDE, ENCRYPTED_ALERT, FIN | ACK),
    ]


def traffic(others: int) -> Iterator[Packet]:
    """The client resets the first connection; a FIN of the server, sent before it knew, comes when
    OTHERS more have ended. The second one lasts longer than all others."""
    late, packets = established(LATE)
    yield from packets
    yield late.send(CLIENT_SIDE, flags=RST | ACK)
    lasting, packets = established(OPEN)
    yield from packets
    for number in range(FIRST_OTHER, FIRST_OTHER + others):
        yield from graceful(number)
    yield late.send(SERVER_SIDE, flags=FIN | ACK)
    yield lasting.send(CLIENT_SIDE, flags=FIN | ACK)
    yield lasting.send(SERVER_SIDE, flags=FIN | ACK)


def number_of(row: Row, name: str) -> int | None:
    return int(row[name][0]) if row[name] else None


def named(found: list[Row], stream: int, name: str, meaning: dict[int, str]) -> list[str]:
    """What the frames of STREAM say, in order."""
    numbers = [number_of(row, name) for row in found if number_of(row, "tcp.stream") == stream]
    return [meaning[number] for number in numbers if number is not None]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize(
    "others, closures",
    [(SETTLED_AFTER - 1, ["Reset", "Truncated"]), (SETTLED_AFTER, ["Reset"])],
    ids=["not-yet", "settled"],
)
def test_settled(tmp_path: Path, passes: int, others: int, closures: list[str]) -> None:
    capture = tmp_path / "many.pcap"
    write_packets(traffic(others), capture)
    found = rows(capture, passes)
    assert named(found, LATE, "closure", CLOSURES) == closures
    assert named(found, LATE, "verdict", VERDICTS) == ["Reset"]
    assert named(found, OPEN, "closure", CLOSURES) == ["Truncated", "Truncated"]
    assert named(found, OPEN, "verdict", VERDICTS) == ["Truncated"]
    verdicts = Counter(number_of(row, "verdict") for row in found if row["verdict"])
    assert verdicts == {1: others, 3: 1, 4: 1}


def test_statistics_of_settled_connections(tmp_path: Path) -> None:
    capture = tmp_path / "many.pcap"
    write_packets(traffic(SETTLED_AFTER), capture)
    for option in ((), ("-2",)):
        done = subprocess.run(
            [TSHARK, "-n", "-q", *option, "-r", capture, "-z", "tlsclose,tree"],
            capture_output=True,
            text=True,
            check=True,
        )
        counts = dict(re.findall(r"^ (\S.*?) +(\d+) ", done.stdout, re.MULTILINE))
        assert counts["Graceful"] == str(SETTLED_AFTER)
        assert counts["Truncated"] == counts["Reset"] == "1"
        assert counts["Open at end of capture"] == "0"

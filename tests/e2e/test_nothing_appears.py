# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever single packet a capture lacks, and whichever two neighbours it has the wrong way round: of no
connection does it say what the whole capture does not say, with keys or without. It must not know which
expert infos are right, nor what may become Unknown.
"""
from collections.abc import Iterator
from pathlib import Path

import mutate
import pytest
from derived import ORIGINALS, PREAMBLE, SECRETS, THOROUGH
from mutate import FIN, Change, Connection
from running import Runner

# Every third place by default; which one of the three depends on the connection.
STEP = 1 if THOROUGH else 3
# Of one capture: each has a client port of its own.
CONNECTIONS_MAX = (1 << 16) - mutate.FIRST_CLIENT_PORT

Findings = frozenset[tuple[str, str]]  # side and name


def lose(segments: Connection, position: int) -> Connection | None:
    return mutate.drop(segments, position)


def exchange(segments: Connection, position: int) -> Connection | None:
    """Swaps neighbours, whether or not their numbers tell the order."""
    if position + 1 >= len(segments):
        return None
    first, second = segments[position : position + 2]
    return segments[:position] + [second, first] + segments[position + 2 :]


CHANGES: dict[str, Change] = {"lost": lose, "swapped": exchange}


def findings_by_port(tshark: Runner, capture: Path) -> dict[int, Findings]:
    output = tshark("-q", "-n", "-r", capture, "-z", "tlsclose,records").stdout
    lines = [line.removesuffix(" |").split(" |") for line in output.splitlines() if " |" in line]
    found: dict[int, Findings] = {}
    for line in lines[1:]:
        record = {name.strip(): cell.strip() for name, cell in zip(lines[0], line)}
        said = [item.split("|") for item in record["findings"].split(",") if item]
        port = max(int(record["client.port"]), int(record["server.port"]))
        found[port] = found.get(port, frozenset()) | {(side, name) for side, _, name, *_ in said if name != "capture_incomplete"}
    return found


def findings_of(
    tshark: Runner, folder: Path, connections: list[Connection], keys: bool
) -> list[Findings]:
    """Of each of CONNECTIONS, in their order."""
    capture = folder / "changed.pcapng"
    found: list[Findings] = []
    for start in range(0, len(connections), CONNECTIONS_MAX):
        part = connections[start : start + CONNECTIONS_MAX]
        mutate.write(capture, PREAMBLE + (SECRETS if keys else []), part)
        by_port = findings_by_port(tshark, capture)
        ports = range(mutate.FIRST_CLIENT_PORT, mutate.FIRST_CLIENT_PORT + len(part))
        found += [by_port.get(port, frozenset()) for port in ports]
    return found


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory, tshark: Runner) -> list[Findings]:
    """Of the whole connections. Behind a gap nothing can be decrypted: so what is said without keys, too."""
    folder = tmp_path_factory.mktemp("whole")
    whole = [original.segments for original in ORIGINALS]
    with_keys, without_keys = (
        findings_of(tshark, folder, whole, keys) for keys in (True, False)
    )
    return [a | b for a, b in zip(with_keys, without_keys)]


def is_early_fin_again(segments: Connection, position: int) -> bool:
    """A FIN that is sent again, now with the acknowledgement of what came meanwhile: without its first
    copy nothing tells that it was sent before."""
    lost = segments[position]
    return lost.has(FIN) and any(
        other.is_client == lost.is_client
        and other.has(FIN)
        and other.end == lost.end
        and other.acknowledgement != lost.acknowledgement
        for other in segments[position + 1 :]
    )


def changed(change: Change) -> Iterator[tuple[int, int, Connection]]:
    """The number of the original, the position, and what becomes of it."""
    for number, original in enumerate(ORIGINALS):
        for position in range(number % STEP, len(original.segments), STEP):
            if change is lose and is_early_fin_again(original.segments, position):
                continue
            segments = change(original.segments, position)
            if segments:
                yield number, position, segments


@pytest.mark.parametrize("keys", [True, False], ids=["with_keys", "without_keys"])
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_appears(
    change: str, keys: bool, allowed: list[Findings], tshark: Runner, tmp_path: Path
) -> None:
    places = list(changed(CHANGES[change]))
    found = findings_of(tshark, tmp_path, [segments for _, _, segments in places], keys)
    complaints = [
        f"{ORIGINALS[number].name} position {position}: {sorted(said - allowed[number])}"
        for (number, position, _), said in zip(places, found)
        if said - allowed[number]
    ]
    assert not complaints, "\n".join(complaints)

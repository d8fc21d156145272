# SPDX-License-Identifier: GPL-2.0-or-later
"""One job of tlsclose-batch: has tshark read one capture, or the joined captures of one capture
point, and prints a JSON line for each TLS connection and for each problem. It must not know how
jobs are spread, nor what becomes of the lines.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic
from typing import Any, NamedTuple

from batch import interface, ring

SETTINGS = "TLSCLOSE_BATCH"  # the environment variable with the settings of the run
ATTEMPTS = 2
CLIENT_HELLO, SERVER_HELLO = "1", "2"
# The last line of a job that was done: without it, something ended the job before.
END_MARK = {"end": True}

FRAME_FIELDS = [
    "frame.number",
    "frame.time_epoch",
    "frame.protocols",
    "tcp.stream",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tls.handshake.type",
]
FIELDS = [
    *FRAME_FIELDS,
    *(f"tlsclose.{name}" for name in [*interface.FIELDS, *interface.EXPERT_INFOS]),
]
# Every frame with a TLS record, too: a connection without a verdict is open. TLS that an ICMP error
# quotes, or that OpenVPN carries, is not the TLS of that TCP connection.
FRAMES = (
    "(tlsclose || (tcp && (tls.record.content_type || tls.record.opaque_type)))"
    " && !icmp && !icmpv6 && !openvpn"
)

Record = dict[str, Any]
Place = Callable[[int], tuple[str, int]]


class Settings(NamedTuple):
    """What holds for every job of a run."""

    tshark: str
    arguments: list[str]
    timeout: float


# timeout(1) ends tshark and all that it started: after too long a time, and when this program dies.
UNDER_CONTROL = ["setpriv", "--pdeathsig=TERM", "timeout", "--kill-after=10"]


class TsharkError(Exception):
    """tshark could not read the capture to its end."""


class TsharkCrash(TsharkError):
    """tshark hung or crashed, which it may not do again."""


class Frame:
    """What tshark printed of one frame."""

    def __init__(self, layers: dict[str, list[str]]):
        self.layers = layers

    def values(self, name: str) -> list[str]:
        return self.layers.get(name.replace(".", "_"), [])

    def last(self, name: str) -> str:
        """The last occurrence belongs to the innermost of nested IP and TCP headers."""
        values = self.values(name)
        return values[-1] if values else ""

    def said(self, name: str) -> list[Any]:
        """The values of a field of the plugin: numbers by name."""
        return [meaning(name, value) for value in self.values(f"tlsclose.{name}")]

    @property
    def number(self) -> int:
        return int(self.last("frame.number"))

    @property
    def time(self) -> str:
        """Empty for a time that no calendar has: one odd packet costs its own time only."""
        try:
            moment = datetime.fromtimestamp(float(self.last("frame.time_epoch")), timezone.utc)
        except (ValueError, OverflowError, OSError):
            return ""
        return moment.isoformat(timespec="microseconds")

    @property
    def sender(self) -> str:
        """Who sent it, Client or Server. Without the plugin's word and without a hello it is the
        higher port that is taken for the client's."""
        handshake = self.values("tls.handshake.type")
        if said := self.said("sender"):
            return str(said[-1])
        if CLIENT_HELLO in handshake:
            return "Client"
        if SERVER_HELLO in handshake:
            return "Server"
        higher = int(self.last("tcp.srcport")) >= int(self.last("tcp.dstport"))
        return "Client" if higher else "Server"

    @property
    def knows_sender(self) -> bool:
        hellos = {CLIENT_HELLO, SERVER_HELLO} & set(self.values("tls.handshake.type"))
        return bool(hellos or self.values("tlsclose.sender"))

    def endpoints(self) -> Record:
        networks = [
            name for name in self.last("frame.protocols").split(":") if name in ("ip", "ipv6")
        ]
        layer = networks[-1] if networks else "ip"
        source = self.last(f"{layer}.src"), int(self.last("tcp.srcport"))
        destination = self.last(f"{layer}.dst"), int(self.last("tcp.dstport"))
        client, server = (source, destination) if self.sender == "Client" else (destination, source)
        return {
            "client.address": client[0],
            "client.port": client[1],
            "server.address": server[0],
            "server.port": server[1],
        }


def meaning(name: str, value: str) -> Any:
    if name in interface.NAMES:
        number = int(value, 0)
        return interface.NAMES[name].get(number, f"{number:#06x}")
    if name in interface.BOOLEANS:
        return value in ("1", "True", "true")
    return int(value) if name in interface.NUMBERS else value


@dataclass
class Connection:
    """What the frames of one TCP stream that carries TLS said. Later statements replace earlier
    ones: a revised verdict comes later."""

    place: Place
    record: Record = field(default_factory=dict)
    expert_infos: list[tuple[str, str, Record]] = field(default_factory=list)
    has_known_sides: bool = False

    def add(self, frame: Frame) -> None:
        self.add_frame(frame)
        self.add_verdict(frame)
        self.add_direction(frame)
        self.add_session(frame)
        for name in ("http.framing", "http.complete", "version", "reason"):
            for value in frame.said(name):
                self.record[name] = value
        for number in frame.said("http.close_announced_in"):
            self.record["http.close_announced_in"] = self.location(number)
        for name in interface.EXPERT_INFOS:
            for _ in frame.values(f"tlsclose.{name}"):
                self.expert_infos.append((name, frame.sender, self.location(frame.number)))

    def location(self, number: int) -> Record:
        file, frame = self.place(number)
        return {"file": file, "frame": frame}

    def add_frame(self, frame: Frame) -> None:
        if frame.knows_sender >= self.has_known_sides:
            self.record |= frame.endpoints()
            self.has_known_sides = frame.knows_sender
        self.record.setdefault("stream", int(frame.last("tcp.stream")))
        self.record.setdefault("start", frame.time)
        if frame.said("verdict") or "verdict" not in self.record:
            self.record |= self.location(frame.number) | {"time": frame.time}

    def add_verdict(self, frame: Frame) -> None:
        if not frame.said("verdict"):
            return
        for name in ("verdict", "initiator", "evidence", "server_name"):
            said = frame.said(name)
            self.record[name] = said[-1] if said else None
        if self.record["verdict"] == interface.UNKNOWN:
            self.record["evidence"] = None  # what there is belongs to the closure in the same frame

    def add_direction(self, frame: Frame) -> None:
        side = frame.sender.lower()
        for closure in frame.said("closure"):
            self.record[f"{side}.closure"] = closure
        orders = self.record.setdefault(f"{side}.close_notify", [])
        orders += frame.said("close_notify.order")
        for name in ("after_close.records", "after_close.bytes"):
            for count in frame.said(name):
                key = f"{side}.{name}"
                self.record[key] = self.record.get(key, 0) + count

    def add_session(self, frame: Frame) -> None:
        for identifier, event in zip(frame.said("session.id"), frame.said("session.event")):
            self.record["session.id"] = identifier
            entry = {"event": event, "id": identifier, "time": frame.time}
            self.record.setdefault("session.events", []).append(entry | self.location(frame.number))
        for name in ("session.established_in", "session.unresumable_in"):
            for number in frame.said(name):
                self.record[name] = self.location(number)
        for reason in frame.said("session.unresumable_reason"):
            self.record["session.unresumable_reason"] = reason

    def finished(self) -> Record:
        version = self.record.get("version")
        findings = [
            {"name": name, "severity": interface.severity(name, version), "sender": sender} | place
            for name, sender, place in self.expert_infos
        ]
        return (
            {"verdict": interface.OPEN, "session.events": []} | self.record | {"findings": findings}
        )


def tshark_lines(settings: Settings, *arguments: str) -> Iterator[str]:
    """What tshark prints, line by line; an exception at the end if something went wrong."""
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            [*UNDER_CONTROL, str(settings.timeout), settings.tshark, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout
        begin = monotonic()
        yield from process.stdout
        status = process.wait()
        complaints.seek(0)
        said = complaints.read().strip().removeprefix("tshark: ")
    if monotonic() - begin >= settings.timeout and status != 0:
        raise TsharkCrash(f"tshark took longer than {settings.timeout:g} seconds")
    if status < 0:
        raise TsharkCrash(f"tshark was ended by signal {-status}. {said}".strip())
    if status != 0:
        raise TsharkError(said or f"tshark: exit status {status}")


def read(capture: Path, place: Place, settings: Settings) -> tuple[list[Connection], str]:
    """The connections of a capture, as far as they could be read, and what went wrong."""
    arguments = ["-n", "-r", str(capture), "-Y", FRAMES, "-T", "ek", *settings.arguments]
    arguments += ["-2"]  # the second pass shows final verdicts only
    for name in FIELDS:
        arguments += ["-e", name]

    problem = ""
    for _ in range(ATTEMPTS):
        connections: dict[str, Connection] = {}
        try:
            for line in tshark_lines(settings, *arguments):
                if layers := json.loads(line).get("layers"):
                    frame = Frame(layers)
                    stream = frame.last("tcp.stream")
                    connections.setdefault(stream, Connection(place)).add(frame)
            return list(connections.values()), ""
        except TsharkCrash as crash:
            problem = str(crash)
        except (TsharkError, json.JSONDecodeError) as error:
            return list(connections.values()), str(error)
    return list(connections.values()), problem


def is_one_packet(capture: Path, settings: Settings) -> bool:
    """Whether Wireshark took the whole file for one packet, as it does with JSON, ELF, MP4 ..."""
    lines = tshark_lines(settings, "-r", str(capture), "-c", "2", "-T", "fields", "-e", "frame.len")
    return [int(line) for line in lines] == [capture.stat().st_size]


def analyse(capture: Path, place: Place, settings: Settings) -> Iterator[Record]:
    connections, problem = read(capture, place, settings)
    for connection in connections:
        yield connection.finished()
    if not connections and not problem and is_one_packet(capture, settings):
        problem = "this is no capture of network traffic"
    if problem:
        yield {"file": place(1)[0], "problem": problem}


def analyse_job(folder: Path, names: list[str], settings: Settings) -> Iterator[Record]:
    if len(names) == 1:
        yield from analyse_alone(folder, names[0], settings)
        return
    with TemporaryDirectory(prefix="tlsclose-batch.") as scratch:
        target = Path(scratch, "joined.pcapng")
        try:
            joined = ring.join(folder, names, target)
        except ring.JoinError as error:
            yield {"file": names[0], "problem": f"judged file by file, not joined: {error}"}
            for name in names:
                yield from analyse_alone(folder, name, settings)
            return
        if joined.problem:
            yield {"file": joined.names[-1], "problem": joined.problem}
        yield from analyse(target, joined.place, settings)


def analyse_alone(folder: Path, name: str, settings: Settings) -> Iterator[Record]:
    return analyse(folder / name, lambda frame: (name, frame), settings)


def main() -> int:
    job = json.loads(sys.argv[1])
    settings = Settings(**json.loads(os.environ[SETTINGS]))
    for record in analyse_job(Path(job["folder"]), job["captures"], settings):
        print(json.dumps(record))
    print(json.dumps(END_MARK))
    return 0


if __name__ == "__main__":
    sys.exit(main())

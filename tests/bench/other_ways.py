#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How connections ended, told the usual ways: by a script that keeps a dictionary of what tshark's
fields, or ssldump's lines, say. One JSON line a connection: other_ways.py tshark|ssldump CAPTURE...
It is written as one would write it without the plugin, and must not know it.
"""
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CLIENT_HELLO, ALERT, APPLICATION_DATA = "1", "21", "23"
FATAL, CLOSE_NOTIFY = "2", "0"
FIELDS = """
    tcp.stream ip.src ipv6.src tcp.srcport ip.dst ipv6.dst tcp.dstport tcp.flags.fin tcp.flags.reset
    tls.handshake.type tls.record.content_type tls.record.opaque_type tls.alert_message.level
    tls.alert_message.desc
""".split()
FILTER = "tls || tcp.flags.fin == 1 || tcp.flags.reset == 1"
# "1 14   0.0052 (0.0002)  C>S  Alert" or, of the connection itself, "1      0.0053 ... TCP FIN"
SSLDUMP_LINE = re.compile(r"\s*(\d+)\s.*\(\d+\.\d+\)\s+([CS])>[CS]\s+(.*)")
SSLDUMP_CONNECTION = re.compile(r"New TCP connection #(\d+): (\S+)\((\d+)\) <-> (\S+)\((\d+)\)")
SSLDUMP_KINDS = {"TCP FIN": "fin", "TCP RST": "reset", "application_data": "data"}


@dataclass
class Connection:
    client: str = ""
    server: str = ""
    is_tls: bool = False
    has_data: bool = False
    acts: list[tuple[str, str]] = field(default_factory=list)  # who, and what, in order

    def take(self, sender: str, kind: str) -> None:
        if kind == "data":
            self.has_data = True
        elif (sender, kind) not in self.acts:
            self.acts.append((sender, kind))

    def senders_of(self, kind: str) -> set[str]:
        return {sender for sender, act in self.acts if act == kind}

    def verdict(self) -> str:
        closed = self.senders_of("close_notify")
        first, kind = self.acts[0] if self.acts else ("", "")
        if not self.senders_of("reset") and len(self.senders_of("fin")) < 2:
            return "Open at end of capture"
        if kind == "fatal":
            return "Fatal alert"
        if not self.has_data:
            return "Handshake incomplete"
        if len(closed) == 2:
            return "Graceful"
        if first in closed:
            return "Unanswered"
        return "Reset" if kind == "reset" else "Truncated"

    def as_json(self, capture: str, stream: int) -> str:
        initiator = self.acts[0][0] if self.acts else self.client
        return json.dumps(
            {
                "file": capture,
                "stream": stream,
                "client": self.client,
                "server": self.server,
                "verdict": self.verdict(),
                "initiator": "client" if initiator == self.client else "server",
            }
        )


def take_row(connection: Connection, row: dict[str, str]) -> None:
    sender = f"{row['ip.src'] or row['ipv6.src']}:{row['tcp.srcport']}"
    receiver = f"{row['ip.dst'] or row['ipv6.dst']}:{row['tcp.dstport']}"
    types = {*row["tls.record.content_type"].split(","), *row["tls.record.opaque_type"].split(",")}
    descriptions = row["tls.alert_message.desc"].split(",")
    if not connection.client or CLIENT_HELLO in row["tls.handshake.type"].split(","):
        connection.client, connection.server = sender, receiver
    connection.is_tls |= types != {""}
    if APPLICATION_DATA in types:
        connection.take(sender, "data")
    if CLOSE_NOTIFY in descriptions or (ALERT in types and descriptions == [""]):
        connection.take(sender, "close_notify")  # an alert that nobody can read is one, mostly
    elif FATAL in row["tls.alert_message.level"].split(","):
        connection.take(sender, "fatal")
    if row["tcp.flags.fin"] in ("1", "True"):
        connection.take(sender, "fin")
    if row["tcp.flags.reset"] in ("1", "True"):
        connection.take(sender, "reset")


def from_tshark(capture: Path) -> Iterator[tuple[int, Connection]]:
    command = ["tshark", "-n", "-r", str(capture), "-Y", FILTER, "-T", "fields"]
    command += [word for name in FIELDS for word in ("-e", name)]
    connections: dict[str, Connection] = {}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    for line in done.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        take_row(connections.setdefault(row["tcp.stream"].split(",")[0], Connection()), row)
    for stream, connection in connections.items():
        if connection.is_tls:
            yield int(stream), connection


def take_line(connection: Connection, sender: str, what: str) -> None:
    if what in SSLDUMP_KINDS:
        connection.take(sender, SSLDUMP_KINDS[what])
    connection.is_tls |= not what.startswith("TCP")


def from_ssldump(capture: Path) -> Iterator[tuple[int, Connection]]:
    """Ssldump counts connections on its own, from 1. Keys: those in CAPTURE.keys, if there are."""
    keys = capture.with_suffix(".keys")
    command = ["ssldump", "-n", *(["-l", str(keys)] if keys.exists() else []), "-r", str(capture)]
    connections: dict[str, Connection] = {}
    alert: tuple[Connection, str] | None = None
    level = ""
    output = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, errors="replace", check=False
    ).stdout
    for line in output.splitlines():
        words = line.split()
        if alert and words[:1] == ["level"]:
            level = words[1]
            continue
        if alert:
            unreadable = words[:1] != ["value"]
            if unreadable or words[1] == "close_notify":
                alert[0].take(alert[1], "close_notify")
            elif level == "fatal":
                alert[0].take(alert[1], "fatal")
            alert = None
        if begun := SSLDUMP_CONNECTION.match(line):
            number, client, client_port, server, server_port = begun.groups()
            connections[number] = Connection(f"{client}:{client_port}", f"{server}:{server_port}")
        elif (said := SSLDUMP_LINE.match(line)) and said[1] in connections:
            connection = connections[said[1]]
            sender = connection.client if said[2] == "C" else connection.server
            take_line(connection, sender, said[3].strip())
            alert = (connection, sender) if said[3].startswith("Alert") else None
    for number, connection in connections.items():
        if connection.is_tls:
            yield int(number), connection


WAYS = {"tshark": from_tshark, "ssldump": from_ssldump}

if __name__ == "__main__":
    for name in sys.argv[2:]:
        for key, found in WAYS[sys.argv[1]](Path(name)):
            print(found.as_json(name, key))

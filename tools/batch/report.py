# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the HTML report of a run from its database: counts here, looks in report.html.j2. It must not
know how the records came about, and escapes nothing itself: the template engine does.
"""

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from batch import interface
from batch.advice import ADVICE
from batch.store import Store

TEMPLATES = Path(__file__).parent
# From good to bad, then those of which less is known: the order in a bar.
KINDS = [*interface.VERDICTS, interface.UNKNOWN, interface.OPEN]
FAILURES = ["Truncated", "Reset", "Fatal alert", "Handshake incomplete"]
SHOWN_ENDPOINTS = 20
SHOWN_OFFENDERS = 20
SLOTS = 60
SLOT_SECONDS = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 86400, 7 * 86400, 28 * 86400]

IS_FAILURE = "verdict IN ({})".format(", ".join(f"'{name}'" for name in FAILURES))
RANK = "CASE severity {} END".format(
    " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(interface.SEVERITIES))
)
ADDRESSES = {
    "server": """ server_address || ' port ' || server_port """,
    "client": """ client_address """,
}
NAMES = {"server": "group_concat(DISTINCT server_name)", "client": "NULL"}


class Bar(NamedTuple):
    """One endpoint, or all others together, and how often each kind of ending occurred."""

    label: str
    note: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Slot(NamedTuple):
    """A stretch of time, the connections whose last frame is in it, and how many of them failed."""

    begin: str
    total: int
    failures: int


def bars(store: Store, side: str) -> list[Bar]:
    """Those with most failures first."""
    address = ADDRESSES[side]
    endpoints = store.rows(
        f"SELECT {address} AS label, {NAMES[side]} AS names"
        f" FROM connections GROUP BY label"
        f" ORDER BY sum({IS_FAILURE}) DESC, count(*) DESC, label LIMIT {SHOWN_ENDPOINTS}"
    )
    found = [
        Bar(row["label"], row["names"] or "", counts(store, f"{address} = ?", row["label"]))
        for row in endpoints
    ]
    number = store.value(f"SELECT count(DISTINCT {address}) FROM connections")
    if number > len(found):
        labels = [bar.label for bar in found]
        marks = ", ".join("?" * len(labels))
        others = counts(store, f"{address} NOT IN ({marks})", *labels)
        found.append(Bar(f"{number - len(found)} others", "", others))
    return found


def counts(store: Store, condition: str = "1", *values: str) -> dict[str, int]:
    query = f"SELECT verdict, count(*) FROM connections WHERE {condition} GROUP BY verdict"
    found = {row[0]: row[1] for row in store.rows(query, *values)}
    return {kind: found.get(kind, 0) for kind in KINDS}


def slots(store: Store) -> list[Slot]:
    seconds = "CAST(strftime('%s', time) AS INTEGER)"
    query = f"SELECT min({seconds}), max({seconds}) FROM connections"
    first, last = next(store.rows(query))
    if first is None:
        return []
    width = next(
        (s for s in SLOT_SECONDS if (last - first) / s < SLOTS), (last - first) // SLOTS + 1
    )
    begin = first // width * width
    rows = store.rows(
        f"SELECT ({seconds} - {begin}) / {width} AS slot, count(*) AS total,"
        f" sum({IS_FAILURE}) AS failures FROM connections GROUP BY slot"
    )
    found = {row["slot"]: row for row in rows}
    return [
        Slot(moment(begin + slot * width), found[slot]["total"], found[slot]["failures"])
        if slot in found
        else Slot(moment(begin + slot * width), 0, 0)
        for slot in range((last - begin) // width + 1)
    ]


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def offenders(store: Store) -> list[Any]:
    return list(
        store.rows(
            f"SELECT name, severity, sender, {ADDRESSES['server']} AS server,"
            " group_concat(DISTINCT server_name) AS server_names,"
            " count(DISTINCT connection) AS connections,"
            """ count(DISTINCT client_address) AS clients,"""
            " min(findings.file) AS file, findings.frame AS frame"
            " FROM findings JOIN connections ON connections.id = connection"
            f" WHERE {RANK} >= {interface.SEVERITIES.index(interface.WARNING)}"
            " GROUP BY server, name, sender"
            f" ORDER BY {RANK} DESC, connections DESC, server, name LIMIT {SHOWN_OFFENDERS}"
        )
    )


def findings(store: Store) -> Iterator[Any]:
    return store.rows(
        "SELECT name, severity, sender, findings.file AS file, findings.frame AS frame, verdict,"
        f" server_name, {ADDRESSES['server']} AS server,"
        """ client_address || ' port ' || client_port AS client"""
        " FROM findings JOIN connections ON connections.id = connection"
        f" ORDER BY {RANK} DESC, findings.file, findings.frame"
    )


def losses(store: Store) -> dict[str, int]:
    query = "SELECT loss, count(*) FROM connections WHERE loss IS NOT NULL GROUP BY loss"
    found = {row[0]: row[1] for row in store.rows(query)}
    return {name: found.get(name, 0) for name in interface.LOSSES}


def losing_services(store: Store) -> list[Any]:
    """Each end counts against the side that brought it about."""
    return list(
        store.rows(
            "SELECT * FROM servers WHERE server_losses + client_losses > 0"
            f" ORDER BY server_losses + client_losses DESC, server_address LIMIT {SHOWN_ENDPOINTS}"
        )
    )


def lost(store: Store) -> list[Any]:
    """A reason is listed once, with the number of its connections and the first of them."""
    kind = "loss, whose, loss_reason, server_name, server_address, server_port, initiator"
    return list(
        store.rows(
            f"SELECT kinds.*, loss_reason AS reason, file, stream, frame FROM"
            f" (SELECT {kind}, count(*) AS connections, max(idle) AS idle, min(id) AS example"
            f" FROM losses GROUP BY {kind}) AS kinds"
            " JOIN (SELECT id, file, stream, frame FROM connections) AS first ON first.id = example"
            f" ORDER BY loss, connections DESC, server_address LIMIT {SHOWN_OFFENDERS}"
        )
    )


def losing_clients(store: Store) -> list[Any]:
    return list(
        store.rows(
            "SELECT client_address, count(*) AS connections, sum(whose = 'Client') AS sent,"
            " sum(whose = 'Server') AS expected, sum(initiator = 'Client') AS ended_by_client"
            " FROM losses GROUP BY client_address"
            f" ORDER BY connections DESC, client_address LIMIT {SHOWN_ENDPOINTS}"
        )
    )


def severities(store: Store) -> dict[str, int]:
    query = "SELECT severity, count(*) FROM findings GROUP BY severity"
    found = {row[0]: row[1] for row in store.rows(query)}
    return {name: found.get(name, 0) for name in reversed(interface.SEVERITIES)}


def context(store: Store) -> dict[str, Any]:
    total = counts(store)
    return {
        "kinds": KINDS,
        "all": Bar("All connections", "", total),
        "captures": store.value("SELECT count(*) FROM captures"),
        "problems": list(store.problems()),
        "failures": sum(total[kind] for kind in FAILURES),
        "failure_kinds": FAILURES,
        "losses": losses(store),
        "lost": lost(store),
        "losing_services": losing_services(store),
        "losing_clients": losing_clients(store),
        "severities": severities(store),
        "servers": bars(store, "server"),
        "clients": bars(store, "client"),
        "slots": slots(store),
        "offenders": offenders(store),
        "findings": findings(store),
        "advice": ADVICE,
    }


def write(store: Store, file: TextIO) -> None:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    template = environment.get_template("report.html.j2")
    file.writelines(template.generate(context(store)))

# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the end of one TLS connection as a ladder: what each side sent, step by step, and by which rules
it was judged, so that the answer can be checked by eye.

Knows the plugin's fields and its table of records, and asks tshark for the words. It must not know how a
verdict is reached, and reads no packet itself.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

Record = dict[str, str]
Tshark = Callable[..., CompletedProcess[str]]

# By Wireshark's names. What a packet does not have is empty.
COLUMNS = {
    "frame": "frame.number",
    "time": "frame.time_relative",
    "source": "tcp.srcport",
    "length": "tcp.len",
    "fin": "tcp.flags.fin",
    "rst": "tcp.flags.reset",
    "request": "http.request.method",
    "response": "http.response.code",
    "handshake": "tls.handshake.type",
    "alert": "tls.alert_message.desc",
    "close_notify": "tlsclose.close_notify.order",
    "late": "tlsclose.after_close.records",
    "closure": "tlsclose.closure",
    "verdict": "tlsclose.verdict",
}
STEPS_MAX = 30
WIDTH = 100

# What the table of closures rests on; those of single findings are in their texts.
CLOSURE_ALERTS = "RFC 2246, 4346, 5246 7.2.1; RFC 8446, 9846 6.1"


@dataclass
class Step:
    """A packet that brings something."""

    cells: Record
    findings: list[str]

    def is_set(self, flag: str) -> bool:
        return self.cells[flag] in ("1", "True", "Set")

    def words(self) -> Iterator[str]:
        cells = self.cells
        length = int(cells["length"] or 0)
        if cells["close_notify"]:
            yield f"close_notify ({cells['close_notify']})"
        elif cells["alert"]:
            yield f"alert {cells['alert']}"
        if cells["handshake"]:
            yield "handshake"
        if cells["request"]:
            yield f"request {cells['request']}"
        if cells["response"]:
            yield f"response {cells['response']}"
        if length and not (cells["close_notify"] or cells["alert"] or cells["handshake"]):
            yield f"data, {length:,} B of TLS"
        if cells["late"]:
            yield "after the close"
        for flag in ("fin", "rst"):
            if self.is_set(flag):
                yield flag.upper()
        if cells["closure"]:
            yield f"ends this direction: {cells['closure']}"
        if cells["verdict"]:
            yield f"verdict: {cells['verdict']}"
        yield from self.findings

    def brings_something(self) -> bool:
        return any(True for _ in self.words())


def findings(record: Record) -> Iterator[tuple[str, str, str]]:
    """Frame, severity and name of each expert info."""
    for finding in record["findings"].split(",") if record["findings"] else []:
        _, severity, name, frame, *_ = finding.split("|")
        yield frame, severity, name


def steps(capture: Path, record: Record, run_tshark: Tshark) -> list[Step]:
    columns = ",".join(f'"{name}","%Cus:{of}:0:R"' for name, of in COLUMNS.items())
    arguments = ["-2", "-Y", f"tcp.stream == {record['stream']}", "-T", "tabs"]
    shown = run_tshark(capture, *arguments, preferences=[f"gui.column.format:{columns}"])
    found = []
    for line in shown.stdout.splitlines():
        texts = [text.strip() for text in line.split("\t")]
        if len(texts) == len(COLUMNS):
            cells = dict(zip(COLUMNS, texts, strict=True))
            own = [name for frame, _, name in findings(record) if frame == cells["frame"]]
            found.append(Step(cells, own))
    return [step for step in found if step.brings_something()]


def texts_of_expert_infos(run: Tshark) -> dict[str, str]:
    """Their summaries, with the sections of the RFCs, by name."""
    lines = (line.split("\t") for line in run().stdout.splitlines())
    return {
        cells[2].removeprefix("tlsclose."): cells[1]
        for cells in lines
        if len(cells) > 2 and cells[2].startswith("tlsclose.")
    }


def rules(record: Record, texts: dict[str, str]) -> Iterator[str]:
    sides = ", ".join(f"{side} {record[f'{side}.closure'] or '-'}" for side in ("client", "server"))
    yield f"closure: {sides} ({CLOSURE_ALERTS})"
    reason = f": {record['reason']}" if record["reason"] else ""
    by = f", ended by {record['initiator'].lower()}" if record["initiator"] else ""
    yield f"verdict: {record['verdict']} ({record['verdict.evidence'].lower() or '-'}){by}{reason}"
    losses = ", ".join(f"{side} {record[f'{side}.loss']}" for side in ("client", "server"))
    yield f"loss: {record['loss']} ({losses}): {record['loss.reason']}"
    if record["app.summary"]:
        yield record["app.summary"]
    said = dict.fromkeys((severity, name) for _, severity, name in findings(record))
    for severity, name in said:
        yield f"{severity}, {name}: {texts.get(name, '')}"


def lines(record: Record, shown: list[Step], texts: dict[str, str]) -> Iterable[str]:
    if len(shown) > STEPS_MAX:
        yield f"({len(shown) - STEPS_MAX} earlier steps are left out)"
    yield f"{'time':>12}  {'frame':>6}  client    server"
    for step in shown[-STEPS_MAX:]:
        arrow = "------->" if step.cells["source"] == record["client.port"] else "<-------"
        time = f"{float(step.cells['time']):.6f}"
        words = ", ".join(step.words())
        yield f"{time:>12}  {step.cells['frame']:>6}  {arrow}  {words}"
    yield ""
    for rule in rules(record, texts):
        yield from textwrap.wrap(rule, WIDTH, subsequent_indent="    ")

# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tshark with the plugin on a capture and returns what the plugin says, frame by frame and
then connection by connection, in the names of the plugin's interface. It must not know what is
expected.
"""
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pcapng
import words
from words import TSHARK

SIDES = {number: name.lower() for number, name in words.values("sender").items()}
CLOSURES = words.values("closure")
VERDICTS = words.values("verdict")
ORDERS = words.values("close_notify.order")
EVIDENCE = words.values("evidence")
SESSION_EVENTS = words.values("session.event")
UNRESUMABLE_REASONS = words.values("session.unresumable_reason")
FRAMINGS = words.values("http.framing")
VERSIONS = words.values("version")

# Those that the descriptions of tests/captures tell of.
EXPERTS = """
    missing_close_notify reset_without_close_notify unanswered_close_notify reset_after_close_notify
    duplicate_close_notify alert_after_close_notify truncation_noticed close_notify_level
    close_notify_in_handshake user_canceled_alone data_after_close_notify
    data_after_peer_close_notify
    data_crossing_close_notify half_close data_after_fatal_alert plaintext_after_close_notify
    truncated_record session_unresumable session_unresumable_rfc2246 tickets_discarded
    unresumable_session_offered unresumable_session_resumed http_truncated
    http_close_without_close_notify http_request_after_close http2_stream_cut http2_malformed
    grpc_no_status grpc_message_cut http2_unprocessed http2_goaway_error http2_no_goaway
    http2_stream_after_goaway http2_request_cut capture_incomplete
""".split()

FIELDS = """
    sender version server_name evidence verdict.evidence close_notify close_notify.order close_notify.response_in
    close_notify.response_to after_close.records closure verdict initiator reason session.event
    session.established_in session.unresumable_in session.unresumable_reason http.close_announced_in
    http.framing http.complete loss client.loss server.loss app.protocol client.complete server.complete
""".split()


# What stands beside a verdict. The frame's own evidence is the weakest of all it states.
VERDICT_FIELDS = (("initiator", SIDES), ("verdict.evidence", EVIDENCE), ("version", VERSIONS))

# What stands beside a verdict as well, as it is.
APPLICATION_FIELDS = (
    "loss", "client.loss", "server.loss", "app.protocol", "client.complete", "server.complete"
)

Row = dict[str, list[str]]


COLUMNS = ["frame.number", "tcp.stream", *(f"tlsclose.{name}" for name in FIELDS + EXPERTS)]


def run_tshark(
    capture: Path, passes: int = 2, options: Iterable[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Whether it succeeds or not. rows_of() reads its output."""
    command = [str(TSHARK), "-n", "-r", str(capture), "-Y", "tlsclose", *options, "-T", "fields"]
    command += ["-2"] if passes == 2 else []
    command += [argument for column in COLUMNS for argument in ("-e", column)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        check=False,
    )


def rows_of(output: str) -> list[Row]:
    """The frames with a tlsclose subtree. Each row names its frame and stream and has the values of
    every field and expert info, without the "tlsclose." prefix; what is not there is an empty list.
    A server name may hold what else ends a line.
    """
    names = [column.removeprefix("tlsclose.") for column in COLUMNS]
    return [
        dict(zip(names, (cell.split(",") if cell else [] for cell in line.split("\t"))))
        for line in output.split("\n")[:-1]
    ]


def rows(capture: Path, passes: int = 2, options: Iterable[str] = ()) -> list[Row]:
    done = run_tshark(capture, passes, options)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return rows_of(done.stdout)


def without_secrets(capture: Path, target: Path) -> Path:
    pcapng.write(target, pcapng.without(pcapng.read(capture), pcapng.DECRYPTION_SECRETS))
    return target


@dataclass
class Found:
    """What the plugin says of one connection. Later statements replace earlier ones."""

    statements: dict[str, str | bool] = field(default_factory=dict)
    close_notify: list[str] = field(default_factory=list)
    after_close: list[str] = field(default_factory=list)
    expert: list[str] = field(default_factory=list)
    session_events: list[str] = field(default_factory=list)


def connections(frames: list[Row]) -> dict[int, Found]:
    found: dict[int, Found] = {}
    for row in frames:
        take_row(found.setdefault(int(row["tcp.stream"][0]), Found()), row)
    return found


def take_row(found: Found, row: Row) -> None:
    def number(name: str) -> int:
        return int(row[name][-1], 0)

    sender = SIDES[number("sender")]
    say = found.statements
    if row["close_notify.order"]:
        found.close_notify += [
            f"{sender} {ORDERS[int(order)]}" for order in row["close_notify.order"]
        ]
    if row["closure"]:
        say[sender] = CLOSURES[number("closure")]
    if row["verdict"]:
        say["verdict"] = VERDICTS[number("verdict")]
        for field_name, meaning in VERDICT_FIELDS:
            name = field_name.removeprefix("verdict.")
            say.pop(name, None)
            if row[field_name]:
                say[name] = meaning[number(field_name)]
        for name in APPLICATION_FIELDS:
            say.pop(name, None)
            if row[name]:
                say[name] = row[name][-1]
    if row["http.framing"]:
        say["http_framing"] = FRAMINGS[number("http.framing")]
    if row["http.complete"]:
        say["http_complete"] = row["http.complete"][-1] in ("1", "True")
    if row["session.unresumable_reason"]:
        say["unresumable_reason"] = UNRESUMABLE_REASONS[number("session.unresumable_reason")]
    say["http_close_announced"] = say.get("http_close_announced", False) or bool(
        row["http.close_announced_in"]
    )
    if row["after_close.records"]:
        count = number("after_close.records")
        found.after_close.append(f"{sender} {count} record{'s' if count > 1 else ''}")
    found.session_events += [SESSION_EVENTS[int(event)] for event in row["session.event"]]
    found.expert += [name for name in EXPERTS for _ in row[name]]

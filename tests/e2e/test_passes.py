# SPDX-License-Identifier: GPL-2.0-or-later
"""The same findings, however a capture is read: in one pass, in two, by random access, again with
other preferences, after other captures. tshark and sharkd are held against each other; what is
right is the business of the other tests.
"""
import functools
import itertools
import json
import os
import random
import re
import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mutate
import pcapng
import pytest
from tlsclose_run import TSHARK, without_secrets

CAPTURES = sorted((Path(__file__).resolve().parent.parent / "captures").glob("*.pcapng"))
FIELD = re.compile(r"(tlsclose\.[\w.]+)(?: == (.*))?")
EXPERT_TYPE = "FT_NONE"

Frame = dict[str, list[str]]
Findings = dict[int, Frame]  # by frame number; frames that have something to say


def normal(value: str) -> str:
    """tshark and sharkd write the same value in different ways."""
    value = value.strip('"')
    if re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2})+", value):
        value = value.replace(":", "")
    value = {"True": "1", "False": "0"}.get(value, value)
    return str(float(value)) if re.fullmatch(r"\d+\.\d+", value) else value


# tshark


def tshark(*arguments: str | Path) -> str:
    done = subprocess.run(
        [TSHARK, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@functools.cache
def field_types() -> dict[str, str]:
    """Not the explanation, which is constant text below an expert info."""
    rows = (line.split("\t") for line in tshark("-G", "fields").splitlines())
    ours = {row[2]: row[3] for row in rows if row[0] == "F" and row[2].startswith("tlsclose.")}
    return {name: kind for name, kind in ours.items() if name != "tlsclose.explanation"}


@functools.cache
def read_by_tshark(capture: Path, passes: int, *options: str | Path) -> Findings:
    types = field_types()
    columns = [argument for name in types for argument in ("-e", name)]
    arguments = ["-Y", "tlsclose", "-T", "fields", "-E", "aggregator=|", "-e", "frame.number"]
    arguments += ["-2"] if passes == 2 else []
    findings = {}
    for line in tshark("-n", "-r", capture, *options, *arguments, *columns).splitlines():
        number, *cells = line.split("\t")
        findings[int(number)] = {
            name: sorted(normal(value) for value in cell.split("|"))
            for name, cell in zip(types, cells)
            if cell
        }
    return findings


# sharkd


class Sharkd:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.numbers = itertools.count(1)

    def ask(self, method: str, **parameters: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        request = {"jsonrpc": "2.0", "id": next(self.numbers), "method": method}
        request |= {"params": parameters} if parameters else {}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "result" in answer, answer
        return answer["result"]

    def load(self, capture: Path) -> int:
        """Returns the number of frames."""
        self.ask("load", file=str(capture))
        return int(self.ask("status")["frames"])

    def prefer(self, name: str, value: str) -> None:
        self.ask("setconf", name=name, value=value)

    def frame(self, number: int) -> Frame:
        found: Frame = {}
        _collect(self.ask("frame", frame=number, proto=True)["tree"], found)
        return {name: sorted(values) for name, values in found.items()}

    def findings(self, numbers: list[int]) -> Findings:
        return {number: frame for number in numbers if (frame := self.frame(number))}

    def experts(self) -> list[tuple[int, str]]:
        taps = self.ask("tap", tap0="expert")["taps"]
        return sorted(
            (detail["f"], detail["m"])
            for detail in taps[0]["details"]
            if detail["p"] == "TLS Closure"
        )


def _collect(nodes: list[dict[str, Any]], found: Frame) -> None:
    for node in nodes:
        match = FIELD.fullmatch(node.get("f", ""))
        if match and match[1] in field_types():
            found.setdefault(match[1], []).append(normal(match[2] or "1"))
        _collect(node.get("n", []), found)


@contextmanager
def sharkd() -> Iterator[Sharkd]:
    environment = os.environ | {"TLSCLOSE_TSHARK": "sharkd"}
    with subprocess.Popen(
        [TSHARK, "-"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield Sharkd(process)


# Captures


@pytest.fixture(scope="module", params=["with_keys", "without_keys"])
def capture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The connections of all captures in one."""
    preamble, secrets, connections = mutate.read_all(CAPTURES)
    path = tmp_path_factory.mktemp("passes") / f"{request.param}.pcapng"
    mutate.write(path, preamble + (secrets if request.param == "with_keys" else []), connections)
    return path


def shuffled(numbers: Iterable[int]) -> list[int]:
    order = list(numbers)
    random.Random(len(order)).shuffle(order)
    return order


def sample(frames: int, expected: Findings) -> list[int]:
    """All frames that have something to say, and some of the others."""
    return shuffled(expected.keys() | set(range(1, frames + 1, 9)))


# One pass and two

LATER = {"tlsclose.close_notify.response_in"}  # a link forward
INFERRED = "2"
CLIENT = "1"
VERDICT = {"tlsclose." + name for name in ("verdict", "initiator", "server_name", "reason")}
# Who ended first, and so whose GOAWAY was due.
RESTING_ON_VERDICT = {"tlsclose.evidence", "tlsclose.http2_no_goaway"}


def streams(capture: Path) -> dict[int, str]:
    columns = ("-T", "fields", "-e", "frame.number", "-e", "tcp.stream")
    rows = (line.split("\t") for line in tshark("-n", "-r", capture, *columns).splitlines())
    return {int(number): stream for number, stream in rows}


def changed(first: Frame, second: Frame) -> set[str]:
    return {name for name in first | second if first.get(name) != second.get(name)}


def has_inferred_otherwise(first: Findings, second: Findings, numbers: list[int]) -> bool:
    """Whether what counts as a close_notify changed: an alert of TLS 1.3 without keys is known by
    what does not come behind it, one of earlier versions can be withdrawn."""
    close_notify = {name for name in field_types() if name.startswith("tlsclose.close_notify")}
    return any(
        close_notify - LATER & changed(first.get(number, {}), second.get(number, {}))
        for number in numbers
    )


def rests_on_inference(findings: Findings, numbers: list[int]) -> bool:
    return any(
        INFERRED in findings.get(number, {}).get("tlsclose.evidence", []) for number in numbers
    )


def is_revised(second: Findings, numbers: list[int], number: int) -> bool:
    return any("tlsclose.verdict" in second.get(later, {}) for later in numbers if later > number)


def by_stream(capture: Path, *all_findings: Findings) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    stream_of = streams(capture)
    for number in sorted(set().union(*all_findings)):
        numbers.setdefault(stream_of[number], []).append(number)
    return numbers


def test_two_passes_say_what_one_pass_said(capture: Path) -> None:
    first, second = (read_by_tshark(capture, passes) for passes in (1, 2))
    assert first and second
    surprises = {}
    for numbers in by_stream(capture, first, second).values():
        if has_inferred_otherwise(first, second, numbers):
            assert rests_on_inference(first, numbers) or rests_on_inference(second, numbers)
            continue
        for number in numbers:
            difference = changed(first.get(number, {}), second.get(number, {})) - LATER
            if is_revised(second, numbers, number):
                difference -= VERDICT | RESTING_ON_VERDICT
            if difference:
                surprises[number] = difference
    assert not surprises


def test_verdicts_do_not_depend_on_passes(capture: Path) -> None:
    """Not even where what counts as a close_notify is known only in the end."""

    def last_verdicts(passes: int) -> dict[str, list[list[str] | None]]:
        findings = read_by_tshark(capture, passes)
        return {
            stream: [
                findings[number].get("tlsclose." + name)
                for name in ("verdict", "initiator", "server_name")
            ]
            for stream, numbers in by_stream(capture, findings).items()
            for number in numbers
            if "tlsclose.verdict" in findings[number]
        }

    assert last_verdicts(1) == last_verdicts(2)


def test_a_frame_says_nothing_of_one_that_a_read_filter_rejected(capture: Path) -> None:
    """Which shares its number, as frames are counted once they have passed. From the shared
    captures' servers, whose port is the lower one, comes what the server did."""
    findings = read_by_tshark(capture, 2, "-R", "tcp.srcport > tcp.dstport")
    senders = {sender for frame in findings.values() for sender in frame["tlsclose.sender"]}
    assert senders == {CLIENT}


# Random access


def test_random_access_shows_what_two_passes_show(capture: Path) -> None:
    with sharkd() as session:
        order = shuffled(range(1, session.load(capture) + 1))
        assert session.findings(order) == read_by_tshark(capture, 2)
        again = order[::-7]
        assert session.findings(again) == session.findings(sorted(again))


def test_experts_are_the_same_in_list_and_frames(capture: Path) -> None:
    expert_fields = {name for name, kind in field_types().items() if kind == EXPERT_TYPE}
    with sharkd() as session:
        order = sample(session.load(capture), read_by_tshark(capture, 2))
        listed = session.experts()
        in_frames = session.findings(order)
        assert session.experts() == listed
    shown = [
        number
        for number, frame in in_frames.items()
        for name in expert_fields & frame.keys()
        for _ in frame[name]
    ]
    assert sorted(shown) == [number for number, _ in listed]


@pytest.mark.parametrize(
    "tap", ["stat:tlsclose", "nstat:tlsclose,servers", "nstat:tlsclose,connections"]
)
def test_statistics_are_the_same_again(capture: Path, tap: str) -> None:
    with sharkd() as session:
        order = sample(session.load(capture), read_by_tshark(capture, 2))
        before = session.ask("tap", tap0=tap)
        session.findings(order[:500])
        assert session.ask("tap", tap0=tap) == before


# Preferences and other captures


def key_log(capture: Path, target: Path) -> Path:
    """The secrets of a capture as a key log file: type and length come before them in the block."""
    blocks = [b for b in pcapng.read(capture) if b.type == pcapng.DECRYPTION_SECRETS]
    logs = (block.body[8 : 8 + struct.unpack_from("<I", block.body, 4)[0]] for block in blocks)
    target.write_bytes(b"".join(logs))
    return target


@pytest.fixture
def no_keys(tmp_path: Path) -> Path:
    preamble, _, connections = mutate.read_all(CAPTURES)
    path = tmp_path / "no_keys.pcapng"
    mutate.write(path, preamble, connections)
    return path


def test_keys_given_later_count_when_the_capture_is_read_again(
    no_keys: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_bytes(
        b"".join(key_log(path, tmp_path / "some_keys").read_bytes() for path in CAPTURES)
    )
    with_keys = read_by_tshark(no_keys, 2, "-o", f"tls.keylog_file:{keys}")
    without_keys = read_by_tshark(no_keys, 2)
    assert with_keys != without_keys
    with sharkd() as session:
        for file, expected in (("", without_keys), (keys, with_keys)):
            session.prefer("tls.keylog_file", str(file))
            order = sample(session.load(no_keys), expected)
            assert session.findings(order) == expected


@pytest.mark.parametrize(
    "name, value",
    [
        ("tcp.reassemble_out_of_order", "TRUE"),
        ("tcp.desegment_tcp_streams", "FALSE"),
        ("tlsclose.infer", "FALSE"),
        ("tlsclose.strict_rfc2246", "TRUE"),
    ],
)
def test_a_preference_changed_in_between_counts_as_from_the_start(
    capture: Path, name: str, value: str
) -> None:
    default = {"TRUE": "FALSE", "FALSE": "TRUE"}[value]
    with sharkd() as session:
        for setting in (value, default):
            session.prefer(name, setting)
            expected = read_by_tshark(capture, 2, "-o", f"{name}:{setting}")
            order = sample(session.load(capture), expected)
            assert session.findings(order) == expected


def findings_in_turn(captures: list[Path]) -> dict[str, Findings]:
    with sharkd() as session:
        return {
            capture.stem: session.findings(list(range(1, session.load(capture) + 1)))
            for capture in captures
        }


def test_nothing_is_left_of_the_capture_before(tmp_path: Path) -> None:
    bare = [without_secrets(path, tmp_path / f"{path.stem}_bare.pcapng") for path in CAPTURES]
    captures = [path for pair in zip(CAPTURES[::2], bare[1::2]) for path in pair]
    forwards = findings_in_turn(captures)
    assert forwards == findings_in_turn(captures[::-1])
    for path in captures[:: len(captures) // 6]:
        assert forwards[path.stem] == read_by_tshark(path, 2)


# Disabled


@pytest.mark.parametrize("passes", [1, 2])
def test_a_disabled_protocol_says_nothing(capture: Path, passes: int) -> None:
    disabled = ["--disable-protocol", "tlsclose"]
    assert read_by_tshark(capture, passes, *disabled) == {}
    options = [*disabled, *(["-2"] if passes == 2 else [])]
    assert "TLS Closure" not in tshark("-n", "-r", capture, *options, "-q", "-z", "expert")
    assert "TLS Closure" in tshark("-n", "-r", capture, "-q", "-z", "expert")

# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/tlsclose-batch on this machine: its records, its outputs and its exit status. Expectations are
what the endpoints were scripted to do, and what the tests themselves did to captures and tshark.
"""

import csv
import io
import json
import os
import pty
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from batch import interface, store
from batch_run import (
    BATCH,
    CAPTURES,
    NAMES,
    PROJECT,
    Record,
    batch,
    calls,
    capture,
    connections,
    fake_tshark,
    key_log,
    records,
    write_part,
)
from running import Runner

DESCRIPTIONS = {path.stem: json.loads(path.read_text()) for path in sorted(CAPTURES.glob("*.json"))}
STATEMENTS = {
    "initiator": "initiator",
    "evidence": "evidence",
    "version": "version",
    "client.closure": "client",
    "server.closure": "server",
    "session.unresumable_reason": "unresumable_reason",
    "http.framing": "http_framing",
    "http.complete": "http_complete",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("outputs")
    files = {kind: folder / kind for kind in ("json", "csv", "sqlite", "report")}
    done = batch(
        *(argument for kind, file in files.items() for argument in (f"--{kind}", file)),
        *map(capture, NAMES),
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == done.stderr == ""
    return files


@pytest.fixture(scope="module")
def said(outputs: dict[str, Path]) -> list[Record]:
    return records(outputs["json"].read_text())


def as_expected(record: Record) -> Record:
    found = {name: record[name] for name in STATEMENTS if record[name] is not None}
    if found.get("initiator"):
        found["initiator"] = found["initiator"].lower()
    found["expert"] = sorted(finding["name"] for finding in record["findings"])
    found["session_events"] = sorted({event["event"] for event in record["session.events"]})
    for side in ("client", "server"):
        found[f"{side}.close_notify"] = record[f"{side}.close_notify"]
    return found | {"verdict": record["verdict"]}


def expected(description: Record) -> Record:
    wanted = {name: description[key] for name, key in STATEMENTS.items() if key in description}
    wanted["expert"] = sorted(description["expert"])
    wanted["session_events"] = sorted(set(description["session_events"]))
    for side in ("client", "server"):
        orders = [order.split() for order in description["close_notify"]]
        wanted[f"{side}.close_notify"] = [order for who, order in orders if who == side]
    return wanted | {"verdict": description.get("verdict", interface.OPEN)}


@pytest.mark.parametrize("name", NAMES)
def test_a_record_says_what_the_endpoints_did(said: list[Record], name: str) -> None:
    found = [record for record in said if record["file"] == str(capture(name))]
    found.sort(key=lambda record: record["stream"])
    wanted = [expected(description) for description in DESCRIPTIONS[name]["expect"]]
    for record, expectation in zip(found, wanted, strict=True):
        said_of_it = as_expected(record)
        if "version" not in expectation:  # the description tells versions of ended ones only
            said_of_it.pop("version", None)
        assert said_of_it == expectation


def test_client_and_server_are_told_apart(said: list[Record]) -> None:
    """The server's port is the same in all connections of a capture."""
    for name in NAMES:
        assert len({r["server.port"] for r in said if r["file"] == str(capture(name))}) == 1
    ipv6 = [record for record in said if record["file"].endswith("ipv6.pcapng")]
    assert {record["server.address"] for record in ipv6} == {"::1"}


def test_csv_and_sqlite_agree_with_json(outputs: dict[str, Path], said: list[Record]) -> None:
    with outputs["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(said) > 20
    database = sqlite3.connect(outputs["sqlite"])
    database.row_factory = sqlite3.Row
    stored = database.execute("SELECT * FROM connections ORDER BY id").fetchall()
    for record, cells, row in zip(said, rows, stored, strict=True):
        for name in store.COLUMNS:
            value = store.as_cell(record[name])
            assert row[store.column(name)] == value
            assert cells[name] == ("" if value is None else str(value))
        findings = database.execute(
            "SELECT name, severity, sender, file, frame, time FROM findings WHERE connection = ?",
            [row["id"]],
        )
        assert [dict(finding) for finding in findings] == record["findings"]
    database.close()


def shown_experts(tshark: Runner, name: str) -> Counter[tuple[str, str, int]]:
    """Name, severity and frame of each expert info that Wireshark shows in the end."""
    levels = {0x200000: "Chat", 0x400000: "Note", 0x600000: "Warning", 0x800000: "Error"}
    pdml = tshark("-n", "-r", capture(name), "-2", "-Y", "tlsclose", "-T", "pdml").stdout
    found: Counter[tuple[str, str, int]] = Counter()
    for packet in ElementTree.fromstring(pdml).iter("packet"):
        frame = next(
            int(field.get("show", ""))
            for field in packet.iter("field")
            if field.get("name") == "frame.number"
        )
        for expert in packet.iter("field"):
            fields = {field.get("name", ""): field.get("show", "") for field in expert}
            if "_ws.expert.severity" not in fields:
                continue
            severity = levels[int(fields["_ws.expert.severity"], 0)]
            for field in fields:
                if field.startswith("tlsclose."):
                    found[field.removeprefix("tlsclose."), severity, frame] += 1
    return found


@pytest.mark.parametrize("name", ["sample", "deviations_tls12", "endings_openssl_tls13"])
def test_findings_are_those_that_wireshark_shows(
    tshark: Runner, said: list[Record], name: str
) -> None:
    found = Counter(
        (finding["name"], finding["severity"], finding["frame"])
        for record in said
        if record["file"] == str(capture(name))
        for finding in record["findings"]
    )
    assert found == shown_experts(tshark, name)


def test_words_for_sorting_are_those_that_wireshark_shows(tshark: Runner) -> None:
    values = [line.split("\t") for line in tshark("-G", "values").stdout.splitlines()]

    def shown(name: str) -> set[str]:
        return {v[3] for v in values if v[:2] == ["V", f"tlsclose.{name}"]}

    assert {*interface.VERDICTS, interface.UNKNOWN} == shown("verdict")
    assert set(interface.LOSSES) == shown("loss")
    assert interface.MADE_UNRESUMABLE in shown("session.event")


@pytest.mark.parametrize(
    ("name", "options", "status"),
    [
        ("http_tls12", [], 1),
        ("http_tls12", ["--fail-on", "never"], 0),
        ("session_unresumable_and_refused_tls10", [], 0),
        ("session_unresumable_and_refused_tls10", ["--fail-on", "warning"], 1),
        ("http_tls12", ["--fail-on", "loss"], 1),
        ("ipv6", ["--fail-on", "loss"], 0),
    ],
)
def test_exit_status_by_severity(name: str, options: list[str], status: int) -> None:
    assert batch(*options, capture(name)).returncode == status


def test_what_cannot_be_read_is_named_and_the_rest_reported(tmp_path: Path) -> None:
    text = tmp_path / "text.pcap"
    text.write_text('{"a": 1}\n')
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(capture("sample").read_bytes()[:-50])
    missing = tmp_path / "missing.pcap"
    done = batch(text, cut, missing, capture("sample"))
    assert done.returncode == 2
    for file in (text, cut, missing):
        assert sum(str(file) in line for line in done.stderr.splitlines()) == 1
    problems = {r["file"] for r in records(done.stdout) if "problem" in r}
    assert problems == {str(text), str(cut), str(missing)}
    files = Counter(record["file"] for record in connections(done.stdout))
    assert files[str(capture("sample"))] == len(DESCRIPTIONS["sample"]["expect"])
    assert files[str(cut)] > 0


def test_folders_lists_and_names_given_twice(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    first = tmp_path / "deep" / "a.pcapng"
    second = tmp_path / "deep" / "deeper" / "b.pcapng"
    for target in (first, second):
        shutil.copy(capture("ipv6"), target)
    (tmp_path / "deep" / "notes.txt").write_text("no capture")
    wanted = Counter({str(first): len(DESCRIPTIONS["ipv6"]["expect"])})
    wanted[str(second)] = wanted[str(first)]

    def files(done: subprocess.CompletedProcess[str]) -> Counter[str]:
        assert done.returncode < 2, done.stderr
        return Counter(record["file"] for record in records(done.stdout))

    assert files(batch(tmp_path, first)) == wanted
    assert files(batch(input=f"{first}\n{second}\n")) == wanted
    assert files(batch(input=f"{first}\0{second}\0")) == wanted


def test_what_it_needs_and_is_not_installed_is_named(tmp_path: Path) -> None:
    done = batch("--help", env=os.environ | {"PATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert {"parallel)", "bzip2)"} <= set(done.stderr.split())


def test_nothing_to_read(tmp_path: Path) -> None:
    done = batch(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("program", ["gzip", "zstd", "lz4"])
def test_compressed_captures(tmp_path: Path, program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    ending = {"gzip": "gz", "zstd": "zst"}.get(program, program)
    target = tmp_path / f"ipv6.pcapng.{ending}"
    with target.open("wb") as file:
        subprocess.run([program, "-c", capture("ipv6")], stdout=file, check=True)
    done = batch(tmp_path)
    assert len(records(done.stdout)) == len(DESCRIPTIONS["ipv6"]["expect"]), done.stderr


@pytest.mark.parametrize(
    "name",
    ["$(touch made) 'a\"`b`.pcap", "{} {.} {#}.pcap", "two\nlines.pcap", "-r.pcap", "ö.pcap"],
)
def test_file_names_that_mean_something_to_a_program(tmp_path: Path, name: str) -> None:
    shutil.copy(capture("ipv6"), tmp_path / name)
    done = batch(".", cwd=tmp_path)
    assert done.returncode < 2, done.stderr
    assert {record["file"] for record in records(done.stdout)} == {f"./{name}"}
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_keys_and_options_are_passed_on(tmp_path: Path) -> None:
    def verdicts(*options: str | Path) -> list[tuple[str, str]]:
        done = batch(*options, bare)
        assert done.returncode < 2, done.stderr
        found = sorted(records(done.stdout), key=lambda record: record["stream"])
        return [(record["verdict"], record["evidence"]) for record in found]

    def wanted(which: str) -> list[tuple[str, str]]:
        return [(c["verdict"], c.get("evidence")) for c in DESCRIPTIONS[name][which]]

    name = "endings_openssl_tls13"
    bare = write_part(tmp_path / "bare.pcapng", name)
    keys = key_log(name, tmp_path / "keys {} log")
    assert wanted("expect") != wanted("expect_without_keys")
    assert verdicts() == wanted("expect_without_keys")
    assert verdicts("--keylog", keys) == wanted("expect")
    assert verdicts("-o", f"tls.keylog_file:{keys}") == wanted("expect")
    assert verdicts(f"--tshark-options=-o 'tls.keylog_file:{keys}'") == wanted("expect")


def test_a_profile_is_passed_on(tmp_path: Path) -> None:
    name = "endings_openssl_tls13"
    bare = write_part(tmp_path / "bare.pcapng", name)
    keys = key_log(name, tmp_path / "keys")
    profile = tmp_path / "config" / "profiles" / "decrypting"
    profile.mkdir(parents=True)
    (profile / "preferences").write_text(f"tls.keylog_file: {keys}\n")
    tmp_path.chmod(0o755)
    environment = os.environ | {"WIRESHARK_CONFIG_DIR": str(tmp_path / "config")}
    done = batch("--profile", "decrypting", bare, env=environment)
    evidence = {record["evidence"] for record in records(done.stdout)}
    assert evidence == {c.get("evidence") for c in DESCRIPTIONS[name]["expect"]}, done.stderr


@pytest.mark.parametrize(
    ("misbehaviour", "options", "word"),
    # The time must be enough for the other captures, on a busy machine too.
    [
        ("sleep 600", ("--timeout", "10"), "longer than 10 seconds"),
        ("kill -SEGV $$", (), "signal 11"),
    ],
    ids=["hangs", "crashes"],
)
def test_tshark_is_tried_once_more(
    tmp_path: Path, misbehaviour: str, options: tuple[str, ...], word: str
) -> None:
    script = f"if [[ $capture == bad.pcapng ]]; then {misbehaviour}; fi"
    tshark = fake_tshark(tmp_path, script)
    for name in ("a", "bad", "z"):
        shutil.copy(capture("ipv6"), tmp_path / f"{name}.pcapng")
    done = batch(*options, "--tshark", tshark, tmp_path)
    assert done.returncode == 2
    assert "bad.pcapng" in done.stderr and word in done.stderr
    each = len(DESCRIPTIONS["ipv6"]["expect"])
    found = Counter(Path(record["file"]).name for record in connections(done.stdout))
    assert found == {"a.pcapng": each, "z.pcapng": each}
    assert Counter(calls(tmp_path)) == {"a.pcapng": 1, "bad.pcapng": 2, "z.pcapng": 1}


def test_the_second_attempt_counts(tmp_path: Path) -> None:
    tshark = fake_tshark(tmp_path, '(($(wc -l < "$calls") > 1)) || kill -SEGV $$')
    done = batch("--tshark", tshark, capture("ipv6"))
    assert done.returncode < 2 and done.stderr == ""
    assert len(records(done.stdout)) == len(DESCRIPTIONS["ipv6"]["expect"])


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_taken_up(tmp_path: Path, ending: signal.Signals) -> None:
    names = [f"{letter}.pcapng" for letter in "abcdef"]
    for name in names:
        shutil.copy(capture("ipv6"), tmp_path / name)
    tshark = fake_tshark(tmp_path, f"[[ $capture < c || -e {tmp_path}/go ]] || exec sleep 60")
    folder = tmp_path / "run"
    command = [BATCH, "--jobs", "1", "--run", folder, "--tshark", tshark, tmp_path]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for(lambda: (tmp_path / "calls").exists() and len(calls(tmp_path)) == 3)
        process.send_signal(ending)
        output, complaint = process.communicate(timeout=30)
    assert (process.returncode, output) == (130, "")
    assert f"--resume --run {folder}" in complaint
    wait_for(lambda: not is_running(tshark), seconds=10)

    (tmp_path / "go").touch()
    done = batch("--resume", "--run", folder)
    assert done.returncode < 2, done.stderr
    each = len(DESCRIPTIONS["ipv6"]["expect"])
    found = Counter(Path(record["file"]).name for record in records(done.stdout))
    assert found == {name: each for name in names}
    assert Counter(calls(tmp_path)) == {name: 2 if name == "c.pcapng" else 1 for name in names}


@pytest.mark.parametrize("moment", [0.01, 0.05, 0.1, 0.2])
def test_interrupted_before_it_began(moment: float) -> None:
    """Whatever Python is doing, once it has the program."""
    with subprocess.Popen(
        [BATCH, "--json", "-", capture("ipv6")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # Its first own module is loaded when the program handles interrupts.
        maps = Path(f"/proc/{process.pid}/maps")
        wait_for(lambda: process.poll() is not None or "_json" in maps.read_text())
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    assert "Traceback" not in complaint
    assert process.returncode in (0, 130)


def test_ten_interruptions_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    captures, run = tmp_path / "captures", tmp_path / "run"
    captures.mkdir()
    for number in range(40):
        shutil.copy(capture("ipv6"), captures / f"{number}.pcapng")
    moments = random.Random(14)
    command = [BATCH, "--fail-on", "never", "--json", tmp_path / "endings.jsonl", "--run", run]
    for _ in range(10):
        place = "--resume" if (run / "run.json").exists() else captures
        with subprocess.Popen([*command, place], stderr=subprocess.PIPE, text=True) as process:
            time.sleep(moments.uniform(0.2, 1.5))
            process.send_signal(signal.SIGINT)
            complaint = process.communicate(timeout=60)[1]
        assert "Traceback" not in complaint
    place = "--resume" if (run / "run.json").exists() else captures
    assert batch(*command[1:], place).returncode == 0
    found = Counter(record["file"] for record in records((tmp_path / "endings.jsonl").read_text()))
    each = len(DESCRIPTIONS["ipv6"]["expect"])
    assert found == {str(captures / f"{number}.pcapng"): each for number in range(40)}


def is_running(program: Path) -> bool:
    return subprocess.run(["pgrep", "-f", f"^/bin/bash {program}"], check=False).returncode == 0


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_a_progress_bar_on_a_terminal_only() -> None:
    try:
        reader, terminal = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had: {error}")
    assert batch(capture("ipv6"), stderr=terminal, capture_output=False).returncode < 2
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(reader, 65536):
            shown += chunk
    except OSError:  # a terminal that nobody writes to any more
        pass
    os.close(reader)
    assert b"100%" in shown
    assert batch(capture("ipv6")).stderr == ""


def test_output_that_nobody_reads(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = f'"{BATCH}" "{capture("sample")}" | true'
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_a_spreadsheet_would_take_for_a_formula(tmp_path: Path) -> None:
    shutil.copy(capture("ipv6"), tmp_path / "=1+1.pcap")
    done = batch("--csv", "-", "=1+1.pcap", cwd=tmp_path)
    assert {row["file"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"'=1+1.pcap"}


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_slurm_jobs_of_the_manual(tmp_path: Path) -> None:
    """Run as Slurm would: one task after the other, then the merge."""
    judge, merge = code_blocks((PROJECT / "doc" / "batch.md").read_text())
    (tmp_path / "tools").symlink_to(PROJECT / "tools")
    files = [capture(name) for name in NAMES[:4]]
    (tmp_path / "captures.list").write_text("".join(f"{file}\n" for file in files))
    slurm = {"SLURM_ARRAY_TASK_COUNT": "3", "SLURM_CPUS_PER_TASK": "1"}
    for task in range(3):
        environment = os.environ | slurm | {"SLURM_ARRAY_TASK_ID": str(task)}
        subprocess.run(["bash", "-ec", judge], cwd=tmp_path, env=environment, check=True)
    assert subprocess.run(["bash", "-ec", merge], cwd=tmp_path, check=False).returncode == 1
    database = sqlite3.connect(tmp_path / "endings.sqlite")
    found = dict(database.execute("SELECT file, count(*) FROM connections GROUP BY file"))
    assert found == {str(capture(name)): len(DESCRIPTIONS[name]["expect"]) for name in NAMES[:4]}
    database.close()
    assert "How TLS connections ended" in (tmp_path / "report.html").read_text()


def test_the_manual_names_every_field_and_option() -> None:
    manual = (PROJECT / "doc" / "batch.md").read_text()
    for name in store.COLUMNS:
        if name not in ("server.after_close.records", "server.after_close.bytes"):
            word = ".bytes" if name == "client.after_close.bytes" else name
            assert f"`{word}`" in manual, name
    for option in re.findall(r"--[a-z-]+", batch("--help").stdout):
        assert option in manual or option in ("--help", "--jobs", "--profile"), option

# SPDX-License-Identifier: GPL-2.0-or-later
"""What tlsclose-batch does, from its arguments to its exit status. It must not know how a capture
is read, how jobs are spread, nor how records are kept and shown: only in which order.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batch import analyse, captures, junit, output, outputs, policy, report, sharkd, spread
from batch.outputs import OutputError, visible
from batch.store import Store

FOUND, UNREADABLE, INTERRUPTED = 1, 2, 130
UNWRITTEN = 3  # within the program: 2 to the outside, with the state of the run kept
PROGRAM = "tlsclose-batch"
SMALL_IN_JOB = 24  # captures that one sharkd reads
TSHARK_BESIDE = spread.TOOLS / "tshark"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        allow_abbrev=False,
        description="Tells how each TLS connection of many captures ended.",
        epilog="Exit status: 0 all read, nothing found; 1 findings at or above --fail-on;"
        " 2 something could not be read, the rest is reported; 130 interrupted.",
    )
    version = (spread.TOOLS / "VERSION").read_text(encoding="utf-8").strip()
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version}")
    parser.add_argument(
        "places",
        metavar="CAPTURE|FOLDER",
        nargs="*",
        help="captures, and folders to search for them; none: a list on standard input",
    )
    parser.add_argument(
        "-0",
        "--null",
        action="store_true",
        help="the names on standard input end at zero bytes, not at line feeds",
    )
    add_outputs(parser.add_argument_group("what to write (- is standard output, for --json -)"))
    add_reading(parser.add_argument_group("how to read"))
    add_spreading(parser.add_argument_group("how to spread the work (GNU parallel)"))
    return parser.parse_args()


def positive_number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def add_outputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--json", metavar="FILE", help="JSON lines, one a connection")
    group.add_argument(
        "--csv", metavar="FILE", help="comma-separated values, one line a connection"
    )
    group.add_argument("--sqlite", metavar="FILE", help="an SQLite database")
    group.add_argument("--report", metavar="FILE", help="an HTML page that needs no other file")
    group.add_argument("--junit", metavar="FILE", help="JUnit XML, a failure by --fail-on")
    group.add_argument(
        "--fail-on",
        choices=policy.CHOICES,
        default=policy.DEFAULT,
        help="least severity of a finding that makes the exit status 1 (default: error);"
        " loss: a certain or possible loss does",
    )
    group.add_argument(
        "--summary", action="store_true", help="one line of totals on standard error"
    )


def add_reading(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--ring", action="store_true", help="judge what spans files of a ring buffer as one")
    group.add_argument(
        "--merge", action="store_true", help="the files are JSON lines of earlier runs"
    )
    group.add_argument("--keylog", metavar="FILE", help="TLS key log for decryption")
    group.add_argument(
        "-o",
        dest="preferences",
        metavar="PREFERENCE:VALUE",
        action="append",
        default=[],
        help="set a Wireshark preference",
    )
    group.add_argument("-C", "--profile", metavar="NAME", help="use this Wireshark profile")
    group.add_argument(
        "--tshark-options",
        metavar="OPTIONS",
        default="",
        help="more, as in --tshark-options='-d tcp.port==444,tls'",
    )
    group.add_argument(
        "--tshark",
        metavar="PROGRAM",
        default=str(TSHARK_BESIDE) if TSHARK_BESIDE.exists() else "tshark",
        help="the tshark to run (default: %(default)s)",
    )
    group.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=positive_number,
        default=3600,
        help="longest time for one capture, tried twice (default: 3600)",
    )


def add_spreading(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-j", "--jobs", metavar="N", help="jobs at a time (default: one a core)")
    group.add_argument("-S", "--sshlogin", metavar="LOGIN", action="append", default=[])
    group.add_argument("--sshloginfile", metavar="FILE", action="append", default=[])
    group.add_argument("--run", metavar="FOLDER", type=Path, help="keep the state of the run here")
    group.add_argument(
        "--resume", action="store_true", help="take up the interrupted run in --run FOLDER"
    )


def fail(text: str) -> int:
    print(f"{PROGRAM}: {visible(text)}", file=sys.stderr)
    return UNREADABLE


def names_on_standard_input(null: bool) -> list[str]:
    data = os.fsdecode(sys.stdin.buffer.read())
    return [name for name in data.split("\0" if null or "\0" in data else "\n") if name]


def tshark_arguments(options: argparse.Namespace) -> list[str]:
    arguments = shlex.split(options.tshark_options)
    if options.profile:
        arguments += ["-C", options.profile]
    preferences = list(options.preferences)
    if options.keylog:
        preferences.append(f"tls.keylog_file:{os.path.abspath(options.keylog)}")
    for preference in preferences:
        arguments += ["-o", preference]
    return arguments


def job_settings(options: argparse.Namespace) -> analyse.Settings:
    # A name without a slash is looked up where the job runs, which may be elsewhere.
    program = os.path.abspath(options.tshark) if "/" in options.tshark else options.tshark
    arguments = tshark_arguments(options)
    reader = sharkd.beside(program) if sharkd.understands(arguments) else None
    return analyse.Settings(program, arguments, options.timeout, reader)


def missing_inputs(options: argparse.Namespace) -> str:
    """What of the options can't work on this machine, in words for the user; empty if nothing."""
    if options.keylog and not os.access(options.keylog, os.R_OK):
        return f"--keylog {options.keylog}: no such file, or it can't be read"
    if options.sshlogin or options.sshloginfile:
        return ""  # what the other machines have, their jobs say
    try:
        protocols = tshark_says(options.tshark, "-G", "protocols")
    except OSError as error:
        return f"{options.tshark}: {error.strerror}"
    if not any("tlsclose" in line.split("\t") for line in protocols.splitlines()):
        version = tshark_says(options.tshark, "--version").split("\n", 1)[0]
        return (
            f"{options.tshark} has no tlsclose plugin for its version ({version}):"
            " install the plugin for this version, or name another --tshark"
        )
    return ""


def tshark_says(program: str, *arguments: str) -> str:
    return subprocess.run(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        check=False,
    ).stdout


def job_time(timeout: float, files: int) -> float:
    """Long enough for both attempts at each capture of a job: only a job that hangs itself, or whose
    machine is gone, ever takes that long."""
    return analyse.ATTEMPTS * (timeout + 30) * (files + 1)


def make_jobs(
    options: argparse.Namespace, names: list[str], settings: analyse.Settings
) -> list[dict[str, Any]]:
    if options.ring:
        groups = captures.capture_points(names)
    else:
        groups = captures.in_jobs(names, at_most=SMALL_IN_JOB if settings.sharkd else 1)
    job = {"folder": os.getcwd(), "is_ring": options.ring}
    return [job | {"captures": group} for group in groups]


def run_jobs(options: argparse.Namespace, run: spread.Run) -> None:
    settings = analyse.Settings(**run.settings())
    longest = max(len(job["captures"]) for job in run.jobs())
    # parallel runs in the folder of the run; names that are no files mean something to it.
    files = [os.path.abspath(name) if os.path.exists(name) else name for name in options.sshloginfile]
    spreading = spread.Spreading(
        options.jobs, options.sshlogin, files, job_time(settings.timeout, longest)
    )
    run.spread(spreading, {analyse.SETTINGS: json.dumps(settings._asdict())})


def collect(run: spread.Run, store: Store) -> None:
    for number, result in enumerate(run.results(), start=1):
        problem = result.problem
        if not problem and not add_lines(store, result.output, number):
            problem = "the job ended before it was done"
        for name in result.job["captures"]:
            store.add_capture(name, problem)


def merge(files: list[str], store: Store) -> None:
    for number, file in enumerate(files, start=1):
        try:
            add_lines(store, Path(file), number)
        except OSError as error:
            store.add_capture(file, f"can't be read: {error.strerror}")


def add_lines(store: Store, file: Path, job: int) -> bool:
    """Whether the lines end with the mark of a job that was done. A damaged line costs that line."""
    is_done = False
    with open(file, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                is_done = record == analyse.END_MARK
                if not is_done:
                    store.add(record, job)
            except (ValueError, KeyError, TypeError, AttributeError):
                store.add_capture(str(file), f"line {number} is no record of {PROGRAM}")
    return is_done


def write(options: argparse.Namespace, store: Store) -> None:
    writers: dict[str | None, Callable[..., None]] = {
        options.json: output.write_json_lines,
        options.csv: output.write_csv,
        options.report: report.write,
        options.junit: lambda store, file: junit.write(store, file, options.fail_on),
    }
    if not any([*writers, options.sqlite]):
        writers = {outputs.STANDARD_OUTPUT: output.write_json_lines}
    for name, write_records in writers.items():
        if name:
            with outputs.opened(name) as file:
                write_records(store, file)
    if options.sqlite:
        with outputs.whole(options.sqlite) as part:
            store.copy_to(part)


def exit_status(options: argparse.Namespace, store: Store) -> int:
    problems = list(store.problems())
    for problem in problems:
        fail(" ".join(f"{problem['file']}: {problem['problem']}".split()))
    if problems:
        return UNREADABLE
    query = f"SELECT count(*) FROM connections WHERE {policy.failing(options.fail_on)}"
    return FOUND if store.value(query) else 0


def summary(store: Store) -> str:
    captures_read = store.value("SELECT count(*) FROM captures")
    connections = store.value("SELECT count(*) FROM connections")
    losses = store.value("SELECT count(*) FROM losses")
    text = f"{captures_read} captures, {connections} connections, {losses} with a loss"
    worst = next(store.rows("SELECT * FROM servers WHERE server_losses > 0 LIMIT 1"), None)
    if worst:
        name = worst["server_name"] or worst["server_address"]
        text += f", most by {name} port {worst['server_port']} ({worst['server_losses']})"
    return visible(text)


def analyse_all(options: argparse.Namespace, run: spread.Run) -> int:
    try:
        run_jobs(options, run)
        return finish(options, run.folder, lambda store: collect(run, store))
    except KeyboardInterrupt:
        fail(f"interrupted; {how_to_go_on(run.folder)}")
        return INTERRUPTED
    except (OutputError, OSError, sqlite3.Error) as error:
        if isinstance(error, BrokenPipeError):
            raise
        fail(f"{error}; nothing of the run is lost: {how_to_go_on(run.folder)}")
        return UNWRITTEN


def how_to_go_on(folder: Path) -> str:
    return f"take it up with the same outputs and --resume --run {shlex.quote(str(folder))}"


def finish(options: argparse.Namespace, folder: Path, fill: Callable[[Store], None]) -> int:
    store = Store(folder / "records.sqlite")
    try:
        fill(store)
        store.link_sessions()
        write(options, store)
        if options.summary:
            print(f"{PROGRAM}: {summary(store)}", file=sys.stderr)
        return exit_status(options, store)
    finally:
        store.close()


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = parse_arguments()
    try:
        outputs.check(
            name
            for name in (options.json, options.csv, options.report, options.junit, options.sqlite)
            if name is not None
        )
        return exit_code(resume(options) if options.resume else start(options))
    except OutputError as error:
        return fail(str(error))
    except BrokenPipeError:
        # Whoever reads standard output has read enough; nothing is left to flush into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREADABLE


def exit_code(status: int) -> int:
    return UNREADABLE if status == UNWRITTEN else status


def start(options: argparse.Namespace) -> int:
    if not options.merge and (problem := missing_inputs(options)):
        return fail(problem)
    names = options.places or names_on_standard_input(options.null)
    folder = options.run or Path(tempfile.mkdtemp(prefix=f"{PROGRAM}."))
    status = None
    try:
        if options.merge:
            folder.mkdir(parents=True, exist_ok=True)
            status = finish(options, folder, lambda store: merge(names, store))
        else:
            status = start_run(options, spread.Run(folder), names)
        return status
    finally:
        if not options.run and status not in (INTERRUPTED, UNWRITTEN):
            shutil.rmtree(folder, ignore_errors=True)


def start_run(options: argparse.Namespace, run: spread.Run, names: list[str]) -> int:
    if run.exists:
        return fail(f"{run.folder} holds a run already: --resume it, or remove it")
    found = captures.find(names)
    if not found:
        return fail("no captures there")
    try:
        settings = job_settings(options)
        run.begin(make_jobs(options, found, settings), settings._asdict())
    except OSError as error:
        return fail(f"the state of the run can't be kept in {run.folder}: {error.strerror}")
    return analyse_all(options, run)


def resume(options: argparse.Namespace) -> int:
    if options.places or not options.run:
        return fail("--resume needs --run FOLDER, and takes the captures from there")
    run = spread.Run(options.run)
    if not run.exists:
        return fail(f"no run in {options.run}")
    if not run.is_sound():
        return fail(f"the run in {options.run} is damaged: remove the folder and start anew")
    return analyse_all(options, run)

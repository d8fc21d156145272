# SPDX-License-Identifier: GPL-2.0-or-later
"""Has GNU parallel run the jobs, on this machine or on others, and tells which of them were done.
It must not know what a job does, nor what it prints.

Everything of a run is in one folder, so that it can be taken up again:
  run.json     the program's arguments that must stay the same
  jobs         the jobs, each ended by a zero byte: parallel's input
  joblog       parallel's log, which jobs are done
  results/N/   what job N printed
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

TOOLS = Path(__file__).resolve().parent.parent
# The folder of the program comes by the environment: parallel replaces strings in commands, and a
# folder may be called like one of them.
TOOLS_VARIABLE = "TLSCLOSE_BATCH_TOOLS"
JOB_PROGRAM = f'PYTHONPATH="${TOOLS_VARIABLE}" /usr/bin/python3 -m batch.analyse'

# A program that dies without a word is tried once more. With other machines, a lost machine costs
# each job on it one attempt, and there may be several such.
ATTEMPTS = 2
ATTEMPTS_ELSEWHERE = 10


class Spreading(NamedTuple):
    """How the jobs are to be spread."""

    jobs: str | None
    sshlogins: list[str]
    sshloginfiles: list[str]
    timeout: float  # of a job, in seconds

    def arguments(self) -> Iterator[str]:
        elsewhere = self.sshlogins or self.sshloginfiles
        yield f"--retries={ATTEMPTS_ELSEWHERE if elsewhere else ATTEMPTS}"
        yield f"--timeout={self.timeout:.0f}"
        if self.jobs:
            yield f"--jobs={self.jobs}"
        for login in self.sshlogins:
            yield f"--sshlogin={login}"
        for file in self.sshloginfiles:
            yield f"--sshloginfile={file}"


class Result(NamedTuple):
    """What became of one job: the file of what it printed, or the problem if it was not done."""

    job: dict[str, Any]
    output: Path
    problem: str


class Run:
    """One run over many captures, in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.joblog = folder / "joblog"

    @property
    def exists(self) -> bool:
        return (self.folder / "run.json").exists()

    def begin(self, jobs: Iterable[dict[str, Any]], settings: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = "".join(json.dumps(job) + "\0" for job in jobs)
        (self.folder / "jobs").write_text(text, encoding="ascii")
        (self.folder / "run.json").write_text(json.dumps(settings), encoding="ascii")

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = json.loads(
            (self.folder / "run.json").read_text(encoding="ascii")
        )
        return settings

    def is_sound(self) -> bool:
        """Whether what was kept of the run can be read."""
        try:
            return bool(self.jobs()) and isinstance(self.settings(), dict)
        except (OSError, ValueError):
            return False

    def jobs(self) -> list[dict[str, Any]]:
        text = (self.folder / "jobs").read_text(encoding="ascii")
        return [json.loads(job) for job in text.split("\0")[:-1]]

    def spread(self, spreading: Spreading, environment: dict[str, str]) -> None:
        """Runs what is not done yet. Whether a job was done, results() tells."""
        environment = environment | {TOOLS_VARIABLE: str(TOOLS)}
        command = ["parallel", "--plain", "--will-cite", "--null"]
        command += ["--arg-file=jobs", "--joblog=joblog", "--results=results/{#}/"]
        command += ["--resume-failed"]
        command += [f"--env={name}" for name in environment]
        command += ["--bar"] if sys.stderr.isatty() else []
        command += [*spreading.arguments(), JOB_PROGRAM, "{}"]
        with (
            open(self.folder / "complaints", "w", encoding="utf-8") as complaints,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if sys.stderr.isatty() else complaints,
                cwd=self.folder,
                env=os.environ | environment,
            ) as parallel,
        ):
            try:
                parallel.wait()
            except KeyboardInterrupt:
                # The first only keeps parallel from starting more.
                parallel.send_signal(signal.SIGTERM)
                parallel.send_signal(signal.SIGTERM)
                raise

    def results(self) -> Iterator[Result]:
        done = self.done()
        for number, job in enumerate(self.jobs(), start=1):
            folder = self.folder / "results" / str(number)
            problem = "" if number in done else self.complaint(folder)
            yield Result(job, folder / "stdout", problem)

    def done(self) -> set[int]:
        """The numbers of the jobs that ended well."""
        if not self.joblog.exists():
            return set()
        with open(self.joblog, encoding="utf-8", errors="replace") as file:
            columns = next(file, "").rstrip("\n").split("\t")
            rows = [dict(zip(columns, line.split("\t"))) for line in file]
        return {
            int(row["Seq"])
            for row in rows
            if row.get("Exitval") == row.get("Signal") == "0" and row["Seq"].isdecimal()
        }

    def complaint(self, folder: Path) -> str:
        places = [folder / "stderr", self.folder / "complaints"]
        texts = (
            place.read_text(encoding="utf-8", errors="replace").strip()
            for place in places
            if place.exists()
        )
        return next((text.splitlines()[-1] for text in texts if text), "the job was not done")

# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/tlsclose-batch spread over other machines: here several sshd of the test's own, on loopback
addresses and high ports. It must not touch the user's SSH configuration and keys.
"""

import getpass
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from batch_run import BATCH, batch, calls, capture, fake_tshark, records

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin")
pytestmark = pytest.mark.skipif(
    not SSHD or not shutil.which("ssh"),
    reason="openssh-server and openssh-client are not installed",
)
FIRST_PORT = 42000
CONNECTIONS = 2  # in each capture


@dataclass
class Machine:
    """One sshd, and how to log in to it."""

    process: subprocess.Popen[bytes]
    login: str
    port: int

    def kill(self) -> None:
        """As when power fails, but that its connections are ended at once: everything of it dies."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with suppress(ProcessLookupError):  # it had ended by itself
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def descendants(parent: int) -> list[int]:
    done = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False)
    children = [int(line) for line in done.stdout.split()]
    return [*children, *(pid for child in children for pid in descendants(child))]


def start(folder: Path, number: int) -> Machine:
    home = folder / f"sshd{number}"
    home.mkdir()
    address = f"127.0.0.{number + 2}"
    port = FIRST_PORT + os.getpid() % 10000 + number
    for key in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / key]
        subprocess.run(command, check=True)
    shutil.copy(home / "user.pub", home / "authorized")
    (home / "sshd_config").write_text(
        f"ListenAddress {address}:{port}\nHostKey {home}/host\nPidFile none\n"
        f"AuthorizedKeysFile {home}/authorized\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
    )
    (home / "ssh_config").write_text(
        f"Host *\nPort {port}\nUser {getpass.getuser()}\nIdentityFile {home}/user\nIdentitiesOnly yes\n"
        f"UserKnownHostsFile {home}/known\nStrictHostKeyChecking accept-new\nBatchMode yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd run by root insists on it
    log = (home / "log").open("wb")
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", home / "sshd_config"], stderr=log)
    login = f"ssh -F {home}/ssh_config {address}"
    for _ in range(50):
        done = subprocess.run([*login.split(), "true"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return Machine(process, login, port)
        time.sleep(0.1)
    process.kill()
    pytest.skip(f"no sshd can be run here: {done.stderr} {(home / 'log').read_text()}")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Machine]]:
    started = [start(tmp_path, number) for number in range(3)]
    yield started
    for machine in started:
        if machine.process.poll() is None:
            machine.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "captures"
    target.mkdir()
    for number in range(12):
        shutil.copy(capture("still_open_tls12"), target / f"{number:02}.pcapng")
    return target


def logins(machines: list[Machine]) -> list[str]:
    return [f"--sshlogin=1/{machine.login}" for machine in machines]


def check_every_capture_once(output: str, folder: Path) -> None:
    alone = records(batch(capture("still_open_tls12")).stdout)
    found = Counter(record["file"] for record in records(output))
    assert found == {str(file): len(alone) for file in folder.iterdir()}


def hosts(joblog: Path) -> set[str]:
    return {line.split("\t")[1] for line in joblog.read_text().splitlines()[1:]}


def test_the_work_is_spread_over_machines(
    machines: list[Machine], folder: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    done = batch(*logins(machines), "--run", run, folder)
    assert done.returncode == 0, done.stderr
    check_every_capture_once(done.stdout, folder)
    assert len(hosts(run / "joblog")) == len(machines)


def test_a_list_of_machines(machines: list[Machine], folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "machines"
    listed.write_text("".join(f"1/{machine.login}\n" for machine in machines[:2]))
    run = tmp_path / "run"
    done = batch("--sshloginfile", listed, "--run", run, folder)
    assert done.returncode == 0, done.stderr
    check_every_capture_once(done.stdout, folder)
    assert len(hosts(run / "joblog")) == 2


def test_a_machine_dies_in_the_middle(
    machines: list[Machine], folder: Path, tmp_path: Path
) -> None:
    began = tmp_path / "began"
    tshark = fake_tshark(tmp_path, f'echo "${{SSH_CONNECTION##* }}" >> {began}; sleep 2')
    command = [BATCH, *logins(machines), "--tshark", tshark, folder]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        limit = time.monotonic() + 60
        while not began.exists() or str(machines[1].port) not in began.read_text().split()[3:]:
            assert time.monotonic() < limit and process.poll() is None
            time.sleep(0.1)
        machines[1].kill()
        output, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint
    check_every_capture_once(output, folder)
    assert len(calls(tmp_path)) == 13, "the one job that was lost is done once more"


def test_no_machine_is_left(machines: list[Machine], folder: Path) -> None:
    for machine in machines:
        machine.kill()
    done = batch(*logins(machines), folder)
    assert done.returncode == 2
    for file in folder.iterdir():
        assert str(file) in done.stderr

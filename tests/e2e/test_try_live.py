# SPDX-License-Identifier: GPL-2.0-or-later
"""What ./try -i prints of connections on the loopback interface while they happen, run as a user runs it.

Both ends are OpenSSL's, by Python, and are told how to end. It must not read captures.
"""

import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running import Runner
from unprivileged import NOBODY

ENOUGH = 120.0
RESET_AT_CLOSE = b"\1\0\0\0\0\0\0\0"  # SO_LINGER with a time of 0

Ending = Callable[[ssl.SSLSocket], None]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root")


def close_in_order(server: ssl.SSLSocket) -> None:
    server.unwrap().close()


def close_without_notice(server: ssl.SSLSocket) -> None:
    server.close()


def reset(server: ssl.SSLSocket) -> None:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    server.close()


# What the server does after the data, and the verdict that RFC 8446 6.1 gives this.
ENDINGS: dict[str, Ending] = {
    "Graceful": close_in_order,
    "Truncated": close_without_notice,
    "Reset": reset,
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-keyout", file, "-out", file],
        check=True,
        capture_output=True,
    )
    return file


def serve(listener: socket.socket, context: ssl.SSLContext, end: Ending) -> None:
    connection, _ = listener.accept()
    server = context.wrap_socket(connection, server_side=True)
    server.recv(100)
    server.sendall(b"answer")
    end(server)


def connect(certificate: Path, end: Ending) -> None:
    """One connection of TLS 1.2, whose alerts can be told apart without keys."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=str(certificate))
    client_side.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, server_side, end))
        thread.start()
        with socket.create_connection(listener.getsockname()) as connection:
            client = client_side.wrap_socket(connection, server_hostname="localhost")
            client.sendall(b"question")
            try:
                while client.recv(100):
                    pass
                client.unwrap()
            except OSError:  # what the server's end is meant to bring about
                pass
        thread.join(ENOUGH)


class Live:
    """./try -i lo, and the lines it has printed so far."""

    def __init__(self, command: list[str | Path]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches this group, as a terminal's does
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.readers = [
            threading.Thread(target=self.lines.extend, args=(self.process.stdout,)),
            threading.Thread(target=self.errors.extend, args=(self.process.stderr,)),
        ]
        for reader in self.readers:
            reader.start()

    def wait_for(self, lines: list[str], pattern: str) -> None:
        deadline = time.monotonic() + ENOUGH
        while time.monotonic() < deadline:
            if any(re.search(pattern, line) for line in list(lines)):
                return
            time.sleep(0.05)
        pytest.fail(f"{pattern} not in {self.lines} {self.errors}")

    def wait_until_it_captures(self) -> None:
        """It is announced some milliseconds earlier. A Ctrl-C in between finds dumpcap without its
        handler: any tshark then fails, or waits for a second one, with or without the plugin."""
        self.wait_for(self.errors, "Capturing on")
        time.sleep(1)

    def interrupt(self) -> int:
        """As Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)
        status = self.process.wait(ENOUGH)
        for reader in self.readers:
            reader.join(ENOUGH)
        return status


@pytest.fixture
def live(project: Path) -> Iterator[Live]:
    started = Live([project / "try", "-i", "lo"])
    yield started
    if started.process.poll() is None:
        os.killpg(started.process.pid, signal.SIGKILL)
        started.process.wait()


@as_root
def test_connections_are_printed_as_they_end_then_the_totals(
    live: Live, certificate: Path
) -> None:
    live.wait_until_it_captures()
    for verdict, end in ENDINGS.items():
        connect(certificate, end)
        live.wait_for(live.lines, rf"^\d.* {verdict} ")
        assert not any("TLS connections:" in line for line in live.lines)
    assert live.interrupt() == 0, live.errors
    printed = [line for line in live.lines if re.match(r"\d", line)]
    for verdict in ENDINGS:
        assert sum(f" {verdict} " in line for line in printed) == 1, printed
    (totals,) = [line for line in live.lines if "TLS connections:" in line]
    assert "3 closed" in totals and "0 open" in totals
    assert not any("Traceback" in line for line in live.errors), live.errors


@as_root
def test_ctrl_c_before_any_connection(live: Live) -> None:
    live.wait_until_it_captures()
    assert live.interrupt() == 0, live.errors
    assert not any("Traceback" in line for line in live.errors), live.errors


@as_root
def test_no_such_interface(project: Path, run: Runner) -> None:
    completed = run(project / "try", "-i", "no-such-one")
    assert completed.returncode == 1
    assert "no-such-one" in completed.stderr


@as_root
def test_without_the_right_to_capture_it_says_what_to_do(project: Path, run: Runner) -> None:
    completed = run(*NOBODY, project / "try", "-i", "lo", env={**os.environ, "HOME": "/nonexistent"})
    assert completed.returncode == 1
    assert re.search("permission|privilege|right", completed.stderr)
    assert "sudo" in completed.stderr

# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients of web servers. It must not know which server they ask."""
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs.play import Play

from .processes import CERTIFICATE, HERE, KEY, KEYLOG, PYTHON, lines_of

TIMEOUT = 30


@dataclass(frozen=True)
class Task:
    port: int
    version: str
    words: list[str]
    folder: Path
    keys: Path

    def filled(self) -> list[str]:
        """Where a client needs the server's address or a file."""
        (self.folder / "sent").write_bytes(b"c" * 5000)
        url = f"https://127.0.0.1:{self.port}"
        files = {"sent": self.folder / "sent", "certificate": CERTIFICATE, "key": KEY}
        return [word.format(url=url, **files) for word in self.words]


def curl(task: Task) -> tuple[list[str], str]:
    limits = [f"--tlsv{task.version}", "--tls-max", task.version]
    told = ["-o", "/dev/null", "-w", "%{http_code}, %{size_download} bytes\n"]
    return ["curl", "-sS", "-k", *limits, *told, *task.filled()], ""


def python(task: Task) -> tuple[list[str], str]:
    script = [PYTHON, str(HERE / "https_client.py")]
    return [*script, str(task.port), task.version, *task.words], ""


def wget(task: Task) -> tuple[list[str], str]:
    """It is linked with GnuTLS, which writes keys as well. It speaks the server's version of TLS."""
    once = ["--tries=1", "--no-check-certificate", "--output-document=/dev/null"]
    return ["wget", *once, *task.filled()], ""


def nghttp(task: Task) -> tuple[list[str], str]:
    """Its version of TLS is the server's."""
    return ["nghttp", "-ny", *task.filled()], ""


def openssl(task: Task) -> tuple[list[str], str]:
    version = f"-tls1_{task.version[-1]}"
    server = ["-connect", f"127.0.0.1:{task.port}", version]
    command = ["openssl", "s_client", *server, "-quiet", "-ign_eof", "-keylogfile", str(task.keys)]
    return command, "GET /whole HTTP/1.1\r\nHost: localhost\r\n\r\n"


def node(task: Task) -> tuple[list[str], str]:
    """The HTTP/2 client that scenarios use; its verbs are its words."""
    files = [str(CERTIFICATE), str(KEY), "/dev/null"]
    script = str(HERE / "http2_endpoint.js")
    verbs = [f"version TLS {task.version}", "connect", *task.words]
    program = ["node", "--no-warnings", f"--tls-keylog={task.keys}", script]
    command = [*program, "client", "127.0.0.1", str(task.port), *files]
    return command, "".join(f"{verb}\n" for verb in verbs)


CLIENTS = {"curl": curl, "python": python, "nghttp": nghttp, "openssl": openssl, "node": node, "wget": wget}

# Of a client that prints all it gets, what tells of the end.
TELLING = {
    "openssl": re.compile("^HTTP/|<title>|alert|error"),
    "wget": re.compile("error|saved|byte|received"),
}


class Client:
    """A client that runs."""

    def __init__(self, part: Play, port: int, folder: Path, keys: Path) -> None:
        self.name = part.options["client"]
        task = Task(port, part.options["version"], part.options["words"], folder, keys)
        command, told = CLIENTS[self.name](task)
        (folder / "told").write_text(told)
        environment = {"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)}
        if self.name == "nghttp":
            environment["LD_PRELOAD"] = str(KEYLOG)
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=(folder / "told").open(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def reported(self) -> list[str]:
        output = self.process.communicate(timeout=TIMEOUT)[0]
        telling = TELLING.get(self.name, re.compile("^(?!ok$)"))
        lines = [line for line in lines_of(output) if telling.search(line)]
        code = self.process.returncode
        return [f"{self.name}: {line}" for line in lines] + [f"{self.name}: exit status {code}"]


def ask(part: Play, port: int, folder: Path, keys: Path, server: subprocess.Popen[Any]) -> list[str]:
    """Lets a client ask, and sends the signal that the play wants, to the server or the client. The
    server has ended when this returns."""
    client = Client(part, port, folder, keys)
    if "event" in part.options:
        seconds, whom, name = part.options["event"]
        time.sleep(seconds)
        {"client": client.process, "server": server}[whom].send_signal(signal.Signals[name])
    reported = client.reported()
    time.sleep(0.3)
    server.terminate()
    server.wait()
    return reported

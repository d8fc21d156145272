# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets psql and psycopg2 talk to PostgreSQL."""
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from programs.play import Play
from programs.postgresql import PORT

from .processes import CERTIFICATE, HERE, KEY, KEYLOG, PYTHON, lines_of, started

BINARIES = Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

# Those who connect by TCP have to use TLS.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = '{folder}/certificate.pem'
ssl_key_file = '{folder}/key.pem'
ssl_min_protocol_version = 'TLSv{version}'
ssl_max_protocol_version = 'TLSv{version}'
fsync = off
logging_collector = off
log_line_prefix = ''
"""
ACCESS = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n"

# What an administrator does while a client waits or rests.
EVENTS = {
    "terminate": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL",
    "backend": "SELECT pid FROM pg_stat_activity WHERE client_addr IS NOT NULL",
}


def configure(part: Play, folder: Path) -> Path:
    data = folder / "data"
    for source, name in ((CERTIFICATE, "certificate.pem"), (KEY, "key.pem")):
        shutil.copy(source, folder / name)
        (folder / name).chmod(0o600)
        shutil.chown(folder / name, "postgres")
    shutil.chown(folder, "postgres")
    initdb = [*AS_POSTGRES, BINARIES / "initdb", "-D", data, "--no-sync", "--auth=trust"]
    subprocess.run(initdb, check=True, capture_output=True)
    text = CONFIGURATION.format(port=PORT, folder=folder, version=part.options["version"])
    (data / "postgresql.conf").write_text(text)
    (data / "pg_hba.conf").write_text(ACCESS)
    return data


def administrate(folder: Path, statement: str) -> str:
    command = [*AS_POSTGRES, "psql", "-h", folder, "-p", str(PORT), "-Atc", statement]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def client_command(part: Play) -> list[str]:
    words = part.options["words"]
    if part.options["client"] == "python":
        return [PYTHON, str(HERE / "database_client.py"), "psycopg2", str(PORT), *words]
    server = f"host=127.0.0.1 port={PORT} user=postgres dbname=postgres sslmode=require"
    return ["psql", "-At", server, *words]


def happen(event: tuple[float, str], folder: Path, client: subprocess.Popen[Any]) -> None:
    seconds, what = event
    time.sleep(seconds)
    if what == "kill client":
        client.kill()
    elif what == "kill backend":
        os.kill(int(administrate(folder, EVENTS["backend"])), signal.SIGKILL)
    else:
        administrate(folder, EVENTS[what])


def logged(folder: Path) -> list[str]:
    """What PostgreSQL says of its clients, and of a backend that is gone."""
    telling = re.compile("client|connection|signal 9")
    lines = lines_of((folder / "log").read_text())
    shown = [re.sub(r"\(PID \d+\) ", "", line) for line in lines if telling.search(line)]
    return [f"postgresql: {line}" for line in shown if "ready to accept" not in line]


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    environment = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": str(KEYLOG), "SSLKEYLOGFILE": str(keys)}
    server = [*AS_POSTGRES, BINARIES / "postgres", "-D", configure(part, folder)]
    with (folder / "log").open("w") as log, started(PORT, *server, stdout=log, stderr=log) as postgres:
        client = subprocess.Popen(
            client_command(part),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if "event" in part.options:
            happen(part.options["event"], folder, client)
        output = client.communicate(timeout=30)[0]
        time.sleep(part.options.get("afterwards", 0.3))
        postgres.send_signal(signal.SIGINT)  # a fast shutdown
        postgres.wait()
    name = part.options["client"]
    return [
        *(f"{name}: {line}" for line in lines_of(output)),
        f"{name}: exit status {client.returncode}",
        *logged(folder),
    ]

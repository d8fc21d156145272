# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets the mariadb client and PyMySQL talk to MariaDB."""
import re
import subprocess
import time
from pathlib import Path

from programs.mariadb import PORT
from programs.play import Play

from .processes import CERTIFICATE, HERE, KEY, KEYLOG, PYTHON, lines_of, started


def server_command(part: Play, folder: Path) -> list[str]:
    data = folder / "data"
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root"]
    subprocess.run([*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    return [
        *["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={folder}/socket"],
        *["--bind-address=127.0.0.1", f"--port={PORT}", f"--tls-version=TLSv{part.options['version']}"],
        *[f"--ssl-cert={CERTIFICATE}", f"--ssl-key={KEY}", f"--pid-file={folder}/pid"],
        *part.options.get("server", []),
    ]


def client_command(part: Play) -> list[str]:
    words = part.options["words"]
    if part.options["client"] == "pymysql":
        return [PYTHON, str(HERE / "database_client.py"), "pymysql", str(PORT), *words]
    server = ["--no-defaults", "--host=127.0.0.1", f"--port={PORT}", "--user=root", "--ssl"]
    return ["mariadb", *server, "--skip-column-names", *words]


def kill_connections(folder: Path) -> None:
    """As an administrator: those that came by TCP."""
    administrate = ["mariadb", "--no-defaults", f"--socket={folder}/socket", "--user=root", "-NBe"]
    ids = "SELECT id FROM information_schema.processlist WHERE host LIKE '%:%'"
    found = subprocess.run([*administrate, ids], capture_output=True, text=True, check=True).stdout
    for number in found.split():
        subprocess.run([*administrate, f"KILL {number}"], check=True)


def logged(folder: Path) -> list[str]:
    found = re.findall(r"\[Warning\] (Aborted connection.*)", (folder / "log").read_text())
    return [f"mariadbd: {re.sub(r'connection [0-9]+ ', 'connection ', line)}" for line in found]


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    environment = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": str(KEYLOG), "SSLKEYLOGFILE": str(keys)}
    with (folder / "log").open("w") as log:
        with started(PORT, *server_command(part, folder), stdout=log, stderr=log) as mariadbd:
            client = subprocess.Popen(
                client_command(part),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if "event" in part.options:
                seconds, what = part.options["event"]
                time.sleep(seconds)
                if what == "kill server":
                    mariadbd.kill()
                else:
                    kill_connections(folder)
            output = client.communicate(timeout=30)[0]
            time.sleep(0.3)
            mariadbd.terminate()
            mariadbd.wait()
    name = part.options["client"]
    return [
        *(f"{name}: {line}" for line in lines_of(output)),
        f"{name}: exit status {client.returncode}",
        *logged(folder),
    ]

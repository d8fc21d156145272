# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets smtplib and curl send mail to aiosmtpd."""
import subprocess
import time
from pathlib import Path

from programs.play import Play
from programs.smtp import PORT

from .processes import CERTIFICATE, HERE, KEY, PYTHON, lines_of, started

MESSAGE = "Subject: hello\r\n\r\n" + "m" * 500 + "\r\n"


def smtplib(part: Play, _folder: Path) -> list[str]:
    return [PYTHON, str(HERE / "smtp_client.py"), str(PORT), part.options["version"], part.options["way"]]


def curl(part: Play, folder: Path) -> list[str]:
    (folder / "message").write_text(MESSAGE)
    version = part.options["version"]
    limits = ["-sS", "-k", "--ssl-reqd", f"--tlsv{version}", "--tls-max", version]
    mail = ["--mail-from", "a@example.org", "--mail-rcpt", "b@example.org", "-T", str(folder / "message")]
    return ["curl", *limits, *mail, f"smtp://127.0.0.1:{PORT}/localhost"]


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    arguments = [str(PORT), part.options["version"], CERTIFICATE, KEY, part.options["way"]]
    name = part.options["client"]
    with (folder / "log").open("w") as log:
        with started(PORT, PYTHON, HERE / "smtp_server.py", *arguments, stdout=log):
            done = subprocess.run(
                {"curl": curl, "python": smtplib}[name](part, folder),
                env={"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=20,
            )
            time.sleep(0.3)
    return [
        *(f"{name}: {line}" for line in lines_of(done.stdout)),
        f"{name}: exit status {done.returncode}",
        *(f"aiosmtpd: {line}" for line in lines_of((folder / "log").read_text())),
    ]

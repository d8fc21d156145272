# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets web clients talk to haproxy, and haproxy ask nginx whether it is well."""
import subprocess
import time
from pathlib import Path

from programs.haproxy import PORT
from programs.nginx import PORT as NGINX_PORT
from programs.play import Play
from programs.web import BACKEND_PORT

from .clients import ask
from .nginx import configure as configure_nginx
from .nginx import logged as nginx_logged
from .processes import CERTIFICATE, HERE, KEY, KEYLOG, PYTHON, lines_of, started

DEFAULTS = """
global
  log stdout format raw local0 info
  ssl-default-bind-options ssl-min-ver TLSv{version} ssl-max-ver TLSv{version}
  ssl-default-server-options ssl-min-ver TLSv{version} ssl-max-ver TLSv{version}
defaults
  mode http
  log global
  log-format "%ST, %B bytes, %ts %{{+Q}}r"
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  timeout http-keep-alive 1s
"""

FRONTEND = """
frontend web
  bind 127.0.0.1:{port} ssl crt {folder}/both.pem alpn {alpn} {bind}
  default_backend python
backend python
  server python 127.0.0.1:{backend}
"""

# haproxy itself is the client. It asks at once, and not again.
CHECK = """
frontend web
  bind 127.0.0.1:{port}
  default_backend nginx
backend nginx
  {check}
  server nginx 127.0.0.1:{nginx} check inter 60s ssl verify none
"""


def configure(part: Play, folder: Path, template: str) -> Path:
    (folder / "both.pem").write_text(CERTIFICATE.read_text() + KEY.read_text())
    configuration = folder / "haproxy.cfg"
    filled = (DEFAULTS + template).format(
        port=PORT,
        backend=BACKEND_PORT,
        nginx=NGINX_PORT,
        folder=folder,
        version=part.options["version"],
        alpn="h2" if part.options.get("listen") == "http2" else "http/1.1",
        bind=part.options.get("bind", "").format(certificate=CERTIFICATE),
        check=part.options.get("check", ""),
    )
    configuration.write_text(filled)
    return configuration


def logged(text: str) -> list[str]:
    return [f"haproxy: {line}" for line in lines_of(text) if not line.startswith("[")]


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    configuration = configure(part, folder, FRONTEND)
    with (
        started(BACKEND_PORT, PYTHON, HERE / "backend.py", BACKEND_PORT),
        (folder / "log").open("w") as log,
        started(PORT, "haproxy", "-f", configuration, stdout=log, stderr=log) as haproxy,
    ):
        reported = ask(part, PORT, folder, keys, haproxy)
    return reported + logged((folder / "log").read_text())


def check(part: Play, folder: Path, keys: Path) -> list[str]:
    """A check comes to nginx, which logs it."""
    environment = {"PATH": "/usr/sbin:/usr/bin", "LD_PRELOAD": str(KEYLOG), "SSLKEYLOGFILE": str(keys)}
    command = ["haproxy", "-f", configure(part, folder, CHECK)]
    with (
        started(NGINX_PORT, "nginx", "-c", configure_nginx(part, folder)) as nginx,
        (folder / "log").open("w") as log,
        started(PORT, *command, stdout=log, stderr=log, env=environment) as haproxy,
    ):
        time.sleep(1)
        for server in (haproxy, nginx):
            server.terminate()
            server.wait()
    return logged((folder / "log").read_text()) + nginx_logged(folder)

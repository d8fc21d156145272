# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets web clients talk to nginx."""
import re
from pathlib import Path

from programs.nginx import PORT
from programs.play import Play
from programs.web import BACKEND_PORT

from .clients import ask
from .processes import CERTIFICATE, HERE, KEY, PYTHON, lines_of, started

CONFIGURATION = """
daemon off;
worker_processes 1;
user nobody nogroup;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ }}
http {{
  log_format short '"$request" $status, $body_bytes_sent bytes';
  access_log {folder}/access.log short;
  client_body_temp_path {folder}/temporary;
  proxy_temp_path {folder}/temporary;
  fastcgi_temp_path {folder}/temporary;
  uwsgi_temp_path {folder}/temporary;
  scgi_temp_path {folder}/temporary;
  server {{
    listen 127.0.0.1:{port} ssl {listen};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv{version};
    root {folder}/files;
    {directives}
    location /nothing {{ return 444; }}
    location /upload {{ dav_methods PUT; }}
    location /backend/ {{ proxy_pass http://127.0.0.1:{backend}/; proxy_http_version 1.1; }}
  }}
}}
"""


def configure(part: Play, folder: Path) -> Path:
    (folder / "files" / "upload").mkdir(parents=True)
    (folder / "files" / "upload").chmod(0o777)
    (folder / "files" / "whole").write_bytes(b"n" * 1000)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=PORT,
            backend=BACKEND_PORT,
            listen=part.options.get("listen", ""),
            certificate=CERTIFICATE,
            key=KEY,
            version=part.options["version"],
            directives=part.options.get("directives", "").format(certificate=CERTIFICATE),
        )
    )
    return configuration


def logged(folder: Path) -> list[str]:
    """What nginx says, without times, numbers of processes and what it is about."""
    said = []
    for line in lines_of((folder / "error.log").read_text()):
        level, text = re.match(r"\S+ \S+ \[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*)", line).groups()
        if level in ("info", "warn", "error", "crit") and "client" in text:
            said.append(f"nginx: [{level}] {text.split(', client: ')[0]}")
    return said + [f"nginx: {line}" for line in lines_of((folder / "access.log").read_text())]


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    with (
        started(PORT, "nginx", "-c", configure(part, folder)) as nginx,
        started(BACKEND_PORT, PYTHON, HERE / "backend.py", BACKEND_PORT),
    ):
        reported = ask(part, PORT, folder, keys, nginx)
    return reported + logged(folder)

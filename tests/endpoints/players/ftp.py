# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets curl and Python's ftplib talk to vsftpd."""
import subprocess
import time
from pathlib import Path

from programs.ftp import PASSIVE_PORTS
from programs.play import Play

from .processes import CERTIFICATE, HERE, KEY, PYTHON, kill_family, lines_of

VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
anon_root={folder}/files
no_anon_password=YES
write_enable=YES
anon_upload_enable=YES
anon_umask=022
anon_max_rate={rate}
trans_chunk_size=4096
strict_ssl_read_eof={strict}
pasv_min_port={first}
pasv_max_port={last}
pasv_address=127.0.0.1
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=YES
force_anon_logins_ssl=YES
require_ssl_reuse={reuse}
ssl_ciphers=HIGH
rsa_cert_file={certificate}
rsa_private_key_file={key}
secure_chroot_dir={folder}/empty
seccomp_sandbox=NO
"""


def start_vsftpd(part: Play, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "files" / "upload").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "files" / "small").write_bytes(b"s" * 1000)
    (folder / "files" / "large").write_bytes(b"l" * 40_000)
    (folder / "files" / "upload").chmod(0o777)
    (folder / "files").chmod(0o755)
    folder.chmod(0o755)
    first, last = PASSIVE_PORTS
    configuration = folder / "vsftpd.conf"
    configuration.write_text(
        VSFTPD.format(
            port=part.options["port"],
            folder=folder,
            rate=part.options.get("rate", 0),
            first=first,
            last=last,
            reuse=part.options.get("reuse", "YES"),
            strict=part.options.get("strict", "NO"),
            certificate=CERTIFICATE,
            key=KEY,
        )
    )
    server = subprocess.Popen(["vsftpd", configuration])
    time.sleep(0.5)
    return server


def curl(part: Play, folder: Path, keys: Path) -> subprocess.Popen[str]:
    (folder / "sent").write_bytes(b"c" * 2000)
    version = part.options["version"]
    limits = [f"--tlsv{version}", "--tls-max", version]
    port = part.options["port"]
    path = part.options["path"]
    upload = ["--upload-file", folder / "sent"] if "upload" in path else ["--output", "/dev/null"]
    return subprocess.Popen(
        ["curl", "-sS", "-k", "--ssl-reqd", *limits, *upload, f"ftp://127.0.0.1:{port}/{path}"],
        env={"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ftplib(part: Play, _folder: Path, keys: Path) -> subprocess.Popen[str]:
    port, path = str(part.options["port"]), part.options["path"]
    arguments = [port, part.options["version"], part.options["way"], path]
    return subprocess.Popen(
        [PYTHON, HERE / "ftp_client.py", *arguments],
        env={"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def play(part: Play, folder: Path, keys: Path) -> list[str]:
    server = start_vsftpd(part, folder)
    client = {"curl": curl, "ftplib": ftplib}[part.options["client"]](part, folder, keys)
    if part.options.get("kill"):
        time.sleep(part.options["kill"])
        kill_family(server)
    try:
        output = client.communicate(timeout=30)[0]
    finally:
        if server.poll() is None:
            kill_family(server)
    return [*lines_of(output), f"client exit {client.returncode}"]

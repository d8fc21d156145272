#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets stock programs (vsftpd, curl, Python's ftplib, ws of Node.js) talk on loopback and writes
tests/captures/programs: a capture with its secrets inside, and a JSON file with what the programs
reported and what an analysis has to say, written from those reports. It must not know what the plugin
makes of a capture.

    ./play_programs.py [NAME...]        # as root, or with the right to capture and to use port 21
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import pcapng  # noqa: E402
from make_captures import Dumpcap, make_certificate  # noqa: E402
from programs import FTP_PASSIVE_PORTS, PLAYS, WEBSOCKET_PORT, Play  # noqa: E402

CAPTURES = HERE.parent / "captures" / "programs"
BUILD = HERE.parent.parent / "build" / "endpoints"

def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def play_websocket(play: Play, _folder: Path, keys: Path) -> list[str]:
    arguments = [play.options["version"], play.options["ending"]]
    program = ["node", HERE / "websocket_pair.js", str(WEBSOCKET_PORT)]
    files = [BUILD / "certificate.pem", BUILD / "key.pem", keys]
    completed = subprocess.run(
        [*program, *files, *arguments],
        env={"PATH": "/usr/bin:/bin", "NODE_PATH": "/usr/share/nodejs"},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return lines_of(completed.stdout)


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


def start_vsftpd(play: Play, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "files" / "upload").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "files" / "small").write_bytes(b"s" * 1000)
    (folder / "files" / "large").write_bytes(b"l" * 200_000)
    (folder / "files" / "upload").chmod(0o777)
    (folder / "files").chmod(0o755)
    folder.chmod(0o755)
    first, last = FTP_PASSIVE_PORTS
    configuration = folder / "vsftpd.conf"
    configuration.write_text(
        VSFTPD.format(
            port=play.options["port"],
            folder=folder,
            rate=play.options.get("rate", 0),
            first=first,
            last=last,
            reuse="NO" if play.options["client"] == "ftplib" else "YES",
            certificate=BUILD / "certificate.pem",
            key=BUILD / "key.pem",
        )
    )
    server = subprocess.Popen(["vsftpd", configuration])
    time.sleep(0.5)
    return server


def curl(play: Play, folder: Path, keys: Path) -> subprocess.Popen[str]:
    (folder / "sent").write_bytes(b"c" * 2000)
    version = play.options["version"]
    limits = [f"--tlsv{version}", "--tls-max", version]
    port = play.options["port"]
    path = play.options["path"]
    upload = ["--upload-file", folder / "sent"] if "upload" in path else ["--output", "/dev/null"]
    return subprocess.Popen(
        ["curl", "-sS", "-k", "--ssl-reqd", *limits, *upload, f"ftp://127.0.0.1:{port}/{path}"],
        env={"PATH": "/usr/bin:/bin", "SSLKEYLOGFILE": str(keys)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


FTPLIB = """
import ftplib, ssl, sys
context = ssl._create_unverified_context()
context.keylog_filename = sys.argv[1]
version = ssl.TLSVersion.TLSv1_2 if sys.argv[2] == "1.2" else ssl.TLSVersion.TLSv1_3
context.minimum_version = context.maximum_version = version
ftp = ftplib.FTP_TLS(context=context)
ftp.connect("127.0.0.1", int(sys.argv[3]))
ftp.login()
ftp.prot_p()
taken = []
print(ftp.retrbinary("RETR " + sys.argv[4], taken.append), sum(map(len, taken)), "bytes")
print(ftp.quit())
"""


def ftplib(play: Play, _folder: Path, keys: Path) -> subprocess.Popen[str]:
    arguments = [keys, play.options["version"], str(play.options["port"]), play.options["path"]]
    return subprocess.Popen(
        [sys.executable, "-c", FTPLIB, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def family_of(process: int) -> list[int]:
    """A process and all it has started: vsftpd has two for each client."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True)
    children = [int(line) for line in found.stdout.split()]
    return [process, *(member for child in children for member in family_of(child))]


def kill_family(process: subprocess.Popen[Any]) -> None:
    for member in family_of(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


def play_ftp(play: Play, folder: Path, keys: Path) -> list[str]:
    server = start_vsftpd(play, folder)
    client = {"curl": curl, "ftplib": ftplib}[play.options["client"]](play, folder, keys)
    if play.options.get("kill"):
        time.sleep(play.options["kill"])
        kill_family(server)
    try:
        output = client.communicate(timeout=30)[0]
    finally:
        if server.poll() is None:
            kill_family(server)
    return [*lines_of(output)[-2:], f"client exit {client.returncode}"]




PLAYERS = {"websocket": play_websocket, "ftp": play_ftp}


def write(play: Play, raw: Path, keys: Path) -> None:
    with_secrets = raw.with_suffix(".secrets.pcapng")
    subprocess.run(["editcap", "--inject-secrets", f"tls,{keys}", raw, with_secrets], check=True)
    CAPTURES.mkdir(exist_ok=True)
    blocks = pcapng.without_machine_facts(pcapng.read(with_secrets))
    pcapng.write(CAPTURES / f"{play.name}.pcapng", blocks)


def describe(play: Play, reported: list[str]) -> None:
    description = {
        "about": play.about,
        "reported": reported,
        "expect": play.expect,
        "expect_without_keys": play.without_keys,
    }
    target = CAPTURES / f"{play.name}.json"
    target.write_text(json.dumps(description, indent=1) + "\n")


def make(play: Play) -> None:
    folder = Path(tempfile.mkdtemp(prefix="programs-"))
    raw, keys = folder / "raw.pcapng", folder / "keys"
    try:
        folder.chmod(0o755)
        dumpcap = Dumpcap(play.filter, raw)
        try:
            reported = PLAYERS[play.kind](play, folder, keys)
        finally:
            dumpcap.stop()
        write(play, raw, keys)
        describe(play, reported)
        print(play.name, reported, flush=True)
    finally:
        shutil.rmtree(folder)


def renew_expectations(play: Play) -> None:
    described = json.loads((CAPTURES / f"{play.name}.json").read_text())
    describe(play, described["reported"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only-expectations",
        action="store_true",
        help="play nothing, write what the tables expect into the JSON files",
    )
    parser.add_argument("names", nargs="*", help="plays to make (default: all)")
    options = parser.parse_args()
    chosen = [play for play in PLAYS if not options.names or play.name in options.names]
    if options.only_expectations:
        for play in chosen:
            renew_expectations(play)
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    if not (BUILD / "certificate.pem").exists():
        make_certificate(BUILD)
    for play in chosen:
        make(play)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets stock programs (vsftpd, curl, Python's ftplib, ws of Node.js) talk on loopback and writes
tests/captures/programs: a capture with its secrets inside, and a JSON file with what the programs
reported and what an analysis has to say, written from those reports. It must not know what the plugin
makes of a capture.

    ./play_programs.py [NAME...]        # as root, or with the right to capture and to use port 21
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import pcapng  # noqa: E402
from make_captures import Dumpcap, make_certificate  # noqa: E402
from players import PLAYERS  # noqa: E402
from players.processes import BUILD, CERTIFICATE, KEYLOG  # noqa: E402
from programs import PLAYS, Play  # noqa: E402

CAPTURES = HERE.parent / "captures" / "programs"


def write(play: Play, raw: Path, keys: Path) -> None:
    with_secrets = raw.with_suffix(".secrets.pcapng")
    subprocess.run(["editcap", "--inject-secrets", f"tls,{keys}", raw, with_secrets], check=True)
    CAPTURES.mkdir(exist_ok=True)
    blocks = pcapng.without_machine_facts(pcapng.read(with_secrets))
    pcapng.write(CAPTURES / f"{play.name}.pcapng", blocks)


def versions(packages: tuple[str, ...]) -> list[str]:
    if not packages:
        return []
    command = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def describe(play: Play, programs: list[str], reported: list[str]) -> None:
    description = {
        "about": play.about,
        **({"programs": programs} if programs else {}),
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
        describe(play, versions(play.packages), reported)
        print(play.name, reported, flush=True)
    finally:
        shutil.rmtree(folder)


def renew_expectations(play: Play) -> None:
    described = json.loads((CAPTURES / f"{play.name}.json").read_text())
    describe(play, described.get("programs", []), described["reported"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only-expectations",
        action="store_true",
        help="play nothing, write what the tables expect into the JSON files",
    )
    parser.add_argument("names", nargs="*", help="plays to make, or patterns (default: all)")
    options = parser.parse_args()
    chosen = [play for play in PLAYS if any(fnmatch(play.name, name) for name in options.names or "*")]
    if options.only_expectations:
        for play in chosen:
            renew_expectations(play)
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "-C", HERE, f"BUILD={BUILD}", KEYLOG], check=True)
    if not CERTIFICATE.exists():
        make_certificate(BUILD)
    for play in chosen:
        make(play)


if __name__ == "__main__":
    main()

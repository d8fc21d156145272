# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tools/tlsclose-batch for the tests, and makes what they feed it: stand-ins for tshark that
hang or crash, captures of single connections, key logs. It must not know what is expected.
"""

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pcapng
import pytest

pytest.importorskip("jinja2", reason="the packages in tools/packages/batch.txt are not installed")
if not shutil.which("parallel"):
    pytest.skip("GNU parallel is not installed", allow_module_level=True)

PROJECT = Path(__file__).resolve().parent.parent.parent
BATCH = PROJECT / "tools" / "tlsclose-batch"
TSHARK = PROJECT / "tools" / "tshark"
CAPTURES = PROJECT / "tests" / "captures"

# Together they have every expert info, closure, session event and framing.
NAMES = [
    "sample",
    "deviations_tls12",
    "deviations_tls13",
    "endings_openssl_tls12",
    "endings_openssl_tls13",
    "http_tls12",
    "still_open_tls12",
    "gap_hides_close_notify_tls12",
    "session_unresumable_but_resumed_tls10",
    "session_fatal_alert_but_resumed_tls12",
    "truncated_record_tls12",
    "ipv6",
    "handshake_reset",
    "close_notify_in_handshake",
    "clear_text_after_close_notify",
    "reset_after_close_notify_tls12",
]
Record = dict[str, Any]


def batch(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    defaults: dict[str, Any] = {"capture_output": True, "encoding": "utf-8", "check": False}
    defaults |= {"timeout": 300} | ({} if "input" in options else {"stdin": subprocess.DEVNULL})
    return subprocess.run([BATCH, *arguments], **(defaults | options))


def records(output: str) -> list[Record]:
    return [json.loads(line) for line in output.splitlines()]


def connections(output: str) -> list[Record]:
    return [record for record in records(output) if "problem" not in record]


def capture(name: str) -> Path:
    return CAPTURES / f"{name}.pcapng"


def fake_tshark(folder: Path, script: str) -> Path:
    """A tshark that runs a piece of shell first. There, $capture is the name of the capture, and
    $calls a file with a line for each call so far."""
    program = folder / "fake-tshark"
    program.write_text(
        f"""#!/bin/bash
calls={folder}/calls
[[ $1 == -G || $1 == --version ]] && exec {TSHARK} "$@"
while [[ $1 != -r ]]; do arguments+=("$1"); shift; done
capture=$(basename "$2")
echo "$capture" >> "$calls"
{script}
exec {TSHARK} "${{arguments[@]}}" "$@"
"""
    )
    program.chmod(0o755)
    return program


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def blocks(name: str) -> tuple[list[pcapng.Block], list[pcapng.Block]]:
    """The blocks before the packets, and the packets; mergecap refuses files with secrets."""
    every = pcapng.without(pcapng.read(capture(name)), pcapng.DECRYPTION_SECRETS)
    packets = [block for block in every if block.type == pcapng.ENHANCED_PACKET]
    return [block for block in every if block.type != pcapng.ENHANCED_PACKET], packets


def write_part(
    target: Path, name: str, wanted: Callable[[pcapng.Block], bool] = lambda block: True
) -> Path:
    """A capture's wanted packets, without its secrets."""
    heads, packets = blocks(name)
    pcapng.write(target, [*heads, *filter(wanted, packets)])
    return target


def key_log(name: str, target: Path) -> Path:
    """The secrets of a capture, as a file."""
    found = [b.body for b in pcapng.read(capture(name)) if b.type == pcapng.DECRYPTION_SECRETS]
    lengths = [struct.unpack_from("<I", body, 4)[0] for body in found]
    target.write_bytes(b"".join(body[8 : 8 + size] for body, size in zip(found, lengths)))
    return target


def ports(block: pcapng.Block) -> set[int]:
    """The TCP ports of an IPv4 packet on loopback."""
    ethernet, ip = 14, 20
    return set(struct.unpack_from("!HH", pcapng.packet_bytes(block), ethernet + ip))

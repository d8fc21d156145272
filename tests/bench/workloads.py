# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of traffic that real endpoints make on loopback, made when first asked for and kept in
a cache folder. It must not know what is measured on them.
"""
import itertools
import os
import struct
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pcapng

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("TLSCLOSE_BENCH_BUILD", ROOT / "build-bench"))
CACHE = Path(os.environ.get("TLSCLOSE_BENCH_CACHE", ROOT / ".cache" / "bench"))

TLS_PORT = 443
CLEAR_TEXT_PORT = 80
SERVER_ADDRESS = bytes((127, 0, 0, 1))
# Offsets in the body of an enhanced packet block: its head, that of Ethernet, and IPv4's.
SOURCE_ADDRESS = 20 + 14 + 12
TARGET_ADDRESS = SOURCE_ADDRESS + 4


@dataclass(frozen=True)
class Workload:
    """KIND and VERSION are words of load's; COUNT is of connections or records, as KIND has it."""

    kind: str
    version: str
    count: int
    has_keys: bool = False

    @property
    def title(self) -> str:
        security = "no TLS" if self.version == "none" else f"TLS {self.version}"
        what = {
            "short": f"{self.count:,} short connections",
            "bulk": f"download of {self.count * 16 // 1024:,} MiB",
            "records": f"one connection of {self.count:,} records",
        }[self.kind]
        return f"{what}, {security}{', keys' if self.has_keys else ''}"

    @property
    def path(self) -> Path:
        keys = "-keys" if self.has_keys else ""
        return CACHE / f"{self.kind}-{self.version}-{self.count}{keys}.pcapng"

    def sized(self, count: int) -> "Workload":
        return replace(self, count=count)


def make(workload: Workload) -> Path:
    if not workload.path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"making {workload.path.name} ...", file=sys.stderr)
        if workload.has_keys:
            _add_keys(workload)
        else:
            _record(workload)
    return workload.path


def make_copies(workload: Workload, copies: int) -> Path:
    """A capture of COPIES times the workload, one after the other, each with client addresses of its
    own: for sizes that would take hours to make. The workload must be without keys."""
    path = workload.path.with_suffix(f".x{copies}.pcapng")
    whole = make(workload)
    if not path.exists():
        unfinished = path.with_suffix(".part")
        _write_copies(pcapng.read(whole), copies, unfinished)
        unfinished.rename(path)
    return path


def one_packet() -> Path:
    """What tshark does to it is its start-up, for the most part."""
    whole = make(Workload("short", "1.3", 1))
    path = CACHE / "one-packet.pcapng"
    if not path.exists():
        subprocess.run(["editcap", "-r", whole, path, "1"], check=True)
    return path


def count_packets(capture: Path) -> int:
    """capinfos reads captures with secrets, but takes its time; this only reads block lengths."""
    packets = 0
    with capture.open("rb") as file:
        while header := file.read(8):
            block_type, length = struct.unpack("<II", header)
            packets += block_type == pcapng.ENHANCED_PACKET
            file.seek(length - 8, os.SEEK_CUR)
    return packets


def _write_copies(blocks: list[pcapng.Block], copies: int, path: Path) -> None:
    packets = [block.body for block in blocks if block.type == pcapng.ENHANCED_PACKET]
    duration = _time(packets[-1]) - _time(packets[0]) + 1
    preamble = [block for block in blocks if block.type in pcapng.HARMLESS_OPTIONS]
    moved = (
        pcapng.Block(pcapng.ENHANCED_PACKET, _moved(packet, copy, copy * duration))
        for copy in range(copies)
        for packet in packets
    )
    pcapng.write(path, itertools.chain(preamble, moved))


def _time(packet: bytes) -> int:
    high, low = struct.unpack_from("<II", packet, 4)
    return high << 32 | low


def _moved(packet: bytes, network: int, delay: int) -> bytes:
    """Moves the client from 127.0.0.0/16 to 127.NETWORK.0.0/16. The server is always 127.0.0.1."""
    copy = bytearray(packet)
    time = _time(packet) + delay
    struct.pack_into("<II", copy, 4, time >> 32, time & 0xFFFFFFFF)
    for address in (SOURCE_ADDRESS, TARGET_ADDRESS):
        if packet[address : address + 4] != SERVER_ADDRESS:
            copy[address + 1] = network
    return bytes(copy)


def _key_log(workload: Workload) -> Path:
    return workload.path.with_suffix(".keylog")


def _record(workload: Workload) -> None:
    port = CLEAR_TEXT_PORT if workload.version == "none" else TLS_PORT
    unfinished = workload.path.with_suffix(".part")
    load = [BUILD / "load", workload.kind, workload.version, workload.count, port]
    ends = [*_certificate(), _key_log(workload)]
    command = [HERE / "record", port, unfinished, *load, *ends]
    subprocess.run([str(word) for word in command], check=True)
    unfinished.chmod(0o644)
    unfinished.rename(workload.path)


def _add_keys(workload: Workload) -> None:
    plain = replace(workload, has_keys=False)
    unfinished = workload.path.with_suffix(".part")
    secrets = f"tls,{_key_log(plain)}"
    subprocess.run(["editcap", "--inject-secrets", secrets, make(plain), unfinished], check=True)
    unfinished.rename(workload.path)


def _certificate() -> tuple[Path, Path]:
    certificate, key = CACHE / "certificate.pem", CACHE / "key.pem"
    if not certificate.exists():
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command = ["openssl", "req", "-x509", *curve, *subject, "-days", "3650"]
        files: list[str | Path] = ["-keyout", key, "-out", certificate]
        subprocess.run([*command, *files], check=True, capture_output=True)
    return certificate, key

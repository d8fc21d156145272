# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of tools/tlsclose-batch joined with Suricata's log, as the manual shows it: Suricata 7 of
Debian 13, in a root of its own. It must not know what either says of a connection.
"""

import json
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pcapng
import pytest
from batch_run import PROJECT, batch, capture, connections

RELEASE = "trixie"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tlsclose"
NAMES = ["sample", "http_tls12", "deviations_tls13"]
# In the body of a packet's block: IPv4's addresses and TCP's ports.
SOURCE, DESTINATION, PORTS = 46, 50, 54
CLIENT, SERVER = bytes([198, 51, 100, 7]), bytes([192, 0, 2, 1])
READ = """cat > /tmp/capture && suricata -r /tmp/capture -l /tmp -k none -S /dev/null \
    --set outputs.1.eve-log.community-id=true >&2 && cat /tmp/eve.json"""


@pytest.fixture(scope="module")
def root() -> Path:
    """Made once, and kept: about two minutes."""
    if os.geteuid() != 0 or not shutil.which("mmdebstrap") or not shutil.which("jq"):
        pytest.skip("needs the superuser, mmdebstrap and jq")
    folder = CACHE / f"{RELEASE}-suricata"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = folder.with_suffix(".part")
        command = ["mmdebstrap", "--variant=apt", "--include=suricata", "--format=directory"]
        made = subprocess.run([*command, RELEASE, part], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            pytest.skip(f"no root could be made: {made.stderr.splitlines()[-1:]}")
        part.rename(folder)
    return folder


def between_hosts(name: str, target: Path) -> Path:
    """A capture of loopback with two addresses: of two ends at one address, Suricata compares the
    bytes of the ports in the order that its machine has, not in the specification's."""
    server_port = json.loads(batch(capture(name)).stdout.splitlines()[0])["server.port"]
    blocks = pcapng.read(capture(name))
    for number, block in enumerate(blocks):
        if block.type == pcapng.ENHANCED_PACKET:
            from_server = struct.unpack_from("!H", block.body, PORTS)[0] == server_port
            ends = SERVER + CLIENT if from_server else CLIENT + SERVER
            body = block.body[:SOURCE] + ends + block.body[DESTINATION + len(SERVER) :]
            blocks[number] = block._replace(body=body)
    pcapng.write(target, blocks)
    return target


def eve(root: Path, file: Path) -> str:
    command = [PROJECT / "tests" / "in-root", root, "bash", "-c", READ]
    with file.open("rb") as standard_input:
        done = subprocess.run(
            command, stdin=standard_input, capture_output=True, text=True, check=False, timeout=300
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


def recipe() -> str:
    """The manual's command."""
    (found,) = re.findall(
        r"^    (jq .*eve\.json.*(?:\n     .*)*)", (PROJECT / "doc/batch.md").read_text(), re.MULTILINE
    )
    return str(found)


@pytest.mark.parametrize("name", NAMES)
def test_each_connection_is_found_in_the_log(root: Path, tmp_path: Path, name: str) -> None:
    file = between_hosts(name, tmp_path / "a.pcapng")
    (tmp_path / "eve.json").write_text(eve(root, file))
    said = batch("--fail-on", "never", file).stdout
    (tmp_path / "endings.jsonl").write_text(said)
    done = subprocess.run(
        ["bash", "-ec", recipe()], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    joined = [json.loads(line) for line in done.stdout.splitlines()]
    flows = [json.loads(line) for line in (tmp_path / "eve.json").read_text().splitlines()]
    ports = {f["flow_id"]: {f["src_port"], f["dest_port"]} for f in flows if "flow_id" in f}
    assert len(joined) == len(connections(said)) > 0
    for record, row in zip(connections(said), joined, strict=True):
        assert ports[row["flow_id"]] == {record["client.port"], record["server.port"]}
        assert row["verdict"] == record["verdict"]

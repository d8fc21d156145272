#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays the scenarios with real TLS libraries on loopback and writes tests/captures: a capture
with its secrets inside, and a JSON file that says what was done, what the libraries reported, and
what is expected. It must not know what the plugin makes of a capture.
"""
import argparse
import dataclasses
import json
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import pcapng  # noqa: E402
from scenario import Connection, Scenario  # noqa: E402
from scenarios import ALL_SCENARIOS  # noqa: E402

CAPTURES = HERE.parent / "captures"
FIRST_PORT = 47100  # no dissector of Wireshark claims the ports from here on
STEP_TIMEOUT = 20
ETHERNET_HEADER = 14
PROGRAMS = {
    "openssl": ["{build}/openssl_endpoint"],
    "gnutls": ["{build}/gnutls_endpoint"],
    "go": ["{build}/go_endpoint"],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-cp", "{build}", "JavaEndpoint"],
    "node": ["node", "--tls-cipher-list=DEFAULT@SECLEVEL=0", "{build}/node_endpoint.js"],
    "http2": ["node", "{build}/http2_endpoint.js"],
}
OPENSSL_VERSIONS = {
    "TLS 1.0": "TLSv1",
    "TLS 1.1": "TLSv1.1",
    "TLS 1.2": "TLSv1.2",
    "TLS 1.3": "TLSv1.3",
}
VERBS_WITH_BYTES = {"write", "write_raw", "write_half_record", "write_in_pieces", "write_and_close"}


def openssl_version(version: str) -> list[str]:
    name = OPENSSL_VERSIONS[version]
    return [
        "conf CipherString DEFAULT@SECLEVEL=0",
        f"conf MinProtocol {name}",
        f"conf MaxProtocol {name}",
    ]


def gnutls_version(version: str) -> list[str]:
    return [f"priority NORMAL:-VERS-ALL:+VERS-{version.replace(' ', '')}:+SHA1:%COMPAT"]


def same_version(version: str) -> list[str]:
    return [f"version {version}"]


VERSION_SETUP = {
    "openssl": openssl_version,
    "gnutls": gnutls_version,
    "go": same_version,
    "java": same_version,
    "node": same_version,
    "http2": same_version,
}


class Endpoint:
    """A running endpoint program: verbs go in, one line of answer to each comes out."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._collect, daemon=True).start()
        self.library = self.answer()

    def _collect(self) -> None:
        for line in self.process.stdout:
            self.answers.put(line.rstrip("\n"))

    def answer(self) -> str:
        return self.answers.get(timeout=STEP_TIMEOUT)

    def do(self, verb: str, text: str) -> str:
        if verb in VERBS_WITH_BYTES:
            text = unescape(text).hex()
        self.process.stdin.write(f"{verb} {text}".rstrip() + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def unescape(text: str) -> bytes:
    filled = re.sub(r"\{(\d+)\}", lambda match: "x" * int(match[1]), text)
    return filled.encode().decode("unicode_escape").encode("latin-1")


class Dumpcap:
    def __init__(self, capture_filter: str, file: Path) -> None:
        self.process = subprocess.Popen(
            ["dumpcap", "-q", "-i", "lo", "-f", capture_filter, "-w", str(file)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            if line.startswith("File:"):
                break
        time.sleep(0.3)

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        time.sleep(0.4)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STEP_TIMEOUT)


def play(scenario: Scenario, endpoints: dict[str, Endpoint]) -> list[str]:
    """Runs the steps one after the other, so that their order in the capture is the order here.
    Returns each step with what the libraries reported."""
    done = []
    for step in scenario.steps:
        who, verb, *rest = step.split(" ", 2)
        text = rest[0] if rest else ""
        if who == "both":
            with ThreadPoolExecutor() as pool:
                answers = {role: pool.submit(end.do, verb, text) for role, end in endpoints.items()}
            report = ", ".join(f"{role}: {answer.result()}" for role, answer in answers.items())
        elif who == "wait":
            time.sleep(float(verb))
            report = "ok"
        else:
            report = endpoints[who].do(verb, text)
        done.append(f"{step} -> {report}")
    return done


def set_up(endpoint: Endpoint, program: str, scenario: Scenario, extra: tuple[str, ...]) -> None:
    for line in VERSION_SETUP[program](scenario.version) + list(extra):
        verb, _, text = line.partition(" ")
        answer = endpoint.do(verb, text)
        if answer != "ok":
            raise RuntimeError(f"{scenario.name}: {program} {line}: {answer}")


def unique_lines(files: list[Path]) -> str:
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines) if not line.startswith("#"))


def carries_payload_of(side: str, block: pcapng.Block, port: int) -> bool:
    if block.type != pcapng.ENHANCED_PACKET:
        return False
    ip = pcapng.packet_bytes(block)[ETHERNET_HEADER:]
    tcp = ip[4 * (ip[0] & 0x0F) : int.from_bytes(ip[2:4], "big")]
    sent_by_server = int.from_bytes(tcp[0:2], "big") == port
    return len(tcp) > 4 * (tcp[12] >> 4) and sent_by_server == (side == "server")


def leave_out(scenario: Scenario, blocks: list[pcapng.Block], port: int) -> list[pcapng.Block]:
    dropped: list[pcapng.Block] = []
    if scenario.left_out:
        side, index = scenario.left_out
        dropped = [[block for block in blocks if carries_payload_of(side, block, port)][index]]
    if scenario.begins_after:
        of_server = [block for block in blocks if carries_payload_of("server", block, port)]
        last = blocks.index(of_server[scenario.begins_after - 1])
        dropped = [block for block in blocks[: last + 1] if block.type == pcapng.ENHANCED_PACKET]
    return [block for block in blocks if block not in dropped]


def describe_left_out(scenario: Scenario) -> str | None:
    if scenario.left_out:
        return "a packet of the {}: number {} of its packets with payload".format(
            *scenario.left_out
        )
    if scenario.begins_after:
        return f"all up to packet with payload number {scenario.begins_after} of the server"
    return None


def write_capture(raw: Path, keys: Path, scenario: Scenario, port: int, target: Path) -> None:
    with_secrets = raw.with_suffix(".secrets.pcapng")
    if keys.stat().st_size:
        subprocess.run(
            ["editcap", "--inject-secrets", f"tls,{keys}", raw, with_secrets], check=True
        )
    else:
        with_secrets = raw
    blocks = pcapng.without_machine_facts(pcapng.read(with_secrets))
    pcapng.write(target, leave_out(scenario, blocks, port))


def as_json(connection: Connection) -> dict[str, object]:
    named = dataclasses.asdict(connection) | {"expert": sorted(connection.expert)}
    del named["keyless"]
    return {name: value for name, value in named.items() if value not in (None, {})}


def expectations(scenario: Scenario) -> dict[str, list[dict[str, object]]]:
    return {
        "expect": [as_json(connection) for connection in scenario.expect],
        "expect_without_keys": [
            as_json(connection.without_keys()) for connection in scenario.expect
        ],
    }


def write_description(
    scenario: Scenario, libraries: dict[str, str], steps: list[str], target: Path
) -> None:
    description = {
        "about": scenario.about,
        "server": libraries["server"],
        "client": libraries["client"],
        "version": scenario.version,
        "server_setup": scenario.server_setup,
        "client_setup": scenario.client_setup,
        "left_out": describe_left_out(scenario),
        "steps": steps,
        **expectations(scenario),
    }
    target.write_text(json.dumps(description, indent=1) + "\n")


def renew_expectations(scenario: Scenario) -> None:
    target = CAPTURES / f"{scenario.name}.json"
    description = json.loads(target.read_text()) | expectations(scenario)
    target.write_text(json.dumps(description, indent=1) + "\n")


def make(scenario: Scenario, port: int, build: Path) -> None:
    work = build / "captures"
    work.mkdir(exist_ok=True)
    raw, keys = work / f"{scenario.name}.pcapng", work / f"{scenario.name}.keys"
    key_logs = [work / f"{scenario.name}.{role}.keys" for role in ("client", "server")]
    for file in key_logs:
        file.unlink(missing_ok=True)
    roles = {
        "server": (scenario.server, scenario.server_setup),
        "client": (scenario.client, scenario.client_setup),
    }
    endpoints = {}
    for role, (program, extra) in roles.items():
        command = [part.format(build=build) for part in PROGRAMS[program]]
        arguments = [
            role,
            scenario.address,
            str(port),
            f"{build}/certificate.pem",
            f"{build}/key.pem",
        ]
        endpoints[role] = Endpoint(
            command + arguments + [str(work / f"{scenario.name}.{role}.keys")]
        )
        set_up(endpoints[role], program, scenario, extra)
    dumpcap = Dumpcap(f"tcp port {port}", raw)
    try:
        steps = play(scenario, endpoints)
        if scenario.still_open:
            dumpcap.stop()
    finally:
        for endpoint in endpoints.values():
            endpoint.stop()
        dumpcap.stop()
    keys.write_text(unique_lines(key_logs))
    write_capture(raw, keys, scenario, port, CAPTURES / f"{scenario.name}.pcapng")
    libraries = {role: endpoint.library for role, endpoint in endpoints.items()}
    write_description(scenario, libraries, steps, CAPTURES / f"{scenario.name}.json")


def make_certificate(build: Path) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "3650"]
    key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        build / "key.pem",
    ]
    subprocess.run(
        ["openssl", "req", "-x509", *key, *subject, "-out", build / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    bundle = [
        "-in",
        build / "certificate.pem",
        "-inkey",
        build / "key.pem",
        "-out",
        build / "certificate.p12",
    ]
    subprocess.run(
        ["openssl", "pkcs12", "-export", *bundle, "-passout", "pass:changeit"], check=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build" / "endpoints")
    parser.add_argument(
        "--only-expectations",
        action="store_true",
        help="play nothing, write what the tables expect into the JSON files",
    )
    parser.add_argument("names", nargs="*", help="scenarios to make (default: all)")
    options = parser.parse_args()
    chosen = [
        scenario
        for scenario in ALL_SCENARIOS
        if not options.names or scenario.name in options.names
    ]
    if options.only_expectations:
        for scenario in chosen:
            renew_expectations(scenario)
        return
    subprocess.run(["make", "-s", "-C", HERE, f"BUILD={options.build}"], check=True)
    if not (options.build / "certificate.pem").exists():
        make_certificate(options.build)
    for scenario in chosen:
        print(scenario.name, flush=True)
        make(scenario, scenario.port or FIRST_PORT + ALL_SCENARIOS.index(scenario), options.build)


if __name__ == "__main__":
    main()

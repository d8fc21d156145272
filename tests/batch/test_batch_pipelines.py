# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools/tlsclose-batch gives to other programs: Community IDs, JUnit XML, CSV with severities,
SQLite's views, one line of totals. Expectations are the public specification's and the captures' own.
"""

import csv
import io
import json
import re
import sqlite3
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from batch.community_id import community_id
from batch_run import CAPTURES, batch, capture, records

LOSSY, HEALTHY = "http_tls12", "ipv6"


def expected(name: str) -> int:
    return len(json.loads((CAPTURES / f"{name}.json").read_text())["expect"])


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    # https://github.com/corelight/community-id-spec, baseline/baseline_deflt.json: all of TCP
    [
        (("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (
            ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943),
            ("2607:f8b0:400c:c03::1a", 25),
            "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
        ),
    ],
)
def test_community_ids_are_those_of_the_specification(
    one: tuple[str, int], other: tuple[str, int], wanted: str
) -> None:
    assert community_id(one, other) == community_id(other, one) == wanted


def test_one_address_is_ordered_by_port() -> None:
    ends = ("127.0.0.1", 40000), ("127.0.0.1", 443)
    assert community_id(*ends) == community_id(*reversed(ends))
    assert community_id(("of no IP", 1), ("of no IP", 2)) is None


def test_every_record_has_its_community_id() -> None:
    for record in records(batch(capture(HEALTHY), capture(LOSSY)).stdout):
        ends = ((record[f"{side}.address"], record[f"{side}.port"]) for side in ("client", "server"))
        assert record["community_id"] == community_id(*ends) is not None


def junit(*arguments: str | Path) -> ElementTree.Element:
    return ElementTree.fromstring(batch("--junit", "-", *arguments).stdout)


@pytest.mark.parametrize("fail_on", ["loss", "error", "never"])
def test_junit_fails_what_fails_the_run(tmp_path: Path, fail_on: str) -> None:
    missing = tmp_path / "missing\x1b.pcap"
    found = junit("--fail-on", fail_on, capture(HEALTHY), capture(LOSSY), missing)
    suites = {suite.get("name", ""): suite for suite in found.iter("testsuite")}
    assert len(suites) == 3
    for name in (HEALTHY, LOSSY):
        suite = suites[str(capture(name))]
        cases, failures = suite.findall("testcase"), suite.findall("testcase/failure")
        assert int(suite.get("tests", "")) == len(cases) == expected(name) + 1
        assert int(suite.get("failures", "")) == len(failures)
        assert bool(failures) == (name == LOSSY and fail_on != "never")
        assert suite.get("errors") == "0"
    (unread,) = (suite for suite in suites.values() if suite.get("errors") == "1")
    assert r"missing\x1b.pcap" in str(unread.get("name"))
    assert len(unread.findall("testcase/error")) == 1


def test_csv_has_the_severity_of_each_finding() -> None:
    said = records(batch(capture("sample")).stdout)
    table = csv.DictReader(io.StringIO(batch("--csv", "-", capture("sample")).stdout))
    for record, row in zip(said, table, strict=True):
        findings = zip(filter(None, row["findings"].split(", ")), row["severities"].split(", "))
        assert list(findings) == [(f["name"], f["severity"]) for f in record["findings"]]
    assert any(record["findings"] for record in said)


def test_views_of_sqlite_count_each_loss_against_its_side(tmp_path: Path) -> None:
    path = tmp_path / "endings.sqlite"
    said = records(batch("--sqlite", path, "--json", "-", capture(LOSSY), capture(HEALTHY)).stdout)
    lossy = [record for record in said if record["loss"] in ("Certain", "Possible")]
    database = sqlite3.connect(path)
    streams = database.execute("SELECT file, stream FROM losses ORDER BY file, stream").fetchall()
    assert streams == sorted((record["file"], record["stream"]) for record in lossy) != []
    (total,) = database.execute("SELECT sum(connections) FROM servers").fetchone()
    assert total == len(said)
    (by_server,) = database.execute("SELECT sum(ended_by_server) FROM servers").fetchone()
    assert by_server == sum(record["initiator"] == "Server" for record in said)
    for (name,) in database.execute("SELECT name FROM pragma_table_info('connections')"):
        assert "." not in name
    database.close()


def test_a_summary_is_one_line_on_standard_error() -> None:
    done = batch("--summary", capture(LOSSY), capture(HEALTHY))
    lossy = [r for r in records(done.stdout) if r["loss"] in ("Certain", "Possible")]
    (line,) = done.stderr.splitlines()
    numbers = list(map(int, re.findall(r"(\d+) (?:captures|connections|with)", line)))
    assert numbers == [2, expected(LOSSY) + expected(HEALTHY), len(lossy)]
    assert f"port {lossy[0]['server.port']}" in line

# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML report of tools/tlsclose-batch: that it says what the records say, holds nothing from
elsewhere, lets no name from a capture become markup, and that a browser shows it.
"""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from batch import interface
from batch.advice import ADVICE
from batch_run import PROJECT, Record, batch
from running import Runner

HOSTILE = "<script>alert('&quot;')</script><img src=x onerror=alert(1)>"
BROWSER = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]


class Page(HTMLParser):
    """The elements, attributes and words of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if data.strip() else []

    @property
    def text(self) -> str:
        return " ".join(self.words)


def connection(verdict: str, number: int, **more: object) -> Record:
    """A record such as an earlier run writes."""
    ends = {"client.address": "10.0.0.1", "client.port": 40000 + number}
    ends |= {"server.address": "10.0.0.2", "server.port": 443}
    time = {"start": "2026-01-01T00:00:00.000000+00:00"}
    time |= {"time": f"2026-01-01T00:{number:02}:00.000000+00:00"}
    place = {"file": "a.pcap", "stream": number, "frame": 10 * number}
    rest = {"session.events": [], "findings": []}
    return {"verdict": verdict} | ends | time | place | rest | more


SEVERITIES = {
    "missing_close_notify": "Warning",
    "reset_without_close_notify": "Warning",
    "http_truncated": "Error",
    "session_unresumable": "Warning",
}


def finding(name: str, frame: int = 7, file: str = "a.pcap", sender: str | None = "Server") -> Record:
    severity = SEVERITIES[name]
    return {"name": name, "severity": severity, "sender": sender, "file": file, "frame": frame}


def report(folder: Path, *records: Record) -> Page:
    lines = folder / "records.jsonl"
    lines.write_text("".join(json.dumps(record) + "\n" for record in records))
    done = batch("--merge", "--fail-on", "never", "--report", folder / "report.html", lines)
    assert done.returncode == (2 if "problem" in records[-1] else 0), done.stderr
    return Page((folder / "report.html").read_text())


@pytest.fixture
def hostile(tmp_path: Path) -> Page:
    return report(
        tmp_path,
        connection(
            "Truncated",
            1,
            file=HOSTILE,
            server_name=HOSTILE,
            reason=HOSTILE,
            findings=[finding("missing_close_notify", file=HOSTILE)],
            **{"server.address": HOSTILE, "client.address": HOSTILE},
        ),
        {"file": HOSTILE + "2", "problem": HOSTILE},
    )


def test_names_from_captures_stay_text(hostile: Page) -> None:
    assert not hostile.elements & {"script", "img"}
    assert hostile.text.count(HOSTILE) >= 6


def test_nothing_comes_from_elsewhere(hostile: Page, tmp_path: Path) -> None:
    assert not hostile.elements & {"script", "link", "img", "iframe", "object", "svg", "font"}
    assert not {"src", "href", "srcset", "background"} & {name for name, _ in hostile.attributes}
    style = " ".join([*hostile.words, *(v for n, v in hostile.attributes if n == "style")])
    assert "url(" not in style and "@import" not in style


def test_totals_and_bars_say_what_the_records_say(tmp_path: Path) -> None:
    page = report(
        tmp_path,
        connection("Graceful", 1, server_name="one.example"),
        connection("Graceful", 2, **{"server.address": "10.0.0.3"}),
        connection("Reset", 3, findings=[finding("reset_without_close_notify")]),
        connection("Truncated", 4, findings=[finding("http_truncated", 41)]),
        connection("Truncated", 5, findings=[finding("http_truncated", 51)]),
        connection(interface.OPEN, 6),
    )
    assert "1 capture " in page.text and "6 TLS connections" in page.text
    assert "3 failed" in page.text and "2 errors" in page.text and "1 warning" in page.text
    assert [
        value for name, value in page.attributes if name == "aria-label" and "between" not in value
    ] == [
        "2 Graceful, 2 Truncated, 1 Reset, 1 Open at end of capture",
        "1 Graceful, 2 Truncated, 1 Reset, 1 Open at end of capture",
        "1 Graceful",
        "2 Graceful, 2 Truncated, 1 Reset, 1 Open at end of capture",
    ]
    titles = [value for name, value in page.attributes if name == "title" and "failed" in value]
    columns = [re.findall(r"\d+", title)[-2:] for title in titles]
    assert [column for column in columns if column != ["0", "0"]] == [
        ["0", "1"],
        ["0", "1"],
        ["1", "1"],
        ["1", "1"],
        ["1", "1"],
        ["0", "1"],
    ]
    servers, clients = page.text.split("By server")[1].split("By client")
    assert "10.0.0.2 port 443 one.example 5" in servers
    assert "10.0.0.1 6" in clients
    advice = ADVICE["http_truncated"]
    assert page.text.index(advice.cause) < page.text.index(advice.fix)
    assert page.text.count(advice.cause) == 1  # once for all its connections
    findings = page.text[page.text.index("Every finding") :]
    assert findings.count("http_truncated") == 2
    for frame in (" 41 ", " 51 ", " 7 "):
        assert frame in findings


def test_more_servers_than_can_be_shown(tmp_path: Path) -> None:
    page = report(
        tmp_path,
        *(connection("Graceful", n, **{"server.port": 1000 + n}) for n in range(1, 30)),
        connection("Reset", 31, **{"server.port": 999}),
    )
    servers = page.text[page.text.index("By server") : page.text.index("By client")]
    assert servers.count(" port ") == 20
    assert "port 999" in servers
    assert "10 others 10" in servers


def test_a_report_of_nothing(tmp_path: Path) -> None:
    page = report(tmp_path, {"file": "bad.pcap", "problem": "no capture"})
    assert "0 TLS connections" in page.text and "bad.pcap no capture" in page.text


def test_there_is_advice_on_every_expert_info(tshark: Runner) -> None:
    lines = [line.split("\t") for line in tshark("-G", "fields").stdout.splitlines()]
    ours = [line for line in lines if line[0] == "F" and line[2].startswith("tlsclose.")]
    assert {f"tlsclose.{name}" for name in ADVICE} == {
        line[2] for line in ours if line[3] == "FT_NONE"
    }


def test_what_was_lost_comes_first_and_counts_against_who_did_it(tmp_path: Path) -> None:
    def lossy(number: int, side: str, **more: object) -> Record:
        losses = {"loss": "Certain", f"{side}.loss": "Certain", "loss.reason": "because"}
        return connection("Graceful", number, **(losses | more))

    page = report(
        tmp_path,
        lossy(1, "client", initiator="Server", idle=5.0),
        lossy(2, "server", initiator="Client"),
        lossy(3, "server", initiator="Client"),
        connection("Truncated", 4, initiator="Client", loss="Unlikely"),
    )
    losses = page.text[page.text.index("What was lost") : page.text.index("By server")]
    assert "Certain data of the server" in losses and "Certain data of the client" in losses
    assert losses.count("because") == 2  # one of the client's data, one of the server's
    services = losses[losses.index("Losses by service") :]
    assert "10.0.0.2 port 443 4 2 1 1 0 3" in services
    assert "10.0.0.1 3 1 2 2" in services[services.index("Losses by client") :]


def test_the_example_of_a_loss_is_one_connection(tmp_path: Path) -> None:
    """Its file and its stream are not those of the longest idle, nor of another."""
    loss = {"loss": "Certain", "server.loss": "Certain", "loss.reason": "because"}
    page = report(
        tmp_path,
        connection("Reset", 1, **loss, file="b.pcap", stream=11, frame=21, idle=1.0),
        connection("Reset", 2, **loss, file="a.pcap", stream=12, frame=22, idle=2.0),
        connection("Reset", 3, **loss, file="c.pcap", stream=13, frame=23, idle=9.0),
    )
    assert "because for example b.pcap stream 11, frame 21" in page.text
    assert "idle 9.000 s at most" in page.text


def test_a_finding_about_the_connection_names_no_side(tmp_path: Path) -> None:
    found = finding("session_unresumable", sender=None)
    page = report(tmp_path, connection("Truncated", 1, findings=[found]))
    assert "session_unresumable" in page.text and "by the" not in page.text


def browse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*BROWSER, f"--user-data-dir={folder / 'browser'}", *arguments, folder / "report.html"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    return done


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_a_browser_shows_it(hostile: Page, tmp_path: Path) -> None:
    shown = Page(browse(tmp_path, "--dump-dom").stdout)
    assert shown.elements == hostile.elements
    assert shown.text == hostile.text
    pictures = []
    for scheme in ("0", "1"):  # dark, light
        picture = tmp_path / f"{scheme}.png"
        browse(
            tmp_path,
            f"--blink-settings=preferredColorScheme={scheme}",
            "--window-size=1000,1400",
            f"--screenshot={picture}",
        )
        pictures.append(picture.read_bytes())
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[1]


def test_two_hundred_connections_take_few_pages_on_paper(tmp_path: Path) -> None:
    if not shutil.which(BROWSER[0]):
        pytest.skip("chromium is not installed")
    finding = {"name": "missing_close_notify", "severity": "Warning", "sender": "Server"}
    finding |= {"file": "a.pcap", "frame": 1, "time": "2026-01-01T00:00:00.000000+00:00"}
    more = {"loss": "Possible", "server.loss": "Possible", "loss.reason": "because"}
    many = [
        connection("Truncated", number % 60, findings=[finding], **more)
        | {"server.port": 1000 + number}
        for number in range(200)
    ]
    report(tmp_path, *many)
    (page,) = tmp_path.glob("*.html")
    paper = tmp_path / "paper.pdf"
    command = [*BROWSER, f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert 0 < len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) < 10

# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds README.md and what it links to their word: the commands run, the filters find what was played,
the tables name what the plugin has, the sample is what ./try prints, the quotations are what libraries
reported. It must not know how a verdict is reached.
"""

import os
import re
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pcapng
import pytest
import words
from releases import release_here
from running import Completed, Runner
from test_libraries import DESCRIPTIONS, PEER, readings
from unprivileged import ordinary_user

PROJECT = Path(__file__).resolve().parent.parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PROGRAMS = (PROJECT / "doc" / "programs.md").read_text(encoding="utf-8")
FINDINGS = (PROJECT / "doc" / "findings.md").read_text(encoding="utf-8")
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "doc").glob("*.md")), *sorted(PROJECT.glob("[A-Z]*.md"))]
MOST_LINES = 250

NOT_RUN = "sh not-run: "
Description = dict[str, Any]


class Block(NamedTuple):
    section: str
    kind: str
    text: str


def blocks() -> list[Block]:
    pattern = re.compile(r"^## (?P<heading>.+)$|^```(?P<kind>.+)\n(?P<text>(?s:.*?))^```$", re.M)
    section = ""
    found = []
    for match in pattern.finditer(README):
        section = match["heading"] or section
        if match["kind"]:
            found.append(Block(section, match["kind"], match["text"]))
    return found


def table(heading: str, page: str = README) -> list[list[str]]:
    """The cells of the first table below a heading, without its heading rows."""
    lines = re.split(rf"^#+ {re.escape(heading)}$", page, flags=re.M)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


INSTALLING = "Install for the Wireshark window"
COMMANDS = [block for block in blocks() if block.kind == "sh"]
HARMLESS = [block.text for block in COMMANDS if block.section != INSTALLING]
INSTALLATIONS = [block.text for block in COMMANDS if block.section == INSTALLING]


@pytest.fixture
def sandbox(tmp_path: Path, captures: Path) -> Path:
    """A folder that looks like the project's, with a user's capture and keys in it."""
    for name in ("try", "tools", "tests"):
        (tmp_path / name).symlink_to(PROJECT / name)
    sample = pcapng.read(captures / "sample.pcapng")
    pcapng.write(tmp_path / "trace.pcapng", pcapng.without(sample, pcapng.DECRYPTION_SECRETS))
    secrets = next(block.body for block in sample if block.type == pcapng.DECRYPTION_SECRETS)
    length = int.from_bytes(secrets[4:8], "little")
    (tmp_path / "keys").write_bytes(secrets[8 : 8 + length])
    return tmp_path


def run_block(run: Runner, block: str, folder: Path, *prefix: str, **variables: str) -> Completed:
    command = [*prefix, "bash", "-euo", "pipefail", "-c", block]
    # One block builds the plugin.
    completed = run(*command, cwd=folder, env={**os.environ, **variables}, timeout=600)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed


def test_every_block_is_run_or_says_why_not() -> None:
    assert len(HARMLESS) >= 4
    for block in blocks():
        assert block.kind in ("sh", "text") or block.kind.startswith(NOT_RUN)


@pytest.mark.parametrize("block", HARMLESS)
def test_commands_run(run: Runner, sandbox: Path, block: str) -> None:
    assert run_block(run, block, sandbox).stdout


def test_keys_tell_of_http(run: Runner, sandbox: Path) -> None:
    (block,) = [block.text for block in COMMANDS if block.section == "Keys"]
    truncated = "http_truncated"
    assert truncated not in run_block(run, "./try trace.pcapng", sandbox).stdout
    by_file, by_capture = run_block(run, block, sandbox).stdout.split("stream")[1:]
    assert truncated in by_file
    assert truncated in by_capture


def finds_its_modules(run: Runner, prefix: Path) -> bool:
    """tlsclose-batch, unless what it needs besides is not installed here."""
    completed = run(prefix / "bin" / "tlsclose-batch", "--help")
    return completed.returncode == 0 or "needs" in completed.stderr


def test_installations(run: Runner, sandbox: Path) -> None:
    for_all, for_one, check = INSTALLATIONS
    destination, home = sandbox / "destination", sandbox / "home"
    # DESTDIR keeps all of it out of the system.
    variables = {
        "TLSCLOSE_BUILD": str(sandbox / "build"),
        "DESTDIR": str(destination),
        "HOME": str(home),
    }
    system_folder = run("pkg-config", "--variable=plugindir", "wireshark").stdout.strip()

    run_block(run, for_all, sandbox, **variables)
    assert (destination / system_folder[1:] / "epan" / "tlsclose.so").is_file()

    assert finds_its_modules(run, destination / "usr")

    run_block(run, for_one, sandbox, **variables)
    installed_home = destination / home.relative_to("/")
    assert finds_its_modules(run, installed_home / ".local")
    # Wireshark started by root ignores personal plugins.
    listed = run_block(run, check, sandbox, *ordinary_user(), HOME=str(installed_home)).stdout
    assert re.search(rf"^tlsclose\.so\s.*{re.escape(str(installed_home))}", listed, re.M)


@pytest.mark.skipif(
    release_here() >= (4, 4), reason="the sample's first close_notify is withheld: sample.json"
)
def test_sample_is_what_try_prints(run: Runner, sandbox: Path) -> None:
    (sample,) = [block.text for block in blocks() if block.kind == "text"]
    assert sample == run_block(run, "./try", sandbox).stdout


# --- filters -------------------------------------------------------------------------------------

Hits = Callable[[Description], int]


def server_truncates(connection: Description) -> bool:
    return connection["server"] in ("Truncated", "Reset")


def raised(*names: str) -> Hits:
    return lambda connection: sum(connection["expert"].count(name) for name in names)


def of_verdict(*verdict_names: str) -> Hits:
    return lambda connection: connection["verdict"] in verdict_names


def faults_of_server(connection: Description) -> int:
    late = raised("data_after_close_notify", "reset_after_close_notify")
    return server_truncates(connection) + late(connection)


def lost(connection: Description) -> int:
    """In captures whose servers were told to send half of a response."""
    return raised("http_truncated")(connection)


BADLY = ("Truncated", "Reset")

# Which capture each filter is tried on, and how many frames one of its connections adds.
FILTERS: dict[str, tuple[str, Hits]] = {
    'tlsclose.loss in {"Certain", "Possible"}': ("sample", lost),
    "tlsclose.http_truncated": ("http_tls13", raised("http_truncated")),
    'tlsclose.sender == "Server" and tlsclose.closure in {"Truncated", "Reset"}': (
        "http_tls13",
        server_truncates,
    ),
    'ip.src == 127.0.0.1 and tlsclose.sender == "Server" and (tlsclose.closure in {"Truncated", "Reset"}'
    " or tlsclose.data_after_close_notify or tlsclose.reset_after_close_notify)": (
        "deviations_tls13",
        faults_of_server,
    ),
    'tlsclose.initiator == "Server" and tlsclose.verdict in {"Truncated", "Reset"}'
    ' and tlsclose.server_name == "localhost"': ("http_tls12", of_verdict(*BADLY)),
    'tlsclose.verdict and not tlsclose.verdict in {"Graceful", "Unanswered"}': (
        "deviations_tls12",
        lambda connection: connection["verdict"] not in ("Graceful", "Unanswered"),
    ),
    'tlsclose.initiator == "Client"': (
        "endings_openssl_tls13",
        lambda connection: connection["initiator"] == "client",
    ),
    "tlsclose.after_close.records and not tlsclose.half_close": (
        "deviations_tls12",
        raised(
            "data_after_close_notify",
            "data_after_peer_close_notify",
            "data_crossing_close_notify",
            "data_after_fatal_alert",
        ),
    ),
    'tlsclose.session.event == "Made unresumable"': (
        "session_unresumable_but_resumed_tls10",
        lambda connection: connection["session_events"].count("Made unresumable"),
    ),
    "tlsclose.unresumable_session_resumed": (
        "session_unresumable_but_resumed_tls10",
        raised("unresumable_session_resumed"),
    ),
    'tlsclose.verdict.evidence == "Inferred"': (
        "port_8080_tls12",
        lambda connection: connection["evidence"] == "Inferred",
    ),
    'tlsclose.verdict == "Unknown"': ("gap_hides_close_notify_tls13", of_verdict("Unknown")),
    "tlsclose.truncation_noticed": ("sample", raised("truncation_noticed")),
}


def test_every_filter_is_tried() -> None:
    assert [code(cells[1])[0] for cells in table("Filters to copy")] == list(FILTERS)


@pytest.mark.parametrize("display_filter", FILTERS)
def test_filters_find_what_was_played(tshark: Runner, captures: Path, display_filter: str) -> None:
    capture, hits = FILTERS[display_filter]
    expected = sum(hits(connection) for connection in DESCRIPTIONS[capture]["expect"])
    assert expected > 0
    found = tshark("-n", "-2", "-r", captures / f"{capture}.pcapng", "-Y", display_filter)
    assert len(found.stdout.splitlines()) == expected


@pytest.mark.parametrize("row", table("Is it one of these?"), ids=lambda row: row[0])
def test_symptoms_have_filters_that_wireshark_takes(
    tshark: Runner, captures: Path, row: list[str]
) -> None:
    (display_filter,) = code(row[1])
    tshark("-n", "-r", captures / "sample.pcapng", "-Y", display_filter)


# --- names ---------------------------------------------------------------------------------------


def test_every_finding_has_one_row() -> None:
    rows = re.findall(r"^\| `tlsclose\.(\w+)` \|", FINDINGS, re.M)
    assert sorted(rows) == sorted(set(words.expert_infos()))


def test_every_verdict_has_a_row() -> None:
    assert [cells[0] for cells in table("Verdicts")] == list(words.values("verdict").values())


def test_every_loss_has_a_row() -> None:
    rows = {cells[0] for cells in table("Was anything lost?")}
    assert rows == set(words.values("loss").values())


def test_preferences_and_their_defaults(tshark: Runner) -> None:
    printed = tshark("-G", "defaultprefs").stdout
    registered = dict(re.findall(r"^#?(tlsclose\.\w+): (.*)$", printed, re.M))
    assert {code(cells[0])[0]: cells[1] for cells in table("Preferences")} == registered


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_what_there_is(page: Path) -> None:
    preferences = {code(cells[0])[0] for cells in table("Preferences")}
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w.-])tlsclose\.[a-z]\w*(?:\.\w+)*", text))
    registered = {f"tlsclose.{name}" for name in words.types()}
    assert named - preferences - {"tlsclose.so"} <= registered


def test_readme_is_short() -> None:
    assert len(README.splitlines()) < MOST_LINES


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", README, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_linked_files_are_there() -> None:
    links = re.findall(r"\]\(((?!#|https:)[^)]+)\)", README)
    assert links and all((PROJECT / link.split("#")[0]).is_file() for link in links)


def test_pictures_are_pictures() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) >= 2
    assert all((PROJECT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


# --- quotations ----------------------------------------------------------------------------------

LIBRARIES = ("OpenSSL", "GnuTLS", "Go", "Java", "Node.js")
ENDINGS = {"Close Notify": 1, "Truncated": 2, "Reset": 3}  # columns
EXCEPTIONS = 4


def quotations(library: str) -> list[list[str]]:
    rows = table("At the end of a connection", PROGRAMS)
    return next([code(cell) for cell in cells] for cells in rows if cells[0].startswith(library))


def reports(library: str) -> list[tuple[int, str, str]]:
    """Column of the ending, what the library reported of it, and where."""
    found = []
    for name, description in DESCRIPTIONS.items():
        if description["left_out"]:
            continue
        for reading in readings(description):
            closure = description["expect"][reading.stream].get(PEER[reading.reader])
            if reading.library == library and closure in ENDINGS:
                found.append((ENDINGS[closure], reading.report, name))
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_report_is_quoted_below_its_ending(library: str) -> None:
    quoted = quotations(library)
    for column, report, name in reports(library):
        assert any(words in report for words in quoted[column] + quoted[EXCEPTIONS]), (name, report)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_quotation_was_reported(library: str) -> None:
    reported = reports(library)
    for column, quoted in enumerate(quotations(library)):
        for words in quoted:
            assert any(
                words in report and column in (ending, EXCEPTIONS) for ending, report, _ in reported
            ), words

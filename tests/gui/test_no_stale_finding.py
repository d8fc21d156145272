# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user sees after another file was opened, the same one reloaded, or the key log changed:
only what is true now. It must not know how the windows are reached.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pcapng
import pytest
from conftest import CAPTURES, Read, Start
from expectations import Row, has, described, experts, experts_read, rows, rows_read, server_row

CONNECTIONS = "TLS Closure by Connection"
SERVERS = "TLS Closure by Server"
OTHER = "reset_after_close_notify_tls12"


@pytest.fixture
def capture_and_keys(tmp_path: Path) -> tuple[Path, Path]:
    """The sample without its secrets, and a key log of them."""
    blocks = pcapng.read(CAPTURES / "sample.pcapng")
    capture = tmp_path / "without_keys.pcapng"
    pcapng.write(capture, pcapng.without(blocks, pcapng.DECRYPTION_SECRETS))
    secrets = next(block.body for block in blocks if block.type == pcapng.DECRYPTION_SECRETS)
    keys = tmp_path / "keys"
    keys.write_bytes(secrets[8 : 8 + int.from_bytes(secrets[4:8], "little")])
    return capture, keys


@pytest.fixture
def other_capture() -> Iterator[Path]:
    """A copy that anybody may read: Wireshark started by root is not root here, and its file dialog
    asks for the right to read."""
    with TemporaryDirectory() as folder:
        copied = Path(shutil.copy(CAPTURES / f"{OTHER}.pcapng", folder))
        Path(folder).chmod(0o755)
        copied.chmod(0o644)
        yield copied


def check_connections(
    read: Read, statistic: str, expected: list[Row], again: Callable[[], None] = lambda: None
) -> None:
    lines = read(statistic, lambda lines: rows_read(lines) == expected, "connections_now", again)
    assert rows_read(lines) == expected, lines


def check_server(read: Read, statistic: str, expected: str, again: Callable[[], None]) -> None:
    lines = read(statistic, has(expected), "servers_now", again)
    assert has(expected)(lines), lines


def check_experts(
    read: Read, window: str, name: str, summaries: dict[str, str], keys: bool = True
) -> None:
    expected = experts(described(name, keys))

    def shown(lines: list[str]) -> Counter[str]:
        return experts_read(lines, summaries)

    lines = read(window, lambda lines: shown(lines) == expected, "expert_now")
    assert shown(lines) == expected, lines


def test_key_log_changed(
    start: Start, read: Read, summaries: dict[str, str], capture_and_keys: tuple[Path, Path]
) -> None:
    capture, keys = capture_and_keys
    window = start(capture)
    connections = window.statistic(CONNECTIONS)
    expert = window.expert_information()
    check_connections(read, connections, rows(described("sample", keys=False)))
    check_experts(read, expert, "sample", summaries, keys=False)
    for key_log in (str(keys), ""):
        window.set_key_log(key_log)
        window.apply(connections)
        expected = rows(described("sample", keys=bool(key_log)))
        check_connections(read, connections, expected, lambda: window.apply(connections))
        check_experts(read, expert, "sample", summaries, bool(key_log))


def test_another_file_and_reload(
    start: Start, read: Read, summaries: dict[str, str], other_capture: Path
) -> None:
    window = start(CAPTURES / "sample.pcapng")
    check_connections(read, window.statistic(CONNECTIONS), rows(described("sample")))
    window.open_file(other_capture)
    check_connections(read, window.statistic(CONNECTIONS), rows(described(OTHER)))
    window.reload()
    check_connections(read, window.statistic(CONNECTIONS), rows(described(OTHER)))
    check_experts(read, window.expert_information(), OTHER, summaries)


def test_statistics_asked_again_with_another_filter(start: Start, read: Read) -> None:
    """Each time they count anew, and do not add to what was counted before."""
    sample = described("sample")
    window = start(CAPTURES / "sample.pcapng")
    connections, servers = window.statistic(CONNECTIONS), window.statistic(SERVERS)
    for display_filter, chosen in (("tcp.stream == 1", sample[1:2]), ("", sample), ("", sample)):
        window.filter_statistic(connections, display_filter)
        check_connections(read, connections, rows(chosen), lambda: window.apply(connections))
        window.filter_statistic(servers, display_filter)
        check_server(read, servers, server_row(chosen), lambda: window.apply(servers))

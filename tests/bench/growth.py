# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether twice the work takes twice the time: on traffic of many connections, and on captures that
were made up to cost as much as they can. It must not know what the plugin finds in them.
"""
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import variants
import workloads
import worst_cases
from tables import print_table
from variants import FLOOR, NONE, PLUGIN, Cost, Variant
from workloads import Workload

SHORT = Workload("short", "1.3", 20_000)

Measured = TypeVar("Measured")


def report_large(copies: int) -> None:
    """COPIES and twice as many times 20,000 connections, run for time and memory."""
    captures = [workloads.make_copies(SHORT, count) for count in (copies, 2 * copies)]
    packets = [workloads.count_packets(capture) for capture in captures]

    def row(variant: Variant) -> list[str]:
        small, large = (variants.run(variant, capture) for capture in captures)
        return [
            variant.name,
            *(f"{cost.cpu_seconds:.1f}" for cost in (small, large)),
            f"{large.cpu_seconds / small.cpu_seconds:.2f}",
            *(f"{cost.peak_kib / 1024:.0f}" for cost in (small, large)),
            f"{large.peak_kib / small.peak_kib:.2f}",
        ]

    sizes = [f"{count * SHORT.count:,} connections" for count in (copies, 2 * copies)]
    print_table(
        f"{sizes[0]} in {packets[0]:,} packets, then {sizes[1]} in {packets[1]:,}",
        ["variant", "s", "s", "ratio", "MiB", "MiB", "ratio"],
        map(row, (NONE, FLOOR, PLUGIN)),
    )


def report_doubling(count: int) -> None:
    """COUNT and twice as many short connections, under callgrind."""
    start_up = variants.instructions(PLUGIN, workloads.one_packet())

    def row(workload: Workload) -> list[str]:
        small, large = (
            variants.instructions(PLUGIN, workloads.make(size)) - start_up
            for size in (workload.sized(count), workload.sized(2 * count))
        )
        title = workload.title.split(", ", 1)[1]
        return [title, *(f"{some / 1e6:,.0f}" for some in (small, large)), f"{large / small:.3f}"]

    print_table(
        f"Million instructions with the plugin, {count:,} and {2 * count:,} short connections",
        ["short connections", "once", "twice", "ratio"],
        map(row, (Workload("short", version, count) for version in ("1.2", "1.3"))),
    )


@dataclass(frozen=True)
class WorstCase:
    """COUNT of what its function in worst_cases.py counts."""

    name: str
    count: int

    def capture(self) -> Path:
        workloads.CACHE.mkdir(parents=True, exist_ok=True)
        path = workloads.CACHE / f"worst-{self.name}-{self.count}.pcap"
        worst_cases.write(self.name, self.count, path)
        return path

    def measure(self, measured: Callable[[Path], list[Measured]]) -> list[Measured]:
        """The captures are large, and quick to make again."""
        path = self.capture()
        try:
            return measured(path)
        finally:
            path.unlink()


# Wireshark itself takes a time that grows by the square of these.
QUADRATIC_WITHOUT_PLUGIN = {"endless_message": 100}


def _worst_case(name: str, count: int) -> WorstCase:
    return WorstCase(name, count // QUADRATIC_WITHOUT_PLUGIN.get(name, 1))


# The second pass shows what the first one kept.
WORST_RUNS: tuple[tuple[str, Variant, tuple[str, ...]], ...] = (
    ("none", NONE, ()),
    ("plugin", PLUGIN, ()),
    ("none -2", NONE, ("-2",)),
    ("plugin -2", PLUGIN, ("-2",)),
)


def report_worst_runs(count: int) -> None:
    """Time and memory of COUNT connections, segments, records, and half as many."""

    def costs(path: Path) -> list[Cost]:
        return [variants.run(variant, path, options) for _, variant, options in WORST_RUNS]

    def row(name: str) -> list[str]:
        large = _worst_case(name, count)
        half = WorstCase(name, large.count // 2).measure(costs)
        whole = large.measure(costs)
        grown = [b.peak_kib - a.peak_kib for a, b in zip(half, whole)]
        kept = (grown[1] - grown[0]) * 1024 / (large.count - large.count // 2)
        return [
            name,
            f"{large.count:,}",
            *(f"{run.cpu_seconds:.1f}" for run in whole),
            *(f"{b.cpu_seconds / a.cpu_seconds:.2f}" for a, b in zip(half, whole)),
            *(f"{run.peak_kib / 1024:.0f}" for run in whole[:2]),
            f"{kept:.0f}",
        ]

    names = [name for name, _, _ in WORST_RUNS]
    print_table(
        "Worst cases: CPU seconds, their growth from half the count, peak MiB, and the bytes that"
        " one more costs the plugin",
        [
            *("case", "count"),
            *(f"{name} s" for name in names),
            *(f"{name} growth" for name in names),
            *("none MiB", "plugin MiB", "plugin's bytes"),
        ],
        map(row, worst_cases.CASES),
    )


def report_worst_instructions(count: int) -> None:
    """Wireshark's own time may grow faster than the count, so it is shown beside."""
    one = workloads.one_packet()
    start_up = {variant: variants.instructions(variant, one) for variant in (NONE, PLUGIN)}

    def instructions(path: Path) -> list[int]:
        return [variants.instructions(variant, path) - start_up[variant] for variant in start_up]

    def row(name: str) -> list[str]:
        small = WorstCase(name, count).measure(instructions)
        large = WorstCase(name, 2 * count).measure(instructions)
        return [
            name,
            *(f"{some / 1e6:,.0f}" for pair in zip(small, large) for some in pair),
            *(f"{twice / once:.2f}" for once, twice in zip(small, large)),
        ]

    print_table(
        f"Worst cases: million instructions, count {count:,} and {2 * count:,}",
        [
            *("case", "none", "none, twice", "plugin", "plugin, twice"),
            *("none ratio", "plugin ratio"),
        ],
        map(row, worst_cases.CASES),
    )

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin costs, as Markdown tables: see --help, and RESULTS.md for what came out. Called by
tests/bench/run, which builds what is needed.
"""
import argparse
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import variants
import workloads
from variants import DISABLED, FLOOR, NONE, PLUGIN, VARIANTS, Cost, Variant
from workloads import Workload

SHORT = [
    Workload("short", version, 20_000, has_keys)
    for version in ("1.2", "1.3")
    for has_keys in (False, True)
]
BULK = [Workload("bulk", "1.3", 12_800, has_keys) for has_keys in (False, True)]
RECORDS = Workload("records", "1.3", 1_000_000)
CLEAR_TEXT = Workload("short", "none", 20_000)
WORKLOADS = [*SHORT, *BULK, RECORDS, CLEAR_TEXT]

# Callgrind is some fifty times slower than the program: a smaller workload of the same kind.
SLICE = {"short": 500, "bulk": 400, "records": 5_000}


def print_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    cells = list(head)
    print(f"| {' | '.join(cells)} |")
    print(f"|{' --- |' * len(cells)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def print_machine() -> None:
    model = next(
        line.split(":")[1].strip()
        for line in open("/proc/cpuinfo", encoding="utf-8")
        if line.startswith("model name")
    )
    version = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True)
    print(f"{os.cpu_count()} cores ({model}), Linux {platform.release().split('-')[0]}, ", end="")
    print(version.stdout.splitlines()[0].split(" (Git")[0], end="\n\n")


def instructions_per_packet(
    work: list[Workload], jobs: int
) -> dict[tuple[Workload, Variant], float]:
    """Start-up subtracted: what a capture of one packet takes."""
    one = workloads.one_packet()
    captures = [workloads.make(workload) for workload in work]
    packets = [workloads.count_packets(capture) for capture in captures]
    with ThreadPoolExecutor(jobs) as pool:
        start_up = dict(
            zip(VARIANTS, pool.map(lambda variant: variants.instructions(variant, one), VARIANTS))
        )
        runs = [
            (workload, variant, capture, count)
            for workload, capture, count in zip(work, captures, packets)
            for variant in VARIANTS
        ]
        totals = pool.map(lambda run: variants.instructions(run[1], run[2]), runs)
        return {
            (workload, variant): (total - start_up[variant]) / (count - 1)
            for (workload, variant, _, count), total in zip(runs, totals)
        }


def report_instructions(work: list[Workload], jobs: int) -> None:
    print("Thousand instructions per packet, start-up subtracted", end="\n\n")
    found = instructions_per_packet(work, jobs)
    print_table(
        [
            "workload",
            "packets",
            *(variant.name for variant in VARIANTS),
            "plugin / floor",
            "plugin / none",
            "disabled / none",
            "floor / none",
        ],
        (
            [
                workload.title,
                f"{workloads.count_packets(workload.path):,}",
                *(f"{found[workload, variant] / 1000:.2f}" for variant in VARIANTS),
                *(
                    f"{found[workload, one] / found[workload, other]:.3f}"
                    for one, other in (
                        (PLUGIN, FLOOR),
                        (PLUGIN, NONE),
                        (DISABLED, NONE),
                        (FLOOR, NONE),
                    )
                ),
            ]
            for workload in work
        ),
    )


def interleaved_runs(workload: Workload, rounds: int) -> dict[Variant, list[Cost]]:
    capture = workloads.make(workload)
    costs: dict[Variant, list[Cost]] = {variant: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant in VARIANTS:
            costs[variant].append(variants.run(variant, capture))
    return costs


def median_ratio(one: list[Cost], other: list[Cost]) -> float:
    """Of CPU time, run by run: what else the machine does hits neighbours alike."""
    return statistics.median(a.cpu_seconds / b.cpu_seconds for a, b in zip(one, other))


def report_runs(work: list[Workload], rounds: int) -> None:
    print(f"CPU seconds, medians and ratios of {rounds} interleaved runs; peak MiB", end="\n\n")
    found = {workload: interleaved_runs(workload, rounds) for workload in work}

    def row(workload: Workload) -> list[str]:
        costs = found[workload]
        seconds = (
            f"{statistics.median(cost.cpu_seconds for cost in costs[variant]):.2f}"
            for variant in VARIANTS
        )
        peaks = (
            f"{max(cost.peak_kib for cost in costs[variant]) / 1024:.0f}" for variant in VARIANTS
        )
        ratios = (
            f"{median_ratio(costs[PLUGIN], costs[FLOOR]):.2f}",
            f"{median_ratio(costs[DISABLED], costs[NONE]):.2f}",
        )
        return [workload.title, *seconds, *ratios, *peaks]

    print_table(
        [
            "workload",
            *(f"{variant.name} s" for variant in VARIANTS),
            "plugin / floor",
            "disabled / none",
            *(f"{variant.name} MiB" for variant in VARIANTS),
        ],
        map(row, work),
    )


def kept_per_connection(small: Workload, rounds: int = 3) -> tuple[float, float]:
    """Bytes of peak memory that one connection more costs: with the plugin, and with the floor."""
    large = small.sized(2 * small.count)

    def growth(variant: Variant) -> float:
        small_peak, large_peak = (
            min(variants.run(variant, workloads.make(work)).peak_kib for _ in range(rounds))
            for work in (small, large)
        )
        return (large_peak - small_peak) * 1024 / small.count

    return growth(PLUGIN), growth(FLOOR)


def report_memory(count: int) -> None:
    print("Peak memory that a short connection more costs, in bytes: the difference between")
    print(f"{2 * count:,} and {count:,} connections", end="\n\n")
    rows = []
    for workload in SHORT + [CLEAR_TEXT]:
        plugin, floor = kept_per_connection(workload.sized(count))
        title = workload.title.split(", ", 1)[1]
        rows.append([title, f"{plugin:.0f}", f"{floor:.0f}", f"{plugin - floor:.0f}"])
    print_table(["short connections", "plugin", "floor", "plugin - floor"], rows)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="instructions, time, memory; default: all three"
    )
    parser.add_argument("--full", action="store_true", help="callgrind on whole workloads: hours")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="callgrinds at a time")
    parser.add_argument("--rounds", type=int, default=3, help="of interleaved runs")
    parser.add_argument("--short", type=int, help="short connections under callgrind")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    parts = arguments.parts or ["instructions", "time", "memory"]
    if arguments.short:
        SLICE["short"] = arguments.short
    sliced = WORKLOADS if arguments.full else [work.sized(SLICE[work.kind]) for work in WORKLOADS]
    print_machine()
    if "instructions" in parts:
        report_instructions(sliced, arguments.jobs)
    if "time" in parts:
        report_runs(WORKLOADS, arguments.rounds)
    if "memory" in parts:
        report_memory(SHORT[0].count)


if __name__ == "__main__":
    main()

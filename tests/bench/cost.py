# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin costs on real traffic: instructions, CPU time and memory, against tshark without
it. It must not know how captures are made, nor how a run is measured.
"""
import statistics
from concurrent.futures import ThreadPoolExecutor

import variants
import workloads
from tables import print_table
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

# Callgrind is some fifty times slower than the program: smaller workloads of the same kinds.
SLICE = {"short": 500, "bulk": 400, "records": 5_000}

RATIOS = ((PLUGIN, FLOOR), (PLUGIN, NONE), (DISABLED, NONE), (FLOOR, NONE))


def sliced(work: list[Workload], short: int) -> list[Workload]:
    sizes = SLICE | {"short": short}
    return [workload.sized(sizes[workload.kind]) for workload in work]


def instructions_per_packet(
    work: list[Workload], jobs: int
) -> dict[tuple[Workload, Variant], float]:
    """Start-up subtracted: what a capture of one packet takes."""
    one = workloads.one_packet()
    runs = [(workload, variant) for workload in work for variant in VARIANTS]
    captures = {workload: workloads.make(workload) for workload in work}
    with ThreadPoolExecutor(jobs) as pool:
        start_up = dict(
            zip(VARIANTS, pool.map(lambda variant: variants.instructions(variant, one), VARIANTS))
        )
        totals = list(pool.map(lambda run: variants.instructions(run[1], captures[run[0]]), runs))
    return {
        run: (total - start_up[run[1]]) / (workloads.count_packets(captures[run[0]]) - 1)
        for run, total in zip(runs, totals)
    }


def report_instructions(work: list[Workload], jobs: int) -> None:
    found = instructions_per_packet(work, jobs)

    def row(workload: Workload) -> list[str]:
        packets = workloads.count_packets(workload.path)
        thousands = (f"{found[workload, variant] / 1000:.2f}" for variant in VARIANTS)
        ratios = (f"{found[workload, one] / found[workload, other]:.3f}" for one, other in RATIOS)
        return [workload.title, f"{packets:,}", *thousands, *ratios]

    print_table(
        "Thousand instructions per packet, start-up subtracted",
        [
            "workload",
            "packets",
            *(variant.name for variant in VARIANTS),
            *(f"{one.name} / {other.name}" for one, other in RATIOS),
        ],
        map(row, work),
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
    found = {workload: interleaved_runs(workload, rounds) for workload in work}

    def seconds(workload: Workload) -> list[str]:
        costs = found[workload]
        medians = (statistics.median(run.cpu_seconds for run in costs[one]) for one in VARIANTS)
        ratios = (median_ratio(costs[one], costs[other]) for one, other in RATIOS)
        return [workload.title, *map("{:.2f}".format, medians), *map("{:.2f}".format, ratios)]

    def peaks(workload: Workload) -> list[str]:
        costs = found[workload]
        highest = (max(run.peak_kib for run in costs[variant]) for variant in VARIANTS)
        return [workload.title, *(f"{peak / 1024:.0f}" for peak in highest)]

    names = [variant.name for variant in VARIANTS]
    ratio_names = [f"{one.name} / {other.name}" for one, other in RATIOS]
    print_table(
        f"CPU seconds, medians and ratios of {rounds} interleaved runs",
        ["workload", *names, *ratio_names],
        map(seconds, work),
    )
    print_table("Peak memory, MiB", ["workload", *names], map(peaks, work))


def kept_per_connection(workload: Workload) -> tuple[float, float]:
    """Bytes of peak memory that one connection more costs: with the plugin, and with the floor."""
    half = workload.sized(workload.count // 2)

    def peak(variant: Variant, work: Workload) -> int:
        return variants.run(variant, workloads.make(work)).peak_kib

    plugin, floor = (
        (peak(variant, workload) - peak(variant, half)) * 1024 / half.count
        for variant in (PLUGIN, FLOOR)
    )
    return plugin, floor


def report_memory(work: list[Workload]) -> None:
    def row(workload: Workload) -> list[str]:
        plugin, floor = kept_per_connection(workload)
        title = workload.title.split(", ", 1)[1]
        return [title, *(f"{kept:.0f}" for kept in (plugin, floor, plugin - floor))]

    count = work[0].count
    print_table(
        f"Bytes of peak memory that a connection more costs, from {count // 2:,} to {count:,}",
        ["short connections", "plugin", "floor", "plugin - floor"],
        map(row, work),
    )

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the plugin costs, as Markdown tables. RESULTS.md says what came out. Called by
tests/bench/run, which builds what is needed.
"""
import argparse
import os
from collections.abc import Callable
from pathlib import Path

import batch
import cost
import growth
from tables import print_machine

PARTS = """\
parts:
  instructions  per packet, by callgrind, of small workloads; --full: of the whole ones, for hours
  time          CPU seconds and peak memory of the whole workloads, in interleaved runs
  memory        what a connection more costs
  linear        twice the connections; --full: up to 280,000, and 5 million packets
  worst         captures made up to cost much; --full: a million of each thing
  batch         tools/tlsclose-batch against a script on tshark's fields, and against ssldump

Without a part: instructions, time, memory; ten minutes on two idle cores, once the captures are made.
"""


def measure_instructions(arguments: argparse.Namespace) -> None:
    work = cost.WORKLOADS if arguments.full else cost.sliced(cost.WORKLOADS, arguments.short)
    cost.report_instructions(work, arguments.jobs)


def measure_time(arguments: argparse.Namespace) -> None:
    cost.report_runs(cost.WORKLOADS, arguments.rounds)


def measure_memory(_: argparse.Namespace) -> None:
    cost.report_memory([*cost.SHORT, cost.CLEAR_TEXT])


def measure_linear(arguments: argparse.Namespace) -> None:
    growth.report_doubling(arguments.short)
    growth.report_large(7 if arguments.full else 1)


def measure_worst(arguments: argparse.Namespace) -> None:
    growth.report_worst_instructions(2_000)
    growth.report_worst_runs(1_000_000 if arguments.full else 100_000)


def measure_batch(arguments: argparse.Namespace) -> None:
    batch.report_verdicts(arguments.expected)
    batch.report_speed(4 if arguments.full else 1)


MEASURES: dict[str, Callable[[argparse.Namespace], None]] = {
    "instructions": measure_instructions,
    "time": measure_time,
    "memory": measure_memory,
    "linear": measure_linear,
    "worst": measure_worst,
    "batch": measure_batch,
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/bench/run",
        description=__doc__,
        epilog=PARTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--full", action="store_true", help="sizes that take hours")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="callgrinds at a time")
    parser.add_argument("--rounds", type=int, default=2, help="of interleaved runs")
    parser.add_argument("--short", type=int, default=500, help="short connections under callgrind")
    parser.add_argument(
        "--expected",
        type=Path,
        metavar="FOLDER",
        help="batch: further captures, and expected.jsonl",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(MEASURES)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    print_machine()
    for part in arguments.parts or ["instructions", "time", "memory"]:
        MEASURES[part](arguments)


if __name__ == "__main__":
    main()

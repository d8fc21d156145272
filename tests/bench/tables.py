# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints Markdown: tables, and the machine that the figures are from. It must not know what the
figures mean.
"""
import os
import platform
import subprocess
from collections.abc import Iterable


def print_table(title: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    cells = list(head)
    print(title, end="\n\n")
    print(f"| {' | '.join(cells)} |")
    print(f"|{' --- |' * len(cells)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print(flush=True)


def print_machine() -> None:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    version = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True)
    print(
        f"{os.cpu_count()} cores ({models[0]}), Linux {platform.release().split('-')[0]}, ", end=""
    )
    print(version.stdout.splitlines()[0].split(" (Git")[0], end="\n\n", flush=True)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the records of a run as JSON lines and as CSV. It must not know how they came about."""

import csv
import json
from typing import Any, TextIO

from batch.store import COLUMNS, Store, as_cell

# What a spreadsheet would take for a formula: names in captures are anybody's.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_json_lines(store: Store, file: TextIO) -> None:
    for record in store.records():
        file.write(json.dumps(record) + "\n")
    for problem in store.problems():
        file.write(json.dumps(problem) + "\n")


def write_csv(store: Store, file: TextIO) -> None:
    writer = csv.DictWriter(file, [*COLUMNS, "session.events", "findings", "severities", "problem"])
    writer.writeheader()
    for record in store.records():
        record["session.events"] = [event["event"] for event in record["session.events"]]
        record["severities"] = [finding["severity"] for finding in record["findings"]]
        record["findings"] = [finding["name"] for finding in record["findings"]]
        writer.writerow({name: harmless(as_cell(value)) for name, value in record.items()})
    for problem in store.problems():
        writer.writerow({name: harmless(value) for name, value in problem.items()})


def harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell

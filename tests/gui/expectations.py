# SPDX-License-Identifier: GPL-2.0-or-later
"""What the windows are to say of a capture, from what its scripted endpoints did; and the same, as
it was read off the windows. It must not know how either got there.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
ALIKE = 20  # letters and digits: of a summary that is cut off, as many as are enough to know it

Description = list[dict[str, Any]]


class Row(NamedTuple):
    """A connection in the table of connections."""

    version: str
    verdict: str
    initiator: str
    evidence: str


ROW = re.compile(
    r"^(?P<stream>\d+) (None|Unlikely|Possible|Certain|Unknown) "
    r"(?P<verdict>Graceful|Unanswered|Truncated|Reset|Fatal alert|Handshake incomplete|Unknown) "
    r".*(?P<version>TLS 1\.\d) "
    r"(?P<initiator>Client|Server) "
    r"(?P<evidence>Seen|Inferred)\b"
)
EXPERT = re.compile(
    r"\b(?P<severity>Error|Warning|Note|Chat) (?P<summary>.+) "
    r"(Protocol|Sequence|Security|Undecoded) TLS Closure (?P<count>\d+)"
)


def described(name: str, keys: bool = True) -> Description:
    description = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))
    return description["expect" if keys else "expect_without_keys"]


def rows(description: Description) -> list[Row]:
    return [
        Row(
            connection["version"],
            connection["verdict"],
            connection["initiator"].capitalize(),
            connection["evidence"],
        )
        for connection in description
    ]


def rows_read(lines: Iterable[str]) -> list[Row]:
    found = filter(None, map(ROW.search, lines))
    return [Row(*match.group(*Row._fields)) for match in found]


def server_row(description: Description) -> str:
    """The row of the server in the table of servers, as far as its window is wide: a regular expression for how
    many connections there are, how many lost something, and how they ended."""
    verdicts = Counter(row.verdict for row in rows(description))
    counts = [
        verdicts["Graceful"],
        verdicts["Unanswered"],
        verdicts["Truncated"],
        verdicts["Reset"],
        verdicts["Fatal alert"],
        verdicts["Handshake incomplete"],
        verdicts["Unknown"],
        0,  # open at end of capture
    ]
    return rf"\) {len(description)} \d+ \d+ \d+ " + " ".join(map(str, counts))


def experts(description: Description) -> Counter[str]:
    return Counter(name for connection in description for name in connection["expert"])


def _letters(text: str) -> str:
    """Without what is hard to read: quotes, underscores, dots."""
    return re.sub("[^a-z0-9]", "", text.lower())


def _known(summary: str, summaries: dict[str, str]) -> str:
    """The name of the expert info whose summary begins most alike; if none does, SUMMARY as it is."""
    read = _letters(summary)

    def alike(known: str) -> int:
        return len(os.path.commonprefix([read, _letters(known)]))

    best = max(summaries, key=alike)
    return summaries[best] if alike(best) >= min(ALIKE, len(read)) else summary


def experts_read(lines: Iterable[str], summaries: dict[str, str]) -> Counter[str]:
    """SUMMARIES: the names of the expert infos, by text: one with two severities has two. A text that is
    none of them stays as is."""
    counts: Counter[str] = Counter()
    for match in filter(None, map(EXPERT.search, lines)):
        counts[_known(match["summary"], summaries)] += int(match["count"])
    return counts


def has(pattern: str) -> Callable[[list[str]], bool]:
    return lambda lines: any(re.search(pattern, line) for line in lines)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Which captures are meant by the files and folders that a user names, and which of them go together:
as rotated files of one capture point, or because they are small. It must not open a capture: names and
sizes are all it knows.
"""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

# What tcpdump -C and dumpcap -b call their files, compressed or not.
CAPTURE_NAME = re.compile(
    r"\.(pcap|pcapng|ntar|cap|dmp|snoop)(\d*|\.\d+)(\.(gz|zst|lz4))?$", re.IGNORECASE
)
SMALL = 1 << 20  # bytes of a capture that isn't worth a start of its own
JOBS_A_CORE = 4  # at least, so that all cores are busy to the end
# What a ring buffer counts up.
ROTATION = re.compile(
    r"""
    ( [-_.]\d{5,} ([-_.]\d{14})?                    # dumpcap -b: _00001_20260101120000; seconds
    | [-_.]?(19|20)\d\d [-_.]?\d\d [-_.]?\d\d        # a date, as in tcpdump -G
      ([-_.T]?\d\d [-_.:]?\d\d ([-_.:]?\d\d)? Z?)? # and a time
      ([-_.]\d{5,})?                                # dumpcap -b nametimenum:2 counts behind it
    )?
    (?P<ending> \.(pcap|pcapng|ntar|cap|dmp|snoop) )
    (\d*|\.\d+)                                     # tcpdump -C counts behind the ending
    (\.(gz|zst|lz4))? $
    """,
    re.IGNORECASE | re.VERBOSE,
)


def find(places: Iterable[str]) -> list[str]:
    """The captures in files and folders, each once, in a fixed order. A file that is named is
    taken whatever its name; a name that does not exist is left in, for tshark to complain about."""
    found: dict[str, str] = {}
    for place in places:
        for name in in_folder(place) if os.path.isdir(place) else [place]:
            found.setdefault(os.path.realpath(name), name)
    return list(found.values())


def in_folder(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if CAPTURE_NAME.search(name):
                yield os.path.join(parent, name)


def capture_points(names: Iterable[str]) -> list[list[str]]:
    """The captures, those together that differ only in what rotation counts up."""
    keyed = sorted((capture_point(name), name) for name in names)
    return [[name for _, name in files] for _, files in groupby(keyed, key=lambda pair: pair[0])]


def capture_point(name: str) -> str:
    folder, base = os.path.split(os.path.realpath(name))
    return os.path.join(folder, ROTATION.sub(r"\g<ending>", base))


def in_jobs(names: list[str], at_most: int) -> list[list[str]]:
    """The captures, small ones together as far as there are enough jobs for all cores."""
    together = max(1, min(at_most, len(names) // (JOBS_A_CORE * (os.cpu_count() or 1))))
    small = [name for name in names if together > 1 and is_small(name)]
    groups = [small[begin : begin + together] for begin in range(0, len(small), together)]
    grouped = set(small)
    return groups + [[name] for name in names if name not in grouped]


def is_small(name: str) -> bool:
    try:
        return os.path.getsize(name) <= SMALL
    except OSError:
        return False

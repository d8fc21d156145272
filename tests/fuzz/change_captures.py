# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes the connections of tests/captures at random and sees that tshark reports nothing, that one
pass comes to the verdicts of two, and that no answer is made up (trial.py). It must not know which
answer is right.

    change_captures.py FOLDER [N [SEED]]      N changed connections; default: 1000

Each is a capture of its own but for the file: many share one, as starting tshark takes longer than
reading a connection. Of each kind of failure the smallest capture that shows it is kept in FOLDER.
"""
import os
import random
import re
import sys
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import tlsclose_run  # noqa: E402
import trial  # noqa: E402
from trial import Complaint, Trial  # noqa: E402

DEFAULT_COUNT = 1000
NUMBER = re.compile(r"0x[0-9a-f]+|\d+")


def keep(tried: Trial, complaint: Complaint, capture: Path, pool: Executor) -> None:
    smallest = trial.reduced(tried, complaint, capture, pool)
    smallest.write(capture)
    print(complaint.what)
    if complaint.number is not None:
        plan = ", ".join(map(str, smallest.plans[complaint.number]))
        print(f"  {smallest.kind}: connection {complaint.number}, {plan}")
    options = " ".join(smallest.options(complaint.options[-1].rpartition(":")[2]))
    tshark = f"TLSCLOSE_BUILD={os.environ['TLSCLOSE_BUILD']} {tlsclose_run.TSHARK}"
    print(f"  {tshark} -2 -r {capture} -O tlsclose {options}", flush=True)


def main() -> int:
    kept = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT_COUNT
    first = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 20)
    kept.mkdir(parents=True, exist_ok=True)
    done = 0
    seed = first
    kinds: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool, TemporaryDirectory() as folder:
        while done < count:
            tried = trial.choose(seed, count - done)
            for complaint in trial.complaints(tried, Path(folder) / "changed.pcapng", pool):
                kind = NUMBER.sub("N", complaint.what.splitlines()[0])
                kinds[kind] += 1
                if kinds[kind] == 1:
                    keep(tried, complaint, kept / f"{seed}-{len(kinds)}.pcapng", pool)
            done += len(tried.plans)
            seed += 1
    for kind, times in kinds.most_common():
        print(f"{times} times: {kind}")
    print(f"{done} changed connections, seeds {first} to {seed - 1}: {kinds.total()} failures")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())

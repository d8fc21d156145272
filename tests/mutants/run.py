#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes the engine in one place after the other and names the changes that no unit test notices.

    tests/run mutants [--sample N [--seed S]] [--own] [FILE or ROOM...]

The changes are those of changes.py. A change is noticed if a unit test fails, crashes or runs for too
long with it, or if it does not compile. Changes that make no difference to what an optimizing compiler
puts out do not count. Those in accepted.txt, each with its reason, count as noticed. Fails if a room has
less than it should have (ENOUGH).
"""
import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from changes import Change, changes_of

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted.txt")

# The share of the changes in a room that must be noticed, in percent.
ENOUGH = {"judge": 95, "wire": 90, "read": 90, "app": 90}

# Nothing that the tests do can take longer than this many times what it takes without a change.
PATIENCE = 5
SECONDS_AT_LEAST = 5.0


@dataclass(frozen=True)
class Mutant:
    file: str
    source: str = field(repr=False)
    change: Change

    @property
    def room(self) -> str:
        return Path(self.file).parts[1]

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.file, *self.change.lines(self.source))

    def __str__(self) -> str:
        before, after = self.change.lines(self.source)
        return f"{self.file}:{self.change.line_number(self.source)}: {before}  ->  {after}"


@dataclass
class Program:
    path: Path
    room: str
    seconds: float = 0.0

    def passes(self, library_folder: Path, limit: float) -> bool:
        environment = os.environ | {"LD_LIBRARY_PATH": str(library_folder)}
        try:
            done = subprocess.run(
                [self.path, "-q"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def limit(self) -> float:
        return max(SECONDS_AT_LEAST, PATIENCE * self.seconds)


def accepted_keys() -> set[tuple[str, str, str]]:
    """Blocks of four lines: file, line before, line after, reason."""
    keys = set()
    for block in ACCEPTED.read_text().split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if not line.startswith("#")]
        if lines:
            file, before, after, *reason = lines
            assert reason, f"{ACCEPTED}: no reason: {before}"
            keys.add((file, before, after))
    return keys


class Workshop:
    """Compiles and links with the compiler and the definitions of an existing build, quickly."""

    def __init__(self, build: Path, folder: Path) -> None:
        self.folder = folder
        commands = json.loads((build / "compile_commands.json").read_text())
        self.commands = {
            str(Path(command["file"]).relative_to(ROOT)): shlex.split(command["command"])
            for command in commands
        }
        graph = (build / "build.ninja").read_text()
        self.engine = sorted(
            file for file in self.commands if f"tlsclose_engine.dir/{file}.o:" in graph
        )
        packages = ["glib-2.0", "libgcrypt"]
        if any("TLSCLOSE_HAVE_NGHTTP2" in word for word in self.commands[self.engine[0]]):
            packages.append("libnghttp2")
        self.libraries = subprocess.check_output(
            ["pkg-config", "--libs", *packages], text=True
        ).split()

    def compile(self, file: str, text: Path, output: Path, level: str) -> bool:
        """TEXT: what is compiled instead of FILE."""
        compiler, *rest = self.commands[file]
        kept = [word for word in rest if word.startswith(("-D", "-I", "-std"))]
        for option, value in zip(rest, rest[1:]):
            if option == "-isystem":
                kept += [option, value]
        own_folder = ROOT / Path(file).parent
        command = [compiler, *kept, f"-I{own_folder}", level, "-w", "-fPIC", "-c", text, "-o", output]
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def object_of(self, file: str) -> Path:
        return self.folder / (file.replace("/", "_") + ".o")

    def link_engine(self, library: Path, changed: str = "", instead: Path | None = None) -> bool:
        objects = [
            instead if file == changed and instead else self.object_of(file) for file in self.engine
        ]
        command = ["cc", "-shared", *objects, *self.libraries, "-o", library]
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def build_all(self, rooms: set[str] | None) -> list[Program]:
        """The engine as it is, and the test programs of ROOMS, or all."""
        units = [Path(file) for file in self.commands if file.startswith("tests/unit/")]
        support = [str(unit) for unit in units if unit.parts[2] == "support"]
        tests = [
            str(unit)
            for unit in units
            if unit.parts[2] != "support" and (rooms is None or unit.parts[2] in rooms)
        ]
        files = [*self.engine, *support, *tests]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            built = pool.map(
                lambda file: self.compile(file, ROOT / file, self.object_of(file), "-O0"), files
            )
            assert all(built), "the engine or its tests do not compile"
        assert self.link_engine(self.folder / "libengine.so"), "the engine does not link"
        return [self.link_test(file, support) for file in tests]

    def link_test(self, file: str, support: list[str]) -> Program:
        program = Program(self.folder / Path(file).stem, Path(file).parts[2])
        objects = [self.object_of(f) for f in (file, *support)]
        subprocess.run(
            ["cc", *objects, f"-L{self.folder}", "-lengine", *self.libraries, "-o", program.path],
            check=True,
        )
        start = time.monotonic()
        assert program.passes(self.folder, 600), f"{program.path.name} fails without a change"
        program.seconds = time.monotonic() - start
        return program


class Examiner:
    def __init__(self, workshop: Workshop, programs: list[Program], jobs: int) -> None:
        self.workshop = workshop
        self.programs = programs
        self.folders: SimpleQueue[Path] = SimpleQueue()
        for i in range(jobs):
            folder = workshop.folder / f"job{i}"
            folder.mkdir()
            self.folders.put(folder)

    def is_noticed(self, mutant: Mutant) -> bool:
        folder = self.folders.get()
        try:
            return self._is_noticed(mutant, folder)
        finally:
            self.folders.put(folder)

    def _is_noticed(self, mutant: Mutant, folder: Path) -> bool:
        text, changed = folder / "changed.c", folder / "changed.o"
        text.write_text(mutant.change.apply(mutant.source))
        if not self.workshop.compile(mutant.file, text, changed, "-O0"):
            return True
        if not self.workshop.link_engine(folder / "libengine.so", mutant.file, changed):
            return True
        for program in self._in_order(mutant):
            if not program.passes(folder, program.limit()):
                return True
        return self._makes_no_difference(mutant, folder)

    def _in_order(self, mutant: Mutant) -> list[Program]:
        """Those that most likely notice it, then the quickest first."""
        own = f"test_{Path(mutant.file).stem}"
        return sorted(
            self.programs,
            key=lambda p: (p.path.name != own, p.room != mutant.room, p.seconds),
        )

    def _makes_no_difference(self, mutant: Mutant, folder: Path) -> bool:
        """Whether the compiler makes the same code of it."""
        text, output = folder / "same.c", folder / "same.o"
        codes = []
        for source in (mutant.source, mutant.change.apply(mutant.source)):
            text.write_text(source)
            if not self.workshop.compile(mutant.file, text, output, "-O2"):
                return False
            codes.append(output.read_bytes())
        return codes[0] == codes[1]


def mutants_of(engine: list[str], wanted: list[str]) -> list[Mutant]:
    found = []
    for file in engine:
        room = Path(file).parts[1]
        if wanted and room not in wanted and not any(file.endswith(name) for name in wanted):
            continue
        source = (ROOT / file).read_text()
        found += [Mutant(file, source, change) for change in changes_of(source)]
    return found


def report(examined: list[tuple[Mutant, bool]]) -> bool:
    """Returns whether every room has enough."""
    enough = True
    for room in sorted({mutant.room for mutant, _ in examined}):
        results = [noticed for mutant, noticed in examined if mutant.room == room]
        share = 100 * sum(results) / len(results)
        print(f"{room}: {sum(results)} of {len(results)} changes are noticed ({share:.1f} %)")
        enough = enough and share >= ENOUGH.get(room, 0)
    return enough


def examine(options: argparse.Namespace) -> bool:
    accepted = accepted_keys()
    with tempfile.TemporaryDirectory(prefix="tlsclose-mutants-") as folder:
        workshop = Workshop(options.build, Path(folder))
        mutants = mutants_of(workshop.engine, options.wanted)
        if options.sample and options.sample < len(mutants):
            mutants = sorted(
                random.Random(options.seed).sample(mutants, options.sample),
                key=lambda m: (m.file, m.change),
            )
        programs = workshop.build_all(
            {mutant.room for mutant in mutants} if options.own else None
        )
        examiner = Examiner(workshop, programs, options.jobs)
        examined = []
        with ThreadPoolExecutor(options.jobs) as pool:
            for mutant, noticed in zip(mutants, pool.map(examiner.is_noticed, mutants)):
                examined.append((mutant, noticed or mutant.key in accepted))
                if not examined[-1][1]:
                    print(mutant, flush=True)
    return report(examined)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tests/run mutants", description="Names the changes to the engine that no test notices."
    )
    parser.add_argument("wanted", nargs="*", metavar="FILE or ROOM")
    parser.add_argument("--sample", type=int, metavar="N", help="only N changes, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="for the random choice (default: 1)")
    parser.add_argument("--own", action="store_true", help="only the tests of the changed room")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at the same time")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help=argparse.SUPPRESS)
    return 0 if examine(parser.parse_args()) else 1


if __name__ == "__main__":
    sys.exit(main())

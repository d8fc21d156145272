# SPDX-License-Identifier: GPL-2.0-or-later
"""Single changes to a C source, each of which a test should notice.

Must not know what the source does: it sees operators, constants and conditions only.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass

# Comments, strings, characters, preprocessor lines and the lengths of arrays are left as they are.
_OPAQUE = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|^[ \t]*#(?:\\\n|[^\n])*|^[ \t]+(?:\w+ )+\w+\[[^\]\n]*\](?=;| = )|G_STATIC_ASSERT\([^\n]*|\bg_new0?\([^\n]*|sizeof\b[^,;)]*",
    re.DOTALL | re.MULTILINE,
)

# What is looked for, and what stands there instead.
_REPLACEMENTS = [
    (re.compile(r" == "), [" != "]),
    (re.compile(r" != "), [" == "]),
    (re.compile(r" < "), [" <= "]),
    (re.compile(r" <= "), [" < "]),
    (re.compile(r" > "), [" >= "]),
    (re.compile(r" >= "), [" > "]),
    (re.compile(r" && "), [" || "]),
    (re.compile(r" \|\| "), [" && "]),
    (re.compile(r" \+ "), [" - "]),
    (re.compile(r"(?<=[\w)\]]) - "), [" + "]),
    (re.compile(r" \+= "), [" -= "]),
    (re.compile(r" -= "), [" += "]),
    (re.compile(r" \|= "), [" = "]),
    (re.compile(r"\bMIN\("), ["MAX("]),
    (re.compile(r"\bMAX\("), ["MIN("]),
    (re.compile(r"\breturn true;"), ["return false;"]),
    (re.compile(r"\breturn false;"), ["return true;"]),
    (re.compile(r"(?<![\w!])!(?=[\w(])"), [""]),
]
_NUMBER = re.compile(r"(?<![\w.])(0[xX][0-9A-Fa-f]+|\d+)[uU]?[lL]{0,2}(?![\w.])")
_IF = re.compile(r"\bif \(")


@dataclass(frozen=True, order=True)
class Change:
    """The text from START to END of a source is replaced."""

    start: int
    end: int
    replacement: str

    def apply(self, source: str) -> str:
        return source[: self.start] + self.replacement + source[self.end :]

    def line_number(self, source: str) -> int:
        return source.count("\n", 0, self.start) + 1

    def lines(self, source: str) -> tuple[str, str]:
        """The line before and after, without the white space around it."""
        number = self.line_number(source) - 1
        return (
            source.splitlines()[number].strip(),
            self.apply(source).splitlines()[number].strip(),
        )


def _without_opaque(source: str) -> str:
    """Of the same length, with blanks for what is not to be changed."""
    return _OPAQUE.sub(lambda found: re.sub(r"[^\n]", "\0", found.group()), source)


def _replacements(code: str) -> Iterator[Change]:
    for pattern, instead in _REPLACEMENTS:
        for found in pattern.finditer(code):
            for text in instead:
                yield Change(found.start(), found.end(), text)


def _numbers(code: str) -> Iterator[Change]:
    """One more and one less, but nothing below zero."""
    for found in _NUMBER.finditer(code):
        digits = found.group(1)
        value = int(digits, 16 if digits[:2].lower() == "0x" else 10)
        for other in (value + 1, value - 1):
            if other >= 0:
                text = f"0x{other:X}" if digits[:2].lower() == "0x" else str(other)
                yield Change(found.start(1), found.end(1), text)


def _closing(code: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    raise ValueError("parentheses are not balanced")


def _conditions(source: str, code: str) -> Iterator[Change]:
    """An if that takes the other way."""
    for found in _IF.finditer(code):
        opening = found.end() - 1
        end = _closing(code, opening) + 1
        yield Change(opening, end, f"(!{source[opening:end]})")


def changes_of(source: str) -> list[Change]:
    code = _without_opaque(source)
    found = [*_replacements(code), *_numbers(code), *_conditions(source, code)]
    return sorted(set(found))

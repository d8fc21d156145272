#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a C function that sets every bit of the plugin's bit-fields and returns how many of these read
negative, as enumerations do where their type is signed. It knows no structure by name.

    tests/windows.d/bit_fields.py PLUGIN_FOLDER >FILE
"""

import re
import sys
from pathlib import Path

ENUMERATION = re.compile(r"^enum \w+ \{.*?\};", re.M | re.S)
STRUCTURE = re.compile(r"^struct (\w+) \{$(.*?)^\};$", re.M | re.S)
FIELD = re.compile(r"^\s+((?:enum )?\w+ (\w+) : \d+;)", re.M)

FUNCTION = """
int negative_bit_fields(int *fields);
int negative_bit_fields(int *fields)
{
    int negative = 0;
    *fields = 0;"""

COUNT = """\
    {{
        union {{ struct {name} structure; unsigned char bytes[sizeof(struct {name})]; }} all;
        for (unsigned long long i = 0; i < sizeof all; i++)
            all.bytes[i] = 0xff;
        *fields += 1;
        negative += all.structure.{field} < 0;
    }}"""


def main() -> None:
    declarations, counts, fields = [], [], 0
    for path in sorted(Path(sys.argv[1]).glob("*/*.[ch]")):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".h":
            declarations += ENUMERATION.findall(text)
        fields += len(FIELD.findall(text))
        for name, body in STRUCTURE.findall(text):
            if found := FIELD.findall(body):
                lines = "\n    ".join(line for line, _ in found)
                declarations.append(f"struct {name} {{\n    {lines}\n}};")
                counts += [COUNT.format(name=name, field=field) for _, field in found]
    assert len(counts) == fields > 0, "a bit-field in a place that is not looked at"
    print("#include <stdbool.h>", "#include <stdint.h>", *declarations, FUNCTION, sep="\n")
    print(*counts, "    return negative;", "}", sep="\n")


if __name__ == "__main__":
    main()

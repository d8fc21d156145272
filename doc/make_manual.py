# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes doc/tlsclose.7 and doc/field-reference.md of what the plugin has registered, as tools/tshark
tells it: fields, their values, expert infos and preferences. It must not know any of them.

    tools/build && python3 doc/make_manual.py
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
TSHARK = HERE.parent / "tools" / "tshark"
TEMPLATE = HERE / "tlsclose.7.in"
MANUAL = HERE / "tlsclose.7"
REFERENCE = HERE / "field-reference.md"

PREFIX = "tlsclose."
EXPERT_INFO = "FT_NONE"
# In the words of Wireshark's own display filter reference.
TYPES = {
    "FT_BOOLEAN": "Boolean",
    "FT_BYTES": "Byte sequence",
    "FT_FRAMENUM": "Frame number",
    "FT_RELATIVE_TIME": "Time offset",
    "FT_STRING": "Character string",
    "FT_UINT8": "Unsigned integer (8 bits)",
    "FT_UINT16": "Unsigned integer (16 bits)",
    "FT_UINT32": "Unsigned integer (32 bits)",
    "FT_UINT64": "Unsigned integer (64 bits)",
}


class Field(NamedTuple):
    name: str
    title: str
    type: str
    about: str
    values: list[str]


class Preference(NamedTuple):
    name: str
    default: str
    about: str


class Registered(NamedTuple):
    protocol: str
    fields: list[Field]
    expert_infos: list[Field]
    preferences: list[Preference]


def glossary(name: str) -> list[str]:
    return subprocess.run(
        [TSHARK, "-G", name], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def read_values() -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for kind, name, value, *text in (
        line.split("\t") for line in glossary("values") if f"\t{PREFIX}" in line
    ):
        if kind == "V":
            number = int(value, 0)
            shown = f"0x{number:04x}" if value.startswith("0x") else str(number)
            values.setdefault(name, []).append(f"{shown} {text[0]}")
    return values


def read_fields() -> list[Field]:
    values = read_values()
    rows = (line.split("\t") for line in glossary("fields") if f"\t{PREFIX}" in line)
    return [
        Field(row[2], row[1], row[3], row[7], values.get(row[2], []))
        for row in rows
        if row[0] == "F" and row[2].startswith(PREFIX)
    ]


def read_preferences() -> list[Preference]:
    """In the list of defaults, comment lines stand above each preference, what it is for first."""
    found = []
    comments: list[str] = []
    for line in glossary("defaultprefs"):
        setting = re.fullmatch(rf"#({re.escape(PREFIX)}\S+): (\S+)", line)
        if setting:
            found.append(Preference(setting[1], setting[2].upper(), comments[0]))
        comments = [*comments, line.removeprefix("# ")] if line.startswith("# ") else []
    return found


def read_protocol() -> str:
    rows = (line.split("\t") for line in glossary("protocols"))
    return next(row[0] for row in rows if row[2] == PREFIX.rstrip("."))


def registered() -> Registered:
    fields = read_fields()
    return Registered(
        read_protocol(),
        [field for field in fields if field.type != EXPERT_INFO],
        [field for field in fields if field.type == EXPERT_INFO],
        read_preferences(),
    )


def roff(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return re.sub(r"^\.", r"\&.", escaped)


def roff_item(name: str, *lines: str) -> str:
    return "\n".join([".TP", f".B {roff(name)}", *(roff(line) for line in lines if line)])


def roff_field(field: Field) -> str:
    values = f"Values: {', '.join(field.values)}." if field.values else ""
    return roff_item(field.name, f"{field.about}. {TYPES[field.type]}.", values)


def roff_preference(preference: Preference) -> str:
    return roff_item(preference.name, f"{preference.about}. Default: {preference.default}.")


def make_manual(told: Registered) -> str:
    parts = {
        "@FIELDS@": [roff_field(field) for field in told.fields],
        "@EXPERT_INFOS@": [roff_item(info.name, f"{info.title}.") for info in told.expert_infos],
        "@PREFERENCES@": [roff_preference(preference) for preference in told.preferences],
    }
    manual = TEMPLATE.read_text(encoding="utf-8")
    for place, items in parts.items():
        manual = manual.replace(place, "\n".join(items))
    return manual.replace(
        "Source of doc/tlsclose.7, which doc/make_manual.py makes of it: what stands in @NAME@ comes"
        " from the plugin.",
        "Made by doc/make_manual.py: change doc/tlsclose.7.in, or what the plugin registers.",
    )


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    headings = list(headings)
    cells = [headings, ["---"] * len(headings), *rows]
    return [f"| {' | '.join(row)} |" for row in cells]


def make_reference(told: Registered) -> str:
    fields = [
        [f"`{field.name}`", field.about, TYPES[field.type], "<br>".join(field.values)]
        for field in told.fields
    ]
    return "\n".join(
        [
            f"# Display filter reference: {told.protocol}",
            "",
            "Made by doc/make_manual.py of what the plugin registers: change it there.",
            "",
            *table(["Field name", "Description", "Type", "Values"], fields),
            "",
            "## Expert infos",
            "",
            *table(
                ["Field name", "Description"],
                [[f"`{info.name}`", info.title] for info in told.expert_infos],
            ),
            "",
        ]
    )


def main() -> None:
    told = registered()
    MANUAL.write_text(make_manual(told), encoding="utf-8")
    REFERENCE.write_text(make_reference(told), encoding="utf-8")


if __name__ == "__main__":
    main()

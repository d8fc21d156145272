# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a run as JUnit XML, which build servers show: a suite a capture, a case a connection, a
failure where --fail-on says so. It must not know how the records came about.
"""

from sqlite3 import Row
from typing import TextIO
from xml.sax.saxutils import XMLGenerator

from batch import policy
from batch.outputs import visible
from batch.store import Store

NAME = "tlsclose"
READING = "reads to its end"  # the case of a capture itself


def write(store: Store, file: TextIO, fail_on: str) -> None:
    xml = Elements(file)
    xml.startDocument()
    with xml.element("testsuites", name=NAME):
        for suite in suites(store, fail_on):
            write_suite(store, xml, suite, fail_on)
    xml.endDocument()


def suites(store: Store, fail_on: str) -> list[Row]:
    return list(
        store.rows(
            "SELECT captures.file, problem, count(id) AS connections,"
            f" coalesce(sum({policy.failing(fail_on)}), 0) AS failures"
            " FROM captures LEFT JOIN connections ON connections.file = captures.file"
            " GROUP BY captures.file ORDER BY captures.file"
        )
    )


class Elements(XMLGenerator):
    """Elements as blocks, their texts without what XML can't hold."""

    def __init__(self, file: TextIO):
        super().__init__(file, encoding="utf-8", short_empty_elements=True)

    def element(self, name: str, text: str = "", /, **attributes: object) -> "Element":
        return Element(self, name, text, attributes)


class Element:
    """One element; what is written within the block is in it."""

    def __init__(self, xml: Elements, name: str, text: str, attributes: dict[str, object]):
        self.xml, self.name, self.text = xml, name, text
        self.attributes = {key: visible(str(value)) for key, value in attributes.items()}

    def __enter__(self) -> None:
        self.xml.startElement(self.name, self.attributes)
        self.xml.characters("\n".join(map(visible, self.text.split("\n"))))

    def __exit__(self, *_: object) -> None:
        self.xml.endElement(self.name)
        self.xml.ignorableWhitespace("\n")


def write_suite(store: Store, xml: Elements, suite: Row, fail_on: str) -> None:
    problem = suite["problem"]
    counts = {"tests": suite["connections"] + 1, "failures": suite["failures"]}
    with xml.element("testsuite", name=suite["file"], errors=int(bool(problem)), **counts):
        with xml.element("testcase", classname=suite["file"], name=READING):
            if problem:
                with xml.element("error", message=problem):
                    pass
        query = f"SELECT *, {policy.failing(fail_on)} AS fails FROM connections WHERE file = ?"
        for row in store.rows(f"{query} ORDER BY id", suite["file"]):
            write_case(store, xml, row)


def write_case(store: Store, xml: Elements, row: Row) -> None:
    client = f"{row['client_address']} port {row['client_port']}"
    server = f"{row['server_address']} port {row['server_port']}"
    name = f"stream {row['stream']}: {client} to {server}"
    with xml.element("testcase", classname=row["server_name"] or server, name=name):
        if row["fails"]:
            with xml.element("failure", said(store, row), message=message(row), type=row["verdict"]):
                pass


def message(row: Row) -> str:
    ended_by = f" by the {row['initiator'].lower()}" if row["initiator"] else ""
    loss = f", loss {row['loss'].lower()}" if row["loss"] else ""
    return f"{row['verdict']}{ended_by}{loss}"


def said(store: Store, row: Row) -> str:
    """Why data was lost, and the findings, a line each."""
    lines = [row["loss_reason"]] if row["loss_reason"] else []
    for finding in store.rows("SELECT * FROM findings WHERE connection = ?", row["id"]):
        sender = f" by the {finding['sender'].lower()}" if finding["sender"] else ""
        lines.append(f"{finding['severity']}: {finding['name']}{sender}, frame {finding['frame']}")
    return "\n".join(lines)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of a database, by psycopg2 or PyMySQL, that does one step after the other on one connection, and
prints what it was told of each: database_client.py LIBRARY PORT STEP...

It ends at the first exception, as most programs do. It must not know which play it takes part in.
"""
import sys
import time
from typing import Any

library, port, *steps = sys.argv[1:]


def by_psycopg2() -> Any:
    import psycopg2

    server = {"host": "127.0.0.1", "port": port, "user": "postgres", "dbname": "postgres"}
    return psycopg2.connect(**server, sslmode="require")


def by_pymysql() -> Any:
    import ssl

    import pymysql

    context = ssl.create_default_context()  # writes keys to the file that SSLKEYLOGFILE names
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return pymysql.connect(host="127.0.0.1", port=int(port), user="root", ssl=context)


connection = {"psycopg2": by_psycopg2, "pymysql": by_pymysql}[library]()
cursor = connection.cursor()


def query(text: str) -> str:
    cursor.execute(text)
    return f"{len(cursor.fetchall())} row"


VERBS = {
    "query": query,
    "pause": lambda seconds: time.sleep(float(seconds)) or "paused",
    "close": lambda _: connection.close() or "closed",
}

for step in steps:
    verb, _, text = step.partition("=")
    try:
        print(f"{step}: {VERBS[verb](text)}", flush=True)
    except Exception as error:
        print(f"{step}: {type(error).__name__}: {error}", flush=True)
        sys.exit(1)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of psycopg2 that does one step after the other on one connection, and prints what it was told
of each: postgresql_client.py PORT STEP...

It ends at the first exception, as most programs do. It must not know which play it takes part in.
"""
import sys
import time

import psycopg2

port, *steps = sys.argv[1:]
connection = psycopg2.connect(
    host="127.0.0.1", port=port, user="postgres", dbname="postgres", sslmode="require"
)
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
    except psycopg2.Error as error:
        print(f"{step}: {type(error).__name__}: {error}", flush=True)
        sys.exit(1)

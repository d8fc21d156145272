#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of Python's http.client or ssl that does one step after the other on one connection, and
prints what it was told of each: https_client.py PORT VERSION STEP...

It ends at the first exception, as most programs do. It must not know which play it takes part in.
"""
import http.client
import ssl
import sys
import time

port, version, *steps = sys.argv[1:]
context = ssl.create_default_context()  # writes keys to the file that SSLKEYLOGFILE names
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)
connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=context)


def ask(method: str, path: str, body: bytes | None = None) -> str:
    connection.request(method, path, body)
    response = connection.getresponse()
    return f"{response.status}, {len(response.read())} bytes"


def post(text: str) -> str:
    path, length = text.split(",")
    return ask("POST", path, b"p" * int(length))


def write(text: str) -> str:
    """A request as one piece, without as much of its body as the last number says."""
    path, length, missing = text.split(",")
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    connection.sock.sendall(head.encode() + b"w" * (int(length) - int(missing)))
    return "written"


def answer() -> str:
    response = http.client.HTTPResponse(connection.sock)
    response.begin()
    return f"{response.status}, {len(response.read())} bytes"


def patience(seconds: str) -> str:
    connection.timeout = float(seconds)
    return "set"


VERBS = {
    "patience": patience,
    "connect": lambda _: connection.connect() or "connected",
    "tcp": lambda _: http.client.HTTPConnection("127.0.0.1", int(port)).connect() or "connected",
    "get": lambda path: ask("GET", path),
    "post": post,
    "write": write,
    "answer": lambda _: answer(),
    "read": lambda _: f"read {len(connection.sock.read())} bytes",
    "pause": lambda seconds: time.sleep(float(seconds)) or "paused",
    "close_notify": lambda _: connection.sock.unwrap() and "closed",
    "close": lambda _: connection.close() or "closed",
}

for step in steps:
    verb, _, text = step.partition("=")
    try:
        print(f"{step}: {VERBS[verb](text)}", flush=True)
    except Exception as error:
        print(f"{step}: {type(error).__name__}: {error}", flush=True)
        sys.exit(1)

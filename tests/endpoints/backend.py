#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server without TLS, for a proxy to speak for: it does with a request what its path says.
backend.py PORT. It must not know which proxy asks.
"""
import os
import signal
import socketserver
import sys
import time

SENT = b"b" * 3000


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()


# What is sent to a path; behind /cut... the process is killed.
ANSWERS = {
    "/whole": head("Content-Length: 3000") + SENT,
    "/cut_length": head("Content-Length: 10000") + SENT,
    "/cut_chunked": head("Transfer-Encoding: chunked") + b"bb8\r\n" + SENT + b"\r\n",
    "/cut_silent": b"",
    "/silent": b"",
}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while request := self.rfile.readline():
            path = request.split()[1].decode()
            while self.rfile.readline().strip():
                pass
            self.wfile.write(ANSWERS[path])
            if path.startswith("/cut"):
                time.sleep(0.3)  # the proxy passes on what it has
                os.kill(os.getpid(), signal.SIGKILL)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A gRPC server that streams messages of 1,000 bytes: grpc_server.py PORT CERTIFICATE KEY WAY. It must not
know which play it takes part in.
"""
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

port, certificate, key, way = sys.argv[1:]
MESSAGE = b"g" * 1000


def stream(_request: bytes, context: Any) -> Iterator[bytes]:
    yield MESSAGE
    if way == "abort":
        context.abort(grpc.StatusCode.INTERNAL, "of the program")
    if way == "killed":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    if way == "slow":
        time.sleep(3)
    yield MESSAGE


handlers = {"Stream": grpc.unary_stream_rpc_method_handler(stream)}
server = grpc.server(ThreadPoolExecutor(2))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Test", handlers)])
pair = (Path(key).read_bytes(), Path(certificate).read_bytes())
server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([pair]))
server.start()
# A server that is told to end lets its clients know: GOAWAY.
signal.signal(signal.SIGTERM, lambda *_: server.stop(1))
server.wait_for_termination()

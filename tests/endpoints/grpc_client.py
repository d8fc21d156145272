#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A gRPC client that calls once and prints what it was told: grpc_client.py PORT CERTIFICATE PATIENCE PAUSE.
It cancels the call after PATIENCE seconds, and keeps its connection for PAUSE seconds behind the call. It must not know which play it takes part in.
"""
import sys
import threading
import time
from pathlib import Path

import grpc

port, certificate, patience, pause = sys.argv[1:]
credentials = grpc.ssl_channel_credentials(Path(certificate).read_bytes())
name = (("grpc.ssl_target_name_override", "localhost"),)
channel = grpc.secure_channel(f"127.0.0.1:{port}", credentials, options=name)
messages = 0
call = channel.unary_stream("/test.Test/Stream")(b"hello")
timer = threading.Timer(float(patience), call.cancel)
timer.start()
try:
    for _ in call:
        messages += 1
    print("OK")
except grpc.RpcError as error:
    print(f"{error.code().name}: {error.details()}")
timer.cancel()
print(f"{messages} messages")
time.sleep(float(pause))
channel.close()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of Python's websockets that sends a message and reads to the end, or closes: it prints what it
was told. websockets_client.py PORT VERSION WAY. It must not know which play it takes part in.
"""
import asyncio
import ssl
import sys

import websockets

port, version, way = sys.argv[1:]
context = ssl.create_default_context()  # writes keys to the file that SSLKEYLOGFILE names
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)


async def talk() -> None:
    url = f"wss://127.0.0.1:{port}/"
    async with websockets.connect(url, ssl=context, compression=None) as socket:
        await socket.send("hello")
        print(f"message of {len(await socket.recv())} bytes", flush=True)
        if way == "close":
            return
        await socket.recv()


try:
    asyncio.run(talk())
    print("closed")
except websockets.ConnectionClosed as error:
    print(f"{type(error).__name__}: {error}")

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server by aiosmtpd, with STARTTLS: smtp_server.py PORT VERSION CERTIFICATE KEY WAY. It takes every
message, or is killed by one. It must not know which play it takes part in.
"""
import asyncio
import os
import signal
import ssl
import sys
from typing import Any

from aiosmtpd.smtp import SMTP

port, version, certificate, key, way = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)


class Handler:
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if way == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        print(f"message of {len(envelope.content)} bytes", flush=True)
        return "250 OK"


async def serve() -> None:
    def make() -> SMTP:
        return SMTP(Handler(), tls_context=context, require_starttls=True)

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(serve())

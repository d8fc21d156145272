#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP/2 server by Python's h2 for one connection: h2_server.py PORT VERSION CERTIFICATE KEY [LIMIT].
The path of a request says how it is answered. After LIMIT answers the process ends, without a word. It must
not know which play it takes part in.
"""
import contextlib
import socket
import ssl
import sys
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived

port, version, certificate, key, *limit = sys.argv[1:]
BODY = b"h" * 1000
PUSHED = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/pushed")]

Headers = list[tuple[str, str]]


def head(status: int, *more: tuple[str, str]) -> Headers:
    return [(":status", str(status)), *more]


LENGTH = ("content-length", str(len(BODY)))
GRPC = ("content-type", "application/grpc")


class Server:
    def __init__(self, stream: ssl.SSLSocket) -> None:
        self.socket = stream
        self.http2 = H2Connection(H2Configuration(client_side=False))
        self.http2.initiate_connection()
        self.answered = 0

    def flush(self) -> None:
        self.socket.sendall(self.http2.data_to_send())

    def whole(self, number: int) -> None:
        self.http2.send_headers(number, head(200, LENGTH))
        self.http2.send_data(number, BODY, end_stream=True)

    def trailers(self, number: int) -> None:
        self.http2.send_headers(number, head(200, LENGTH))
        self.http2.send_data(number, BODY)
        self.http2.send_headers(number, [("x-sum", "1")], end_stream=True)

    def hints(self, number: int) -> None:
        for link in ("</a>", "</b>"):
            self.http2.send_headers(number, head(103, ("link", link)))
        self.whole(number)

    def padded(self, number: int) -> None:
        self.http2.send_headers(number, head(200, LENGTH))
        self.http2.send_data(number, BODY[:500], pad_length=100)
        self.http2.send_data(number, BODY[500:], pad_length=255, end_stream=True)

    def empty_end(self, number: int) -> None:
        self.http2.send_headers(number, head(200, LENGTH))
        self.http2.send_data(number, BODY)
        self.flush()
        time.sleep(0.1)
        self.http2.send_data(number, b"", end_stream=True)

    def no_content(self, number: int) -> None:
        self.http2.send_headers(number, head(204), end_stream=True)

    def not_modified(self, number: int) -> None:
        self.http2.send_headers(number, head(304, LENGTH), end_stream=True)

    def continued(self, number: int) -> None:
        """A header that does not fit into one frame: CONTINUATION."""
        fields = [(f"x-field-{count}", f"{count} " + "y" * 300) for count in range(60)]
        self.http2.send_headers(number, head(200, LENGTH, *fields))
        self.http2.send_data(number, BODY, end_stream=True)

    def grpc_refused(self, number: int) -> None:
        """Trailers only."""
        fields = head(200, GRPC, ("grpc-status", "14"), ("grpc-message", "not now"))
        self.http2.send_headers(number, fields, end_stream=True)

    def grpc_gateway(self, number: int) -> None:
        """A proxy answers in the server's place: no gRPC, in spite of its type."""
        self.http2.send_headers(number, head(502, GRPC, LENGTH))
        self.http2.send_data(number, BODY, end_stream=True)

    def promise(self, number: int) -> int:
        pushed = self.http2.get_next_available_stream_id()
        self.http2.push_stream(number, pushed, PUSHED)
        return pushed

    def push(self, number: int) -> None:
        pushed = self.promise(number)
        self.whole(number)
        self.whole(pushed)

    def push_cut(self, number: int) -> None:
        pushed = self.promise(number)
        self.whole(number)
        self.http2.send_headers(pushed, head(200, LENGTH))
        self.http2.send_data(pushed, BODY[:400])

    def hints_only(self, number: int) -> None:
        self.http2.send_headers(number, head(103, ("link", "</a>")))

    def answer(self, request: RequestReceived) -> None:
        path = dict(request.headers)[b":path"].decode()
        print(f"stream {request.stream_id}: {path}", flush=True)
        getattr(self, path.removeprefix("/"))(request.stream_id)
        self.answered += 1

    def take(self, data: bytes) -> None:
        for event in self.http2.receive_data(data):
            if isinstance(event, RequestReceived):
                self.answer(event)
            elif isinstance(event, DataReceived):
                length = event.flow_controlled_length
                self.http2.acknowledge_received_data(length, event.stream_id)

    def serve(self) -> None:
        self.flush()
        while not limit or self.answered < int(limit[0]):
            data = self.socket.recv(65536)
            if not data:
                self.socket.unwrap()
                return
            self.take(data)
            self.flush()
        time.sleep(0.3)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.set_alpn_protocols(["h2"])
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)
with socket.create_server(("127.0.0.1", int(port))) as listening:
    accepted, _ = listening.accept()
with contextlib.suppress(OSError):  # a client need not wait for the server's close_notify
    Server(context.wrap_socket(accepted, server_side=True)).serve()

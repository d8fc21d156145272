# SPDX-License-Identifier: GPL-2.0-or-later
"""Web servers and those who ask them: how a play of one is written down, and what is expected of each of
them. It must not know any single server.
"""
from dataclasses import dataclass
from typing import Any

from .play import CLIENT_PACKAGES, VERSIONS, Expected, Play, in_version

BACKEND_PORT = 47421

# What a client is told to do.
Words = list[str]


@dataclass(frozen=True)
class Server:
    family: str
    port: int
    package: str

    def plays(
        self,
        name: str,
        about: str,
        client: str,
        words: Words,
        expect: Expected,
        without_keys: Expected,
        *,
        versions: tuple[str, ...] = VERSIONS,
        **options: Any,
    ) -> list[Play]:
        return [
            Play(
                name=in_version(f"{self.family}_{name}", version),
                about=about,
                kind=self.family,
                packages=(self.package, CLIENT_PACKAGES[client]),
                filter=f"tcp port {self.port}",
                expect=[expect],
                without_keys=[without_keys],
                options={"version": version, "client": client, "words": words, **options},
            )
            for version in versions
        ]

    def http1(self, *play: Any, **options: Any) -> list[Play]:
        *which, expect, without_keys = play
        return self.plays(*which, {"app.protocol": "http/1.1"} | expect, without_keys, **options)

    def http2(self, *play: Any, streams: int = 1, **options: Any) -> list[Play]:
        name, *which, expect, without_keys = play
        read = {"app.protocol": "h2", "http2.streams": streams} | expect
        return self.plays(f"{name}_h2", *which, read, without_keys, listen="http2", **options)


LOST = {"server.loss": "Certain", "server.complete": False, "client.loss": "None", "client.complete": True}
CUT = LOST | {
    "alarms": ["server http_truncated"],
    "app.summary": "HTTP/1.1: 1 request, 1 response; the last is cut after 3,000 of 10,000 bytes",
}
CUT_CHUNKED = LOST | {"alarms": ["server http_truncated"]}
CUT_STREAM = LOST | {
    "alarms": ["server http2_stream_cut"],
    "http2.cut": 1,
    "http2.cut_stream": [1],
}
# A bare FIN behind a request. Without secrets this is row 4 of the table of losses: Possible.
UNANSWERED = LOST | {"alarms": ["server missing_close_notify", "server request_unanswered"]}
UNANSWERED_UNREAD = {"server.loss": "Possible", "client.loss": "Unlikely", "alarms": UNANSWERED["alarms"]}

NOTHING_SAID = {"verdict": None, "client.loss": None, "server.loss": None, "alarms": []}
NO_DATA = {"client.loss": "None", "server.loss": "None", "alarms": []}

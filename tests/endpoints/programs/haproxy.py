# SPDX-License-Identifier: GPL-2.0-or-later
"""Web clients that ask haproxy, and haproxy that asks whether its server is well: what is expected, written
from RFC 9110, 9112 and 9113, from what the clients report and from what haproxy logs. Its letters tell
who ended a session, and in which state: "SD" is the server, in the middle of the data.
"""
from typing import Any

from .nginx import PORT as NGINX_PORT
from .play import HEALTHY, HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version
from .web import CUT, CUT_CHUNKED, LOST, NO_DATA, Server

PORT = 47422

HAPROXY = Server("haproxy", PORT, "haproxy")

WHOLE_FILE = [
    *HAPROXY.http1("get", "curl downloads a file.", "curl", ["{url}/whole"], HEALTHY, HEALTHY_UNREAD),
    *HAPROXY.http2("get", "curl downloads a file.", "curl", ["{url}/whole"], HEALTHY, HEALTHY_UNREAD),
    *HAPROXY.http1(
        "idle",
        "haproxy closes an idle connection.",
        "python",
        ["get=/whole", "pause=1.5", "read", "close"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
    *HAPROXY.http2(
        "idle",
        "haproxy closes an idle connection, with GOAWAY.",
        "node",
        ["request GET /whole", "pause 1.5", "outcomes"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
    *HAPROXY.http1(
        "cut_silent",
        "The backend is killed before it answers: the client gets a whole 502.",
        "curl",
        ["{url}/cut_silent"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
]


# haproxy 2.6 ends the stream of what its backend left unfinished: only a length tells.
MALFORMED = LOST | {"alarms": ["server http2_malformed"], "http2.malformed": 1}


def backend_killed(name: str, about: str, over_http1: Expected, over_http2: Expected) -> list[Play]:
    about = f"The backend is killed in the middle of {about}."
    words = [f"{{url}}/{name}"]
    return [
        *HAPROXY.http1(name, about, "curl", words, over_http1, HEALTHY_UNREAD),
        *HAPROXY.http2(name, about, "curl", words, over_http2, HEALTHY_UNREAD),
    ]


BROKEN_RESPONSES = [
    *backend_killed("cut_length", "a response with Content-Length", CUT, MALFORMED),
    *backend_killed("cut_chunked", "a chunked response; over HTTP/2 nobody is told", CUT_CHUNKED, HEALTHY),
]

NO_CERTIFICATE = {"verdict": "Fatal alert", "initiator": "Server"}
UNHEARD = {"app.protocol": "http/1.1", "client.loss": "Certain", "client.complete": True}


def client_certificate(version: str, *expected: Expected) -> list[Play]:
    """Without the pause, haproxy's alert and the request cross each other, sometimes."""
    return HAPROXY.plays(
        "client_certificate",
        "haproxy requires a certificate, the client has none.",
        "python",
        ["connect", "pause=0.2", "get=/whole"],
        *expected,
        versions=(version,),
        bind="ca-file {certificate} verify required",
    )


# In TLS 1.3 the client has finished its handshake before it is refused, and sends its request in vain.
# Without secrets the alert looks like a close_notify.
REFUSED = [
    *client_certificate("1.2", NO_CERTIFICATE | NO_DATA, NO_CERTIFICATE | NO_DATA),
    *client_certificate(
        "1.3",
        NO_CERTIFICATE | UNHEARD | {"alarms": ["client data_after_fatal_alert", "client data_discarded"]},
        {"client.loss": "Certain", "server.loss": "Unlikely", "alarms": ["client data_discarded"]},
    ),
]


def check(name: str, about: str, expect: Expected, without_keys: Expected, **options: Any) -> list[Play]:
    return [
        Play(
            name=in_version(f"haproxy_{name}", version),
            about=about,
            kind="haproxy_check",
            packages=("haproxy", "nginx-light"),
            filter=f"tcp port {NGINX_PORT}",
            expect=[expect],
            without_keys=[without_keys],
            options={"version": version, **options},
        )
        for version in VERSIONS
    ]


CHECKS = [
    *check("check", "haproxy connects to see whether nginx is well.", NO_DATA, NO_DATA),
    *check(
        "check_http",
        "haproxy asks nginx for a file to see whether it is well.",
        HEALTHY,
        HEALTHY_UNREAD,
        check="option httpchk GET /whole",
    ),
]

PLAYS = [*WHOLE_FILE, *BROKEN_RESPONSES, *REFUSED, *CHECKS]

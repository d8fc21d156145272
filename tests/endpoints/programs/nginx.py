# SPDX-License-Identifier: GPL-2.0-or-later
"""Web clients that ask nginx: what is expected, written from RFC 9110, 9112 and 9113, from what the clients
report and from what nginx logs. What TLS and TCP did is what the packets show.
"""
from typing import Any

from .play import HEALTHY, HEALTHY_UNREAD, VERSIONS, WHOLE, Play
from .web import (
    CUT,
    CUT_CHUNKED,
    CUT_STREAM,
    LOST,
    NO_DATA,
    NOTHING_SAID,
    UNANSWERED,
    UNANSWERED_UNREAD,
    Server,
    Words,
)

PORT = 47420

IDLE = {"directives": "keepalive_timeout 1s;"}
LIMIT = {"directives": "client_max_body_size 1k;"}
MUTUAL = {"directives": "ssl_verify_client on; ssl_client_certificate {certificate};"}
SMALL_WINDOW = {"listen": "rcvbuf=4k"}
WAITS = "pause 1.5"

NGINX = Server("nginx", PORT, "nginx-light")

WHOLE_FILE = [
    *NGINX.http1("get", "curl downloads a file.", "curl", ["{url}/whole"], HEALTHY, HEALTHY_UNREAD),
    *NGINX.http2(
        "get",
        "curl downloads a file. Over HTTP/2 neither side sends close_notify.",
        "curl",
        ["{url}/whole"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
    *NGINX.http2("get_nghttp", "nghttp downloads a file.", "nghttp", ["{url}/whole"], HEALTHY, HEALTHY_UNREAD),
    *[
        play
        for make in (NGINX.http1, NGINX.http2)
        for play in make(
            "mutual",
            "nginx wants a certificate, and curl has one.",
            "curl",
            ["--cert", "{certificate}", "--key", "{key}", "{url}/whole"],
            HEALTHY,
            HEALTHY_UNREAD,
            **MUTUAL,
        )
    ],
    *NGINX.plays(
        "client_certificate",
        "nginx wants a certificate, openssl has none: nginx answers 400 and sends no alert.",
        "openssl",
        [],
        {"app.protocol": "http/1.1"} | HEALTHY,
        HEALTHY_UNREAD,
        **MUTUAL,
    ),
]

IDLE_CONNECTIONS = [
    *NGINX.http1(
        "idle",
        "nginx closes an idle connection.",
        "python",
        ["get=/whole", "pause=1.5", "read", "close"],
        HEALTHY,
        HEALTHY_UNREAD,
        **IDLE,
    ),
    *NGINX.http2(
        "idle",
        "nginx closes an idle connection, with GOAWAY.",
        "node",
        ["request GET /whole", WAITS, "outcomes"],
        HEALTHY,
        HEALTHY_UNREAD,
        **IDLE,
    ),
    *NGINX.http2(
        "quit",
        "nginx is told to quit, while a connection is idle.",
        "node",
        ["request GET /whole", WAITS, "outcomes"],
        HEALTHY,
        HEALTHY_UNREAD,
        event=(1.0, "server", "SIGQUIT"),
    ),
]

# The request met a server that had closed: it owed no answer.
RACE = {"client.loss": "Certain", "server.loss": "None", "server.complete": True}
RACE_UNREAD = {"client.loss": "Certain", "server.loss": "Unlikely"}


def race(name: str, about: str, request: str, complete: bool | None) -> list[Play]:
    """TLS 1.3 lets a side go on when its peer has sent close_notify (RFC 8446 section 6.1)."""
    plays = []
    for version in VERSIONS:
        alarms = ["client data_after_peer_close_notify"] if version == "1.2" else []
        alarms += ["client data_discarded"]
        plays += NGINX.http1(
            name,
            about,
            "python",
            ["get=/whole", "pause=1.5", request],
            RACE | {"client.complete": complete, "alarms": alarms},
            RACE_UNREAD | {"alarms": alarms},
            versions=(version,),
            **IDLE,
        )
    return plays


KEEP_ALIVE_RACES = [
    # Python sends the head of the POST, which is answered by a RST, and never comes to its body.
    *race("race", "A POST meets a connection that nginx has closed.", "post=/whole,300", None),
    *race("race_get", "A GET meets a connection that nginx has closed.", "get=/whole", True),
]

# Over HTTP/2, curl and nginx both end by a bare FIN.
CUT_STREAM_CURL = CUT_STREAM | {"alarms": ["server http2_stream_cut", "server missing_close_notify"]}
# nghttp has streams 3 to 11 for priorities only.
CUT_STREAM_NGHTTP = CUT_STREAM | {"http2.cut_stream": [13]}
STOPPED = CUT_STREAM | {"alarms": ["server http2_stream_cut", *UNANSWERED["alarms"]]}
# In TLS 1.3 nginx's first SETTINGS come behind the request, and are too long to be told from an answer:
# row 11, Possible as well.
STOPPED_UNREAD = {
    "1.2": UNANSWERED_UNREAD,
    "1.3": UNANSWERED_UNREAD | {"alarms": ["server missing_close_notify"]},
}

# nginx ends TLS in order behind what its backend left unfinished. Without secrets nobody can tell.
BROKEN_RESPONSES = [
    *NGINX.http1(
        "cut_length",
        "The backend is killed in the middle of a response with Content-Length.",
        "curl",
        ["{url}/backend/cut_length"],
        CUT,
        HEALTHY_UNREAD,
    ),
    *NGINX.http1(
        "cut_chunked",
        "The backend is killed in the middle of a chunked response.",
        "curl",
        ["{url}/backend/cut_chunked"],
        CUT_CHUNKED,
        HEALTHY_UNREAD,
    ),
    *NGINX.http2(
        "cut_length",
        "The backend is killed in the middle of a response with Content-Length.",
        "curl",
        ["{url}/backend/cut_length"],
        CUT_STREAM_CURL,
        HEALTHY_UNREAD,
    ),
    *NGINX.http2(
        "cut_chunked",
        "The backend is killed in the middle of a chunked response.",
        "curl",
        ["{url}/backend/cut_chunked"],
        CUT_STREAM_CURL,
        HEALTHY_UNREAD,
    ),
    *NGINX.http2(
        "cut_length_node",
        "The backend is killed in the middle of a response with Content-Length.",
        "node",
        ["request GET /backend/cut_length", "pause 1", "outcomes", "close"],
        CUT_STREAM,
        HEALTHY_UNREAD,
    ),
    *NGINX.http2(
        "cut_length_nghttp",
        "The backend is killed in the middle of a response with Content-Length.",
        "nghttp",
        ["{url}/backend/cut_length"],
        CUT_STREAM_NGHTTP,
        HEALTHY_UNREAD,
    ),
    *NGINX.http1(
        "cut_silent",
        "The backend is killed before it answers: the client gets a whole 502.",
        "curl",
        ["{url}/backend/cut_silent"],
        HEALTHY,
        HEALTHY_UNREAD,
    ),
    *NGINX.http1(
        "nothing",
        "nginx returns 444: it closes without an answer.",
        "curl",
        ["{url}/nothing"],
        UNANSWERED,
        UNANSWERED_UNREAD,
    ),
    *[
        play
        for version in VERSIONS
        for play in NGINX.http2(
            "stop",
            "nginx is told to stop, while a request waits for its answer.",
            "node",
            ["request GET /backend/silent", WAITS, "outcomes"],
            STOPPED,
            STOPPED_UNREAD[version],
            versions=(version,),
            event=(1.0, "server", "SIGTERM"),
        )
    ],
    *NGINX.http2(
        "requests",
        "nginx allows three requests a connection: of five it refuses two.",
        "nghttp",
        [f"{{url}}/whole?{number}" for number in range(5)],
        HEALTHY | {"http2.unprocessed": 2},
        HEALTHY_UNREAD,
        streams=5,
        directives="keepalive_requests 3;",
    ),
]

REFUSED_UPLOADS = [
    *NGINX.http1(
        "limit",
        "A body is larger than nginx permits: 413.",
        "curl",
        ["--data-binary", "@{sent}", "{url}/whole"],
        HEALTHY,
        HEALTHY_UNREAD,
        **LIMIT,
    ),
    *NGINX.http2(
        "limit",
        "A body is larger than nginx permits: 413.",
        "curl",
        ["--data-binary", "@{sent}", "{url}/whole"],
        HEALTHY,
        HEALTHY_UNREAD,
        **LIMIT,
    ),
    *NGINX.http1(
        "limit_early",
        "nginx answers 413 at once; the client sees no sense in sending the rest of the body.",
        "python",
        ["connect", "write=/whole,5000,3000", "answer", "close"],
        HEALTHY,
        HEALTHY_UNREAD,
        **LIMIT,
    ),
]


def killed_upload(version: str, bare_end: str) -> list[Play]:
    """Without secrets the client spoke last: row 11 of the table of losses."""
    return NGINX.http1(
        "upload_killed",
        "The client is killed in the middle of an upload. nginx logs 400.",
        "python",
        ["connect", "write=/upload/new,5000,3000", "pause=5"],
        {
            "client.loss": "Certain",
            "client.complete": False,
            "server.loss": "None",
            "alarms": ["client app_truncated", bare_end],
        },
        {"client.loss": "Possible", "server.loss": "Unlikely", "alarms": [bare_end]},
        versions=(version,),
        event=(1.0, "client", "SIGKILL"),
    )


def unread_upload(name: str, about: str, words: Words, **options: Any) -> list[Play]:
    """nginx has stored the file and answers 201, but its client has gone."""
    return NGINX.http1(
        name,
        about,
        "python",
        words,
        {**WHOLE, "server.loss": "Certain", "alarms": ["server data_discarded"]},
        {"client.loss": "Unlikely", "server.loss": "Certain", "alarms": ["server data_discarded"]},
        versions=("1.2",),
        **options,
    )


SMALL_UPLOAD = ["connect", "pause=0.2", "write=/upload/new,300,0", "close"]
LARGE_UPLOAD = ["connect", "write=/upload/new,9000,0", "close"]
DESTROYED = {
    "app.protocol": None,  # no record is whole
    "client.loss": "Certain",
    "alarms": ["client reset_without_close_notify", "client truncated_record"],
}

# A program that only writes, and closes. In TLS 1.3 the tickets that it has not read make its kernel
# reset the connection, and the reset destroys what nginx has not received yet.
UPLOADS = [
    *killed_upload("1.2", "client missing_close_notify"),
    *killed_upload("1.3", "client reset_without_close_notify"),
    *unread_upload("upload_unread", "The client sends a file and does not wait for the answer.", SMALL_UPLOAD),
    *NGINX.http1(
        "upload_unread",
        "The client sends a file and does not wait for the answer. nginx stores the file.",
        "python",
        SMALL_UPLOAD,
        LOST
        | {
            # Row 8 of the table of losses: nginx had not acknowledged it before the client's RST.
            "client.loss": "Possible",
            "alarms": ["client reset_without_close_notify", "request_unanswered"],
        },
        {
            "client.loss": "Possible",
            "server.loss": "Unlikely",
            "alarms": ["client reset_without_close_notify"],
        },
        versions=("1.3",),
    ),
    *unread_upload(
        "upload_destroyed",
        "The same with a file that is larger than nginx's window: it arrives, in TLS 1.2.",
        LARGE_UPLOAD,
        **SMALL_WINDOW,
    ),
    *NGINX.plays(
        "upload_destroyed",
        "The same with a file that is larger than nginx's window: unread tickets destroy it.",
        "python",
        LARGE_UPLOAD,
        DESTROYED,
        DESTROYED,
        versions=("1.3",),
        **SMALL_WINDOW,
    ),
]

PROBES = [
    *NGINX.plays(
        "probe_tcp",
        "A health check connects and closes, without TLS.",
        "python",
        ["tcp"],
        NOTHING_SAID,
        NOTHING_SAID,
        versions=("1.2",),
    ),
    *NGINX.plays(
        "probe_close",
        "A health check closes after the handshake.",
        "python",
        ["connect", "close"],
        NO_DATA,
        NO_DATA,
    ),
    *NGINX.plays(
        "probe_close_notify",
        "A health check closes after the handshake, with close_notify.",
        "python",
        ["connect", "close_notify"],
        NO_DATA,
        NO_DATA,
    ),
]

# The client has waited for a second, and closes. Without secrets a short request looks like a farewell,
# and a long one (row 11 of the table of losses) like one that may be cut.
WAITED = LOST | {"alarms": UNANSWERED["alarms"]}
WAITED_LONG = {"client.loss": "Possible", "server.loss": "Unlikely", "alarms": ["client missing_close_notify"]}
RESET = LOST | {"alarms": ["server request_unanswered", "server reset_without_close_notify"]}
RESET_UNREAD = UNANSWERED_UNREAD | {"alarms": RESET["alarms"]}
RESETS = {"directives": "reset_timedout_connection on;"}

# What different programs say of the same end.
IN_OTHER_WORDS = [
    *NGINX.http1("get_wget", "wget downloads a file.", "wget", ["{url}/whole"], HEALTHY, HEALTHY_UNREAD),
    *NGINX.http1(
        "cut_length_wget",
        "The backend is killed in the middle of a response with Content-Length.",
        "wget",
        ["{url}/backend/cut_length"],
        CUT,
        HEALTHY_UNREAD,
    ),
    *[
        play
        for client, words in (("wget", ["{url}/nothing"]), ("python", ["get=/nothing"]))
        for play in NGINX.http1(
            f"nothing_{client}",
            "nginx returns 444: it closes without an answer.",
            client,
            words,
            UNANSWERED,
            UNANSWERED_UNREAD,
        )
    ],
    *[
        play
        for client, words in (
            ("curl", ["{url}/nothing"]),
            ("wget", ["{url}/nothing"]),
            ("python", ["get=/nothing"]),
        )
        for play in NGINX.http1(
            f"reset_{client}",
            "nginx resets the connection instead of an answer.",
            client,
            words,
            RESET,
            RESET_UNREAD,
            **RESETS,
        )
    ],
    *NGINX.http1(
        "slow_python",
        "The answer takes too long for Python.",
        "python",
        ["patience=1", "get=/backend/silent"],
        WAITED,
        HEALTHY_UNREAD,
    ),
    *NGINX.http1(
        "slow_curl",
        "The answer takes too long for curl, which sends close_notify.",
        "curl",
        ["-m", "1", "{url}/backend/silent"],
        LOST | {"alarms": ["server request_unanswered"]},
        HEALTHY_UNREAD,
    ),
    *NGINX.http1(
        "slow_wget",
        "The answer takes too long for wget.",
        "wget",
        ["--timeout=1", "{url}/backend/silent"],
        WAITED,
        WAITED_LONG,
    ),
    *NGINX.http2(
        "stop_curl",
        "nginx is told to stop, while a request waits for its answer.",
        "curl",
        ["{url}/backend/silent"],
        STOPPED,
        UNANSWERED_UNREAD,
        event=(1.0, "server", "SIGTERM"),
    ),
]

PLAYS = [
    *WHOLE_FILE,
    *IDLE_CONNECTIONS,
    *KEEP_ALIVE_RACES,
    *BROKEN_RESPONSES,
    *REFUSED_UPLOADS,
    *UPLOADS,
    *PROBES,
    *IN_OTHER_WORDS,
]

# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1.x responses of every framing, complete and cut short, with and without close_notify."""
from typing import Any, Callable

from scenario import RECORDS_WITHHELD, Connection, Scenario, connections

from .endings import file_name, graceful, orderly_end, reset, truncated

GET = r"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_AND_CLOSE = r"GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
GET_IN_HTTP_1_0 = r"GET /file HTTP/1.0\r\n\r\n"
HEAD = r"HEAD /file HTTP/1.1\r\nHost: localhost\r\n\r\n"
OK = r"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
WITH_LENGTH = OK + r"Content-Length: 10\r\n\r\n0123456789"
CUT_SHORT = OK + r"Content-Length: 10\r\n\r\n01234"
CHUNKED = OK + r"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"
CHUNKED_CUT_SHORT = OK + r"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"
CLOSE_DELIMITED = OK + r"\r\n0123456789"
ANNOUNCED_CLOSE_DELIMITED = OK + r"Connection: close\r\n\r\n0123456789"
HTTP_1_0 = r"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n0123456789"
HTTP_1_0_KEPT_ALIVE = (
    r"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 10\r\n\r\n0123456789"
)
WITH_LENGTH_AND_CLOSE = OK + r"Connection: close\r\nContent-Length: 10\r\n\r\n0123456789"
NO_CONTENT = r"HTTP/1.1 204 No Content\r\n\r\n"
NOT_MODIFIED = r"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"
ANSWER_TO_HEAD = OK + r"Content-Length: 5000\r\n\r\n"
LARGE = OK + r"Content-Length: 20000\r\n\r\n{20000}"

Ending = Callable[..., tuple[list[str], Connection]]


def ask(request: str, response: str) -> list[str]:
    return [f"client write {request}", "server read", f"server write {response}", "client read"]


def in_order(version: str, **http: Any) -> tuple[list[str], Connection]:
    return orderly_end("server"), graceful(version, "server", **http)


def by_the_client_in_order(version: str, **http: Any) -> tuple[list[str], Connection]:
    return orderly_end("client"), graceful(version, "client", **http)


def by_bare_fin(version: str, **http: Any) -> tuple[list[str], Connection]:
    return [
        "server fin",
        "client read_to_the_end",
        "client fin",
        "client close",
        "server close",
    ], truncated(version, "server", **http)


def by_rst(version: str, **http: Any) -> tuple[list[str], Connection]:
    return ["server reset", "client read_to_the_end", "client close"], reset(
        version, "server", **http
    )


def case(
    requests: list[str],
    ending: Ending,
    framing: str,
    complete: bool,
    *expert: str,
    announced: bool = False,
    since_wireshark: dict[str, Any] | None = None,
) -> Callable[[str], tuple[list[str], Connection]]:
    def play(version: str) -> tuple[list[str], Connection]:
        steps, connection = ending(
            version,
            expert=tuple(f"http_{name}" for name in expert),
            http_framing=framing,
            http_complete=complete,
            http_close_announced=announced,
            since_wireshark=since_wireshark or {},
        )
        return requests + steps, connection

    return play


CASES = [
    case(ask(GET, WITH_LENGTH), in_order, "Content-Length", True),
    case(ask(GET, CUT_SHORT), in_order, "Content-Length", False, "truncated"),
    case(ask(GET, WITH_LENGTH), by_bare_fin, "Content-Length", True),
    case(ask(GET, CUT_SHORT), by_bare_fin, "Content-Length", False, "truncated"),
    case(ask(GET, CHUNKED), in_order, "Chunked", True),
    case(ask(GET, CHUNKED_CUT_SHORT), in_order, "Chunked", False, "truncated"),
    case(ask(GET, CHUNKED_CUT_SHORT), by_bare_fin, "Chunked", False, "truncated"),
    case(
        ask(GET_IN_HTTP_1_0, HTTP_1_0),
        in_order,
        "Close-delimited",
        True,
        announced=True,
        since_wireshark=RECORDS_WITHHELD,
    ),
    case(
        ask(GET, ANNOUNCED_CLOSE_DELIMITED),
        by_bare_fin,
        "Close-delimited",
        False,
        "truncated",
        "close_without_close_notify",
        announced=True,
    ),
    case(ask(GET, CLOSE_DELIMITED), by_bare_fin, "Close-delimited", False, "truncated"),
    case(ask(HEAD, ANSWER_TO_HEAD), in_order, "No body", True),
    case(ask(GET, NO_CONTENT), in_order, "No body", True),
    case(ask(GET, NOT_MODIFIED), in_order, "No body", True),
    case(ask(GET, WITH_LENGTH) + ask(GET, CHUNKED), in_order, "Chunked", True),
    case(
        ask(GET, WITH_LENGTH_AND_CLOSE),
        by_bare_fin,
        "Content-Length",
        True,
        "close_without_close_notify",
        announced=True,
    ),
    case(
        [*ask(GET, WITH_LENGTH_AND_CLOSE), f"client write {GET}", "server read"],
        in_order,
        "Content-Length",
        True,
        "request_after_close",
        announced=True,
    ),
    case(
        ask(GET_AND_CLOSE, WITH_LENGTH) + ask(GET, WITH_LENGTH),
        in_order,
        "Content-Length",
        True,
        "request_after_close",
        announced=True,
    ),
    case(ask(GET, HTTP_1_0_KEPT_ALIVE), in_order, "Content-Length", True),
    case(ask(GET, CUT_SHORT), by_rst, "Content-Length", False, "truncated"),
    case(ask(GET, CUT_SHORT), by_the_client_in_order, "Content-Length", False, "truncated"),
    case(ask(GET, LARGE), in_order, "Content-Length", True),
]


def every_case(version: str) -> Scenario:
    played = [play(version) for play in CASES]
    return Scenario(
        name=f"http_{file_name(version)}",
        about="One connection for each framing of a response and each ending.",
        server="openssl",
        client="gnutls",
        version=version,
        port=443,
        steps=connections(*[steps for steps, _ in played], before=[]),
        expect=[connection for _, connection in played],
    )


SCENARIOS = [every_case("TLS 1.2"), every_case("TLS 1.3")]

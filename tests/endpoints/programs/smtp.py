# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail by Python's smtplib and curl to aiosmtpd, behind STARTTLS: what is expected, written from RFC 5321 and
what the clients report.
"""
from .play import CLIENT_PACKAGES, HEALTHY, HEALTHY_UNREAD, VERSIONS, Expected, Play, in_version
from .web import UNANSWERED, UNANSWERED_UNREAD

PORT = 47440


def smtp(
    name: str, about: str, client: str, way: str, expect: Expected, without_keys: Expected
) -> list[Play]:
    return [
        Play(
            name=in_version(f"smtp_{name}", version),
            about=about,
            kind="smtp",
            packages=("python3-aiosmtpd", CLIENT_PACKAGES[client]),
            filter=f"tcp port {PORT}",
            expect=[{"app.protocol": "smtp"} | expect],
            without_keys=[without_keys],
            options={"version": version, "client": client, "way": way},
        )
        for version in VERSIONS
    ]


# curl says QUIT to a server that is gone: six bytes, row 7 of the table of losses.
UNANSWERED_QUIT = UNANSWERED | {"client.loss": "Unlikely"}
CUT = {
    "client.complete": False,
    "client.loss": "Certain",
    "server.loss": "None",
    "alarms": ["client app_truncated", "client missing_close_notify"],
}
# Row 11: the client spoke last, and more than a farewell.
CUT_UNREAD = {"client.loss": "Possible", "server.loss": "Unlikely", "alarms": ["client missing_close_notify"]}

PLAYS = [
    *smtp("smtplib", "smtplib sends a message.", "python", "whole", HEALTHY, HEALTHY_UNREAD),
    *smtp("curl", "curl sends a message.", "curl", "whole", HEALTHY, HEALTHY_UNREAD),
    *smtp(
        "killed",
        "The server is killed before it has answered a message.",
        "python",
        "killed",
        UNANSWERED,
        UNANSWERED_UNREAD,
    ),
    *smtp(
        "killed_curl",
        "The server is killed before it has answered a message.",
        "curl",
        "killed",
        UNANSWERED_QUIT,
        UNANSWERED_UNREAD,
    ),
    *smtp(
        "client_killed",
        "The client is killed in the middle of a message.",
        "python",
        "die",
        CUT,
        CUT_UNREAD,
    ),
]

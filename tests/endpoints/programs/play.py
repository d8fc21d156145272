# SPDX-License-Identifier: GPL-2.0-or-later
"""What a play of stock programs is: who talks, how it ends, and what an analysis of the capture has to
say. It must not know how programs are run, nor what the plugin answers.
"""
from dataclasses import dataclass, field
from typing import Any

# Named as the plugin's fields; "experts" are all those of the application, "alarms" all expert infos
# that are warnings or errors, with their side, in the order of their names. What is not named may be
# anything.
Expected = dict[str, Any]

VERSIONS = ("1.2", "1.3")
CLIENT_PACKAGES = {
    "curl": "curl",
    "node": "nodejs",
    "nghttp": "nghttp2-client",
    "openssl": "openssl",
    "python": "python3",
    "wget": "wget",
}

WHOLE = {"client.complete": True, "server.complete": True, "client.loss": "None", "server.loss": "None"}
# Nobody has to look at these: with secrets, and as good as it gets without.
HEALTHY = {**WHOLE, "alarms": []}
HEALTHY_UNREAD = {"client.loss": "Unlikely", "server.loss": "Unlikely", "alarms": []}


@dataclass(frozen=True)
class Play:
    name: str
    about: str
    kind: str  # the family that plays it
    filter: str  # of the capture
    expect: list[Expected]  # by tcp.stream
    without_keys: list[Expected]
    options: dict[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = ()  # of Debian, that a reader may want to know the versions of


def in_version(name: str, version: str) -> str:
    return f"{name}_tls{version.replace('.', '')}"

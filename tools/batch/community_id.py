# SPDX-License-Identifier: GPL-2.0-or-later
"""The Community ID (version 1) of a TCP connection, under which Zeek, Suricata and Arkime log it too.
It must not know records. The specification: https://github.com/corelight/community-id-spec
"""

import base64
import hashlib
import struct
from ipaddress import ip_address

VERSION = "1"
SEED = 0  # the default of all tools
TCP = 6
PADDING = 0

End = tuple[str, int]


def community_id(one: End, other: End) -> str | None:
    """The same from both ends; None if the addresses are none of IP."""
    try:
        ends = sorted((ip_address(address).packed, port) for address, port in (one, other))
    except ValueError:
        return None
    (low, low_port), (high, high_port) = ends
    head, tail = struct.pack("!H", SEED), struct.pack("!BBHH", TCP, PADDING, low_port, high_port)
    digest = hashlib.sha1(head + low + high + tail, usedforsecurity=False).digest()
    return f"{VERSION}:{base64.b64encode(digest).decode('ascii')}"

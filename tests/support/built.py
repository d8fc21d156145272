# SPDX-License-Identifier: GPL-2.0-or-later
"""How the plugin under test was built, where that makes a difference to what it can say. It must not know
any single capture.
"""
import functools
import os
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("TLSCLOSE_BUILD", PROJECT / "build"))


@functools.cache
def reads_http2_headers() -> bool:
    """An installed plugin, without a build folder, is Debian's, which does."""
    cache = BUILD / "CMakeCache.txt"
    if not cache.exists():
        return True
    settings = cache.read_text().splitlines()
    return "TLSCLOSE_NGHTTP2:BOOL=OFF" not in settings and "NGHTTP2_FOUND:INTERNAL=1" in settings


def skip_unless_readable(expected: list[dict[str, Any]]) -> None:
    """Only the headers tell that a stream is malformed."""
    counts = [connection.get("http2") or {} for connection in expected]
    malformed = any(count.get("malformed") for count in counts)
    malformed |= any(connection.get("http2.malformed") for connection in expected)
    if malformed and not reads_http2_headers():
        pytest.skip("built without libnghttp2: headers of HTTP/2 are not read")

# SPDX-License-Identifier: GPL-2.0-or-later
"""All scenarios, by subject."""
from scenario import Scenario

from . import ciphers, endings, handshakes, http, http2, libraries, sample, services, sessions, violations

TABLES = (sample, endings, libraries, violations, handshakes, http, sessions, ciphers, services, http2)
ALL_SCENARIOS: list[Scenario] = [scenario for table in TABLES for scenario in table.SCENARIOS]

# SPDX-License-Identifier: GPL-2.0-or-later
"""All scenarios, by subject."""
from scenario import Scenario

from . import endings, handshakes, http, libraries, sample, violations

TABLES = (sample, endings, libraries, violations, handshakes, http)
ALL_SCENARIOS: list[Scenario] = [scenario for table in TABLES for scenario in table.SCENARIOS]

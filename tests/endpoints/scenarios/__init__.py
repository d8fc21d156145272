# SPDX-License-Identifier: GPL-2.0-or-later
"""All scenarios, by subject. New ones go to the end of their table."""
from scenario import Scenario

from . import sample

ALL_SCENARIOS: list[Scenario] = [*sample.SCENARIOS]

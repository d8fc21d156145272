# SPDX-License-Identifier: GPL-2.0-or-later
"""The types of the fixtures that run programs. It must not know any program."""

import subprocess
from collections.abc import Callable

Completed = subprocess.CompletedProcess[str]
Runner = Callable[..., Completed]

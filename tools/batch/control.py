# SPDX-License-Identifier: GPL-2.0-or-later
"""How programs are started that must not outlive a job, nor run for ever."""

# timeout(1) ends the program and all that it started: after too long a time, and when this one dies.
# The seconds follow.
UNDER_CONTROL = ["setpriv", "--pdeathsig=TERM", "timeout", "--kill-after=10"]

# SPDX-License-Identifier: GPL-2.0-or-later
"""How the superuser runs a program as an ordinary user, as Wireshark is used. It must not know any program."""

import os

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def ordinary_user() -> list[str]:
    """What to put before a command. The superuser becomes another, who may yet use the folders of tests."""
    capabilities = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*NOBODY, *capabilities] if os.geteuid() == 0 else []

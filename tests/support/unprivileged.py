# SPDX-License-Identifier: GPL-2.0-or-later
"""How the superuser runs a program as an ordinary user, as Wireshark is used. It must not know any program."""

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

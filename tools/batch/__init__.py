# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of tlsclose-batch: how TLS connections ended, over any number of captures."""

# SPDX-License-Identifier: GPL-2.0-or-later
"""All plays of stock programs, by family."""
from . import ftp, grpc, h2, haproxy, mariadb, nginx, node, postgresql, smtp, websocket
from .play import Play

FAMILIES = (websocket, ftp, nginx, haproxy, node, grpc, h2, postgresql, mariadb, smtp)
PLAYS: list[Play] = [play for family in FAMILIES for play in family.PLAYS]

# SPDX-License-Identifier: GPL-2.0-or-later
"""How each family of plays is run: a play, a folder of its own and a file for keys go in, what the
programs reported comes out.
"""
from collections.abc import Callable
from pathlib import Path

from programs.play import Play

from . import ftp, grpc, h2, haproxy, mariadb, nginx, node, postgresql, smtp, websocket

PLAYERS: dict[str, Callable[[Play, Path, Path], list[str]]] = {
    "websocket": websocket.play,
    "ftp": ftp.play,
    "mariadb": mariadb.play,
    "nginx": nginx.play,
    "grpc": grpc.play,
    "h2": h2.play,
    "haproxy": haproxy.play,
    "haproxy_check": haproxy.check,
    "node": node.play,
    "postgresql": postgresql.play,
    "smtp": smtp.play,
}

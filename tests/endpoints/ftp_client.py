#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of Python's ftplib that transfers one file in a way of its own, and prints what it was told:
ftp_client.py PORT VERSION WAY PATH. It must not know which play it takes part in.
"""
import ftplib
import ssl
import sys
import time

port, version, way, path = sys.argv[1:]
context = ssl.create_default_context()  # writes keys to the file that SSLKEYLOGFILE names
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)
ftp = ftplib.FTP_TLS(context=context)


def get() -> str:
    taken: list[bytes] = []
    answer = ftp.retrbinary(f"RETR {path}", taken.append)
    return f"{answer} {sum(map(len, taken))} bytes"


def give_up() -> str:
    """Closes the data connection in the middle of a download."""
    data = ftp.transfercmd(f"RETR {path}")
    data.recv(1000)
    data.close()
    return ftp.voidresp()


def put_without_end() -> str:
    """Closes TCP under an upload, without TLS."""
    data = ftp.transfercmd(f"STOR {path}")
    time.sleep(0.2)  # in TLS 1.3 the tickets have come, and stay unread
    data.sendall(b"c" * 2000)
    data.close()
    return ftp.voidresp()


WAYS = {"get": get, "give_up": give_up, "put_without_end": put_without_end}

ftp.connect("127.0.0.1", int(port))
ftp.login()
ftp.prot_p()
try:
    print(WAYS[way](), flush=True)
except ftplib.error_temp as error:
    print(f"{type(error).__name__}: {error}", flush=True)
except ftplib.error_perm as error:
    print(f"{type(error).__name__}: {error}", flush=True)
    sys.exit(1)  # as most programs do
print(ftp.quit())

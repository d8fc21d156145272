#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of Python's smtplib that sends a message, in a way of its own, and prints what it was told:
smtp_client.py PORT VERSION WAY. It must not know which play it takes part in.
"""
import os
import signal
import smtplib
import ssl
import sys

port, version, way = sys.argv[1:]
context = ssl.create_default_context()  # writes keys to the file that SSLKEYLOGFILE names
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = context.maximum_version = ssl.TLSVersion(
    {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
)
FROM, TO = "a@example.org", "b@example.org"
MESSAGE = "Subject: hello\r\n\r\n" + "m" * 500


def die_in_message(smtp: smtplib.SMTP) -> None:
    """Half of a message, and the process is killed."""
    smtp.mail(FROM)
    smtp.rcpt(TO)
    smtp.docmd("DATA")
    smtp.send(MESSAGE)
    os.kill(os.getpid(), signal.SIGKILL)


try:
    with smtplib.SMTP("127.0.0.1", int(port), local_hostname="localhost") as smtp:
        smtp.starttls(context=context)
        smtp.ehlo()
        if way == "die":
            die_in_message(smtp)
        smtp.sendmail(FROM, TO, MESSAGE)
        print("sent")
except smtplib.SMTPException as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)

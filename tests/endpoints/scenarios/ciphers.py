# SPDX-License-Identifier: GPL-2.0-or-later
"""Cipher suites of every kind: the size of an encrypted alert depends on them."""
from scenario import Scenario, connections, end_of_tcp

from .endings import graceful, orderly_end, truncated, unanswered, unanswered_end


def cipher(version: str, suite: str, command: str) -> Scenario:
    setup = (f"conf {command}",)
    return Scenario(
        name=f"cipher_{suite.lower().replace('-', '_').removeprefix('tls_')}",
        about=f"{suite}: an orderly end, an unanswered close_notify, bare FINs.",
        server="openssl",
        client="openssl",
        version=version,
        server_setup=setup,
        client_setup=setup,
        steps=connections(orderly_end("client"), unanswered_end("client"), end_of_tcp("client")),
        expect=[
            graceful(version, "client"),
            unanswered(version, "client"),
            truncated(version, "client"),
        ],
    )


UP_TO_TLS_1_2 = (
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES256-SHA384",  # CBC
    "ECDHE-ECDSA-AES128-CCM8",
)
TLS_1_3 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)

SCENARIOS = [
    *[cipher("TLS 1.2", suite, f"CipherString {suite}:@SECLEVEL=0") for suite in UP_TO_TLS_1_2],
    *[cipher("TLS 1.3", suite, f"Ciphersuites {suite}") for suite in TLS_1_3],
]

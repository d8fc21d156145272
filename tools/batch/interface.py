# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin's fields, the names of their values, and its expert infos with their severities.

Tables only, in the order of the plugin's interface. It must not know tshark, files or records.
"""

SIDES = {1: "Client", 2: "Server"}
CLOSURES = {
    1: "Close Notify",
    2: "Unanswered",
    3: "Truncated",
    4: "Reset",
    5: "Fatal alert",
    6: "Handshake incomplete",
    7: "Unknown",
}
VERDICTS = CLOSURES | {1: "Graceful"}
OPEN = "Open at end of capture"  # not a verdict of the plugin: it says nothing of such connections
UNKNOWN = "Unknown"
MADE_UNRESUMABLE = "Made unresumable"

# What the numbers of a field mean, as Wireshark shows them.
NAMES = {
    "sender": SIDES,
    "version": {
        0x0300: "SSL 3.0",
        0x0301: "TLS 1.0",
        0x0302: "TLS 1.1",
        0x0303: "TLS 1.2",
        0x0304: "TLS 1.3",
    },
    "evidence": {1: "Seen", 2: "Inferred"},
    "close_notify.order": {1: "First", 2: "Response", 3: "Simultaneous", 4: "Duplicate"},
    "closure": CLOSURES,
    "verdict": VERDICTS,
    "initiator": SIDES,
    "session.event": {
        1: "Established",
        2: "Resumption offered",
        3: "Resumed",
        4: MADE_UNRESUMABLE,
    },
    "session.unresumable_reason": {1: "No close_notify", 2: "Fatal alert"},
    "http.framing": {1: "No body", 2: "Content-Length", 3: "Chunked", 4: "Close-delimited"},
}
BOOLEANS = ["http.complete"]
NUMBERS = [
    "after_close.records",
    "after_close.bytes",
    "session.established_in",
    "session.unresumable_in",
    "http.close_announced_in",
]
STRINGS = ["server_name", "reason", "session.id"]
FIELDS = [*NAMES, *BOOLEANS, *NUMBERS, *STRINGS]

CHAT, NOTE, WARNING, ERROR = SEVERITIES = ["Chat", "Note", "Warning", "Error"]
EXPERT_INFOS = {
    "missing_close_notify": WARNING,
    "reset_without_close_notify": WARNING,
    "unanswered_close_notify": NOTE,
    "reset_after_close_notify": NOTE,
    "duplicate_close_notify": WARNING,
    "alert_after_close_notify": WARNING,
    "truncation_noticed": NOTE,
    "close_notify_level": WARNING,
    "close_notify_in_handshake": WARNING,
    "user_canceled_alone": NOTE,
    "data_after_close_notify": ERROR,
    "data_after_peer_close_notify": WARNING,
    "data_crossing_close_notify": NOTE,
    "half_close": CHAT,
    "data_after_fatal_alert": ERROR,
    "plaintext_after_close_notify": NOTE,
    "truncated_record": ERROR,
    "session_unresumable": WARNING,
    "session_unresumable_rfc2246": NOTE,
    "tickets_discarded": NOTE,
    "unresumable_session_offered": NOTE,
    "unresumable_session_resumed": ERROR,
    "http_truncated": ERROR,
    "http_close_without_close_notify": WARNING,
    "http_request_after_close": WARNING,
    "capture_incomplete": NOTE,
}
# The severity that depends on the version.
SEVERITY_IN_VERSION = {("close_notify_level", "TLS 1.3"): NOTE}


def severity(expert_info: str, version: str | None) -> str:
    return SEVERITY_IN_VERSION.get((expert_info, version or ""), EXPERT_INFOS[expert_info])

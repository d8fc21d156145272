# SPDX-License-Identifier: GPL-2.0-or-later
"""The few words of the plugin's interface that a run has to know by itself: to sort by them, and for
what it finds across captures. All others come with the records. It must not know tshark or files.
"""

# From good to bad, then those of which less is known.
VERDICTS = ["Graceful", "Unanswered", "Truncated", "Reset", "Fatal alert", "Handshake incomplete"]
UNKNOWN = "Unknown"
OPEN = "Open at end of capture"  # not a verdict of the plugin: it says nothing of such connections

# From bad to good, as tlsclose.loss ranks them.
LOSSES = ["Certain", "Possible", "Unknown", "Unlikely", "None"]
LOST = LOSSES[:2]

ESTABLISHED, MADE_UNRESUMABLE = "Established", "Made unresumable"

CHAT, NOTE, WARNING, ERROR = SEVERITIES = ["Chat", "Note", "Warning", "Error"]

# What a run finds itself, of sessions that go from capture to capture, with the plugin's severities.
ACROSS_CAPTURES = {"unresumable_session_offered": NOTE, "unresumable_session_resumed": ERROR}

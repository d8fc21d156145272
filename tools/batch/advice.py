# SPDX-License-Identifier: GPL-2.0-or-later
"""What is most likely behind each expert info, and what to do about it, in words for the report.
A table only. It must not know any capture.
"""

from typing import NamedTuple


class Advice(NamedTuple):
    """The likely cause of a finding, and its fix."""

    cause: str
    fix: str


CLOSE_PROPERLY = "Have the sender shut TLS down (SSL_shutdown, gnutls_bye, conn.Close) before it closes the socket."
RETIRE_SESSION = (
    "Have the server drop the session from its cache, or use TLS 1.3 with fresh tickets."
)

ADVICE = {
    "missing_close_notify": Advice(
        "The sender closed the socket without shutting TLS down, or a box in between ended the connection.",
        CLOSE_PROPERLY,
    ),
    "reset_without_close_notify": Advice(
        "The sender crashed, timed out, closed the socket with data unread, or a firewall reset the connection.",
        "Look at the sender's log and at firewall time-outs at that time; read all data before closing.",
    ),
    "unanswered_close_notify": Advice(
        "The sender closed its socket on the peer's close_notify without a close_notify of its own.",
        "Harmless if no more data was due; otherwise have it answer with close_notify.",
    ),
    "reset_after_close_notify": Advice(
        "The sender closed its socket for good before it had read what the peer still sent.",
        "Half-close and read to the end before closing, if that data matters.",
    ),
    "duplicate_close_notify": Advice(
        "The application shuts TLS down twice.",
        "Shut down once; a second call only waits for the peer.",
    ),
    "alert_after_close_notify": Advice(
        "The application goes on using a TLS session that it has shut down.",
        "Send nothing after close_notify.",
    ),
    "truncation_noticed": Advice(
        "The library saw the peer's end without close_notify and took it for a truncation.",
        "Mend the peer: it ended without close_notify.",
    ),
    "close_notify_level": Advice(
        "The library sends close_notify with another level than warning.",
        "Update the library; strict peers take it for a fatal alert.",
    ),
    "close_notify_in_handshake": Advice(
        "The connection was given up before the handshake was finished.",
        "Look at time-outs and at what the application does on cancel; user_canceled should come first.",
    ),
    "user_canceled_alone": Advice(
        "The sender canceled and closed without close_notify.", CLOSE_PROPERLY
    ),
    "data_after_close_notify": Advice(
        "The application writes after it has shut TLS down: the peer will ignore that data.",
        "Shut down only after the last write; look for two threads on one connection.",
    ),
    "data_after_peer_close_notify": Advice(
        "The application went on writing though the peer had closed: the data is lost.",
        "Stop writing when reading reports the end; up to TLS 1.2 pending writes are discarded.",
    ),
    "data_crossing_close_notify": Advice(
        "The peer closed while data was on its way to it: the data is lost.",
        "Agree in the application protocol who ends the connection, and when.",
    ),
    "half_close": Advice("TLS 1.3 lets one side go on sending.", "Nothing to mend."),
    "data_after_fatal_alert": Advice(
        "A side went on sending over a connection that a fatal alert had ended.",
        "Update or mend the TLS library or the device that does this.",
    ),
    "plaintext_after_close_notify": Advice(
        "The connection goes on in clear text after TLS, or is corrupt.",
        "Make sure that the protocol means to leave TLS.",
    ),
    "truncated_record": Advice(
        "The connection was cut in the middle of a record: the sender died or was cut off while it sent.",
        "Look for crashes, kills and time-outs of the sender, and for boxes that cut long connections.",
    ),
    "session_unresumable": Advice(
        "A session that could be resumed ended by a fatal alert or without close_notify.",
        CLOSE_PROPERLY,
    ),
    "session_unresumable_rfc2246": Advice(
        "The session ended without close_notify, which later versions of TLS forgive.",
        CLOSE_PROPERLY,
    ),
    "tickets_discarded": Advice(
        "A fatal alert ended a connection that had tickets.",
        "Look for the cause of the alert; new connections need a full handshake.",
    ),
    "unresumable_session_offered": Advice(
        "The client keeps a session that it must not resume.",
        "Have the client forget sessions that ended badly.",
    ),
    "unresumable_session_resumed": Advice(
        "The server resumed a session that it must not: a truncation attack goes unnoticed.",
        RETIRE_SESSION,
    ),
    "http_truncated": Advice(
        "A response was cut short, or nothing vouches for its end: the client may have taken part of it for all.",
        "Send Content-Length or chunks, and close_notify at the end; look for crashes behind the proxy.",
    ),
    "http_close_without_close_notify": Advice(
        "The server announced the close, then closed the socket without shutting TLS down.",
        CLOSE_PROPERLY,
    ),
    "http_request_after_close": Advice(
        "The client sent a request over a connection that was announced to close.",
        "Have the client heed Connection: close and open another connection.",
    ),
    "data_discarded": Advice(
        "One side closed while the other was still sending: often an idle connection that the server gave up"
        " just as the client used it again, or a download that the client broke off.",
        "Give the client a shorter idle time than the server's, and have it send the request again.",
    ),
    "request_unanswered": Advice(
        "The server gave the connection up before it answered: a crash, a worker that was killed, a proxy"
        " whose backend failed, or a rule that drops requests.",
        "Look at the server's log at that time, and at time-outs between proxy and backend.",
    ),
    "app_truncated": Advice(
        "A side ended in the middle of a message.",
        "Look for crashes, kills and time-outs of that side's program.",
    ),
    "http2_stream_cut": Advice(
        "The server, or a backend behind it, gave a response up.",
        "Look at the log of the server and its backends; have clients check that a stream ended properly.",
    ),
    "http2_malformed": Advice(
        "The server sent another length than its content-length said.",
        "Look for filters that change a body (compression, rewriting) without its length.",
    ),
    "grpc_no_status": Advice(
        "The gRPC server, or a proxy before it, ended the call without trailers.",
        "Look for proxies that drop trailers, and for crashes of the handler.",
    ),
    "grpc_message_cut": Advice(
        "A gRPC message was cut short.", "Look for crashes and message size limits on the server."
    ),
    "http2_unprocessed": Advice(
        "The server shut down, or limits how many requests a connection may carry.",
        "Have the client send the request again on another connection.",
    ),
    "http2_goaway_error": Advice(
        "A side gave the connection up because of what its peer sent.",
        "Look at the error code and the debug data; update the peer.",
    ),
    "http2_no_goaway": Advice(
        "The server was stopped at once, or crashed.",
        "Stop servers gracefully, so that clients learn which requests were processed.",
    ),
    "http2_stream_after_goaway": Advice(
        "The client does not heed GOAWAY.", "Update the client's HTTP/2 library."
    ),
    "http2_request_cut": Advice(
        "An upload was broken off.", "Look for time-outs and cancellations on the client."
    ),
    "control_after_close": Advice("Only control frames came late.", "Nothing to mend."),
    "websocket_abnormal": Advice(
        "A program or a proxy in between ended the connection without a Close frame.",
        "Look at the proxies' idle time-outs; send Pings; close with a Close frame.",
    ),
    "websocket_message_cut": Advice(
        "A side ended in the middle of a WebSocket message.",
        "Look for crashes and time-outs of that side's program.",
    ),
    "websocket_close_error": Advice(
        "A side closed the WebSocket because of an error.", "Look at the close code and its reason."
    ),
    "transfer_unconfirmed": Advice(
        "The sender of a file closed the data connection without close_notify.",
        "Compare the file's length; have the FTP program shut TLS down on data connections.",
    ),
    "capture_incomplete": Advice(
        "The capture lost packets, or cut them off, that decide how the connection ended.",
        "Capture whole packets (snapshot length 0), with a larger buffer or a narrower filter.",
    ),
}

/* explain.c
 * Findings in plain words. See explain.h. Knows texts only; summaries are constant, so that they
 * can be counted, and short enough for a tree item's label.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/explain.h"

#include <glib.h>
#include <string.h>

#include "show/citation.h"

/* Each text is a summary, and what it means. */
#define SUMMARY_END ": "

/* A table, to be read against the public interface. */
/* clang-format off */
static const struct {
    const char *name;
    enum rule rule;
    unsigned applicability;
    const char *text;
} experts[EXPERT_COUNT] = {
    [EXPERT_MISSING_CLOSE_NOTIFY] = {
        "missing_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "FIN without close_notify: the data may be cut short. OpenSSL 3 reports "
        "\"unexpected eof while reading\", GnuTLS a non-proper termination" },
    [EXPERT_MISSING_CLOSE_NOTIFY_HARMLESS] = {
        "missing_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "FIN without close_notify, probably harmless: nothing of this side seems to be lost. "
        "Browsers, wget, Python and Node.js end like this" },
    [EXPERT_RESET_WITHOUT_CLOSE_NOTIFY] = {
        "reset_without_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "RST without close_notify: data on the way may be lost. The peer's program sees a "
        "connection reset (ECONNRESET; GnuTLS: an error in the pull function)" },
    [EXPERT_RESET_WITHOUT_CLOSE_NOTIFY_HARMLESS] = {
        "reset_without_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "RST without close_notify, probably harmless: nothing of this side seems to be lost" },
    [EXPERT_UNANSWERED_CLOSE_NOTIFY] = {
        "unanswered_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "The peer's close_notify was not answered: harmless unless the peer waits for the answer "
        "(SSL_shutdown called twice, GNUTLS_SHUT_RDWR)" },
    [EXPERT_RESET_AFTER_CLOSE_NOTIFY] = {
        "reset_after_close_notify", RULE_TCP_RESET, APPLIES_TO_APPLICATION,
        "RST after its own close_notify: data of the peer is thrown away, and the peer may see "
        "\"connection reset\" before it has read everything" },
    [EXPERT_DUPLICATE_CLOSE_NOTIFY] = {
        "duplicate_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "A second close_notify from the same side: TLS libraries ignore it. The program closes "
        "twice" },
    [EXPERT_ALERT_AFTER_CLOSE_NOTIFY] = {
        "alert_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "An alert after its own close_notify: the peer has stopped reading and never sees it" },
    [EXPERT_TRUNCATION_NOTICED] = {
        "truncation_noticed", RULE_ERROR_ALERTS, APPLIES_TO_ALL,
        "Fatal alert after the peer's FIN without close_notify: this side's TLS library took the "
        "end for a truncation (OpenSSL 3: \"unexpected eof while reading\")" },
    [EXPERT_CLOSE_NOTIFY_LEVEL] = {
        "close_notify_level", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "close_notify whose level is not warning: OpenSSL and GnuTLS report a fatal alert to the "
        "reader, and OpenSSL sends no close_notify of its own" },
    [EXPERT_CLOSE_NOTIFY_LEVEL_TLS13] = {
        "close_notify_level", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS13,
        "close_notify whose level is not warning: TLS 1.3 tells the peer to ignore the level" },
    [EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE] = {
        "close_notify_in_handshake", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "close_notify before the handshake was finished: the peer reports a failed handshake "
        "(OpenSSL: SSL_ERROR_ZERO_RETURN). No user_canceled came before it" },
    [EXPERT_USER_CANCELED_ALONE] = {
        "user_canceled_alone", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "user_canceled without the close_notify that MUST follow: the peer still takes the end "
        "for a truncation" },
    [EXPERT_DATA_AFTER_CLOSE_NOTIFY] = {
        "data_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Data after its own close_notify: the peer ignores the data, so it is lost. The program "
        "writes after it has closed" },
    [EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY] = {
        "data_after_peer_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "Data after the peer's close_notify was received: the peer ignores it. Pending writes "
        "were to be discarded" },
    [EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY_HARMLESS] = {
        "data_after_peer_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "Data after the peer's close_notify, probably harmless: the peer ignores these bytes, "
        "which are too few for a message that matters" },
    [EXPERT_DATA_CROSSING_CLOSE_NOTIFY] = {
        "data_crossing_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "Data and the peer's close_notify crossed on the way: the peer ignores this data, so it "
        "is lost. A request has to be sent again" },
    [EXPERT_HALF_CLOSE] = {
        "half_close", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS13,
        "Data after the peer's close_notify, allowed in TLS 1.3: a close_notify ends one "
        "direction only" },
    [EXPERT_DATA_AFTER_FATAL_ALERT] = {
        "data_after_fatal_alert", RULE_ERROR_ALERTS, APPLIES_TO_ALL,
        "Data after a fatal alert was sent or received: both sides were to stop at once, so the "
        "data is lost" },
    [EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY] = {
        "plaintext_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Non-TLS bytes after its own close_notify: the connection goes on in clear text (as FTP "
        "does after CCC), or is corrupt" },
    [EXPERT_TRUNCATED_RECORD] = {
        "truncated_record", RULE_RECORD_LAYER, APPLIES_TO_ALL,
        "The direction ends inside a TLS record: the record can't be decrypted, so its data is "
        "lost" },
    [EXPERT_SESSION_UNRESUMABLE] = {
        "session_unresumable", RULE_SESSION, APPLIES_TO_TLS,
        "The session must not be resumed: its connection ended without close_notify, or by a "
        "fatal alert" },
    [EXPERT_SESSION_UNRESUMABLE_RFC2246] = {
        "session_unresumable_rfc2246", RULE_SESSION, APPLIES_TO_RFC2246,
        "Unresumable session by TLS 1.0's rule: the connection ended without close_notify. TLS "
        "1.1 and 1.2 dropped the rule" },
    [EXPERT_TICKETS_DISCARDED] = {
        "tickets_discarded", RULE_ERROR_ALERTS, APPLIES_TO_TLS13,
        "Fatal alert on a connection with session tickets: both sides should discard them. The "
        "next connection needs a full handshake" },
    [EXPERT_UNRESUMABLE_SESSION_OFFERED] = {
        "unresumable_session_offered", RULE_SESSION, APPLIES_TO_TLS,
        "The client offers an unresumable session: an earlier connection made it unresumable" },
    [EXPERT_UNRESUMABLE_SESSION_RESUMED] = {
        "unresumable_session_resumed", RULE_SESSION, APPLIES_TO_TLS,
        "The server resumed an unresumable session: an earlier connection made it unresumable" },
    [EXPERT_HTTP_TRUNCATED] = {
        "http_truncated", RULE_HTTP_INCOMPLETE, APPLIES_TO_APPLICATION,
        "The HTTP response is cut short: it lacks a part of its Content-Length or its last chunk "
        "(curl: error 18), or it ends with the connection and no close_notify confirms the end" },
    [EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY] = {
        "http_close_without_close_notify", RULE_HTTP_TLS_CLOSE, APPLIES_TO_APPLICATION,
        "Close announced in HTTP, then no close_notify: OpenSSL 3 clients report \"unexpected "
        "eof while reading\" even if the response is complete" },
    [EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY_HARMLESS] = {
        "http_close_without_close_notify", RULE_HTTP_TLS_CLOSE, APPLIES_TO_APPLICATION,
        "Close announced in HTTP, no close_notify, nothing lost: OpenSSL 3 clients "
        "may still report \"unexpected eof while reading\"" },
    [EXPERT_HTTP_REQUEST_AFTER_CLOSE] = {
        "http_request_after_close", RULE_HTTP_CLOSE, APPLIES_TO_APPLICATION,
        "A request after the close had been announced: it will not be answered" },
    [EXPERT_DATA_DISCARDED] = {
        "data_discarded", RULE_TCP_RESET, APPLIES_TO_APPLICATION,
        "Data never reached the peer's program: the peer had closed, or threw it away with its "
        "RST. A keep-alive race or an aborted download looks like this; a request has to be sent "
        "again" },
    [EXPERT_REQUEST_UNANSWERED] = {
        "request_unanswered", RULE_HTTP_INCOMPLETE, APPLIES_TO_APPLICATION,
        "The connection ended before a request was answered: curl reports error 52 (empty "
        "reply), Python RemoteDisconnected" },
    [EXPERT_REQUEST_UNANSWERED_UNREAD] = {
        "request_unanswered", RULE_HTTP_INCOMPLETE, APPLIES_TO_APPLICATION,
        "The server seems to have closed without answering: the server had "
        "acknowledged client data, sent no data in return, and closed first" },
    [EXPERT_APP_TRUNCATED] = {
        "app_truncated", RULE_APPLICATION_END, APPLIES_TO_APPLICATION,
        "A message of the application is cut short: this side ended before it had sent all that "
        "it had begun, or owed" },
    [EXPERT_HTTP2_STREAM_CUT] = {
        "http2_stream_cut", RULE_HTTP2_STREAM, APPLIES_TO_APPLICATION,
        "An HTTP/2 response is cut: its stream was reset, or has no END_STREAM (curl: errors 18, "
        "92; Node.js may take it for complete)" },
    [EXPERT_HTTP2_MALFORMED] = {
        "http2_malformed", RULE_HTTP2_MALFORMED, APPLIES_TO_APPLICATION,
        "An HTTP/2 response has a wrong length: its DATA frames do not add up to its "
        "content-length (curl: error 18 or 92, PROTOCOL_ERROR)" },
    [EXPERT_GRPC_NO_STATUS] = {
        "grpc_no_status", RULE_HTTP2_MALFORMED, APPLIES_TO_APPLICATION,
        "A gRPC response ends without grpc-status: clients report UNKNOWN or INTERNAL "
        "(\"transport closing\")" },
    [EXPERT_GRPC_MESSAGE_CUT] = {
        "grpc_message_cut", RULE_HTTP2_MALFORMED, APPLIES_TO_APPLICATION,
        "A gRPC message is shorter than announced: its stream ended inside it" },
    [EXPERT_HTTP2_UNPROCESSED] = {
        "http2_unprocessed", RULE_HTTP2_RETRY, APPLIES_TO_APPLICATION,
        "The server did not process an HTTP/2 request: it is safe to send again, even a POST" },
    [EXPERT_HTTP2_GOAWAY_ERROR] = {
        "http2_goaway_error", RULE_HTTP2_GOAWAY, APPLIES_TO_APPLICATION,
        "GOAWAY with an error code: its sender gave up the connection because of what the peer "
        "did" },
    [EXPERT_HTTP2_NO_GOAWAY] = {
        "http2_no_goaway", RULE_HTTP2_GOAWAY, APPLIES_TO_APPLICATION,
        "The server ends first, without GOAWAY, while a stream is open: the client can't tell "
        "which requests were processed" },
    [EXPERT_HTTP2_STREAM_AFTER_GOAWAY] = {
        "http2_stream_after_goaway", RULE_HTTP2_GOAWAY, APPLIES_TO_APPLICATION,
        "A new stream after the server's final GOAWAY was received: the server will not process "
        "it" },
    [EXPERT_HTTP2_REQUEST_CUT] = {
        "http2_request_cut", RULE_HTTP2_STREAM, APPLIES_TO_APPLICATION,
        "An HTTP/2 request body is cut: it has no END_STREAM, and the server did not answer it" },
    [EXPERT_CONTROL_AFTER_CLOSE] = {
        "control_after_close", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Only control frames after the peer's close_notify: no request or response is lost" },
    [EXPERT_WEBSOCKET_ABNORMAL] = {
        "websocket_abnormal", RULE_WEBSOCKET_CLOSE, APPLIES_TO_APPLICATION,
        "WebSocket ended without a Close frame: both programs report close code 1006" },
    [EXPERT_WEBSOCKET_MESSAGE_CUT] = {
        "websocket_message_cut", RULE_WEBSOCKET_CLOSE, APPLIES_TO_APPLICATION,
        "A WebSocket message is cut: the connection ended inside a frame, or before the last "
        "fragment" },
    [EXPERT_WEBSOCKET_CLOSE_ERROR] = {
        "websocket_close_error", RULE_WEBSOCKET_STATUS, APPLIES_TO_APPLICATION,
        "WebSocket Close with an error code: neither 1000 (normal) nor 1001 (going away)" },
    [EXPERT_TRANSFER_UNCONFIRMED] = {
        "transfer_unconfirmed", RULE_FTP_DATA, APPLIES_TO_APPLICATION,
        "No close_notify confirms the end of an FTP transfer: the file may be cut short (vsftpd: "
        "426 or 522)" },
    [EXPERT_CAPTURE_INCOMPLETE] = {
        "capture_incomplete", RULE_RECORD_LAYER, APPLIES_TO_ALL,
        "Missing bytes hide how this ended: capture without loss, or with a larger snapshot "
        "length" },
};
/* clang-format on */

static const char *const hidden_texts[HIDDEN_COUNT][2] = {
    [HIDDEN_NOTHING] = { "", "" },
    [HIDDEN_NO_BYTES] = { "no data of the client was captured",
                          "no data of the server was captured" },
    [HIDDEN_STARTS_INSIDE] = { "the capture starts inside a TLS record of the client",
                               "the capture starts inside a TLS record of the server" },
    [HIDDEN_NOT_TLS] = { "the client sent non-TLS bytes", "the server sent non-TLS bytes" },
    [HIDDEN_FIN_BELOW_DATA] = { "the client's FIN is numbered below data captured before it",
                                "the server's FIN is numbered below data captured before it" },
    [HIDDEN_PADDED] = { "records are padded", "records are padded" },
    [HIDDEN_TWO_NUMBERINGS] = { "captured twice, with different numbers",
                                "captured twice, with different numbers" },
    [HIDDEN_UNREADABLE_ALERT] = { "an encrypted alert of the client can't be read without keys",
                                  "an encrypted alert of the server can't be read without keys" },
    [HIDDEN_GAP] = { "bytes of the client are missing from the capture",
                     "bytes of the server are missing from the capture" },
};

const char *
explain_expert_name(enum expert expert)
{
    return experts[expert].name;
}

char *
explain_expert(enum expert expert)
{
    const char *text = experts[expert].text;
    char *sections = citation(experts[expert].rule, experts[expert].applicability);
    int length = (int)(strstr(text, SUMMARY_END) - text);
    char *summary = g_strdup_printf("%.*s (%s)", length, text, sections);

    g_free(sections);
    return summary;
}

const char *
explain_meaning(enum expert expert)
{
    return strstr(experts[expert].text, SUMMARY_END) + strlen(SUMMARY_END);
}

const char *
explain_hidden(enum hidden hidden, enum side side)
{
    return hidden_texts[hidden][side];
}

/* explain.c
 * Findings in plain words. See explain.h. Knows texts only; summaries are constant, so that they
 * can be counted, and short enough for a tree item's label.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/explain.h"

#include <glib.h>

#include "show/citation.h"

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
        "FIN without close_notify: the data may be cut off. OpenSSL 3: \"unexpected eof while "
        "reading\", GnuTLS: non-proper termination; Go, Java and Node are silent" },
    [EXPERT_RESET_WITHOUT_CLOSE_NOTIFY] = {
        "reset_without_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "RST without close_notify: data on the way is lost. The peer's program sees a "
        "connection reset (ECONNRESET; GnuTLS: an error in the pull function)" },
    [EXPERT_UNANSWERED_CLOSE_NOTIFY] = {
        "unanswered_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Closed without answering the peer's close_notify: harmless unless the peer waits for"
        " the answer (SSL_shutdown called twice, GNUTLS_SHUT_RDWR)" },
    [EXPERT_RESET_AFTER_CLOSE_NOTIFY] = {
        "reset_after_close_notify", RULE_TCP_RESET, APPLIES_TO_APPLICATION,
        "RST after the own close_notify: what the peer had sent is lost, and it may see "
        "\"connection reset\" before it has read all" },
    [EXPERT_DUPLICATE_CLOSE_NOTIFY] = {
        "duplicate_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "A second close_notify from the same side: TLS libraries ignore it, its sender closes"
        " twice" },
    [EXPERT_ALERT_AFTER_CLOSE_NOTIFY] = {
        "alert_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "An alert after the own close_notify: the peer has stopped reading and will never see"
        " it" },
    [EXPERT_TRUNCATION_NOTICED] = {
        "truncation_noticed", RULE_ERROR_ALERTS, APPLIES_TO_ALL,
        "Fatal alert in answer to the peer's FIN without close_notify: this side's TLS "
        "library took the end for a truncation (OpenSSL 3: \"unexpected eof while reading\")" },
    [EXPERT_CLOSE_NOTIFY_LEVEL] = {
        "close_notify_level", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "close_notify whose level is not warning: OpenSSL and GnuTLS report a fatal alert to "
        "the reader, and OpenSSL sends no close_notify of its own" },
    [EXPERT_CLOSE_NOTIFY_LEVEL_TLS13] = {
        "close_notify_level", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS13,
        "close_notify whose level is not warning: TLS 1.3 tells the peer to ignore the level" },
    [EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE] = {
        "close_notify_in_handshake", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "close_notify before the handshake was finished, without user_canceled: the peer reports "
        "a failed handshake (OpenSSL: SSL_ERROR_ZERO_RETURN)" },
    [EXPERT_USER_CANCELED_ALONE] = {
        "user_canceled_alone", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "user_canceled without the close_notify that should follow: the peer still takes the "
        "end for a truncation" },
    [EXPERT_DATA_AFTER_CLOSE_NOTIFY] = {
        "data_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Data after the own close_notify: the peer ignores it, so it is lost. The sender's "
        "program writes after it has closed" },
    [EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY] = {
        "data_after_peer_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "Data sent although the peer's close_notify had been received: pending writes were to"
        " be discarded, the peer ignores them" },
    [EXPERT_DATA_CROSSING_CLOSE_NOTIFY] = {
        "data_crossing_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS,
        "Data and the peer's close_notify crossed on the way: the peer has closed and ignores"
        " this data, so it is lost; a request must be sent again" },
    [EXPERT_HALF_CLOSE] = {
        "half_close", RULE_CLOSURE_ALERTS, APPLIES_TO_TLS13,
        "Data after the peer's close_notify, which ends one direction only: allowed in TLS "
        "1.3" },
    [EXPERT_DATA_AFTER_FATAL_ALERT] = {
        "data_after_fatal_alert", RULE_ERROR_ALERTS, APPLIES_TO_ALL,
        "Data after a fatal alert was sent or received: both sides were to stop at once, the "
        "data is lost" },
    [EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY] = {
        "plaintext_after_close_notify", RULE_CLOSURE_ALERTS, APPLIES_TO_ALL,
        "Bytes that are no TLS records after the own close_notify: the connection goes on in "
        "clear text (as FTP does after CCC), or is corrupt" },
    [EXPERT_TRUNCATED_RECORD] = {
        "truncated_record", RULE_RECORD_LAYER, APPLIES_TO_ALL,
        "The direction ends inside a TLS record: the record can't be decrypted, its data is "
        "lost" },
    [EXPERT_SESSION_UNRESUMABLE] = {
        "session_unresumable", RULE_SESSION, APPLIES_TO_TLS,
        "The session must not be resumed: its connection ended without close_notify, or by a "
        "fatal alert" },
    [EXPERT_SESSION_UNRESUMABLE_RFC2246] = {
        "session_unresumable_rfc2246", RULE_SESSION, APPLIES_TO_RFC2246,
        "Ended without close_notify: TLS 1.0 would have made the session unresumable; TLS 1.1"
        " and 1.2 dropped that rule" },
    [EXPERT_TICKETS_DISCARDED] = {
        "tickets_discarded", RULE_ERROR_ALERTS, APPLIES_TO_TLS13,
        "Fatal alert on a connection with session tickets: both sides should discard them, "
        "the next connection needs a full handshake" },
    [EXPERT_UNRESUMABLE_SESSION_OFFERED] = {
        "unresumable_session_offered", RULE_SESSION, APPLIES_TO_TLS,
        "The client offers a session that an earlier connection made unresumable" },
    [EXPERT_UNRESUMABLE_SESSION_RESUMED] = {
        "unresumable_session_resumed", RULE_SESSION, APPLIES_TO_TLS,
        "The server resumed a session that an earlier connection made unresumable" },
    [EXPERT_HTTP_TRUNCATED] = {
        "http_truncated", RULE_HTTP_INCOMPLETE, APPLIES_TO_APPLICATION,
        "The HTTP response is cut off: short of its Content-Length or last chunk (curl: error"
        " 18), or its end is a close that no close_notify vouches for (many clients accept "
        "that in silence)" },
    [EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY] = {
        "http_close_without_close_notify", RULE_HTTP_TLS_CLOSE, APPLIES_TO_APPLICATION,
        "The server announced the close in HTTP, then ended without close_notify: OpenSSL 3 "
        "clients report \"unexpected eof while reading\" even if the response is complete" },
    [EXPERT_HTTP_REQUEST_AFTER_CLOSE] = {
        "http_request_after_close", RULE_HTTP_CLOSE, APPLIES_TO_APPLICATION,
        "A further request although the close of the connection had been announced: it will "
        "not be answered" },
    [EXPERT_CAPTURE_INCOMPLETE] = {
        "capture_incomplete", RULE_RECORD_LAYER, APPLIES_TO_ALL,
        "Bytes missing from the capture hide how this ended: capture without loss, or with a "
        "larger snapshot length" },
};
/* clang-format on */

static const char *const hidden_texts[HIDDEN_COUNT][2] = {
    [HIDDEN_NOTHING] = { "", "" },
    [HIDDEN_NO_BYTES] = { "no data of the client was captured",
                          "no data of the server was captured" },
    [HIDDEN_STARTS_INSIDE] = { "the capture starts inside a TLS record of the client",
                               "the capture starts inside a TLS record of the server" },
    [HIDDEN_NOT_TLS] = { "the client sent bytes that are no TLS records",
                         "the server sent bytes that are no TLS records" },
    [HIDDEN_FIN_BELOW_DATA] = { "the client's FIN is numbered below data captured before it",
                                "the server's FIN is numbered below data captured before it" },
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
    char *sections = citation(experts[expert].rule, experts[expert].applicability);
    char *summary = g_strdup_printf("%s (%s)", experts[expert].text, sections);

    g_free(sections);
    return summary;
}

const char *
explain_hidden(enum hidden hidden, enum side side)
{
    return hidden_texts[hidden][side];
}

/* citation.h
 * Which RFC says what about closing TLS: one table, a row per RFC. A successor costs one row.
 * Knows section numbers only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CITATION_H
#define TLSCLOSE_CITATION_H

#include <glib.h>

/* What is cited. */
enum rule {
    RULE_CLOSURE_ALERTS,   /* close_notify, who sends it and what it means */
    RULE_ERROR_ALERTS,     /* fatal alerts and what they end */
    RULE_RECORD_LAYER,     /* records and their lengths */
    RULE_SESSION,          /* what forbids to resume a session */
    RULE_TCP_RESET,        /* RST and what it discards */
    RULE_HTTP_INCOMPLETE,  /* an HTTP/1.x message that is cut off, also by the end of TLS */
    RULE_HTTP_CLOSE,       /* the end of an HTTP/1.x connection */
    RULE_HTTP_TLS_CLOSE,   /* and of one over TLS */
    RULE_APPLICATION_END,  /* that the end of data has to be told in a protocol above TLS */
    RULE_HTTP2_STREAM,     /* how an HTTP/2 stream ends */
    RULE_HTTP2_MALFORMED,  /* malformed HTTP/2 messages */
    RULE_HTTP2_GOAWAY,     /* how an HTTP/2 connection is shut down */
    RULE_HTTP2_RETRY,      /* which HTTP/2 requests are safe to send again */
    RULE_WEBSOCKET_CLOSE,  /* how a WebSocket connection is closed */
    RULE_WEBSOCKET_STATUS, /* WebSocket close codes */
    RULE_FTP_DATA,         /* FTP transfers over TLS */
    RULE_COUNT
};

/* Which protocol versions a statement is about. */
enum applicability {
    APPLIES_TO_TLS = 1 << 0, /* SSL 3.0 to TLS 1.2 */
    APPLIES_TO_TLS13 = 1 << 1,
    APPLIES_TO_ALL = APPLIES_TO_TLS | APPLIES_TO_TLS13,
    APPLIES_TO_RFC2246 = 1 << 2,     /* SSL 3.0 and TLS 1.0 alone */
    APPLIES_TO_APPLICATION = 1 << 3, /* the protocols above and below TLS */
};

/* The sections that state RULE for the versions in APPLICABILITY (bits), as "RFC 2246, 4346, 5246
 * 7.2.1; RFC 8446 6.1". The caller frees it. */
char *citation(enum rule rule, unsigned applicability);

#endif

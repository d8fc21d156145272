/* http2_summary.h
 * One line about the end of an HTTP/2 connection, for tlsclose.app.summary. Must not know how it was
 * read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_SUMMARY_H
#define TLSCLOSE_HTTP2_SUMMARY_H

#include "app/http2_streams.h"

/* The last GOAWAY that a side sent (RFC 9113 section 6.8). */
struct http2_goaway {
    uint32_t frame; /* 0: none */
    uint32_t last_stream;
    uint32_t error;
};

/* STREAMS, that the client opened; what became of all, by the enum side that opened them; the GOAWAYs, by
 * enum side. Owned by the caller: g_free(). */
char *http2_summary(uint32_t streams, const struct http2_tally tally[2],
                    const struct http2_goaway goaway[2]);

#endif

/* http2_streams.h
 * The streams of a connection that one side opened, in bounded room, and what became of them. Must not
 * know frames' bytes, header compression or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_STREAMS_H
#define TLSCLOSE_HTTP2_STREAMS_H

#include <glib.h>

#include "app/http2_stream.h"
#include "facts/application_end.h"

/* The streams of one class: how many, and the first of them, by number. */
struct http2_group {
    uint32_t count;
    struct http2_stream first[CUT_STREAMS_MAX];
};

/* The streams that were requested, by class. */
struct http2_tally {
    struct http2_group group[HTTP2_CLASS_COUNT];
    uint32_t left_open;    /* cut or open, and the server did not even reset them ... */
    uint32_t late;         /* ... of these: the server had closed before the request came */
    uint32_t unanswered;   /* ... of these: not late, and without a final response */
    uint32_t requests_cut; /* ... of these: the request has not ended either */
};

/* Zeroed at its start. */
struct http2_streams {
    GArray *kept; /* owned; struct http2_stream by number: those that may change; NULL: none yet */
    guint room;   /* how many are kept before those that can't change are only counted */
    struct http2_tally *counted; /* owned; NULL: none yet */
    uint32_t highest;            /* number of those opened */
    uint32_t opened;
    uint32_t not_followed; /* opened while there was no room */
};

/* Frees what STREAMS owns, and leaves it as if no stream had been opened. */
void http2_streams_clear(struct http2_streams *streams);

/* The stream of that number; NULL: not opened, or it is only counted by now. Valid until the next one
 * is opened. */
struct http2_stream *http2_streams_find(const struct http2_streams *streams, uint32_t number);

/* Opens the stream of that number, if it is higher than any opened before (RFC 9113 section 5.1.1).
 * NULL: it was opened before, or there is no room. */
struct http2_stream *http2_streams_open(struct http2_streams *streams, uint32_t number,
                                        const struct http2_limits *limits);

/* The other side speaks of a stream that is not kept, and whose opening may not have come yet: kept, but
 * not opened. NULL: there is no room, or it was opened before. */
struct http2_stream *http2_streams_expect(struct http2_streams *streams, uint32_t number,
                                          const struct http2_limits *limits);

/* What became of all of them by now. */
void http2_streams_tally(const struct http2_streams *streams, const struct http2_limits *limits,
                         struct http2_tally *tally);

#endif

/* http2_connection.h
 * What is known of an HTTP/2 connection: http2.c writes it, http2_end.c judges it at the end. Must not
 * know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_CONNECTION_H
#define TLSCLOSE_HTTP2_CONNECTION_H

#include "app/application.h"
#include "app/http2_frame.h"
#include "app/http2_header.h"
#include "app/http2_streams.h"
#include "app/http2_summary.h"

/* tlsclose.http2_stream_cut is raised so often at most. */
#define HTTP2_CUT_STATED_MAX 5

/* A header block that has begun: HEADERS or PUSH_PROMISE, then CONTINUATION (section 4.3). */
struct http2_block {
    uint32_t carrier; /* the stream whose frames carry it; 0: none has begun */
    uint32_t stream;  /* that it is about: of PUSH_PROMISE, the promised one */
    bool is_promise;
    bool ends_stream;
};

/* What one side sends. */
struct http2_half {
    struct http2_frame_reader frames;
    struct http2_header_reader *header; /* owned; NULL: no block has come, or no more will */
    struct http2_block block;
    struct http2_goaway goaway;
    GByteArray *debug; /* owned; of the GOAWAY being read */
    bool lost;
};

struct http2 {
    struct http2_half half[2];       /* by enum side */
    struct http2_streams streams[2]; /* by the enum side that opened them */
    struct http2_limits limits;      /* of the client's streams */
    uint64_t final_goaway_end;       /* offset after the server's; UINT64_MAX: none yet */
    uint32_t goodbye_frame;
    uint32_t goaway_frame;
    uint8_t preface_read;
    uint8_t cut_stated;
    bool unprocessed_stated;
};

/* RFC 9113 section 5.1.1: the client's streams have odd numbers, pushed ones even ones. */
static inline enum side
http2_opener_of(uint32_t number)
{
    return number % 2 == 1 ? SIDE_CLIENT : SIDE_SERVER;
}

/* GOAWAYs of the server are about the streams that the client opened. */
static inline struct http2_limits
http2_limits_for(const struct http2 *http2, enum side opener)
{
    struct http2_limits limits = http2->limits;

    if (opener == SIDE_SERVER)
        limits.last_stream = UINT32_MAX;
    return limits;
}

/* The row's function (application.h): what became of all streams, by now. */
void http2_finish(void *reader, const struct application_context *context,
                  struct application_end *end);

#endif

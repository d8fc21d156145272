/* http2_stream.h
 * One stream of HTTP/2: a request and its response, and how it ended (RFC 9113 sections 5.1 and 8.1).
 * Must not know frames' bytes, header compression or other streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_STREAM_H
#define TLSCLOSE_HTTP2_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "app/grpc.h"
#include "app/http2_header.h"

/* How a stream ended, in the order of the public interface: the first that applies. */
enum http2_class {
    HTTP2_UNPROCESSED,
    HTTP2_MALFORMED,
    HTTP2_COMPLETE,
    HTTP2_CANCELED,
    HTTP2_CUT,
    HTTP2_OPEN, /* none of these yet */
};
#define HTTP2_CLASS_COUNT 6

/* What makes a stream malformed, a set. */
enum http2_fault {
    HTTP2_FAULT_LENGTH = 1,         /* not as long as content-length says */
    HTTP2_FAULT_NO_GRPC_STATUS = 2, /* no grpc-status at its end */
    HTTP2_FAULT_GRPC_MESSAGE = 4,   /* a gRPC message shorter than announced */
};

/* What else decides the class of a stream. */
struct http2_limits {
    /* the lowest last-stream-id of the server's GOAWAYs, for streams that the client opened */
    uint32_t last_stream;
    uint64_t
        server_act_end;  /* offset after the server's first closing act; UINT64_MAX: none known */
    uint64_t server_end; /* offset after all that the server has sent so far */
    /* the client's offset that the server had received by its first closing act; UINT64_MAX likewise */
    uint64_t server_received;
    bool over; /* nothing more can come, and nothing is hidden: what is open is cut */
};

/* Zeroed, but for its number, at its start. "Server" is whoever sends the response. */
struct http2_stream {
    uint32_t number;
    uint32_t server_error;       /* code of the server's RST_STREAM, if there was one */
    uint64_t request_end;        /* offset after the record with the request's header */
    uint64_t length;             /* content-length of the final response, if has_length */
    uint64_t received;           /* bytes of its DATA, without padding */
    uint64_t server_reset_end;   /* offset after the record with the server's RST_STREAM */
    uint64_t reset_acknowledged; /* the server's offset that the client's RST_STREAM acknowledges */
    struct grpc_place grpc;      /* in the response's messages */
    unsigned method : 2;         /* enum http2_method */
    unsigned requested : 1;      /* the request's header was sent, or the push was promised */
    unsigned request_ended : 1;  /* END_STREAM of the client */
    unsigned responded : 1;      /* a final response has begun */
    unsigned server_ended : 1;   /* END_STREAM of the server */
    unsigned server_reset : 1;
    unsigned client_reset : 1;
    unsigned has_length : 1;
    unsigned is_grpc : 1;
    unsigned has_grpc_status : 1;
};

/* The header of the request, promised or sent, with the offset after its record. */
void http2_stream_take_request(struct http2_stream *stream, const struct http2_fields *fields,
                               uint64_t end);

/* A header block of the server: an interim response, the final one or the trailers. */
void http2_stream_take_response(struct http2_stream *stream, const struct http2_fields *fields);

/* Bytes of the response's DATA, without padding. */
void http2_stream_take_data(struct http2_stream *stream, const uint8_t *bytes, uint32_t length);

/* END_STREAM of the server. */
void http2_stream_end_response(struct http2_stream *stream);

/* RST_STREAM of the server, with the offset after its record; END_STREAM may have come before. */
void http2_stream_reset_by_server(struct http2_stream *stream, uint32_t error, uint64_t end);

/* RST_STREAM of the client, with the server's offset that its segment acknowledges. It says nothing if
 * the client had received the server's own. */
void http2_stream_reset_by_client(struct http2_stream *stream, uint64_t acknowledged);

/* How the stream ended, by what is known of it now. */
enum http2_class http2_stream_class(const struct http2_stream *stream,
                                    const struct http2_limits *limits);

/* What makes it malformed, a set of enum http2_fault; only if the server has sent END_STREAM. */
unsigned http2_stream_faults(const struct http2_stream *stream);

/* Whether its class can't change any more, but by a GOAWAY: the server ended it, or has sent more after
 * what the client's RST_STREAM acknowledges, so that its closing act comes later still. */
bool http2_stream_is_decided(const struct http2_stream *stream, const struct http2_limits *limits);

/* Whether the server had closed before it could have heard of it: it owes no response. */
bool http2_stream_is_late(const struct http2_stream *stream, const struct http2_limits *limits);

/* Whether a stream of the class HTTP2_CUT or HTTP2_OPEN was not even reset by the server. */
bool http2_stream_is_left_open(const struct http2_stream *stream, enum http2_class ended_as);

#endif

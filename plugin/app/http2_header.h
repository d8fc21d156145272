/* http2_header.h
 * Header blocks of one direction of HTTP/2, decompressed (HPACK, RFC 7541) by libnghttp2: the few
 * fields that tell where a message ends. Must not know frames or streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_HEADER_H
#define TLSCLOSE_HTTP2_HEADER_H

#include <stdbool.h>
#include <stdint.h>

enum http2_method {
    HTTP2_METHOD_UNKNOWN = 0,
    HTTP2_METHOD_HEAD,
    HTTP2_METHOD_CONNECT,
    HTTP2_METHOD_OTHER,
};

/* What one header block says. */
struct http2_fields {
    bool read; /* false: what it says is unknown */
    enum http2_method method;
    uint16_t status; /* 0: none */
    bool has_length;
    bool bad_length; /* a content-length that is no number, or two that differ */
    uint64_t length;
    bool is_grpc; /* by its content-type */
    bool has_grpc_status;
};

struct http2_header_reader;

/* Whether header blocks can be read at all: the plugin was built with libnghttp2. */
bool http2_header_can_read(void);

/* Owned by the caller; free with http2_header_reader_free(). */
struct http2_header_reader *http2_header_reader_new(void);
void http2_header_reader_free(struct http2_header_reader *reader);

/* Takes the next LENGTH bytes of a block. Blocks of more than 64 KiB are not read, and, since each
 * depends on those before it, nothing after them. */
void http2_header_take(struct http2_header_reader *reader, const uint8_t *bytes, uint32_t length);

/* The block ends here: what it says. */
struct http2_fields http2_header_end(struct http2_header_reader *reader);

/* A block, or part of one, is missing: nothing that comes after it can be read. */
void http2_header_lose(struct http2_header_reader *reader);

#endif

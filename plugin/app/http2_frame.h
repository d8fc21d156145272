/* http2_frame.h
 * Frames of HTTP/2 (RFC 9113 sections 4 and 6) in a run of bytes that comes in pieces of any size.
 * Must not know what header blocks, streams or the connection mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_FRAME_H
#define TLSCLOSE_HTTP2_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 9113 section 11.2. Other types are passed over (section 4.1). */
enum http2_frame_type {
    HTTP2_DATA = 0x00,
    HTTP2_HEADERS = 0x01,
    HTTP2_PRIORITY = 0x02,
    HTTP2_RST_STREAM = 0x03,
    HTTP2_SETTINGS = 0x04,
    HTTP2_PUSH_PROMISE = 0x05,
    HTTP2_PING = 0x06,
    HTTP2_GOAWAY = 0x07,
    HTTP2_WINDOW_UPDATE = 0x08,
    HTTP2_CONTINUATION = 0x09,
};

enum http2_flag {
    HTTP2_FLAG_END_STREAM = 0x01,
    HTTP2_FLAG_END_HEADERS = 0x04,
    HTTP2_FLAG_PADDED = 0x08,
    HTTP2_FLAG_PRIORITY = 0x20,
};

/* RFC 9113 section 7. */
enum http2_error {
    HTTP2_NO_ERROR = 0x00,
    HTTP2_REFUSED_STREAM = 0x07,
};

#define HTTP2_ERROR_COUNT 14

#define HTTP2_FRAME_HEAD_LENGTH 9
#define HTTP2_FRAME_FIELDS_MAX 8

/* The reader of one direction; zeroed at its start. The frame is that of the last piece. */
struct http2_frame_reader {
    uint32_t stream;
    uint32_t length; /* of the payload */
    uint8_t type;
    uint8_t flags;
    bool malformed; /* too short for its fields, or for its padding: its content is left out */
    bool begun;     /* its fields were read, and a piece has said so */
    uint8_t head_read;
    uint8_t fields_read;
    uint8_t fields_length;
    uint8_t head[HTTP2_FRAME_HEAD_LENGTH];
    uint8_t fields[HTTP2_FRAME_FIELDS_MAX];
    uint32_t content_left;
    uint32_t padding_left;
};

/* A part of one frame. */
struct http2_piece {
    const uint8_t *content; /* without fields of fixed length and padding; valid with the bytes */
    uint32_t length;
    bool begins; /* the first of its frame */
    bool ends;   /* the last of its frame */
};

/* Reads from BYTES (LENGTH > 0) to the end of the frame, if it is there. Returns the number of bytes
 * taken, at least 1. A piece that neither begins nor ends a frame and has no content says nothing. */
uint32_t http2_frame_read(struct http2_frame_reader *reader, const uint8_t *bytes, uint32_t length,
                          struct http2_piece *piece);

/* The number at OFFSET of the fields of fixed length: error code of RST_STREAM (0), promised stream of
 * PUSH_PROMISE (0), last stream and error code of GOAWAY (0, 4). Valid from the piece that begins the
 * frame on; 0 of a malformed frame. */
uint32_t http2_frame_number(const struct http2_frame_reader *reader, unsigned offset);

/* Whether what was read so far ends with a whole frame. */
bool http2_frame_is_between(const struct http2_frame_reader *reader);

/* Whether the frame belongs to the connection, or changes how a stream runs, and carries nothing of a
 * message. */
bool http2_frame_is_control(const struct http2_frame_reader *reader);

/* Name of an error code (RFC 9113 section 7); NULL: not assigned. */
const char *http2_error_name(uint32_t code);

#endif

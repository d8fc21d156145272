/* http2_frame.c
 * Frames of HTTP/2, read piece by piece. See http2_frame.h.
 * Must not know what header blocks, streams or the connection mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_frame.h"

#include <glib.h>
#include <string.h>

#define PRIORITY_LENGTH 5
#define STREAM_MASK UINT32_C(0x7FFFFFFF)

/* The payload of each type, RFC 9113 section 6. */
static const struct {
    bool padded;       /* may be */
    bool has_priority; /* with the PRIORITY flag */
    uint8_t fields;    /* bytes of fixed length before the content */
    bool is_control;
} frame_types[] = {
    [HTTP2_DATA] = { .padded = true },
    [HTTP2_HEADERS] = { .padded = true, .has_priority = true },
    [HTTP2_PRIORITY] = { .is_control = true },
    [HTTP2_RST_STREAM] = { .fields = 4, .is_control = true },
    [HTTP2_SETTINGS] = { .is_control = true },
    [HTTP2_PUSH_PROMISE] = { .padded = true, .fields = 4 },
    [HTTP2_PING] = { .is_control = true },
    [HTTP2_GOAWAY] = { .fields = 8, .is_control = true },
    [HTTP2_WINDOW_UPDATE] = { .is_control = true },
    [HTTP2_CONTINUATION] = { .fields = 0 },
};

static uint32_t
read_number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool
is_known(const struct http2_frame_reader *reader)
{
    return reader->type < G_N_ELEMENTS(frame_types);
}

static bool
is_padded(const struct http2_frame_reader *reader)
{
    return is_known(reader) && frame_types[reader->type].padded &&
           reader->flags & HTTP2_FLAG_PADDED;
}

static bool
has_priority(const struct http2_frame_reader *reader)
{
    return is_known(reader) && frame_types[reader->type].has_priority &&
           reader->flags & HTTP2_FLAG_PRIORITY;
}

/* A frame that its receiver answers with an error of the connection: nothing of it counts. */
static void
pass_over(struct http2_frame_reader *reader, uint32_t length)
{
    reader->malformed = true;
    reader->content_left = 0;
    reader->padding_left = length;
}

/* RFC 9113 section 4.1 */
static void
begin_frame(struct http2_frame_reader *reader)
{
    const uint8_t *head = reader->head;

    reader->length = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
    reader->type = head[3];
    reader->flags = head[4];
    reader->stream = read_number(head + 5) & STREAM_MASK;
    reader->malformed = false;
    reader->begun = false;
    reader->fields_read = 0;
    reader->fields_length =
        (uint8_t)((is_known(reader) ? frame_types[reader->type].fields : 0) +
                  (is_padded(reader) ? 1 : 0) + (has_priority(reader) ? PRIORITY_LENGTH : 0));
    if (reader->fields_length > reader->length) {
        reader->fields_length = 0;
        pass_over(reader, reader->length);
    }
}

/* All fields were read: what is left of the frame is content and padding. */
static void
begin_content(struct http2_frame_reader *reader)
{
    uint32_t left = reader->length - reader->fields_length;
    uint32_t padding = is_padded(reader) ? reader->fields[0] : 0;

    if (reader->malformed)
        return;
    if (padding > left) {
        pass_over(reader, left);
        return;
    }
    reader->content_left = left - padding;
    reader->padding_left = padding;
}

/* Copies up to WANTED bytes in all. Returns the number of bytes taken. */
static uint32_t
collect(uint8_t *into, uint8_t *count, uint8_t wanted, const uint8_t *bytes, uint32_t length)
{
    uint32_t taken = MIN(length, (uint32_t)(wanted - *count));

    if (taken > 0)
        memcpy(into + *count, bytes, taken);
    *count = (uint8_t)(*count + taken);
    return taken;
}

static uint32_t
read_head(struct http2_frame_reader *reader, const uint8_t *bytes, uint32_t length)
{
    if (reader->head_read == HTTP2_FRAME_HEAD_LENGTH)
        return 0;
    uint32_t taken =
        collect(reader->head, &reader->head_read, HTTP2_FRAME_HEAD_LENGTH, bytes, length);
    if (reader->head_read == HTTP2_FRAME_HEAD_LENGTH)
        begin_frame(reader);
    return taken;
}

static uint32_t
read_rest(struct http2_frame_reader *reader, const uint8_t *bytes, uint32_t length,
          struct http2_piece *piece)
{
    if (!reader->begun) {
        begin_content(reader);
        reader->begun = true;
        piece->begins = true;
    }
    piece->content = bytes;
    piece->length = MIN(length, reader->content_left);
    reader->content_left -= piece->length;
    uint32_t padding = MIN(length - piece->length, reader->padding_left);
    reader->padding_left -= padding;
    piece->ends = reader->content_left == 0 && reader->padding_left == 0;
    if (piece->ends)
        reader->head_read = 0;
    return piece->length + padding;
}

uint32_t
http2_frame_read(struct http2_frame_reader *reader, const uint8_t *bytes, uint32_t length,
                 struct http2_piece *piece)
{
    *piece = (struct http2_piece){ .content = bytes };
    uint32_t taken = read_head(reader, bytes, length);
    if (reader->head_read < HTTP2_FRAME_HEAD_LENGTH)
        return taken;
    taken += collect(reader->fields, &reader->fields_read, reader->fields_length, bytes + taken,
                     length - taken);
    if (reader->fields_read < reader->fields_length)
        return taken;
    return taken + read_rest(reader, bytes + taken, length - taken, piece);
}

uint32_t
http2_frame_number(const struct http2_frame_reader *reader, unsigned offset)
{
    if (reader->malformed)
        return 0;
    return read_number(reader->fields + (is_padded(reader) ? 1 : 0) + offset);
}

bool
http2_frame_is_between(const struct http2_frame_reader *reader)
{
    return reader->head_read == 0;
}

bool
http2_frame_is_control(const struct http2_frame_reader *reader)
{
    return is_known(reader) && frame_types[reader->type].is_control;
}

const char *
http2_error_name(uint32_t code)
{
    static const char *const names[HTTP2_ERROR_COUNT] = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    };

    return code < G_N_ELEMENTS(names) ? names[code] : NULL;
}

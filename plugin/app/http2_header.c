/* http2_header.c
 * Header blocks of HTTP/2: the fields that tell where a message ends. See http2_header.h.
 * Must not know frames or streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_header.h"

#include <glib.h>
#include <string.h>

#include "app/grpc.h"

#ifdef TLSCLOSE_HAVE_NGHTTP2

#include <nghttp2/nghttp2.h>

#define BLOCK_LENGTH_MAX 65536

/* What a peer may allow the other's table to grow to. Chromium and Firefox ask for so much; whoever
 * uses a larger one can't be read. How much of it is used is said in the blocks themselves (RFC 7541
 * section 4.2), so SETTINGS need not be read. */
#define TABLE_SIZE_MAX 65536

/* Digits of a content-length that are no overflow. */
#define LENGTH_DIGITS_MAX 18

struct http2_header_reader {
    nghttp2_hd_inflater *inflater; /* owned; NULL: something is missing, nothing more can be read */
    uint32_t block_length;
    struct http2_fields fields;
};

bool
http2_header_can_read(void)
{
    return true;
}

struct http2_header_reader *
http2_header_reader_new(void)
{
    struct http2_header_reader *reader = g_new0(struct http2_header_reader, 1);

    if (nghttp2_hd_inflate_new(&reader->inflater) != 0)
        reader->inflater = NULL;
    else
        nghttp2_hd_inflate_change_table_size(reader->inflater, TABLE_SIZE_MAX);
    return reader;
}

void
http2_header_lose(struct http2_header_reader *reader)
{
    if (reader->inflater)
        nghttp2_hd_inflate_del(reader->inflater);
    reader->inflater = NULL;
}

void
http2_header_reader_free(struct http2_header_reader *reader)
{
    if (!reader)
        return;
    http2_header_lose(reader);
    g_free(reader);
}

static bool
equals(const uint8_t *value, size_t length, const char *text)
{
    return length == strlen(text) && memcmp(value, text, length) == 0;
}

/* A decimal number without sign and spaces. */
static bool
parse_number(const uint8_t *value, size_t length, uint64_t *number)
{
    if (length == 0 || length > LENGTH_DIGITS_MAX)
        return false;
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(value[i]))
            return false;
        *number = *number * 10 + (uint64_t)g_ascii_digit_value((char)value[i]);
    }
    return true;
}

static void
take_method(struct http2_fields *fields, const uint8_t *value, size_t length)
{
    if (equals(value, length, "HEAD"))
        fields->method = HTTP2_METHOD_HEAD;
    else if (equals(value, length, "CONNECT"))
        fields->method = HTTP2_METHOD_CONNECT;
    else
        fields->method = HTTP2_METHOD_OTHER;
}

static void
take_status(struct http2_fields *fields, const uint8_t *value, size_t length)
{
    uint64_t status;

    if (length == 3 && parse_number(value, length, &status))
        fields->status = (uint16_t)status;
}

/* RFC 9110 section 8.6 */
static void
take_content_length(struct http2_fields *fields, const uint8_t *value, size_t length)
{
    uint64_t number;

    if (!parse_number(value, length, &number) || (fields->has_length && fields->length != number)) {
        fields->bad_length = true;
        return;
    }
    fields->has_length = true;
    fields->length = number;
}

static void
take_content_type(struct http2_fields *fields, const uint8_t *value, size_t length)
{
    fields->is_grpc = grpc_is_content_type(value, length);
}

static void
take_grpc_status(struct http2_fields *fields, const uint8_t *value, size_t length)
{
    (void)value;
    fields->has_grpc_status = length > 0;
}

static void
take_field(struct http2_fields *fields, const nghttp2_nv *field)
{
    static const struct {
        const char *name;
        void (*take)(struct http2_fields *fields, const uint8_t *value, size_t length);
    } names[] = {
        { ":method", take_method },
        { ":status", take_status },
        { "content-length", take_content_length },
        { "content-type", take_content_type },
        { "grpc-status", take_grpc_status },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (equals(field->name, field->namelen, names[i].name))
            names[i].take(fields, field->value, field->valuelen);
}

/* Hands BYTES to the inflater, which gives field by field; FINAL: the block ends with them. */
static void
inflate(struct http2_header_reader *reader, const uint8_t *bytes, size_t length, bool final)
{
    int flags;

    do {
        nghttp2_nv field;
        flags = NGHTTP2_HD_INFLATE_NONE;
        ssize_t taken =
            nghttp2_hd_inflate_hd2(reader->inflater, &field, &flags, bytes, length, final);
        if (taken < 0) {
            http2_header_lose(reader);
            return;
        }
        bytes += taken;
        length -= (size_t)taken;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            take_field(&reader->fields, &field);
    } while (flags & NGHTTP2_HD_INFLATE_EMIT ||
             (length > 0 && !(flags & NGHTTP2_HD_INFLATE_FINAL)));
}

void
http2_header_take(struct http2_header_reader *reader, const uint8_t *bytes, uint32_t length)
{
    if (!reader->inflater)
        return;
    if (length > BLOCK_LENGTH_MAX - reader->block_length) {
        http2_header_lose(reader);
        return;
    }
    reader->block_length += length;
    if (length > 0)
        inflate(reader, bytes, length, false);
}

struct http2_fields
http2_header_end(struct http2_header_reader *reader)
{
    static const uint8_t nothing[1];
    struct http2_fields fields = { .read = false };

    if (reader->inflater)
        inflate(reader, nothing, 0, true);
    if (reader->inflater) {
        nghttp2_hd_inflate_end_headers(reader->inflater);
        fields = reader->fields;
        fields.read = true;
    }
    reader->fields = (struct http2_fields){ .read = false };
    reader->block_length = 0;
    return fields;
}

#else

/* Without libnghttp2 no block can be read: streams are followed by their frames alone. */
struct http2_header_reader {
    bool unused;
};

bool
http2_header_can_read(void)
{
    return false;
}

struct http2_header_reader *
http2_header_reader_new(void)
{
    return g_new0(struct http2_header_reader, 1);
}

void
http2_header_reader_free(struct http2_header_reader *reader)
{
    g_free(reader);
}

void
http2_header_take(struct http2_header_reader *reader, const uint8_t *bytes, uint32_t length)
{
    (void)reader;
    (void)bytes;
    (void)length;
}

struct http2_fields
http2_header_end(struct http2_header_reader *reader)
{
    (void)reader;
    return (struct http2_fields){ .read = false };
}

void
http2_header_lose(struct http2_header_reader *reader)
{
    (void)reader;
}

#endif

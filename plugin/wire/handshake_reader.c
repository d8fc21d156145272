/* handshake_reader.c
 * Handshake messages put together over the borders of records: see handshake_reader.h.
 * Knows the message header only; must not know connections, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/handshake_reader.h"

#include <string.h>

#include "wire/tls.h"

static uint32_t
body_length(const struct handshake_reader *reader)
{
    return (uint32_t)reader->header[1] << 16 | (uint32_t)reader->header[2] << 8 | reader->header[3];
}

/* Whether the callback wants the message with its body. */
static bool
is_read(uint8_t type)
{
    return type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO || type == TLS_NEW_SESSION_TICKET;
}

static bool
is_kept(const struct handshake_reader *reader)
{
    return is_read(reader->header[0]) && body_length(reader) <= HANDSHAKE_MESSAGE_MAX;
}

/* Takes bytes of the message header; true when it is complete. */
static bool
read_header(struct handshake_reader *reader, struct byte_view *rest)
{
    struct byte_view taken;
    uint32_t missing = (uint32_t)sizeof reader->header - reader->header_length;

    byte_view_take(rest, MIN(missing, rest->length), &taken);
    memcpy(reader->header + reader->header_length, taken.bytes, taken.length);
    reader->header_length = (uint8_t)(reader->header_length + taken.length);
    if (reader->header_length < sizeof reader->header)
        return false;
    reader->left = body_length(reader);
    return true;
}

/* Takes bytes of the message body; true, and BODY, when a kept message is complete. */
static bool
read_body(struct handshake_reader *reader, struct byte_view *rest, struct byte_view *body)
{
    byte_view_take(rest, MIN(reader->left, rest->length), body);
    reader->left -= body->length;
    if (!is_kept(reader))
        return false;
    if (reader->left == 0 && !reader->body)
        return true;
    if (!reader->body)
        reader->body = g_byte_array_new();
    g_byte_array_append(reader->body, body->bytes, body->length);
    body->bytes = reader->body->data;
    body->length = reader->body->len;
    return reader->left == 0;
}

void
handshake_read(struct handshake_reader *reader, const uint8_t *bytes, uint32_t length,
               handshake_callback callback, void *user)
{
    const struct byte_view nothing = { NULL, 0 };
    struct byte_view rest = { bytes, length }, body;

    while (rest.length > 0) {
        if (reader->header_length < sizeof reader->header) {
            if (!read_header(reader, &rest))
                return;
            if (!is_read(reader->header[0]))
                callback(user, reader->header[0], nothing);
        }
        if (read_body(reader, &rest, &body))
            callback(user, reader->header[0], body);
        if (reader->left == 0)
            handshake_reader_clear(reader);
    }
}

bool
handshake_reader_is_idle(const struct handshake_reader *reader)
{
    return reader->header_length == 0;
}

void
handshake_reader_clear(struct handshake_reader *reader)
{
    if (reader->body)
        g_byte_array_free(reader->body, TRUE);
    memset(reader, 0, sizeof *reader);
}

/* message_builder.h
 * Puts TLS messages together byte by byte, in the presentation language of RFC 8446 section 3.
 * For tests only; knows numbers and vectors, must not know what a message means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_MESSAGE_BUILDER_H
#define TLSCLOSE_MESSAGE_BUILDER_H

#include <glib.h>
#include <stdint.h>

/* NUMBER in SIZE bytes, at most 4. */
static inline void
put_number(GByteArray *message, uint32_t number, unsigned size)
{
    for (unsigned i = size; i > 0; i--) {
        uint8_t byte = (uint8_t)(number >> (8 * (i - 1)));
        g_byte_array_append(message, &byte, 1);
    }
}

/* COUNT bytes, all of the same VALUE. */
static inline void
put_repeated(GByteArray *message, uint8_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        g_byte_array_append(message, &value, 1);
}

/* Starts a vector with a length prefix of SIZE bytes; end_vector() wants what this returns. */
static inline guint
begin_vector(GByteArray *message, unsigned size)
{
    put_repeated(message, 0, size);
    return message->len;
}

static inline void
end_vector(GByteArray *message, guint begin, unsigned size)
{
    guint length = message->len - begin;

    for (unsigned i = 0; i < size; i++)
        message->data[begin - 1 - i] = (uint8_t)(length >> (8 * i));
}

/* TEXT as a vector with a length prefix of SIZE bytes. */
static inline void
put_text_vector(GByteArray *message, const char *text, unsigned size)
{
    guint begin = begin_vector(message, size);

    for (; *text; text++)
        put_repeated(message, (uint8_t)*text, 1);
    end_vector(message, begin, size);
}

#endif

/* hello_views.h
 * Views of messages that were built byte by byte, and what they should show.
 * For tests only; must not know what a message means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HELLO_VIEWS_H
#define TLSCLOSE_HELLO_VIEWS_H

#include <glib.h>
#include <string.h>

#include "wire/byte_view.h"

static inline struct byte_view
view_of(const GByteArray *message)
{
    return (struct byte_view){ message->data, message->len };
}

/* The first LENGTH bytes in a block of exactly that size, so that AddressSanitizer sees a read
 * beyond. */
static inline struct byte_view
exact_copy(const GByteArray *message, guint length)
{
    uint8_t *copy = g_malloc(length);

    if (length > 0)
        memcpy(copy, message->data, length);
    return (struct byte_view){ copy, length };
}

static inline void
assert_view(struct byte_view view, const char *expected)
{
    char *text = g_strndup((const char *)view.bytes, view.length);

    g_assert_cmpuint(view.length, ==, strlen(expected));
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

#endif

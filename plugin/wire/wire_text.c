/* wire_text.c
 * Texts from the wire. See wire_text.h. Plain C and GLib; must not know what they mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/wire_text.h"

#include <glib.h>
#include <string.h>

char *
wire_text(const void *bytes, size_t length)
{
    /* One byte more than is kept, so that the cut is seen; U+FFFD is longer than what it stands for. */
    char *given = length > 0 ? g_strndup(bytes, MIN(length, WIRE_TEXT_MAX + 1)) : g_strdup("");
    char *text = g_utf8_make_valid(given, -1);
    size_t end = strlen(text);

    g_free(given);
    if (end > WIRE_TEXT_MAX) {
        const char *cut = g_utf8_find_prev_char(text, text + WIRE_TEXT_MAX + 1);
        end = cut ? (size_t)(cut - text) : 0;
    }
    text[end] = '\0';
    return text;
}

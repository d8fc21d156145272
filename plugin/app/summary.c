/* summary.c
 * Words and numbers of a summary. See summary.h. Must not know any protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/summary.h"

#include <inttypes.h>
#include <string.h>

void
summary_append_number(GString *text, uint64_t number)
{
    char *digits = g_strdup_printf("%" PRIu64, number);
    size_t length = strlen(digits);

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    g_free(digits);
}

void
summary_append_count(GString *text, uint64_t count, const char *noun)
{
    summary_append_number(text, count);
    g_string_append_printf(text, " %s%s", noun, count == 1 ? "" : "s");
}

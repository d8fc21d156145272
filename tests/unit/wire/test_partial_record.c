/* test_partial_record.c
 * Record headers, plausible and not.
 * Expected values come from RFC 8446 and RFC 5246; must not know how partial_record.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "wire/partial_record.h"

/* RFC 8446 section 5.1; RFC 5246 section 6.2.3 for the longest record. */
static void
test_record_header(void)
{
    static const struct {
        const char *bytes;
        uint32_t length;
        bool plausible;
    } cases[] = {
        { "\x16\x03\x01\x00\x05", 5, true },
        { "\x14\x03\x00\x00\x01", 5, true },
        { "\x18\x03\x03\x00\x10", 5, true },
        { "\x17\x03\x03\x00\x00", 5, true }, /* only application data may be empty */
        { "\x15\x03\x03\x00\x00", 5, false },
        { "\x16\x03\x03\x00\x00", 5, false },
        { "\x17\x03\x03\x48\x00", 5, true }, /* 2^14 + 2048 */
        { "\x17\x03\x03\x48\x01", 5, false },
        { "\x13\x03\x03\x00\x05", 5, false },
        { "\x19\x03\x03\x00\x05", 5, false },
        { "\x16\x02\x00\x00\x05", 5, false },
        { "\x16\xFE\xFF\x00\x05", 5, false },
        { "\x16\x03\x7F\x00\x05", 5, false },
        { "\x16\x03\x04\x00\x05", 5, true },
        /* What lies behind the length does not count. */
        { "\x16\x03\x03\xFF\xFF", 4, true },
        { "\x16\x03\x03\xFF", 3, true },
        { "\x16\x03\xFF", 2, true },
        { "\x16\xFF", 1, true },
        { "\xFF", 0, true },
        { "\x16\x03\x03", 3, true },
        { "\x16\x03\x05", 3, false },
        { "\x16\x04", 2, false },
        { "\x47", 1, false },
        { "\x16", 1, true },
        { "", 0, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t *copy = g_malloc(cases[i].length);

        if (cases[i].length > 0)
            memcpy(copy, cases[i].bytes, cases[i].length);
        g_assert_cmpint(stream_is_record_header(copy, cases[i].length), ==, cases[i].plausible);
        g_assert_cmpint(stream_is_record_header((const uint8_t *)cases[i].bytes, cases[i].length),
                        ==, cases[i].plausible);
        g_free(copy);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/partial_record/record_header", test_record_header);
    return g_test_run();
}

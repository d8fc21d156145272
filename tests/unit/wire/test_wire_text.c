/* test_wire_text.c
 * Texts from the wire: what is not UTF-8, and what is too long.
 * Must not know how wire_text.c reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "wire/capture_time.h"
#include "wire/wire_text.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void
assert_text(const char *bytes, size_t length, const char *expected)
{
    char *text = wire_text(bytes, length);

    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

static void
test_valid(void)
{
    assert_text("example.org", 11, "example.org");
    assert_text("example.org", 7, "example");
    assert_text("b\xc3\xbc"
                "cher.example",
                15,
                "b\xc3\xbc"
                "cher.example");
    assert_text("", 0, "");
}

static void
test_zero_byte(void)
{
    assert_text("example\0.org", 12, "example");
    assert_text("\0", 1, "");
}

static void
test_not_utf8(void)
{
    assert_text("a\xff"
                "b",
                3, "a" REPLACEMENT "b");
    assert_text("\xff\xfe", 2, REPLACEMENT REPLACEMENT);
    /* A character whose end is missing. */
    assert_text("a\xc3", 2, "a" REPLACEMENT);
}

/* Whatever the character at the limit is, the text is valid and no longer than it. */
static void
test_cut(void)
{
    static const char *const characters[] = { "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                              "\xff" };
    for (unsigned i = 0; i < G_N_ELEMENTS(characters); i++) {
        for (unsigned before = 0; before < 4; before++) {
            GString *bytes = g_string_new(NULL);
            for (unsigned j = 0; j < before; j++)
                g_string_append_c(bytes, 'x');
            while (bytes->len < 65535)
                g_string_append(bytes, characters[i]);
            char *text = wire_text(bytes->str, 65535);
            g_assert_true(g_utf8_validate(text, -1, NULL));
            g_assert_cmpuint(strlen(text), <=, WIRE_TEXT_MAX);
            g_assert_cmpuint(strlen(text), >, WIRE_TEXT_MAX - 4);
            g_free(text);
            g_string_free(bytes, TRUE);
        }
    }
    char exact[WIRE_TEXT_MAX + 1] = { 0 };
    memset(exact, 'a', WIRE_TEXT_MAX);
    assert_text(exact, WIRE_TEXT_MAX, exact);
}

/* The year 10000, and the two ends of what fits. */
static void
test_far_times(void)
{
    int64_t year_10000 = INT64_C(253402300800);

    g_assert_cmpint(time_between(capture_time(year_10000, 1), capture_time(year_10000 + 2, 0)), ==,
                    INT64_C(1999999999));
    g_assert_cmpint(time_between(capture_time(0, 5), capture_time(0, 3)), ==, -2);
    g_assert_cmpint(time_between(INT64_MAX, INT64_MIN), ==, 1);
    time_between(INT64_MIN, INT64_MAX);
    capture_time(INT64_MIN, 999999999);
    capture_time(INT64_MAX, -1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire_text/valid", test_valid);
    g_test_add_func("/wire_text/zero_byte", test_zero_byte);
    g_test_add_func("/wire_text/not_utf8", test_not_utf8);
    g_test_add_func("/wire_text/cut", test_cut);
    g_test_add_func("/capture_time/far", test_far_times);
    return g_test_run();
}

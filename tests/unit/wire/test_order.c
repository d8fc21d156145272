/* test_order.c
 * Sequence numbers as offsets, and segments that are kept until their turn.
 * Expected values come from RFC 9293 section 3.4; must not know how order.c keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "wire/order.h"

static void
keep(struct tcp_order *order, uint64_t offset, const char *bytes)
{
    uint32_t length = (uint32_t)strlen(bytes);
    char *copy = g_strdup(bytes);

    order_keep(order, &(struct stream_bytes){ .offset = offset,
                                              .bytes = (const uint8_t *)copy,
                                              .captured_length = length,
                                              .length = length });
    g_free(copy);
}

/* What is kept, first to last, as text; and drops it. */
static char *
take_all(struct tcp_order *order)
{
    GString *text = g_string_new(NULL);
    const struct stream_bytes *first;

    while ((first = order_first_late(order))) {
        g_string_append_printf(text, "%u=%.*s ", (unsigned)first->offset,
                               (int)first->captured_length, (const char *)first->bytes);
        order_drop_first_late(order);
    }
    return g_string_free(text, FALSE);
}

static void
expect_all(struct tcp_order *order, const char *expected)
{
    char *text = take_all(order);

    g_assert_cmpstr(text, ==, expected);
    g_assert_null(order->late);
    g_free(text);
}

/* Sequence numbers wrap around at 2^32, offsets do not. */
static void
test_offset_near_wrap(void)
{
    struct tcp_order order = { .late = NULL };

    order_start(&order, UINT32_C(0xFFFFFFF0));
    g_assert_cmpuint(order_offset(&order, UINT32_C(0xFFFFFFF0)), ==, STREAM_FIRST_OFFSET);
    g_assert_cmpuint(order_offset(&order, UINT32_C(0x00000000)), ==, STREAM_FIRST_OFFSET + 16);
    g_assert_cmpuint(order_offset(&order, UINT32_C(0x00000010)), ==, STREAM_FIRST_OFFSET + 32);
    g_assert_cmpuint(order_offset(&order, UINT32_C(0xFFFFFFE0)), ==, STREAM_FIRST_OFFSET - 16);
    order_clear(&order);
}

/* The nearest offset, up to 2^31 - 1 ahead and 2^31 back. */
static void
test_offset_is_nearest(void)
{
    const uint64_t reached = STREAM_FIRST_OFFSET + (UINT64_C(5) << 32);
    struct tcp_order order = { .late = NULL };

    order_start(&order, 7);
    order_reach(&order, reached);
    g_assert_cmpuint(order_offset(&order, 7), ==, reached);
    g_assert_cmpuint(order_offset(&order, 7 + UINT32_C(0x7FFFFFFF)), ==, reached + INT32_MAX);
    g_assert_cmpuint(order_offset(&order, UINT32_C(0x80000007)), ==,
                     reached - UINT32_C(0x80000000));
    order_clear(&order);
}

/* An earlier place takes nothing back. */
static void
test_reach_only_forward(void)
{
    struct tcp_order order = { .late = NULL };

    order_start(&order, 0);
    order_reach(&order, STREAM_FIRST_OFFSET + 100);
    order_reach(&order, STREAM_FIRST_OFFSET);
    g_assert_cmpuint(order.reached, ==, STREAM_FIRST_OFFSET + 100);
}

static void
test_by_offset(void)
{
    struct tcp_order order = { .late = NULL };

    g_assert_null(order_first_late(&order));
    keep(&order, 30, "third");
    keep(&order, 10, "first");
    keep(&order, 20, "second");
    keep(&order, 40, "");
    g_assert_cmpuint(order_late_count(&order), ==, 4);
    g_assert_cmpuint(order_first_late(&order)->offset, ==, 10);
    expect_all(&order, "10=first 20=second 30=third 40= ");
    g_assert_cmpuint(order_late_count(&order), ==, 0);
}

/* What one kept run holds already is not kept again; what ends behind it is. */
static void
test_duplicates(void)
{
    struct tcp_order order = { .late = NULL };

    keep(&order, 10, "abcdef");
    keep(&order, 10, "abcdef");
    keep(&order, 12, "cdef");
    keep(&order, 10, "abc");
    keep(&order, 12, "cdefg");
    keep(&order, 8, "..ab");
    expect_all(&order, "8=..ab 10=abcdef 12=cdefg ");
}

static void
test_segments_bounded(void)
{
    struct tcp_order order = { .late = NULL };

    for (unsigned i = 0; i < STREAM_LATE_SEGMENTS_MAX; i++)
        keep(&order, 10 + 2 * i, ".");
    g_assert_false(order_is_overfull(&order));
    keep(&order, 1, ".");
    g_assert_true(order_is_overfull(&order));
    order_drop_first_late(&order);
    g_assert_false(order_is_overfull(&order));
    order_clear(&order);
    g_assert_null(order.late);
}

static void
test_bytes_bounded(void)
{
    char *most = g_strnfill(STREAM_LATE_BYTES_MAX, '.');
    struct tcp_order order = { .late = NULL };

    g_assert_false(order_is_overfull(&order));
    keep(&order, 10, most);
    g_assert_false(order_is_overfull(&order));
    keep(&order, 1, ".");
    g_assert_true(order_is_overfull(&order));
    order_drop_first_late(&order);
    g_assert_false(order_is_overfull(&order));
    order_clear(&order);
    g_free(most);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/order/offset_near_wrap", test_offset_near_wrap);
    g_test_add_func("/order/offset_is_nearest", test_offset_is_nearest);
    g_test_add_func("/order/reach_only_forward", test_reach_only_forward);
    g_test_add_func("/order/by_offset", test_by_offset);
    g_test_add_func("/order/duplicates", test_duplicates);
    g_test_add_func("/order/segments_bounded", test_segments_bounded);
    g_test_add_func("/order/bytes_bounded", test_bytes_bounded);
    return g_test_run();
}

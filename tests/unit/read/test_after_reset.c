/* test_after_reset.c
 * What is kept of a side after its RST, and when its peer's acknowledgements show that the RST ended
 * nothing: ruling of the public interface. Must not know connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/after_reset.h"

#include <glib.h>

#define FIRST_NUMBER 1000

/* Bytes captured before the RST. */
#define BEFORE 500

static struct direction direction;
static uint8_t bytes[AFTER_RESET_BYTES_MAX + 1];

static uint64_t
offset_of(uint32_t sent)
{
    return stream_offset(&direction.stream, FIRST_NUMBER + sent);
}

static void
begin(enum end_kind end)
{
    direction = (struct direction){ .end_kind = end };
    stream_start(&direction.stream, FIRST_NUMBER, true);
    direction.captured_before_reset = offset_of(BEFORE);
}

static void
end(void)
{
    after_reset_clear(&direction);
    stream_clear(&direction.stream);
}

/* A segment numbered behind SENT bytes. */
static struct segment
segment_at(uint32_t sent, uint32_t length)
{
    return (struct segment){ .sequence = FIRST_NUMBER + sent,
                             .payload = bytes,
                             .length = length,
                             .captured_length = length };
}

static void
keep(uint32_t sent, uint32_t length)
{
    const struct segment segment = segment_at(sent, length);

    after_reset_keep(&direction, &segment);
}

static bool
acknowledge(uint32_t sent)
{
    return after_reset_acknowledge(&direction, offset_of(sent));
}

/* The number of segments kept. */
static unsigned
count_kept(void)
{
    if (!direction.after_reset)
        return 0;
    GPtrArray *segments = after_reset_revive(&direction);
    unsigned count = segments->len;

    g_ptr_array_free(segments, TRUE);
    return count;
}

/* "If its sender goes on with new data that the peer acknowledges": twice, since once may be bytes that
 * were captured late. */
static void
test_two_rounds(void)
{
    begin(END_RST);
    g_assert_false(acknowledge(BEFORE));
    keep(BEFORE, 10);
    g_assert_false(acknowledge(BEFORE + 10));
    keep(BEFORE + 10, 10);
    g_assert_true(acknowledge(BEFORE + 20));
    g_assert_cmpuint(count_kept(), ==, 2);
    end();
}

/* Neither of these is new data that the peer acknowledges. */
static void
test_no_round(void)
{
    static const struct {
        uint32_t sent, length; /* of the second segment */
        uint32_t acknowledged;
    } cases[] = {
        { BEFORE, 10, BEFORE + 10 },      /* sent again */
        { BEFORE + 10, 10, BEFORE + 10 }, /* acknowledges no more than before */
        { BEFORE + 10, 10, BEFORE },      /* or less */
        { BEFORE + 10, 10, BEFORE + 21 }, /* more than was sent */
        { BEFORE - 20, 10, BEFORE + 10 }, /* from before the RST */
        { BEFORE - 10, 10, BEFORE + 10 }, /* likewise, up to its number */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(END_RST);
        keep(BEFORE, 10);
        g_assert_false(acknowledge(BEFORE + 10));
        keep(cases[i].sent, cases[i].length);
        g_assert_false(acknowledge(cases[i].acknowledged));
        end();
    }
}

/* Bytes in any order: the highest number counts. */
static void
test_order_of_bytes(void)
{
    begin(END_RST);
    keep(BEFORE + 10, 10);
    keep(BEFORE, 10);
    g_assert_false(acknowledge(BEFORE + 20));
    g_assert_false(acknowledge(BEFORE + 20));
    keep(BEFORE + 20, 1);
    g_assert_true(acknowledge(BEFORE + 21));
    end();
}

/* Only bytes and FINs that come after a RST. */
static void
test_what_is_kept(void)
{
    struct segment segment = segment_at(BEFORE, 0);

    begin(END_FIN);
    keep(BEFORE, 10);
    g_assert_cmpuint(count_kept(), ==, 0);
    end();

    begin(END_RST);
    keep(BEFORE, 0);       /* an acknowledgement */
    keep(BEFORE - 11, 10); /* sent before the RST */
    segment.rst = true;
    after_reset_keep(&direction, &segment);
    segment = segment_at(BEFORE, 10);
    segment.syn = true;
    after_reset_keep(&direction, &segment);
    g_assert_cmpuint(count_kept(), ==, 0);
    segment = segment_at(BEFORE, 0);
    segment.fin = true;
    direction.end_kind = END_RST;
    after_reset_keep(&direction, &segment);
    keep(BEFORE, 1);
    g_assert_cmpuint(count_kept(), ==, 2);
    end();
}

/* The packet's buffer is gone when the segments are asked for. */
static void
test_copies(void)
{
    uint8_t buffer[] = { 1, 2 };

    for (uint32_t length = 1; length <= sizeof buffer; length++) {
        struct segment segment = segment_at(BEFORE, length);

        begin(END_RST);
        buffer[0] = 1;
        segment.payload = buffer;
        after_reset_keep(&direction, &segment);
        buffer[0] = 0;
        GPtrArray *segments = after_reset_revive(&direction);
        const struct segment *kept = g_ptr_array_index(segments, 0);
        g_assert_cmpuint(kept->captured_length, ==, length);
        g_assert_cmpuint(kept->payload[0], ==, 1);
        g_assert_cmpint(direction.end_kind, ==, END_NONE);
        g_ptr_array_free(segments, TRUE);
        end();
    }
}

static void
test_bounds(void)
{
    begin(END_RST);
    for (uint32_t i = 0; i <= AFTER_RESET_SEGMENTS_MAX; i++)
        keep(BEFORE + i, 1);
    g_assert_cmpuint(count_kept(), ==, AFTER_RESET_SEGMENTS_MAX);
    end();

    begin(END_RST);
    keep(BEFORE, AFTER_RESET_BYTES_MAX);
    keep(BEFORE + AFTER_RESET_BYTES_MAX, 1);
    g_assert_cmpuint(count_kept(), ==, 1);
    end();

    begin(END_RST);
    keep(BEFORE, AFTER_RESET_BYTES_MAX + 1);
    keep(BEFORE, AFTER_RESET_BYTES_MAX - 1);
    keep(BEFORE, 1);
    keep(BEFORE, 1);
    g_assert_cmpuint(count_kept(), ==, 2);
    end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/after_reset/two_rounds", test_two_rounds);
    g_test_add_func("/after_reset/no_round", test_no_round);
    g_test_add_func("/after_reset/order", test_order_of_bytes);
    g_test_add_func("/after_reset/kept", test_what_is_kept);
    g_test_add_func("/after_reset/copies", test_copies);
    g_test_add_func("/after_reset/bounds", test_bounds);
    return g_test_run();
}

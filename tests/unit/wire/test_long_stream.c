/* test_long_stream.c
 * Streams of many GiB: sequence numbers wrap around, offsets do not, whatever is read and whatever only
 * acknowledged. Expected values come from RFC 9293 section 3.4; must not know how offsets are found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "stream_fixture.h"

/* Six GiB of records in order, with a sequence number that wraps around twice. */
static void
test_long_stream(void)
{
    enum { RECORDS = 3, RECORD = 5 + 0x4000, SEGMENT = RECORDS * RECORD };
    const uint32_t origin = UINT32_C(0xFFFF0000);
    char *segment = g_malloc0(SEGMENT);
    struct fixture fixture;
    uint64_t sent = 0;

    for (unsigned i = 0; i < RECORDS; i++)
        memcpy(segment + i * RECORD, "\x17\x03\x03\x40\x00", 5);
    begin(&fixture, true);
    stream_clear(&fixture.stream);
    stream_start(&fixture.stream, origin, true);
    for (; sent < UINT64_C(6) << 30; sent += SEGMENT) {
        uint64_t offset = stream_offset(&fixture.stream, origin + (uint32_t)sent);

        g_assert_cmpuint(offset, ==, STREAM_FIRST_OFFSET + sent);
        g_string_truncate(fixture.text, 0);
        take_bytes(&fixture, offset - STREAM_FIRST_OFFSET, segment, SEGMENT, SEGMENT, 0);
        g_assert_cmpstr(fixture.text->str, ==, "23/16384 23/16384 23/16384 ");
    }
    g_assert_cmpuint(fixture.stream.position, ==, STREAM_FIRST_OFFSET + sent);
    finish(&fixture);
    g_free(segment);
}

/* Six GiB behind the first record, in segments of which the capture holds CAPTURED bytes, all CONTENT:
 * each has the right offset. */
static void
check_long(bool framed, char content, uint32_t captured, enum stream_state state)
{
    enum { SEGMENT = 1 << 20 };
    char *bytes = g_strnfill(captured, content);
    struct fixture fixture;

    begin(&fixture, framed);
    take(&fixture, HELLO_AT, DATA_AT);
    for (uint64_t sent = DATA_AT; sent < UINT64_C(6) << 30; sent += SEGMENT) {
        uint64_t offset = stream_offset(&fixture.stream, 1000 + (uint32_t)sent);

        g_assert_cmpuint(offset, ==, STREAM_FIRST_OFFSET + sent);
        take_bytes(&fixture, offset - STREAM_FIRST_OFFSET, bytes, captured, SEGMENT, 0);
        g_assert_cmpint(fixture.stream.state, ==, state);
    }
    finish(&fixture);
    g_free(bytes);
}

/* Clear text after TLS; lost framing; a capture that starts in the middle of one record. */
static void
test_long_without_records(void)
{
    check_long(true, 'Q', 16, STREAM_NOT_TLS);
    check_long(true, 'Q', 0, STREAM_LOST);
}

static void
test_long_start_in_the_middle(void)
{
    enum { SEGMENT = 1 << 20 };
    struct fixture fixture;

    begin(&fixture, false);
    for (uint64_t sent = 0; sent < UINT64_C(6) << 30; sent += SEGMENT) {
        uint64_t offset = stream_offset(&fixture.stream, 1000 + (uint32_t)sent);

        g_assert_cmpuint(offset, ==, STREAM_FIRST_OFFSET + sent);
        take_bytes(&fixture, offset - STREAM_FIRST_OFFSET, "QUIT", 4, SEGMENT, 0);
    }
    expect(&fixture, "", STREAM_UNSYNCED, UINT64_C(6) << 30);
    finish(&fixture);
}

/* An acknowledgement further ahead than any window says nothing, and moves nothing. */
static void
test_acknowledged_too_far(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    g_assert_cmpuint(
        stream_acknowledge(&fixture.stream, 1000 + DATA_AT + (uint32_t)STREAM_AHEAD_MAX + 1), ==,
        0);
    g_assert_cmpuint(stream_acknowledge(&fixture.stream, 1000 + DATA_AT), ==,
                     STREAM_FIRST_OFFSET + DATA_AT);
    g_assert_cmpuint(fixture.stream.order.reached, ==, STREAM_FIRST_OFFSET + DATA_AT);
    g_assert_cmpuint(
        stream_acknowledge(&fixture.stream, 1000 + DATA_AT + (uint32_t)STREAM_AHEAD_MAX), ==,
        STREAM_FIRST_OFFSET + DATA_AT + STREAM_AHEAD_MAX);
    finish(&fixture);
}

/* Bytes that were captured behind a gap may be acknowledged, however far ahead they are. */
static void
test_acknowledged_behind_gap(void)
{
    const uint64_t far = DATA_AT + STREAM_AHEAD_MAX;
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    take_bytes(&fixture, far, ".", 1, 1, 0);
    g_assert_cmpuint(stream_acknowledge(&fixture.stream, 1000 + (uint32_t)far + 1), ==,
                     STREAM_FIRST_OFFSET + far + 1);
    finish(&fixture);
}

/* The capture holds nothing of six GiB but the peer's acknowledgements. */
static void
test_long_gap(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    for (uint64_t sent = DATA_AT; sent < UINT64_C(6) << 30; sent += 1 << 20)
        g_assert_cmpuint(stream_acknowledge(&fixture.stream, 1000 + (uint32_t)sent), ==,
                         STREAM_FIRST_OFFSET + sent);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT);
    finish(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/long_stream/long_stream", test_long_stream);
    g_test_add_func("/long_stream/long_without_records", test_long_without_records);
    g_test_add_func("/long_stream/long_start_in_the_middle", test_long_start_in_the_middle);
    g_test_add_func("/long_stream/acknowledged_too_far", test_acknowledged_too_far);
    g_test_add_func("/long_stream/acknowledged_behind_gap", test_acknowledged_behind_gap);
    g_test_add_func("/long_stream/long_gap", test_long_gap);
    return g_test_run();
}

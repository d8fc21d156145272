/* test_stream.c
 * One wire of five records, captured in every way a network can mangle it: the same records come out.
 * Expected values come from the wire; must not know how stream.c keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "stream_fixture.h"

static void
test_one_segment(void)
{
    struct fixture fixture;

    g_assert_cmpuint(sizeof wire - 1, ==, WIRE_LENGTH);
    begin(&fixture, true);
    take(&fixture, 0, WIRE_LENGTH);
    expect_whole_wire(&fixture);
    finish(&fixture);
}

/* Headers and fragments split at every place. */
static void
test_two_segments(void)
{
    for (uint32_t cut = 1; cut < WIRE_LENGTH; cut++) {
        struct fixture fixture;

        begin(&fixture, true);
        take(&fixture, 0, cut);
        take(&fixture, cut, WIRE_LENGTH);
        expect_whole_wire(&fixture);
        finish(&fixture);
    }
}

static void
test_byte_by_byte(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    for (uint32_t i = 0; i < WIRE_LENGTH; i++)
        take(&fixture, i, i + 1);
    expect_whole_wire(&fixture);
    finish(&fixture);
}

static void
test_swapped(void)
{
    for (uint32_t first = 0; first < WIRE_LENGTH - 1; first++) {
        for (uint32_t second = first + 1; second < WIRE_LENGTH; second++) {
            struct fixture fixture;

            begin(&fixture, true);
            take(&fixture, 0, first);
            take(&fixture, second, WIRE_LENGTH);
            g_assert_cmpuint(stream_late_count(&fixture.stream), ==, 1);
            take(&fixture, first, second);
            expect_whole_wire(&fixture);
            finish(&fixture);
        }
    }
}

/* The bytes from 0 to each cut in reverse order, the farthest first. */
static void
test_reversed(void)
{
    for (uint32_t size = 1; size <= WIRE_LENGTH; size++) {
        struct fixture fixture;
        uint32_t to = WIRE_LENGTH;

        begin(&fixture, true);
        for (; to > size; to -= size)
            take(&fixture, to - size, to);
        take(&fixture, 0, to);
        expect_whole_wire(&fixture);
        finish(&fixture);
    }
}

static void
test_duplicated(void)
{
    for (uint32_t size = 1; size <= WIRE_LENGTH; size++) {
        struct fixture fixture;

        begin(&fixture, true);
        for (uint32_t from = 0; from < WIRE_LENGTH; from += size) {
            take(&fixture, from, MIN(from + size, WIRE_LENGTH));
            take(&fixture, from, MIN(from + size, WIRE_LENGTH));
            take(&fixture, 0, MIN(from + size, WIRE_LENGTH));
        }
        take(&fixture, 0, WIRE_LENGTH);
        expect_whole_wire(&fixture);
        finish(&fixture);
    }
}

/* Segments of any place and size, until every byte was there: overlapping, contained, late and
 * repeated. */
static void
test_any_overlap(void)
{
    for (unsigned round = 0; round < 3000; round++) {
        struct fixture fixture;
        unsigned segments = (unsigned)g_test_rand_int_range(0, 30);

        begin(&fixture, true);
        for (unsigned i = 0; i < segments; i++) {
            uint32_t from = (uint32_t)g_test_rand_int_range(0, WIRE_LENGTH);
            take(&fixture, from,
                 (uint32_t)g_test_rand_int_range((gint32)from + 1, WIRE_LENGTH + 1));
        }
        take(&fixture, 0, WIRE_LENGTH / 2);
        take(&fixture, WIRE_LENGTH / 2, WIRE_LENGTH);
        expect_whole_wire(&fixture);
        finish(&fixture);
    }
}

static void
test_empty_segment(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, 0, 0);
    take(&fixture, 20, 20);
    expect(&fixture, "", STREAM_FRAMED, 0);
    g_assert_true(fixture.stream.started);
    g_assert_false(fixture.stream.captured_any);
    g_assert_cmpuint(fixture.stream.captured_end, ==, STREAM_FIRST_OFFSET);
    take(&fixture, 0, 1);
    g_assert_true(fixture.stream.captured_any);
    take(&fixture, 1, WIRE_LENGTH);
    expect_whole_wire(&fixture);
    finish(&fixture);
}

/* A record knows the segments of its first and last byte, though the middle one came last. */
static void
test_capture_points(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 2); /* frame 1 */
    take(&fixture, DATA_AT + 8, ALERT_AT); /* frame 2 */
    take(&fixture, DATA_AT + 2, DATA_AT + 8);
    g_assert_cmpstr(fixture.text->str, ==, "22/5=hello 23/9 ");
    g_assert_cmpuint(fixture.last_record.start, ==, STREAM_FIRST_OFFSET + DATA_AT);
    g_assert_cmpuint(fixture.last_record.end, ==, STREAM_FIRST_OFFSET + ALERT_AT);
    g_assert_null(fixture.last_record.fragment);
    g_assert_cmpuint(fixture.last_record.first.frame, ==, 1);
    g_assert_cmpuint(fixture.last_record.last.frame, ==, 2);
    g_assert_cmpint(fixture.last_record.last.time, ==, 200);
    g_assert_cmpuint(fixture.last_record.last.acknowledgement, ==, 7);
    finish(&fixture);
}

/* Each record has the version of its own header. */
static void
test_version(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    g_assert_cmphex(fixture.last_record.version, ==, TLS_1_0);
    take(&fixture, DATA_AT, ALERT_AT);
    g_assert_cmphex(fixture.last_record.version, ==, TLS_1_2);
    finish(&fixture);
}

/* The same from a header that comes in pieces. */
static void
test_version_in_pieces(void)
{
    for (uint32_t cut = 1; cut < DATA_AT; cut++) {
        struct fixture fixture;

        begin(&fixture, true);
        take(&fixture, HELLO_AT, cut);
        take(&fixture, cut, DATA_AT);
        g_assert_cmphex(fixture.last_record.version, ==, TLS_1_0);
        finish(&fixture);
    }
}

/* A record of no bytes has all of them; one of a byte that was not wanted has none. CUT: where the
 * segment ends that brings the header's beginning, or the record. */
static void
check_shortest_fragments(uint32_t cut)
{
    static const char empty[] = "\x17\x03\x03\x00\x00", one[] = "\x17\x03\x03\x00\x01.";
    struct fixture fixture;

    begin(&fixture, true);
    take_bytes(&fixture, 0, empty, MIN(cut, 5), MIN(cut, 5), 0);
    take_bytes(&fixture, 0, empty, 5, 5, 0);
    g_assert_cmpuint(fixture.last_record.length, ==, 0);
    g_assert_nonnull(fixture.last_record.fragment);
    take_bytes(&fixture, 5, one, cut, cut, 0);
    take_bytes(&fixture, 5, one, 6, 6, 0);
    g_assert_cmpuint(fixture.last_record.length, ==, 1);
    g_assert_null(fixture.last_record.fragment);
    finish(&fixture);
}

static void
test_shortest_fragments(void)
{
    for (uint32_t cut = 1; cut <= 6; cut++)
        check_shortest_fragments(cut);
}

static bool
as_told(void *user, uint8_t type G_GNUC_UNUSED, uint16_t length G_GNUC_UNUSED)
{
    return ((const struct fixture *)user)->wanted_now;
}

/* Whether a fragment is wanted is asked once, as it begins: an answer that changes within the record
 * gives no half of it. */
static void
test_wanted_is_asked_once(void)
{
    for (unsigned first = 0; first <= 1; first++) {
        struct fixture fixture;

        begin(&fixture, true);
        fixture.reader.wanted = as_told;
        fixture.wanted_now = first;
        take(&fixture, HELLO_AT, HELLO_AT + 7);
        fixture.wanted_now = !first;
        take(&fixture, HELLO_AT + 7, DATA_AT);
        g_assert_cmpstr(fixture.text->str, ==, first ? "22/5=hello " : "22/5 ");
        finish(&fixture);
    }
}

/* Application data may be empty: such a record is complete with its header. */
static void
test_empty_record(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, BYE_AT);
    expect(&fixture, "22/5=hello 23/9 21/2=WF 23/0 ", STREAM_FRAMED, BYE_AT);
    finish(&fixture);
}

/* A record of LENGTH bytes whose fragment begins with one byte, then single bytes up to COUNT, one
 * missing before them. */
static void
take_behind_gap(struct fixture *fixture, unsigned count, uint64_t acknowledged)
{
    take_bytes(fixture, 0, "\x17\x03\x03\x40\x00.", 6, 6, 0);
    for (unsigned i = 0; i < count; i++)
        take_bytes(fixture, 7 + i, ".", 1, 1, acknowledged);
}

/* Bytes the peer has acknowledged are given up when enough has come behind them; others are waited
 * for. */
static void
test_patience(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take_behind_gap(&fixture, STREAM_LATE_PATIENCE - 1, 7);
    g_assert_cmpuint(fixture.stream.position, ==, STREAM_FIRST_OFFSET + 6);
    take_bytes(&fixture, 7 + STREAM_LATE_PATIENCE - 1, ".", 1, 1, 7);
    g_assert_cmpuint(fixture.stream.position, ==, STREAM_FIRST_OFFSET + 7 + STREAM_LATE_PATIENCE);
    finish(&fixture);

    begin(&fixture, true);
    take_behind_gap(&fixture, 10 * STREAM_LATE_PATIENCE, 6);
    g_assert_cmpuint(fixture.stream.position, ==, STREAM_FIRST_OFFSET + 6);
    finish(&fixture);
}

/* However much comes behind a gap, what is kept is bounded, and the stream goes on or is lost. */
static void
test_late_segments_bounded(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take_behind_gap(&fixture, STREAM_LATE_SEGMENTS_MAX, 0);
    g_assert_cmpuint(stream_late_count(&fixture.stream), ==, STREAM_LATE_SEGMENTS_MAX);
    take_bytes(&fixture, 7 + STREAM_LATE_SEGMENTS_MAX, ".", 1, 1, 0);
    g_assert_cmpuint(stream_late_count(&fixture.stream), ==, 0);
    g_assert_cmpuint(fixture.stream.position, ==,
                     STREAM_FIRST_OFFSET + 7 + STREAM_LATE_SEGMENTS_MAX + 1);
    finish(&fixture);
}

static void
test_late_bytes_bounded(void)
{
    enum { SIZE = 60000 };
    char *bytes = g_malloc0(SIZE);
    struct fixture fixture;
    unsigned taken = 0;

    begin(&fixture, true);
    for (; taken <= STREAM_LATE_BYTES_MAX / SIZE; taken++) {
        g_assert_cmpint(fixture.stream.state, ==, STREAM_FRAMED);
        take_bytes(&fixture, 1 + (uint64_t)taken * SIZE, bytes, SIZE, SIZE, 0);
    }
    g_assert_cmpint(fixture.stream.state, ==, STREAM_LOST);
    g_assert_cmpuint(stream_late_count(&fixture.stream), ==, 0);
    finish(&fixture);
    g_free(bytes);
}

/* What was kept already is not kept twice. */
static void
test_late_duplicates(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, DATA_AT, EMPTY_AT);
    take(&fixture, DATA_AT, EMPTY_AT);
    take(&fixture, ALERT_AT, EMPTY_AT);
    g_assert_cmpuint(stream_late_count(&fixture.stream), ==, 1);
    take(&fixture, HELLO_AT, DATA_AT);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    expect_whole_wire(&fixture);
    finish(&fixture);
}

/* Bytes that were late and found their place do not count any more, though others are still late.
 */
static void
test_late_bytes_released(void)
{
    enum { RECORD = 5 + 0x4000 };
    char *record = g_malloc0(RECORD);
    struct fixture fixture;

    memcpy(record, "\x17\x03\x03\x40\x00", 5);
    begin(&fixture, true);
    take_bytes(&fixture, 4 * STREAM_LATE_BYTES_MAX, record, 1, 1, 0);
    for (uint64_t at = 0; at < 3 * STREAM_LATE_BYTES_MAX; at += 2 * RECORD) {
        take_bytes(&fixture, at + RECORD, record, RECORD, RECORD, 0);
        take_bytes(&fixture, at, record, RECORD, RECORD, 0);
        g_assert_cmpuint(fixture.stream.position, ==, STREAM_FIRST_OFFSET + at + 2 * RECORD);
    }
    finish(&fixture);
    g_free(record);
}

static void
test_inside_record(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    for (uint32_t i = 0; i < ALERT_AT; i++) {
        g_assert_cmpint(stream_inside_record(&fixture.stream), ==, i != HELLO_AT && i != DATA_AT);
        take(&fixture, i, i + 1);
    }
    finish(&fixture);
}

/* A record too long for an alert is known from its header on; a shorter one only when it is
 * complete. */
static void
test_known_until(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET + DATA_AT);
    take(&fixture, DATA_AT, DATA_AT + 3);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET + DATA_AT);
    take(&fixture, DATA_AT + 3, ALERT_AT - 1);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET + DATA_AT);
    take(&fixture, ALERT_AT - 1, ALERT_AT);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET + ALERT_AT);
    take_bytes(&fixture, ALERT_AT, "\x17\x03\x03\x40\x00.", 6, 6, 0);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==,
                     STREAM_FIRST_OFFSET + ALERT_AT + 5 + 0x4000);
    finish(&fixture);
}

static void
test_known_until_of_longest_alert(void)
{
    struct fixture fixture;

    G_STATIC_ASSERT(STREAM_ALERT_LENGTH_MAX == 0x0200);
    begin(&fixture, true);
    take_bytes(&fixture, 0, "\x15\x03\x03\x02\x00.", 6, 6, 0);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET);
    finish(&fixture);
    begin(&fixture, true);
    take_bytes(&fixture, 0, "\x15\x03\x03\x02\x01.", 6, 6, 0);
    g_assert_cmpuint(stream_known_until(&fixture.stream), ==, STREAM_FIRST_OFFSET + 5 + 0x0201);
    finish(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/one_segment", test_one_segment);
    g_test_add_func("/stream/two_segments", test_two_segments);
    g_test_add_func("/stream/byte_by_byte", test_byte_by_byte);
    g_test_add_func("/stream/swapped", test_swapped);
    g_test_add_func("/stream/reversed", test_reversed);
    g_test_add_func("/stream/duplicated", test_duplicated);
    g_test_add_func("/stream/any_overlap", test_any_overlap);
    g_test_add_func("/stream/empty_segment", test_empty_segment);
    g_test_add_func("/stream/capture_points", test_capture_points);
    g_test_add_func("/stream/version", test_version);
    g_test_add_func("/stream/version_in_pieces", test_version_in_pieces);
    g_test_add_func("/stream/shortest_fragments", test_shortest_fragments);
    g_test_add_func("/stream/wanted_is_asked_once", test_wanted_is_asked_once);
    g_test_add_func("/stream/empty_record", test_empty_record);
    g_test_add_func("/stream/patience", test_patience);
    g_test_add_func("/stream/late_segments_bounded", test_late_segments_bounded);
    g_test_add_func("/stream/late_bytes_bounded", test_late_bytes_bounded);
    g_test_add_func("/stream/late_duplicates", test_late_duplicates);
    g_test_add_func("/stream/late_bytes_released", test_late_bytes_released);
    g_test_add_func("/stream/inside_record", test_inside_record);
    g_test_add_func("/stream/known_until", test_known_until);
    g_test_add_func("/stream/known_until_of_longest_alert", test_known_until_of_longest_alert);
    return g_test_run();
}

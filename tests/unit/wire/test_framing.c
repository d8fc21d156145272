/* test_framing.c
 * The wire with parts missing, from the middle, and with clear text behind it: exactly what is missing
 * is missing. Expected values come from the wire; must not know how stream.c keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "stream_fixture.h"

/* A record that ends in missing bytes ends, as far as can be said, with the segment that shows they
 * are missing. */
static void
test_capture_point_of_missing_end(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, ALERT_AT, EMPTY_AT - 1);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    g_assert_cmpstr(fixture.text->str, ==, "22/5=hello 23/9~ ");
    g_assert_cmpuint(fixture.last_record.first.frame, ==, 1);
    g_assert_cmpuint(fixture.last_record.last.frame, ==, 2);
    finish(&fixture);
}

static void
test_cut_by_snapshot_length(void)
{
    static const struct {
        uint32_t from, cut, to;
        uint32_t lost_from; /* 0: never */
        const char *text;
    } cases[] = {
        /* Inside application data: its length carries across. */
        { DATA_AT, DATA_AT + 7, ALERT_AT, 0, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye " },
        { DATA_AT, DATA_AT + 5, ALERT_AT, 0, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye " },
        /* The body of a clear-text alert. */
        { ALERT_AT, ALERT_AT + 6, EMPTY_AT, 0, "22/5=hello 23/9 21/2~ 23/0 22/3=bye " },
        /* A record header: framing is lost until a segment begins with one. */
        { DATA_AT, DATA_AT + 4, ALERT_AT, DATA_AT + 4, "22/5=hello 21/2=WF 23/0 22/3=bye " },
        { DATA_AT, DATA_AT, ALERT_AT, DATA_AT, "22/5=hello 21/2=WF 23/0 22/3=bye " },
        { DATA_AT, DATA_AT + 7, EMPTY_AT, ALERT_AT, "22/5=hello 23/9~ 23/0 22/3=bye " },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct fixture fixture;

        begin(&fixture, true);
        take(&fixture, 0, cases[i].from);
        take_cut(&fixture, cases[i].from, cases[i].cut, cases[i].to);
        take(&fixture, cases[i].to, WIRE_LENGTH);
        expect(&fixture, cases[i].text, STREAM_FRAMED, WIRE_LENGTH);
        expect_lost_from(&fixture, cases[i].lost_from);
        finish(&fixture);
    }
}

/* Cut and late at once: what lies behind is read when its turn comes. */
static void
test_cut_and_late(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take_cut(&fixture, DATA_AT, DATA_AT + 6, ALERT_AT);
    take(&fixture, ALERT_AT, WIRE_LENGTH);
    g_assert_cmpstr(fixture.text->str, ==, "");
    take(&fixture, HELLO_AT, DATA_AT);
    expect(&fixture, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* A lost segment inside application data is stepped over once it is known to be lost. */
static void
test_lost_inside_record(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, DATA_AT + 8, WIRE_LENGTH);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT + 6);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* The lost bytes end where the record ends. */
static void
test_lost_end_of_record(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, ALERT_AT + 5);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9 21/2~ 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* Behind a lost record header nothing is read but what begins a segment with a record header. */
static void
test_lost_header(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    take(&fixture, ALERT_AT - 4, EMPTY_AT);
    take(&fixture, EMPTY_AT, BYE_AT + 4);
    g_assert_cmpstr(fixture.text->str, ==, "22/5=hello ");
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/0 ", STREAM_FRAMED, BYE_AT + 4);
    expect_lost_from(&fixture, DATA_AT);
    g_assert_cmpuint(fixture.stream.lost_acknowledgement, ==, 7);
    take(&fixture, BYE_AT + 4, WIRE_LENGTH);
    expect(&fixture, "22/5=hello 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* No segment begins with a record header any more. */
static void
test_framing_not_found_again(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    take(&fixture, ALERT_AT - 4, EMPTY_AT + 1);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    take(&fixture, EMPTY_AT + 1, WIRE_LENGTH);
    expect(&fixture, "22/5=hello ", STREAM_LOST, WIRE_LENGTH);
    expect_lost_from(&fixture, DATA_AT);
    g_assert_false(stream_inside_record(&fixture.stream));
    finish(&fixture);
}

/* Framing is lost twice: the first time counts. */
static void
test_lost_twice(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take_cut(&fixture, HELLO_AT, HELLO_AT + 3, DATA_AT);
    take(&fixture, DATA_AT, ALERT_AT);
    take_cut(&fixture, ALERT_AT, ALERT_AT, EMPTY_AT);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    expect(&fixture, "23/9 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    expect_lost_from(&fixture, HELLO_AT + 3);
    finish(&fixture);
}

/* What was given up and arrives after all is not read out of its order. */
static void
test_lost_header_arrives(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, ALERT_AT);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    take(&fixture, ALERT_AT, EMPTY_AT);
    expect(&fixture, "22/5=hello 23/9 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    expect_lost_from(&fixture, ALERT_AT);
    finish(&fixture);
}

/* Framing is lost, then the peer's acknowledgement was lost too and everything is sent again in one
 * segment: what had been read is not read again, what was lost is. */
static void
test_all_sent_again(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, ALERT_AT);
    take(&fixture, EMPTY_AT - 3, EMPTY_AT + 1);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9 ", STREAM_LOST, EMPTY_AT + 1);
    take(&fixture, HELLO_AT, WIRE_LENGTH);
    expect(&fixture, wire_as_text, STREAM_FRAMED, WIRE_LENGTH);
    expect_lost_from(&fixture, ALERT_AT);
    finish(&fixture);
}

/* The same in pieces, of which the snapshot length cuts one off inside a header that had been read:
 * framing was last lost behind it all the same. */
static void
test_all_sent_again_and_cut(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, ALERT_AT);
    take(&fixture, EMPTY_AT - 3, EMPTY_AT + 1);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    take_cut(&fixture, HELLO_AT, DATA_AT + 2, BYE_AT);
    expect(&fixture, "22/5=hello 23/9 ", STREAM_LOST, BYE_AT);
    g_assert_cmpuint(fixture.stream.last_lost_from, ==, STREAM_FIRST_OFFSET + ALERT_AT);
    finish(&fixture);
}

/* Bytes that were read as records stay records, whatever a copy of them looks like. */
static void
test_sent_again_as_clear_text(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, ALERT_AT);
    take(&fixture, EMPTY_AT - 3, EMPTY_AT + 1);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    take_bytes(&fixture, HELLO_AT, "\x16\x03\x01\x00\x01.QUIT", 10, BYE_AT, 0);
    g_assert_cmpstr(fixture.text->str, ==, "22/5=hello 23/9 ");
    g_assert_cmpint(fixture.stream.state, ==, STREAM_NOT_TLS);
    g_assert_cmpuint(fixture.stream.position, >=, STREAM_FIRST_OFFSET + ALERT_AT);
    finish(&fixture);
}

/* While the direction goes on, a lost part of a record is stepped over, a lost header is not. */
static void
test_step_over_inside(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, DATA_AT + 8, ALERT_AT);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    stream_step_over_inside(&fixture.stream, STREAM_FIRST_OFFSET + DATA_AT + 6, &fixture.reader);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT + 6);
    stream_step_over_inside(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9~ ", STREAM_FRAMED, ALERT_AT);
    expect_lost_from(&fixture, 0);
    take(&fixture, ALERT_AT, EMPTY_AT);
    expect(&fixture, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* The hole ends where the record ends. */
static void
test_step_over_inside_to_the_end(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, ALERT_AT, WIRE_LENGTH);
    stream_step_over_inside(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9~ 21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* The part of a record and the header behind it are lost in one hole: the hole stays. */
static void
test_step_over_inside_and_header(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, EMPTY_AT, WIRE_LENGTH);
    stream_step_over_inside(&fixture.stream, STREAM_FIRST_OFFSET + WIRE_LENGTH, &fixture.reader);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT + 6);
    finish(&fixture);
}

/* Bytes beyond the limit are not given up. */
static void
test_step_over_limit(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    take(&fixture, DATA_AT + 8, WIRE_LENGTH);
    stream_step_over(&fixture.stream, STREAM_FIRST_OFFSET + DATA_AT + 6, &fixture.reader);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT + 6);
    take(&fixture, DATA_AT + 6, DATA_AT + 8);
    expect_whole_wire(&fixture);
    finish(&fixture);
}

static void
test_step_over_tail(void)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT + 6);
    stream_step_over_tail(&fixture.stream, STREAM_FIRST_OFFSET + ALERT_AT - 1, &fixture.reader);
    expect(&fixture, "22/5=hello ", STREAM_FRAMED, DATA_AT + 6);
    g_assert_true(stream_inside_record(&fixture.stream));
    stream_step_over_tail(&fixture.stream, STREAM_FIRST_OFFSET + ALERT_AT, &fixture.reader);
    expect(&fixture, "22/5=hello 23/9~ ", STREAM_FRAMED, ALERT_AT);
    finish(&fixture);
}

/* The capture starts in the middle: the first segment that begins with a record header gives the
 * framing. */
static void
test_start_in_the_middle(void)
{
    struct fixture fixture;

    begin(&fixture, false);
    take(&fixture, HELLO_AT + 5, DATA_AT);
    expect(&fixture, "", STREAM_UNSYNCED, DATA_AT);
    take(&fixture, DATA_AT, DATA_AT + 4);
    expect(&fixture, "", STREAM_UNSYNCED, DATA_AT + 4);
    take(&fixture, DATA_AT + 4, ALERT_AT);
    expect(&fixture, "", STREAM_UNSYNCED, ALERT_AT);
    take(&fixture, ALERT_AT, WIRE_LENGTH);
    expect(&fixture, "21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    g_assert_true(fixture.stream.lacks_beginning);
    take(&fixture, HELLO_AT, WIRE_LENGTH);
    expect(&fixture, "21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* Framing that is found with the first byte lacks nothing; nor does framing that was only lost. */
static void
test_lacks_beginning(void)
{
    struct fixture fixture;

    begin(&fixture, false);
    take(&fixture, HELLO_AT, DATA_AT);
    take_cut(&fixture, DATA_AT, DATA_AT + 2, ALERT_AT);
    take(&fixture, ALERT_AT, WIRE_LENGTH);
    expect(&fixture, "22/5=hello 21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    g_assert_false(fixture.stream.lacks_beginning);
    finish(&fixture);
}

/* A capture from the middle, with a part missing before the framing is found, and the header alone in
 * its segment. */
static void
test_start_in_the_middle_with_gap(void)
{
    struct fixture fixture;

    begin(&fixture, false);
    take(&fixture, HELLO_AT + 5, HELLO_AT + 8);
    take(&fixture, ALERT_AT, ALERT_AT + 5);
    expect(&fixture, "", STREAM_FRAMED, ALERT_AT + 5);
    take(&fixture, ALERT_AT + 5, WIRE_LENGTH);
    expect(&fixture, "21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* CLEAR_TEXT behind the first record, in segments of SIZE bytes. */
static void
check_clear_text(const char *clear_text, uint32_t text_length, uint32_t size)
{
    struct fixture fixture;

    begin(&fixture, true);
    take(&fixture, HELLO_AT, DATA_AT);
    for (uint32_t i = 0; i < text_length; i += size) {
        uint32_t length = MIN(size, text_length - i);
        take_bytes(&fixture, DATA_AT + i, clear_text + i, length, length, 0);
    }
    expect(&fixture, "22/5=hello ", STREAM_NOT_TLS, DATA_AT);
    g_assert_false(stream_inside_record(&fixture.stream));
    take(&fixture, ALERT_AT, WIRE_LENGTH);
    expect(&fixture, "22/5=hello ", STREAM_NOT_TLS, DATA_AT);
    g_assert_cmpuint(stream_late_count(&fixture.stream), ==, 0);
    finish(&fixture);
}

/* Bytes that are no record header at once, after the type, and after the version. */
static void
test_not_tls(void)
{
    static const char *const clear_texts[] = { "QUIT\r\n", "\x17UIT\r\n", "\x15\x03\x03\xFF\xFF\n",
                                               "\x16\x03\x09\x00\x01." };

    for (guint i = 0; i < G_N_ELEMENTS(clear_texts); i++) {
        for (uint32_t size = 1; size <= 6; size++)
            check_clear_text(clear_texts[i], 6, size);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/framing/capture_point_of_missing_end", test_capture_point_of_missing_end);
    g_test_add_func("/framing/cut_by_snapshot_length", test_cut_by_snapshot_length);
    g_test_add_func("/framing/cut_and_late", test_cut_and_late);
    g_test_add_func("/framing/lost_inside_record", test_lost_inside_record);
    g_test_add_func("/framing/lost_end_of_record", test_lost_end_of_record);
    g_test_add_func("/framing/lost_header", test_lost_header);
    g_test_add_func("/framing/framing_not_found_again", test_framing_not_found_again);
    g_test_add_func("/framing/lost_twice", test_lost_twice);
    g_test_add_func("/framing/lost_header_arrives", test_lost_header_arrives);
    g_test_add_func("/framing/all_sent_again", test_all_sent_again);
    g_test_add_func("/framing/all_sent_again_and_cut", test_all_sent_again_and_cut);
    g_test_add_func("/framing/sent_again_as_clear_text", test_sent_again_as_clear_text);
    g_test_add_func("/framing/step_over_inside", test_step_over_inside);
    g_test_add_func("/framing/step_over_inside_to_the_end", test_step_over_inside_to_the_end);
    g_test_add_func("/framing/step_over_inside_and_header", test_step_over_inside_and_header);
    g_test_add_func("/framing/step_over_limit", test_step_over_limit);
    g_test_add_func("/framing/step_over_tail", test_step_over_tail);
    g_test_add_func("/framing/start_in_the_middle", test_start_in_the_middle);
    g_test_add_func("/framing/lacks_beginning", test_lacks_beginning);
    g_test_add_func("/framing/start_in_the_middle_with_gap", test_start_in_the_middle_with_gap);
    g_test_add_func("/framing/not_tls", test_not_tls);
    return g_test_run();
}

/* test_stream.c
 * One wire of five records, captured in every way a network and a capture can mangle it: the same
 * records come out, or exactly what is missing is missing. Expected values come from the wire; must
 * not know how stream.c keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "wire/stream.h"

/* The wire and where its records begin. Fragments of alerts and handshakes are wanted, of
 * application data not. */
enum { HELLO_AT = 0, DATA_AT = 10, ALERT_AT = 24, EMPTY_AT = 31, BYE_AT = 36, WIRE_LENGTH = 44 };
static const char wire[] = "\x16\x03\x01\x00\x05hello"
                           "\x17\x03\x03\x00\x09some data"
                           "\x15\x03\x03\x00\x02WF"
                           "\x17\x03\x03\x00\x00"
                           "\x16\x03\x03\x00\x03"
                           "bye";
static const char wire_as_text[] = "22/5=hello 23/9 21/2=WF 23/0 22/3=bye ";

/* A stream and the records that came out of it, as text: type/length, =FRAGMENT if handed out, ~ if
 * a part is missing. */
struct fixture {
    struct stream stream;
    GString *text;
    struct stream_reader reader;
    struct stream_record last_record;
    uint32_t frame;  /* of the segment taken last */
    bool wanted_now; /* what as_told() answers */
};

static bool
alerts_and_handshakes(void *user G_GNUC_UNUSED, uint8_t type, uint16_t length G_GNUC_UNUSED)
{
    return type == TLS_ALERT || type == TLS_HANDSHAKE;
}

static void
write_down(void *user, const struct stream_record *record)
{
    struct fixture *fixture = user;

    fixture->last_record = *record;
    g_string_append_printf(fixture->text, "%u/%u", record->type, record->length);
    if (alerts_and_handshakes(NULL, record->type, record->length) && record->fragment)
        g_string_append_printf(fixture->text, "=%.*s", record->length,
                               (const char *)record->fragment);
    if (record->fragment_missing)
        g_string_append_c(fixture->text, '~');
    g_string_append_c(fixture->text, ' ');
}

static void
begin(struct fixture *fixture, bool framed)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->text = g_string_new(NULL);
    fixture->reader = (struct stream_reader){ alerts_and_handshakes, write_down, fixture };
    stream_start(&fixture->stream, 1000, framed);
}

static void
finish(struct fixture *fixture)
{
    stream_clear(&fixture->stream);
    g_assert_false(fixture->stream.started);
    g_assert_cmpuint(fixture->stream.position, ==, 0);
    g_assert_cmpint(fixture->stream.state, ==, STREAM_UNSYNCED);
    g_string_free(fixture->text, TRUE);
}

/* A segment of LENGTH bytes at AT of which only CAPTURED were captured, in a block of exactly that
 * size. */
static void
take_bytes(struct fixture *fixture, uint64_t at, const char *bytes, uint32_t captured,
           uint32_t length, uint64_t acknowledged)
{
    uint8_t *copy = g_malloc(captured);
    struct stream_bytes run = {
        .offset = STREAM_FIRST_OFFSET + at,
        .bytes = copy,
        .captured_length = captured,
        .length = length,
        .point = { .acknowledgement = 7, .time = ++fixture->frame * 100, .frame = fixture->frame },
    };

    if (captured > 0)
        memcpy(copy, bytes, captured);
    stream_take(&fixture->stream, &run, STREAM_FIRST_OFFSET + acknowledged, &fixture->reader);
    g_free(copy);
}

/* The segment that holds the wire from FROM to TO; the peer has acknowledged nothing. */
static void
take(struct fixture *fixture, uint32_t from, uint32_t to)
{
    take_bytes(fixture, from, wire + from, to - from, to - from, 0);
}

/* The same, cut by the snapshot length at CUT. */
static void
take_cut(struct fixture *fixture, uint32_t from, uint32_t cut, uint32_t to)
{
    take_bytes(fixture, from, wire + from, cut - from, to - from, 0);
}

static void
expect(struct fixture *fixture, const char *text, enum stream_state state, uint64_t position)
{
    g_assert_cmpstr(fixture->text->str, ==, text);
    g_assert_cmpint(fixture->stream.state, ==, state);
    g_assert_cmpuint(fixture->stream.position, ==, STREAM_FIRST_OFFSET + position);
}

/* 0: framing was never lost. */
static void
expect_lost_from(const struct fixture *fixture, uint32_t lost_from)
{
    g_assert_cmpuint(fixture->stream.lost_from, ==,
                     lost_from > 0 ? STREAM_FIRST_OFFSET + lost_from : 0);
}

static void
expect_whole_wire(struct fixture *fixture)
{
    expect(fixture, wire_as_text, STREAM_FRAMED, WIRE_LENGTH);
    g_assert_cmpuint(fixture->stream.captured_end, ==, STREAM_FIRST_OFFSET + WIRE_LENGTH);
    expect_lost_from(fixture, 0);
    g_assert_cmpuint(stream_late_count(&fixture->stream), ==, 0);
    g_assert_false(stream_inside_record(&fixture->stream));
}

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
    take(&fixture, HELLO_AT, WIRE_LENGTH);
    expect(&fixture, "21/2=WF 23/0 22/3=bye ", STREAM_FRAMED, WIRE_LENGTH);
    finish(&fixture);
}

/* The same, with a part of the capture missing before the framing is found, and the header alone in
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
    static const char *const clear_texts[] = { "QUIT\r\n", "\x17UIT\r\n",
                                               "\x15\x03\x03\xFF\xFF\n" };

    for (guint i = 0; i < G_N_ELEMENTS(clear_texts); i++) {
        for (uint32_t size = 1; size <= 6; size++)
            check_clear_text(clear_texts[i], 6, size);
    }
}

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
        g_free(copy);
    }
}

/* Sequence numbers wrap around at 2^32, offsets do not. */
static void
test_offset_near_wrap(void)
{
    struct stream stream = { .started = false };

    stream_start(&stream, UINT32_C(0xFFFFFFF0), true);
    g_assert_cmpuint(stream_offset(&stream, UINT32_C(0xFFFFFFF0)), ==, STREAM_FIRST_OFFSET);
    g_assert_cmpuint(stream_offset(&stream, UINT32_C(0x00000000)), ==, STREAM_FIRST_OFFSET + 16);
    g_assert_cmpuint(stream_offset(&stream, UINT32_C(0x00000010)), ==, STREAM_FIRST_OFFSET + 32);
    g_assert_cmpuint(stream_offset(&stream, UINT32_C(0xFFFFFFE0)), ==, STREAM_FIRST_OFFSET - 16);
    stream_clear(&stream);
}

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
    g_test_add_func("/stream/wanted_is_asked_once", test_wanted_is_asked_once);
    g_test_add_func("/stream/capture_point_of_missing_end", test_capture_point_of_missing_end);
    g_test_add_func("/stream/empty_record", test_empty_record);
    g_test_add_func("/stream/cut_by_snapshot_length", test_cut_by_snapshot_length);
    g_test_add_func("/stream/cut_and_late", test_cut_and_late);
    g_test_add_func("/stream/lost_inside_record", test_lost_inside_record);
    g_test_add_func("/stream/lost_end_of_record", test_lost_end_of_record);
    g_test_add_func("/stream/lost_header", test_lost_header);
    g_test_add_func("/stream/framing_not_found_again", test_framing_not_found_again);
    g_test_add_func("/stream/lost_twice", test_lost_twice);
    g_test_add_func("/stream/lost_header_arrives", test_lost_header_arrives);
    g_test_add_func("/stream/all_sent_again", test_all_sent_again);
    g_test_add_func("/stream/all_sent_again_and_cut", test_all_sent_again_and_cut);
    g_test_add_func("/stream/sent_again_as_clear_text", test_sent_again_as_clear_text);
    g_test_add_func("/stream/step_over_inside", test_step_over_inside);
    g_test_add_func("/stream/step_over_inside_to_the_end", test_step_over_inside_to_the_end);
    g_test_add_func("/stream/step_over_inside_and_header", test_step_over_inside_and_header);
    g_test_add_func("/stream/step_over_limit", test_step_over_limit);
    g_test_add_func("/stream/patience", test_patience);
    g_test_add_func("/stream/late_segments_bounded", test_late_segments_bounded);
    g_test_add_func("/stream/late_bytes_bounded", test_late_bytes_bounded);
    g_test_add_func("/stream/late_duplicates", test_late_duplicates);
    g_test_add_func("/stream/late_bytes_released", test_late_bytes_released);
    g_test_add_func("/stream/step_over_tail", test_step_over_tail);
    g_test_add_func("/stream/inside_record", test_inside_record);
    g_test_add_func("/stream/known_until", test_known_until);
    g_test_add_func("/stream/known_until_of_longest_alert", test_known_until_of_longest_alert);
    g_test_add_func("/stream/start_in_the_middle", test_start_in_the_middle);
    g_test_add_func("/stream/start_in_the_middle_with_gap", test_start_in_the_middle_with_gap);
    g_test_add_func("/stream/not_tls", test_not_tls);
    g_test_add_func("/stream/record_header", test_record_header);
    g_test_add_func("/stream/offset_near_wrap", test_offset_near_wrap);
    g_test_add_func("/stream/long_stream", test_long_stream);
    g_test_add_func("/stream/long_without_records", test_long_without_records);
    g_test_add_func("/stream/long_start_in_the_middle", test_long_start_in_the_middle);
    g_test_add_func("/stream/long_gap", test_long_gap);
    return g_test_run();
}

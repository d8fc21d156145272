/* stream_fixture.h
 * One wire of five records, a stream that it is told to in any way, and the records that come out, as
 * text. For tests only; must not know how stream.c keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STREAM_FIXTURE_H
#define TLSCLOSE_STREAM_FIXTURE_H

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

static inline bool
alerts_and_handshakes(void *user G_GNUC_UNUSED, uint8_t type, uint16_t length G_GNUC_UNUSED)
{
    return type == TLS_ALERT || type == TLS_HANDSHAKE;
}

static inline void
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

static inline void
begin(struct fixture *fixture, bool framed)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->text = g_string_new(NULL);
    fixture->reader = (struct stream_reader){ alerts_and_handshakes, write_down, fixture };
    stream_start(&fixture->stream, 1000, framed);
}

static inline void
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
static inline void
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
static inline void
take(struct fixture *fixture, uint32_t from, uint32_t to)
{
    take_bytes(fixture, from, wire + from, to - from, to - from, 0);
}

/* The same, cut by the snapshot length at CUT. */
static inline void
take_cut(struct fixture *fixture, uint32_t from, uint32_t cut, uint32_t to)
{
    take_bytes(fixture, from, wire + from, cut - from, to - from, 0);
}

static inline void
expect(struct fixture *fixture, const char *text, enum stream_state state, uint64_t position)
{
    g_assert_cmpstr(fixture->text->str, ==, text);
    g_assert_cmpint(fixture->stream.state, ==, state);
    g_assert_cmpuint(fixture->stream.position, ==, STREAM_FIRST_OFFSET + position);
}

/* 0: framing was never lost. */
static inline void
expect_lost_from(const struct fixture *fixture, uint32_t lost_from)
{
    g_assert_cmpuint(fixture->stream.lost_from, ==,
                     lost_from > 0 ? STREAM_FIRST_OFFSET + lost_from : 0);
}

static inline void
expect_whole_wire(struct fixture *fixture)
{
    expect(fixture, wire_as_text, STREAM_FRAMED, WIRE_LENGTH);
    g_assert_cmpuint(fixture->stream.captured_end, ==, STREAM_FIRST_OFFSET + WIRE_LENGTH);
    expect_lost_from(fixture, 0);
    g_assert_cmpuint(stream_late_count(&fixture->stream), ==, 0);
    g_assert_false(stream_inside_record(&fixture->stream));
}

#endif

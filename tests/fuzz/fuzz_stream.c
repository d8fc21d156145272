/* fuzz_stream.c
 * A direction's bytes, fed whole, and in pieces that arrive in any order: the same records come
 * out. Then anything at all is fed, and what is kept stays bounded. Must not know what is in a
 * record.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <sanitizer/allocator_interface.h>
#include <string.h>

#include "input.h"
#include "wire/stream.h"

/* Fewer than STREAM_LATE_SEGMENTS_MAX: nothing may be given up. */
#define PIECES_MAX 64
#define CALLS_MAX 2048

/* One late segment's own size, at most, and that of an empty stream. */
#define BOOKKEEPING_MAX 256

struct piece {
    uint32_t start;
    uint32_t length;
};

/* The records that came out, one after the other. */
struct output {
    GByteArray *records;
    uint64_t last_end;
    bool bytes_missing_allowed;
};

static bool
is_wanted(void *user G_GNUC_UNUSED, uint8_t type, uint16_t length G_GNUC_UNUSED)
{
    return type == TLS_ALERT || type == TLS_HANDSHAKE;
}

static void
write_down(void *user, const struct stream_record *record)
{
    struct output *output = user;
    const uint64_t facts[] = { record->start, record->end, record->type, record->version,
                               record->length };

    g_assert_cmpuint(record->end, ==, record->start + TLS_RECORD_HEADER_LENGTH + record->length);
    g_assert_cmpuint(record->start, >=, output->last_end);
    g_assert_cmpuint(record->length, <=, TLS_RECORD_LENGTH_MAX);
    output->last_end = record->end;
    g_byte_array_append(output->records, (const uint8_t *)facts, sizeof facts);
    if (record->fragment)
        g_byte_array_append(output->records, record->fragment, record->length);
    if (!output->bytes_missing_allowed) {
        g_assert_false(record->fragment_missing);
        g_assert_true(!is_wanted(NULL, record->type, record->length) || record->fragment ||
                      record->length == 0);
    }
}

static void
take_piece(struct stream *stream, const struct stream_reader *reader, const uint8_t *wire,
           struct piece piece)
{
    struct stream_bytes run = {
        .offset = STREAM_FIRST_OFFSET + piece.start,
        .captured_length = piece.length,
        .length = piece.length,
        .point = { .frame = 1 },
    };
    /* A copy of its own, so that reading beyond it is seen. */
    uint8_t *copy = g_memdup2(wire + piece.start, piece.length);

    run.bytes = copy;
    stream_take(stream, &run, 0, reader);
    g_free(copy);
}

/* Returns the records, and in END how far the stream was read. */
static GByteArray *
feed(const uint8_t *wire, const struct piece *pieces, unsigned count, uint64_t *end)
{
    struct output output = { .records = g_byte_array_new() };
    const struct stream_reader reader = { is_wanted, write_down, &output };
    struct stream stream = { 0 };

    stream_start(&stream, 0xFFFFFF00, true);
    for (unsigned i = 0; i < count; i++)
        take_piece(&stream, &reader, wire, pieces[i]);
    g_assert_true(stream.state == STREAM_NOT_TLS || stream_late_count(&stream) == 0);
    *end = stream.position;
    stream_clear(&stream);
    return output.records;
}

/* Cuts LENGTH bytes into pieces and brings them out of order. */
static unsigned
cut(struct input *input, uint32_t length, struct piece *pieces)
{
    unsigned count = input_number(input, 1) % PIECES_MAX;
    uint32_t start = 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t piece_length = input_number(input, 1);
        piece_length = MIN(piece_length, length - start);
        pieces[i] = (struct piece){ start, piece_length };
        start += piece_length;
    }
    pieces[count++] = (struct piece){ start, length - start };
    for (unsigned i = 0; i < count; i++) {
        unsigned other = input_number(input, 1) % count;
        struct piece piece = pieces[i];
        pieces[i] = pieces[other];
        pieces[other] = piece;
    }
    return count;
}

static void
check_any_order(struct input input)
{
    struct piece pieces[PIECES_MAX + 1];
    uint32_t length = input_number(&input, 2);
    const uint8_t *wire = input_run(&input, length, &length);
    const struct piece whole = { 0, length };
    uint64_t end_of_whole;
    uint64_t end_of_pieces;
    GByteArray *expected = feed(wire, &whole, 1, &end_of_whole);
    unsigned count = cut(&input, length, pieces);
    GByteArray *found = feed(wire, pieces, count, &end_of_pieces);

    g_assert_cmpmem(found->data, found->len, expected->data, expected->len);
    g_assert_cmpuint(end_of_pieces, ==, end_of_whole);
    g_byte_array_free(expected, TRUE);
    g_byte_array_free(found, TRUE);
}

/* Many segments of many bytes, at little cost to the fuzzer. */
static void
take_many(struct stream *stream, const struct stream_reader *reader, struct input *input,
          struct stream_bytes run)
{
    static const uint8_t nothing[UINT16_MAX];
    unsigned count = input_number(input, 1);
    uint32_t gap = input_number(input, 1);

    run.bytes = nothing;
    run.captured_length = run.length = input_number(input, 2);
    for (unsigned i = 0; i < count; i++) {
        stream_take(stream, &run, 0, reader);
        g_assert_cmpuint(stream_late_count(stream), <=, STREAM_LATE_SEGMENTS_MAX);
        run.offset += run.length + gap;
    }
}

static void
take_anything(struct stream *stream, const struct stream_reader *reader, struct input *input)
{
    uint8_t kind = (uint8_t)input_number(input, 1);
    uint64_t offset = STREAM_FIRST_OFFSET + input_number(input, 3);
    struct stream_bytes run = { .offset = offset, .point = { .frame = 1 } };

    switch (kind % 8) {
    case 0:
        stream_step_over(stream, offset, reader);
        break;
    case 1:
        stream_step_over_inside(stream, offset, reader);
        break;
    case 2:
        stream_step_over_tail(stream, offset, reader);
        break;
    case 3:
        take_many(stream, reader, input, run);
        break;
    default:
        run.bytes = input_run(input, input_number(input, 1), &run.captured_length);
        run.length = run.captured_length + (kind >> 6);
        stream_take(stream, &run, kind & 32 ? UINT64_MAX : 0, reader);
    }
}

static void
check_bounds(struct input input)
{
    struct output output = { .records = g_byte_array_new(), .bytes_missing_allowed = true };
    const struct stream_reader reader = { is_wanted, write_down, &output };
    struct stream stream = { 0 };

    stream_start(&stream, 0xFFFFFF00, input_number(&input, 1) & 1);
    for (unsigned i = 0; i < CALLS_MAX && input.left > 0; i++) {
        /* An incomplete record may turn out to be none. */
        uint64_t read = MIN(stream.position, stream_known_until(&stream));
        uint64_t lost_from = stream.last_lost_from;
        bool framed = stream.state == STREAM_FRAMED;

        take_anything(&stream, &reader, &input);
        g_byte_array_set_size(output.records, 0);
        if (framed && stream.last_lost_from == lost_from)
            g_assert_cmpuint(stream.position, >=, read);
        g_assert_cmpuint(stream_late_count(&stream), <=, STREAM_LATE_SEGMENTS_MAX);
        stream_inside_record(&stream);
    }
    g_byte_array_free(output.records, TRUE);

    size_t with_stream = __sanitizer_get_current_allocated_bytes();
    stream_clear(&stream);
    g_assert_cmpuint(with_stream - __sanitizer_get_current_allocated_bytes(), <=,
                     STREAM_LATE_BYTES_MAX + TLS_RECORD_LENGTH_MAX * 2 +
                         (STREAM_LATE_SEGMENTS_MAX + 1) * BOOKKEEPING_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct input input = { bytes, length };

    check_any_order(input);
    check_bounds(input);
    return 0;
}

/* telling.h
 * Any bytes from both sides for a reader of an application protocol, as they come and cut into pieces:
 * the same is said of them. Must not know any protocol, or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FUZZ_TELLING_H
#define TLSCLOSE_FUZZ_TELLING_H

#include "app/application.h"
#include "input.h"

#define TURNS_MAX 64

/* Sides take turns; of each turn everything is told at once, or PIECE bytes at a time. */
struct telling {
    const struct application_protocol *protocol;
    void *reader;
    uint32_t piece; /* 0: at once */
    expert_set experts;
    uint32_t sum; /* of the numbers that frames bring */
};

static inline void
tell_piece(struct telling *telling, enum side side, unsigned turn, const uint8_t *bytes,
           uint32_t length)
{
    uint8_t *copy = g_memdup2(bytes, length);
    const struct application_data data = {
        .bytes = copy,
        .length = length,
        .end = turn + 1,
        .acknowledged = turn,
        .frame = turn + 1,
    };
    struct application_event event = { .experts = 0 };

    telling->protocol->take(telling->reader, side, &data, &event);
    telling->experts |= event.experts;
    telling->sum += event.close_code + event.goaway_last_stream + event.goaway_error;
    for (unsigned i = 0; i < event.text_length; i++)
        telling->sum += event.text[i];
    g_free(copy);
}

static inline void
tell_turn(struct telling *telling, enum side side, unsigned turn, const uint8_t *bytes,
          uint32_t length)
{
    uint32_t piece = telling->piece == 0 ? length : telling->piece;

    for (uint32_t start = 0; start < length; start += piece)
        tell_piece(telling, side, turn, bytes + start, MIN(piece, length - start));
}

static inline struct telling
tell(const struct application_protocol *protocol, struct input input, uint32_t piece)
{
    struct telling telling = {
        .protocol = protocol,
        .reader = protocol->reader_new(),
        .piece = piece,
    };

    for (unsigned turn = 0; turn < TURNS_MAX && input.left > 0; turn++) {
        uint32_t head = input_number(&input, 2);
        enum side side = head & 0x8000 ? SIDE_SERVER : SIDE_CLIENT;
        uint32_t length;
        const uint8_t *bytes = input_run(&input, head & 0x3FFF, &length);
        if (head & 0x4000)
            protocol->lose(telling.reader, side);
        tell_turn(&telling, side, turn, bytes, length);
    }
    return telling;
}

static inline struct application_end
end_of(const struct telling *telling)
{
    const struct application_context context = {
        .ended = { true, true },
        .first_act_end = { TURNS_MAX, TURNS_MAX },
        .first_act_received = { TURNS_MAX, TURNS_MAX },
    };
    struct application_end end = { .protocol = telling->protocol->name };

    telling->protocol->finish(telling->reader, &context, &end);
    return end;
}

static inline void
check_same(const struct telling *found, const struct telling *expected)
{
    struct application_end found_end = end_of(found);
    struct application_end expected_end = end_of(expected);

    g_assert_cmphex(found->experts, ==, expected->experts);
    g_assert_cmpuint(found->sum, ==, expected->sum);
    g_assert_cmpstr(found_end.summary, ==, expected_end.summary);
    g_assert_cmpuint(found_end.goodbye_frame, ==, expected_end.goodbye_frame);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        g_assert_cmpint(found_end.complete[side], ==, expected_end.complete[side]);
        g_assert_cmphex(found_end.experts[side], ==, expected_end.experts[side]);
    }
    g_free(found_end.summary);
    g_free(expected_end.summary);
}

/* Tells the bytes to a reader of PROTOCOL in both ways. */
static inline void
tell_both_ways(const struct application_protocol *protocol, const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t piece = 1 + input_number(&input, 1);
    struct telling whole = tell(protocol, input, 0);
    struct telling cut = tell(protocol, input, piece);

    check_same(&cut, &whole);
    protocol->reader_free(whole.reader);
    protocol->reader_free(cut.reader);
}

#endif

/* fuzz_websocket.c
 * WebSocket frames of any bytes from both sides, as they come and cut into pieces: the same is said of
 * them. Must not know HTTP or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "app/websocket.h"
#include "input.h"

#define TURNS_MAX 64

/* Sides take turns; of each turn everything is told at once, or PIECE bytes at a time. */
struct telling {
    void *reader;
    uint32_t piece; /* 0: at once */
    expert_set experts;
    uint32_t code_sum; /* of the Close frames */
};

static void
take(struct telling *telling, enum side side, unsigned turn, const uint8_t *bytes, uint32_t length)
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

    websocket_protocol.take(telling->reader, side, &data, &event);
    telling->experts |= event.experts;
    telling->code_sum += event.close_code;
    g_free(copy);
}

static void
take_turn(struct telling *telling, enum side side, unsigned turn, const uint8_t *bytes,
          uint32_t length)
{
    uint32_t piece = telling->piece == 0 ? length : telling->piece;

    for (uint32_t start = 0; start < length; start += piece)
        take(telling, side, turn, bytes + start, MIN(piece, length - start));
}

static struct telling
tell(struct input input, uint32_t piece)
{
    struct telling telling = { .reader = websocket_protocol.reader_new(), .piece = piece };

    for (unsigned turn = 0; turn < TURNS_MAX && input.left > 0; turn++) {
        uint32_t head = input_number(&input, 2);
        enum side side = head & 0x8000 ? SIDE_SERVER : SIDE_CLIENT;
        uint32_t length;
        const uint8_t *bytes = input_run(&input, head & 0x3FFF, &length);
        if (head & 0x4000)
            websocket_protocol.lose(telling.reader, side);
        take_turn(&telling, side, turn, bytes, length);
    }
    return telling;
}

static struct application_end
end_of(const struct telling *telling)
{
    const struct application_context context = {
        .ended = { true, true },
        .first_act_received = { TURNS_MAX, TURNS_MAX },
    };
    struct application_end end = { .protocol = websocket_protocol.name };

    websocket_protocol.finish(telling->reader, &context, &end);
    return end;
}

static void
check_same(const struct telling *found, const struct telling *expected)
{
    struct application_end found_end = end_of(found);
    struct application_end expected_end = end_of(expected);

    g_assert_cmphex(found->experts, ==, expected->experts);
    g_assert_cmpuint(found->code_sum, ==, expected->code_sum);
    g_assert_cmpstr(found_end.summary, ==, expected_end.summary);
    g_assert_cmpuint(found_end.goodbye_frame, ==, expected_end.goodbye_frame);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        g_assert_cmpint(found_end.complete[side], ==, expected_end.complete[side]);
        g_assert_cmphex(found_end.experts[side], ==, expected_end.experts[side]);
    }
    g_free(found_end.summary);
    g_free(expected_end.summary);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t piece = 1 + input_number(&input, 1);
    struct telling whole = tell(input, 0);
    struct telling cut = tell(input, piece);

    check_same(&cut, &whole);
    websocket_protocol.reader_free(whole.reader);
    websocket_protocol.reader_free(cut.reader);
    return 0;
}

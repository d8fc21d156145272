/* fuzz_application.c
 * Any bytes from both sides, as they come and cut into pieces: the same protocol is recognised, and the same
 * is said of it, HTTP/1.x with what it hands over to and SMTP among them. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/application.h"
#include "input.h"

#define TURNS_MAX 64

/* Sides take turns; of each turn everything is told at once, or PIECE bytes at a time. */
struct conversation {
    struct application *application;
    uint32_t piece; /* 0: at once */
    expert_set experts;
    bool close_announced;
};

static void
take_piece(struct conversation *conversation, enum side side, unsigned turn, const uint8_t *bytes,
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
    struct application_event event;

    application_take(conversation->application, side, &data, &event);
    conversation->experts |= event.experts;
    conversation->close_announced |= event.close_announced;
    g_free(copy);
}

static void
take_turn(struct conversation *conversation, enum side side, unsigned turn, const uint8_t *bytes,
          uint32_t length)
{
    uint32_t piece = conversation->piece == 0 ? length : conversation->piece;

    for (uint32_t start = 0; start < length; start += piece)
        take_piece(conversation, side, turn, bytes + start, MIN(piece, length - start));
}

static struct conversation
converse(struct input input, uint32_t piece)
{
    struct conversation conversation = {
        .application = application_new(HINT_NONE),
        .piece = piece,
    };

    for (unsigned turn = 0; turn < TURNS_MAX && input.left > 0; turn++) {
        uint32_t head = input_number(&input, 2);
        enum side side = head & 0x8000 ? SIDE_SERVER : SIDE_CLIENT;
        uint32_t length;
        const uint8_t *bytes = input_run(&input, head & 0x3FFF, &length);
        if (head & 0x4000)
            application_lose(conversation.application, side);
        take_turn(&conversation, side, turn, bytes, length);
    }
    return conversation;
}

static struct application_end *
end_of(const struct conversation *conversation)
{
    const struct application_context context = {
        .ended = { true, true },
        .first_act_end = { TURNS_MAX, TURNS_MAX },
        .first_act_received = { TURNS_MAX, TURNS_MAX },
    };

    return application_finish(conversation->application, &context);
}

static void
check_same_end(const struct application_end *found, const struct application_end *expected)
{
    g_assert_true((found == NULL) == (expected == NULL));
    if (!found)
        return;
    g_assert_cmpstr(found->protocol, ==, expected->protocol);
    g_assert_cmpstr(found->summary, ==, expected->summary);
    g_assert_cmpuint(found->close_announced_frame, ==, expected->close_announced_frame);
    g_assert_cmpint(found->http_framing, ==, expected->http_framing);
    g_assert_cmpint(found->http_complete, ==, expected->http_complete);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        g_assert_cmpint(found->complete[side], ==, expected->complete[side]);
        g_assert_cmphex(found->experts[side], ==, expected->experts[side]);
    }
}

/* What is given up when nothing more comes changes no answer. */
static void
check_same(const struct conversation *found, const struct conversation *expected)
{
    application_stop(found->application);
    struct application_end *found_end = end_of(found);
    struct application_end *expected_end = end_of(expected);

    check_same_end(found_end, expected_end);
    g_assert_cmphex(found->experts, ==, expected->experts);
    g_assert_true(found->close_announced == expected->close_announced);
    application_end_free(found_end);
    application_end_free(expected_end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t piece = 1 + input_number(&input, 1);
    struct conversation whole = converse(input, 0);
    struct conversation cut = converse(input, piece);

    check_same(&cut, &whole);
    application_free(whole.application);
    application_free(cut.application);
    return 0;
}

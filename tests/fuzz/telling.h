/* telling.h
 * Any bytes from both sides for the readers of application protocols, as they come and cut into pieces:
 * the same is said of them, and what is kept of them is bounded. Must not know any protocol, or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FUZZ_TELLING_H
#define TLSCLOSE_FUZZ_TELLING_H

#include <sanitizer/allocator_interface.h>
#include <string.h>

#include "app/application.h"
#include "input.h"

#define TURNS_MAX 64

/* Bytes in all. Turns that are repeated make floods: few inputs ask for one, as they take their time. So do
 * pieces: the turns behind the first so many come whole. */
#define TOLD_MAX (16 * 1024)
#define FLOOD_MAX (96 * 1024)
#define PIECES_MAX 512

/* Of what is told, so much may be kept: two tables and two blocks of HPACK with what libnghttp2 needs to
 * manage them, a thousand streams, and what is held back. */
#define KEPT_MAX (512 * 1024)

/* What a turn's first byte says. */
enum { TURN_OF_SERVER = 1, TURN_BEHIND_LOSS = 2 };

/* What the byte of the circumstances says. */
enum {
    CLIENT_VOUCHED = 1,
    SERVER_VOUCHED = 2,
    CLIENT_UNKNOWN = 4,
    SERVER_UNKNOWN = 8,
    NOT_ENDED = 16,
    FLOOD = 32,
};

/* What tells the protocol before the fuzzer's bytes begin; zeroed: nothing does. */
struct opening {
    enum application_hint hint;
    const char *text[2]; /* by enum side; NULL: nothing */
};

/* How the bytes of an input are told, and when they end. */
struct circumstances {
    struct application_context context;
    uint32_t piece; /* how many bytes at a time, if not at once */
    uint32_t told_max;
};

/* Sides take turns; of each turn everything is told at once, or PIECE bytes at a time. */
struct telling {
    struct application *application;
    size_t allocated; /* before it */
    uint32_t piece;   /* 0: at once */
    uint32_t turn;
    uint32_t told;
    uint32_t pieces;
    expert_set experts;
    bool close_announced;
    struct application_event goodbye; /* the last that said so */
    uint16_t data_port;
};

static inline void
tell_piece(struct telling *telling, enum side side, const uint8_t *bytes, uint32_t length)
{
    /* A copy of its own, so that reading beyond it is seen. */
    uint8_t *copy = g_memdup2(bytes, length);
    const struct application_data data = {
        .bytes = copy,
        .length = length,
        .end = telling->turn,
        .acknowledged = telling->turn - 1,
        .frame = telling->turn,
    };
    struct application_event event;

    telling->pieces++;
    application_take(telling->application, side, &data, &event);
    telling->experts |= event.experts;
    telling->close_announced |= event.close_announced;
    telling->data_port = event.data_port != 0 ? event.data_port : telling->data_port;
    if (event.has_goaway || event.has_close_frame)
        telling->goodbye = event;
    g_free(copy);
}

static inline void
tell_turn(struct telling *telling, enum side side, const uint8_t *bytes, uint32_t length)
{
    bool is_whole = telling->piece == 0 || telling->pieces > PIECES_MAX;
    uint32_t piece = is_whole ? length : telling->piece;

    telling->turn++;
    for (uint32_t start = 0; start < length; start += piece)
        tell_piece(telling, side, bytes + start, MIN(piece, length - start));
    telling->told += length;
}

static inline void
tell_input(struct telling *telling, struct input input, uint32_t told_max)
{
    for (unsigned i = 0; i < TURNS_MAX && input.left > 0; i++) {
        uint8_t kind = (uint8_t)input_number(&input, 1);
        uint32_t times = 1 + input_number(&input, 1);
        enum side side = kind & TURN_OF_SERVER ? SIDE_SERVER : SIDE_CLIENT;
        uint32_t length = input_number(&input, 2);
        const uint8_t *bytes = input_run(&input, length, &length);
        if (kind & TURN_BEHIND_LOSS)
            application_lose(telling->application, side);
        for (; times > 0 && telling->told < told_max; times--)
            tell_turn(telling, side, bytes, length);
    }
}

static inline struct telling
tell(const struct opening *opening, struct input input, uint32_t told_max, uint32_t piece)
{
    struct telling telling = { .allocated = __sanitizer_get_current_allocated_bytes(),
                               .piece = piece };

    telling.application = application_new(opening->hint);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (opening->text[side])
            tell_turn(&telling, (enum side)side, (const uint8_t *)opening->text[side],
                      (uint32_t)strlen(opening->text[side]));
    tell_input(&telling, input, told_max);
    return telling;
}

static inline void
check_same_goodbye(const struct application_event *found, const struct application_event *expected)
{
    g_assert_true(found->has_goaway == expected->has_goaway);
    g_assert_cmpuint(found->goaway_last_stream, ==, expected->goaway_last_stream);
    g_assert_cmpuint(found->goaway_error, ==, expected->goaway_error);
    g_assert_cmpuint(found->close_code, ==, expected->close_code);
    g_assert_cmpmem(found->text, found->text_length, expected->text, expected->text_length);
}

static inline void
check_same_end(const struct application_end *found, const struct application_end *expected)
{
    g_assert_true((found == NULL) == (expected == NULL));
    if (!found)
        return;
    g_assert_cmpstr(found->protocol, ==, expected->protocol);
    g_assert_cmpstr(found->summary, ==, expected->summary);
    g_assert_cmpuint(found->frames.goodbye, ==, expected->frames.goodbye);
    g_assert_cmpuint(found->frames.close_announced, ==, expected->frames.close_announced);
    g_assert_cmpuint(found->frames.goaway, ==, expected->frames.goaway);
    g_assert_cmpint(found->http_framing, ==, expected->http_framing);
    g_assert_cmpint(found->http_complete, ==, expected->http_complete);
    g_assert_cmpmem(&found->http2, sizeof found->http2, &expected->http2, sizeof expected->http2);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        g_assert_cmpint(found->complete[side], ==, expected->complete[side]);
        g_assert_cmphex(found->experts[side], ==, expected->experts[side]);
    }
}

/* What is given up when nothing more comes changes no answer. */
static inline void
check_same(const struct telling *found, const struct telling *expected,
           const struct application_context *context)
{
    application_stop(found->application);
    struct application_end *found_end = application_finish(found->application, context);
    struct application_end *expected_end = application_finish(expected->application, context);

    check_same_end(found_end, expected_end);
    check_same_goodbye(&found->goodbye, &expected->goodbye);
    g_assert_cmphex(found->experts, ==, expected->experts);
    g_assert_true(found->close_announced == expected->close_announced);
    g_assert_cmpuint(found->data_port, ==, expected->data_port);
    application_end_free(found_end);
    application_end_free(expected_end);
}

static inline void
check_bound(const struct telling *telling)
{
    size_t allocated = __sanitizer_get_current_allocated_bytes();

    g_assert_cmpuint(allocated - MIN(allocated, telling->allocated), <=, KEPT_MAX);
}

static inline struct circumstances
read_circumstances(struct input *input)
{
    uint32_t piece = 1 + input_number(input, 1);
    uint8_t flags = (uint8_t)input_number(input, 1);
    uint32_t act = input_number(input, 1);

    return (struct circumstances){
        .context = {
            .ended = { !(flags & NOT_ENDED), !(flags & NOT_ENDED) },
            .vouched = { flags & CLIENT_VOUCHED, flags & SERVER_VOUCHED },
            .unknown = { flags & CLIENT_UNKNOWN, flags & SERVER_UNKNOWN },
            .first_act_end = { act, act },
            .first_act_received = { act, act },
        },
        .piece = piece,
        .told_max = flags & FLOOD ? FLOOD_MAX : TOLD_MAX,
    };
}

/* Tells the bytes behind OPENING in both ways. */
static inline void
tell_both_ways(const struct opening *opening, struct input input)
{
    const struct circumstances circumstances = read_circumstances(&input);
    struct telling whole = tell(opening, input, circumstances.told_max, 0);
    check_bound(&whole);
    struct telling cut = tell(opening, input, circumstances.told_max, circumstances.piece);

    check_same(&cut, &whole, &circumstances.context);
    application_free(whole.application);
    application_free(cut.application);
}

#endif

/* fuzz_http.c
 * HTTP/1.x of any bytes from both sides, as it comes and cut into pieces: the same is said of it.
 * Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http.h"
#include "input.h"

#define TURNS_MAX 64

/* Sides take turns; of each turn everything is told at once, or PIECE bytes at a time. */
struct telling {
    struct http *http;
    uint32_t piece; /* 0: at once */
    bool close_announced;
    bool request_after_close;
};

static void
take(struct telling *telling, enum side side, unsigned turn, const uint8_t *bytes, uint32_t length)
{
    struct http_data data = {
        .length = length,
        .end = turn + 1,
        .acknowledged = turn,
        .frame = turn + 1,
    };
    uint8_t *copy = g_memdup2(bytes, length);

    data.bytes = copy;
    struct http_event event = http_take(telling->http, side, &data);
    telling->close_announced |= event.close_announced;
    telling->request_after_close |= event.request_after_close;
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
    struct telling telling = { .http = http_new(), .piece = piece };

    for (unsigned turn = 0; turn < TURNS_MAX && input.left > 0; turn++) {
        uint32_t head = input_number(&input, 2);
        enum side side = head & 0x8000 ? SIDE_SERVER : SIDE_CLIENT;
        uint32_t length;
        const uint8_t *bytes = input_run(&input, head & 0x3FFF, &length);
        if (head & 0x4000)
            http_take_missing(telling.http, side);
        take_turn(&telling, side, turn, bytes, length);
    }
    return telling;
}

static void
check_same(const struct telling *found, const struct telling *expected)
{
    http_finish(found->http);
    g_assert_cmpint(http_last_framing(found->http), ==, http_last_framing(expected->http));
    g_assert_cmpint(http_last_complete(found->http, false), ==,
                    http_last_complete(expected->http, false));
    g_assert_cmpint(http_last_complete(found->http, true), ==,
                    http_last_complete(expected->http, true));
    g_assert_cmpuint(http_close_announced_frame(found->http), ==,
                     http_close_announced_frame(expected->http));
    g_assert_true(http_server_announced_close(found->http) ==
                  http_server_announced_close(expected->http));
    g_assert_true(found->close_announced == expected->close_announced);
    g_assert_true(found->request_after_close == expected->request_after_close);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t piece = 1 + input_number(&input, 1);
    struct telling whole = tell(input, 0);
    struct telling cut = tell(input, piece);

    check_same(&cut, &whole);
    http_free(whole.http);
    http_free(cut.http);
    return 0;
}

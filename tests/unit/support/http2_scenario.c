/* http2_scenario.c
 * Runs scenarios of HTTP/2. See http2_scenario.h.
 * Must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2_scenario.h"

#include "app/http2.h"
#include "app/http2_header.h"

static const uint32_t pieces[] = { 0, 1, 2, 3, 5, 9, 10, 17, 1000 };

static void
check_end(const struct talk *talk, const struct application_end *end,
          const struct http2_expected *expected)
{
    g_assert_cmpstr(end->summary, ==, expected->summary);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        g_assert_cmpint(end->complete[side], ==, expected->complete[side]);
        g_assert_cmphex(talk->experts[side], ==, expected->in_frames[side]);
        g_assert_cmphex(end->experts[side], ==, expected->at_end[side]);
    }
}

static void
run_scenario(const void *data)
{
    const struct http2_scenario *scenario = data;

    for (unsigned i = 0; i < G_N_ELEMENTS(pieces); i++) {
        struct talk talk;
        talk_start(&talk, &http2_protocol, pieces[i]);
        scenario->play(&talk);
        struct application_end *end = talk_finish(&talk);
        check_end(&talk, end, &scenario->expected);
        talk_end_free(end);
        talk_end(&talk);
    }
}

void
play_get(struct talk *talk, uint32_t stream, size_t bytes)
{
    talk_request(talk, stream, "GET");
    talk_response(talk, stream, 200, (int64_t)bytes);
    talk_data(talk, SIDE_SERVER, END_STREAM, stream, bytes);
}

int
run_http2_scenarios(int argc, char **argv, const struct http2_scenario *scenarios, unsigned count)
{
    g_test_init(&argc, &argv, NULL);
    if (!http2_header_can_read())
        return 0;
    for (unsigned i = 0; i < count; i++) {
        char *path = g_strdup_printf("/http2/%s", scenarios[i].name);
        g_test_add_data_func(path, &scenarios[i], run_scenario);
        g_free(path);
    }
    return g_test_run();
}

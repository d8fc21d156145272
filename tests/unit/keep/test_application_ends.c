/* test_application_ends.c
 * That answers which say the same are kept once, and others are not taken for them. Must not know how
 * they are found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/application_ends.h"

#include <glib.h>

static struct application_end *
end_with(const char *summary)
{
    struct application_end *end = g_new0(struct application_end, 1);

    end->protocol = "http/1.1";
    end->summary = g_strdup(summary);
    return end;
}

static void
test_same(void)
{
    struct application_ends *ends = application_ends_new();
    struct application_end *first = end_with("one");
    struct application_end *second = end_with("one");

    first->frames.goodbye = 7;
    second->frames = (struct application_frames){ 8, 9, 10 };
    g_assert_true(application_ends_keep(ends, first) == first);
    g_assert_true(application_ends_keep(ends, second) == first);
    g_assert_cmpuint(first->frames.goodbye, ==, 0);
    g_assert_cmpstr(first->summary, ==, "one");
    g_assert_null(application_ends_keep(ends, NULL));
    application_ends_free(ends);
}

static void
change_summary(struct application_end *end)
{
    g_free(end->summary);
    end->summary = NULL;
}

static void
change_protocol(struct application_end *end)
{
    end->protocol = "http/1.0";
}

static void
change_completeness(struct application_end *end)
{
    end->complete[SIDE_SERVER] = INCOMPLETE;
}

static void
change_experts(struct application_end *end)
{
    end->experts[SIDE_CLIENT] = EXPERT_BIT(EXPERT_APP_TRUNCATED);
}

static void
change_announcement(struct application_end *end)
{
    end->server_announced_close = true;
}

static void
change_stream(struct application_end *end)
{
    end->http2.cut_stream[CUT_STREAMS_MAX - 1] = 1;
}

static void
test_different(void)
{
    static void (*const changes[])(struct application_end * end) = {
        change_summary, change_protocol,     change_completeness,
        change_experts, change_announcement, change_stream,
    };
    struct application_ends *ends = application_ends_new();
    const struct application_end *plain = application_ends_keep(ends, end_with("one"));

    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        struct application_end *changed[2] = { end_with("one"), end_with("one") };
        for (unsigned n = 0; n < G_N_ELEMENTS(changed); n++)
            changes[i](changed[n]);
        g_assert_true(application_ends_keep(ends, changed[0]) == changed[0]);
        g_assert_true(application_ends_keep(ends, changed[1]) == changed[0]);
    }
    const struct application_end *again = application_ends_keep(ends, end_with("one"));
    g_assert_true(again == plain);
    application_ends_free(ends);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/application_ends/same", test_same);
    g_test_add_func("/application_ends/different", test_different);
    return g_test_run();
}

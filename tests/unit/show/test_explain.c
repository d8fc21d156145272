/* test_explain.c
 * The texts of expert infos: complete, and short enough to be shown whole.
 * Must not know which expert info means what.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "show/explain.h"

/* Wireshark cuts labels at 240 bytes, and puts up to 36 of its own before the summary. */
#define SUMMARY_LENGTH_MAX 203

static void
test_summaries_fit_a_label(void)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++) {
        char *summary = explain_expert(expert);
        if (strlen(summary) > SUMMARY_LENGTH_MAX)
            g_test_message("too long: %s", summary);
        g_assert_cmpuint(strlen(summary), <=, SUMMARY_LENGTH_MAX);
        g_assert_nonnull(strstr(summary, "(RFC "));
        g_free(summary);
    }
}

/* The details pane and the expert dialog cut what is longer. */
#define SHORT_LENGTH_MAX 62

static void
test_summaries_are_short_and_explained(void)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++) {
        char *summary = explain_expert(expert);
        size_t length = (size_t)(strstr(summary, " (RFC ") - summary);
        g_test_message("%s: %s", summary, explain_meaning(expert));
        g_assert_cmpuint(length, <=, SHORT_LENGTH_MAX);
        g_assert_cmpuint(strlen(explain_meaning(expert)), >, 0);
        g_assert_null(strstr(summary, ": "));
        g_free(summary);
    }
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/explain/summaries_fit_a_label", test_summaries_fit_a_label);
    g_test_add_func("/explain/summaries_are_short_and_explained",
                    test_summaries_are_short_and_explained);
    return g_test_run();
}

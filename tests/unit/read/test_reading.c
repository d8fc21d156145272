/* test_reading.c
 * Which frame speaks of what is found, each thing once: the one being taken, or an earlier one. Must not know
 * what is found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/reading.h"

#include "taking.h"

static struct taking taking;

/* The server's record in frame 9. */
static void
begin(void)
{
    begin_taking(&taking, TLS_1_2, SIDE_SERVER, 100);
}

static void
end(void)
{
    if (taking.connection.late)
        g_array_free(taking.connection.late, TRUE);
}

static unsigned
late_count(void)
{
    return taking.connection.late ? taking.connection.late->len : 0;
}

static const struct late_finding *
late_at(unsigned index)
{
    g_assert_cmpuint(index, <, late_count());
    return &g_array_index(taking.connection.late, struct late_finding, index);
}

/* A frame speaks of its own sender only. */
static void
test_whose_findings(void)
{
    begin();
    g_assert_true(findings_about(&taking.reading, SIDE_SERVER, 9) == &taking.findings);
    g_assert_true(findings_about(&taking.reading, SIDE_CLIENT, 9) != &taking.findings);
    g_assert_true(findings_about(&taking.reading, SIDE_SERVER, 8) != &taking.findings);
    g_assert_cmpuint(late_count(), ==, 2);
    end();
}

/* What is found of one earlier frame, and one side, is together. */
static void
test_late_findings(void)
{
    static const struct {
        enum side side;
        uint32_t frame;
        unsigned count; /* from then on */
    } cases[] = {
        { SIDE_CLIENT, 3, 1 }, { SIDE_CLIENT, 3, 1 }, { SIDE_CLIENT, 4, 2 },
        { SIDE_SERVER, 4, 3 }, { SIDE_SERVER, 4, 3 }, { SIDE_SERVER, 5, 4 },
    };

    begin();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        findings_about(&taking.reading, cases[i].side, cases[i].frame)->after_close_records++;
        g_assert_cmpuint(late_count(), ==, cases[i].count);
        g_assert_cmpuint(late_at(cases[i].count - 1)->frame, ==, cases[i].frame);
        g_assert_cmpint(late_at(cases[i].count - 1)->findings.sender, ==, cases[i].side);
    }
    g_assert_cmpuint(late_at(0)->findings.after_close_records, ==, 2);
    g_assert_cmpuint(late_at(1)->findings.after_close_records, ==, 1);
    g_assert_cmpuint(late_at(2)->findings.after_close_records, ==, 2);
    end();
}

/* Each expert info once for a direction, the first of the list too. */
static void
test_experts(void)
{
    const expert_set both =
        EXPERT_BIT(EXPERT_MISSING_CLOSE_NOTIFY) | EXPERT_BIT(EXPERT_DATA_DISCARDED);

    begin();
    raise_expert_of_record(&taking.reading, EXPERT_MISSING_CLOSE_NOTIFY);
    g_assert_cmphex(taking.findings.experts, ==, EXPERT_BIT(EXPERT_MISSING_CLOSE_NOTIFY));
    taking.findings.experts = 0;
    raise_experts_of_record(&taking.reading, both);
    g_assert_cmphex(taking.findings.experts, ==, EXPERT_BIT(EXPERT_DATA_DISCARDED));
    raise_expert(&taking.reading, SIDE_CLIENT, EXPERT_MISSING_CLOSE_NOTIFY, 3);
    g_assert_cmphex(late_at(0)->findings.experts, ==, EXPERT_BIT(EXPERT_MISSING_CLOSE_NOTIFY));
    raise_expert(&taking.reading, SIDE_CLIENT, EXPERT_MISSING_CLOSE_NOTIFY, 4);
    g_assert_cmpuint(late_count(), ==, 1);
    end();
}

/* Of more events than there is room for, the first are kept. */
static void
test_session_events(void)
{
    static const struct session session;

    begin();
    for (unsigned i = 0; i <= SESSION_FINDINGS_MAX; i++) {
        taking.findings.session_count = MIN(i, SESSION_FINDINGS_MAX);
        add_session_event(&taking.findings, SESSION_ESTABLISHED, &session);
        g_assert_cmpuint(taking.findings.session_count, ==, MIN(i + 1, SESSION_FINDINGS_MAX));
    }
    end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reading/whose_findings", test_whose_findings);
    g_test_add_func("/reading/late_findings", test_late_findings);
    g_test_add_func("/reading/experts", test_experts);
    g_test_add_func("/reading/session_events", test_session_events);
    return g_test_run();
}

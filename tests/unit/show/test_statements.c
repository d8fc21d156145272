/* test_statements.c
 * What a frame says by its findings and its connection's conclusion.
 * Must not know how statements are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "facts/session.h"
#include "show/statements.h"

#define FRAME 10

static bool
has(const struct statements *statements, enum expert expert)
{
    return (statements->experts & EXPERT_BIT(expert)) != 0;
}

static struct statements
say(const struct conclusion *conclusion, const struct frame_findings *findings)
{
    return statements_of(FRAME, conclusion, findings);
}

static void
test_nothing(void)
{
    const struct conclusion conclusion = { .first_frame = 1 };
    const struct frame_findings findings = { .sender = SIDE_CLIENT };
    const struct statements statements = say(&conclusion, &findings);

    g_assert_true(statements_are_empty(&statements));
}

/* "Nothing inferred is ever presented as seen." */
static void
test_evidence_is_the_weakest(void)
{
    for (enum evidence alert = EVIDENCE_SEEN; alert <= EVIDENCE_INFERRED; alert++) {
        for (enum evidence verdict = EVIDENCE_SEEN; verdict <= EVIDENCE_INFERRED; verdict++) {
            const struct conclusion conclusion = {
                .direction[SIDE_SERVER] = { .close_notify_frame = FRAME,
                                            .close_notify_captured = FRAME,
                                            .close_notify_evidence = alert & 3 },
                .verdict = { .closure = CLOSURE_TRUNCATED, .evidence = verdict & 3 },
                .verdict_frame = FRAME,
            };
            const struct frame_findings findings = { .sender = SIDE_SERVER, .verdict = true };
            const struct statements statements = say(&conclusion, &findings);
            g_assert_true(statements.close_notify && statements.verdict);
            g_assert_cmpint(statements.evidence, ==, MAX(alert, verdict));
        }
    }
}

/* "A direction's closure stands in one frame": the one with the final wording. */
static void
test_closure_stands_in_one_frame(void)
{
    struct conclusion conclusion = {
        .direction[SIDE_CLIENT] = { .end_frame = FRAME, .closure.closure = CLOSURE_TRUNCATED },
    };
    const struct frame_findings provisional = { .sender = SIDE_CLIENT, .end_provisional = true };
    const struct frame_findings final = { .sender = SIDE_CLIENT, .end = true };

    g_assert_true(say(&conclusion, &provisional).closure);
    conclusion.direction[SIDE_CLIENT].end_stated = true;
    g_assert_false(say(&conclusion, &provisional).closure);
    g_assert_true(say(&conclusion, &final).closure);
    /* Its RST ended nothing, as what its sender sent later shows. */
    conclusion.direction[SIDE_CLIENT].end_frame = FRAME + 1;
    g_assert_false(say(&conclusion, &final).closure);
}

/* A verdict that was revised stands in the later frame only. */
static void
test_verdict_stands_in_its_frame(void)
{
    const struct conclusion conclusion = { .verdict = { .closure = CLOSURE_RESET },
                                           .verdict_frame = FRAME + 1 };
    const struct frame_findings findings = { .sender = SIDE_CLIENT, .verdict = true };

    g_assert_false(say(&conclusion, &findings).verdict);
}

/* "Infos about the whole connection name no side", but a closure that is hidden is one side's. */
static void
test_scopes(void)
{
    struct conclusion conclusion = {
        .verdict = { .closure = CLOSURE_UNKNOWN, .hidden = HIDDEN_GAP },
        .verdict_frame = FRAME,
    };
    struct frame_findings findings = {
        .sender = SIDE_SERVER,
        .verdict = true,
        .experts = EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246) |
                   EXPERT_BIT(EXPERT_TICKETS_DISCARDED) | EXPERT_BIT(EXPERT_DUPLICATE_CLOSE_NOTIFY),
    };
    struct statements statements = say(&conclusion, &findings);

    g_assert_cmpint(statements_scope(&statements, EXPERT_CAPTURE_INCOMPLETE), ==, SCOPE_CONNECTION);
    g_assert_cmpint(statements_scope(&statements, EXPERT_SESSION_UNRESUMABLE_RFC2246), ==,
                    SCOPE_CONNECTION);
    g_assert_cmpint(statements_scope(&statements, EXPERT_TICKETS_DISCARDED), ==, SCOPE_CONNECTION);
    g_assert_cmpint(statements_scope(&statements, EXPERT_DUPLICATE_CLOSE_NOTIFY), ==, SCOPE_SERVER);
    conclusion.direction[SIDE_SERVER].closure = conclusion.verdict;
    conclusion.direction[SIDE_SERVER].end_frame = FRAME;
    findings.end = true;
    statements = say(&conclusion, &findings);
    g_assert_cmpint(statements_scope(&statements, EXPERT_CAPTURE_INCOMPLETE), ==, SCOPE_SERVER);
}

/* What rests on a close_notify falls away with it; what came to light late rests on one that was captured
 * by then. */
static void
test_what_rests_on_the_peer(void)
{
    struct conclusion conclusion = {
        .direction[SIDE_SERVER] = { .close_notify_frame = FRAME + 2,
                                    .close_notify_captured = FRAME + 2 },
    };
    const struct frame_findings at_once = { .sender = SIDE_CLIENT,
                                            .experts = EXPERT_BIT(EXPERT_HALF_CLOSE) };
    const struct frame_findings late = { .sender = SIDE_CLIENT,
                                         .late_experts = EXPERT_BIT(EXPERT_HALF_CLOSE),
                                         .late_frame = FRAME + 3 };
    struct statements statements = say(&conclusion, &at_once);

    g_assert_false(has(&statements, EXPERT_HALF_CLOSE));
    statements = say(&conclusion, &late);
    g_assert_true(has(&statements, EXPERT_HALF_CLOSE));
    conclusion.direction[SIDE_SERVER].close_notify_captured = FRAME + 4;
    statements = say(&conclusion, &late);
    g_assert_false(has(&statements, EXPERT_HALF_CLOSE));
}

/* "W, N if that side's loss is None or Unlikely" */
static void
test_harmless(void)
{
    for (enum loss loss = LOSS_NOT_JUDGED; loss <= LOSS_UNKNOWN; loss++) {
        const struct conclusion conclusion = {
            .direction[SIDE_CLIENT] = { .end_frame = FRAME,
                                        .closure.closure = CLOSURE_TRUNCATED,
                                        .loss.loss = (uint8_t)loss },
        };
        const struct frame_findings findings = { .sender = SIDE_CLIENT, .end = true };
        const struct statements statements = say(&conclusion, &findings);
        bool harmless = loss == LOSS_NONE || loss == LOSS_UNLIKELY;
        g_assert_true(has(&statements, EXPERT_MISSING_CLOSE_NOTIFY_HARMLESS) == harmless);
        g_assert_true(has(&statements, EXPERT_MISSING_CLOSE_NOTIFY) == !harmless);
    }
}

/* A session that was spared since is not said to be unresumable; in one pass a later frame says what was
 * about an earlier one. */
static void
test_session_made_unresumable(void)
{
    struct session session = { .unresumable_frame = FRAME,
                               .unresumable_reason = UNRESUMABLE_FATAL_ALERT };
    const struct conclusion conclusion = { .session = &session };
    struct frame_findings findings = {
        .sender = SIDE_CLIENT,
        .session_count = 1,
        .session = { { .event = SESSION_MADE_UNRESUMABLE, .session = &session } },
    };

    g_assert_cmpuint(say(&conclusion, &findings).session_count, ==, 1);
    session.unresumable_frame = FRAME - 2;
    g_assert_cmpuint(say(&conclusion, &findings).session_count, ==, 0);
    findings.session[0].is_pending = true;
    g_assert_cmpuint(say(&conclusion, &findings).session_count, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/statements/nothing", test_nothing);
    g_test_add_func("/statements/evidence_is_the_weakest", test_evidence_is_the_weakest);
    g_test_add_func("/statements/closure_stands_in_one_frame", test_closure_stands_in_one_frame);
    g_test_add_func("/statements/verdict_stands_in_its_frame", test_verdict_stands_in_its_frame);
    g_test_add_func("/statements/scopes", test_scopes);
    g_test_add_func("/statements/what_rests_on_the_peer", test_what_rests_on_the_peer);
    g_test_add_func("/statements/harmless", test_harmless);
    g_test_add_func("/statements/session_made_unresumable", test_session_made_unresumable);
    return g_test_run();
}

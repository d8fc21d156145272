/* test_reset.c
 * RSTs with odd numbers, behind FINs that were not captured, and forged ones. Expected values come from the
 * public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "read/after_reset.h"
#include "sent.h"

static struct judgement
closure_of(const struct conversation *conversation, enum side side)
{
    return judge_closure(conversation->connection, side, &conversation->options);
}

static struct judgement
verdict_of(const struct conversation *conversation)
{
    return judge_verdict(conversation->connection, &conversation->options);
}

static void
assert_initiated(struct judgement verdict, enum closure closure, enum side initiator)
{
    g_assert_cmpint(verdict.closure, ==, closure);
    g_assert_true(verdict.has_initiator);
    g_assert_cmpint(verdict.initiator, ==, initiator);
}

/* "A RST's number proves missing bytes only if it lies in the window that its peer had opened." */
static void
test_reset_outside_window(void)
{
    static const struct {
        uint32_t ahead;
        enum closure closure;
    } cases[] = {
        { 0, CLOSURE_RESET },
        { 1000, CLOSURE_UNKNOWN },
        { UINT16_MAX, CLOSURE_UNKNOWN },
        { UINT16_MAX + 1, CLOSURE_RESET },
        { 1 << 29, CLOSURE_RESET },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ .sender = SIDE_CLIENT });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = cases[i].ahead, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==, cases[i].closure);
        conversation_finish(&conversation);
    }
}

/* "Raw number 0 with ACK (RFC 9293 section 3.10.7.1) proves nothing." */
static void
test_reset_with_number_zero(void)
{
    for (int bare = 0; bare <= 1; bare++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ .sender = SIDE_CLIENT });
        /* Shortly before the numbers wrap around, zero looks like the next ones. */
        uint32_t ahead = 0U - conversation.sequence[SIDE_SERVER];
        stream_clear(&conversation.connection->direction[SIDE_SERVER].stream);
        stream_start(&conversation.connection->direction[SIDE_SERVER].stream, UINT32_MAX - 999,
                     true);
        conversation.connection->direction[SIDE_CLIENT].acknowledged = STREAM_FIRST_OFFSET;
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = ahead, .rst = true,
                                              .without_acknowledgement = bare });
        const struct direction *server = &conversation.connection->direction[SIDE_SERVER];
        g_assert_cmpint(server->end.end > server->stream.captured_end, ==, bare);
        conversation_finish(&conversation);
    }
}

/* "A RST numbered one byte behind a record boundary proves a FIN that was not captured: that side ended
 * by FIN, evidence Inferred." The server's close_notify acknowledges it. */
static void
test_reset_behind_uncaptured_fin(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = 1, .type = TLS_ALERT,
                                          .length = TLS12_ALERT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .ahead = 1, .rst = true, .without_acknowledgement = true });
    struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
    g_assert_cmpint(closure.closure, ==, CLOSURE_TRUNCATED);
    g_assert_cmpint(closure.evidence, ==, EVIDENCE_INFERRED);
    assert_initiated(verdict_of(&conversation), CLOSURE_TRUNCATED, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* The same, but the server did not know of the FIN: whether the client had received its close_notify
 * before the FIN, or only before the RST, nobody can tell. */
static void
test_uncaptured_fin_and_close_notify(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT, .fin = true });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 1, .rst = true,
                                          .received = WIRE(TLS12_ALERT) + 1 });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* Inside a record the byte that is missing is one of it. */
static void
test_reset_behind_begun_record(void)
{
    static const uint8_t begun[] = { TLS_APPLICATION_DATA, 3, 3, 0, 50, 1 };
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation_capture(
        &conversation,
        &(struct loose_segment){ .sender = SIDE_CLIENT, .payload = begun, .length = sizeof begun });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = sizeof begun + 1, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* "reset_after_close_notify also when the RST answers a record that was only begun", but not if that may
 * be an alert. */
static void
test_reset_answers_begun_record(void)
{
    static const struct {
        uint8_t type;
        bool raised;
    } cases[] = {
        { TLS_APPLICATION_DATA, true },
        { TLS_ALERT, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint8_t begun[] = { cases[i].type, 3, 3, 0, 100, 1 };
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = TLS_ALERT, .length = TLS12_ALERT,
                                              .fin = true });
        conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                     .payload = begun,
                                                                     .length = sizeof begun });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS12_ALERT) + 1,
                                              .rst = true, .without_acknowledgement = true });
        g_assert_cmpint(raises(&conversation, EXPERT_RESET_AFTER_CLOSE_NOTIFY), ==,
                        cases[i].raised);
        conversation_finish(&conversation);
    }
}

/* "Not when all it left unread are [...] a close_notify": a RST in place of the FIN. */
static void
test_reset_leaves_close_notify_unread(void)
{
    for (int data = 0; data <= 1; data++) {
        struct conversation conversation;
        uint32_t received = data ? WIRE(100) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .type = TLS_ALERT, .length = TLS12_ALERT });
        if (data)
            capture(&conversation,
                    (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA, .length = 100 });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = received, .type = TLS_ALERT,
                                              .length = TLS12_ALERT });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS12_ALERT),
                               .received = received + WIRE(TLS12_ALERT), .rst = true });
        g_assert_cmpint(
            reset_is_abortive(conversation.connection, SIDE_CLIENT, &conversation.options), ==,
            data);
        conversation_finish(&conversation);
    }
}

/* "If its sender goes on with new data that the peer acknowledges, the RST was forged or stale: no end; the
 * connection is open until it really ends." AHEAD: of the RST, of the bytes captured before. */
static void
test_reset_that_ended_nothing(void)
{
    static const uint32_t ahead[] = { 0, 50, 3000 };

    for (guint i = 0; i < G_N_ELEMENTS(ahead); i++) {
        struct conversation conversation;
        uint32_t sent = 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = ahead[i], .rst = true });
        g_assert_true(conversation.findings.verdict);
        for (int round = 0; round < AFTER_RESET_ROUNDS; round++) {
            g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, !=, CLOSURE_NONE);
            capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = sent,
                                                  .type = TLS_APPLICATION_DATA, .length = 100 });
            sent += WIRE(100);
            capture(&conversation, (struct sent){ SIDE_CLIENT, .received = sent });
        }
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==, CLOSURE_NONE);
        g_assert_cmpint(verdict_of(&conversation).closure, ==, CLOSURE_NONE);
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = sent, .type = TLS_ALERT,
                                              .length = TLS12_ALERT, .fin = true });
        sent += WIRE(TLS12_ALERT) + 1;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .received = sent, .fin = true });
        g_assert_true(conversation.findings.verdict);
        assert_initiated(verdict_of(&conversation), CLOSURE_UNANSWERED, SIDE_SERVER);
        conversation_finish(&conversation);
    }
}

/* Bytes that were on the way, captured behind the RST, do not undo it. */
static void
test_reset_with_late_bytes(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .rst = true });
    for (uint32_t i = 0; i < 3; i++)
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = i * WIRE(100),
                                              .type = TLS_APPLICATION_DATA, .length = 100 });
    for (uint32_t i = 1; i <= 3; i++)
        capture(&conversation, (struct sent){ SIDE_CLIENT, .received = i * WIRE(100) });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, !=, CLOSURE_NONE);
    conversation_finish(&conversation);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/reset/outside_window", test_reset_outside_window);
    g_test_add_func("/ending/reset/number_zero", test_reset_with_number_zero);
    g_test_add_func("/ending/reset/behind_uncaptured_fin", test_reset_behind_uncaptured_fin);
    g_test_add_func("/ending/reset/fin_and_close_notify", test_uncaptured_fin_and_close_notify);
    g_test_add_func("/ending/reset/behind_begun_record", test_reset_behind_begun_record);
    g_test_add_func("/ending/reset/ended_nothing", test_reset_that_ended_nothing);
    g_test_add_func("/ending/reset/late_bytes", test_reset_with_late_bytes);
    g_test_add_func("/ending/reset/answers_begun_record", test_reset_answers_begun_record);
    g_test_add_func("/ending/reset/leaves_close_notify", test_reset_leaves_close_notify_unread);
    return g_test_run();
}

/* test_inference.c
 * What may be a close_notify where nothing is decrypted: padding, gaps, two numberings. Expected values come
 * from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "judge/loss.h"
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

/* "At a record boundary, fewer than 7 missing bytes can hide no alert record." */
static void
test_gap_too_short_for_alert(void)
{
    static const struct {
        uint32_t missing;
        enum closure closure;
    } cases[] = {
        { 0, CLOSURE_TRUNCATED },
        { 6, CLOSURE_TRUNCATED },
        { 7, CLOSURE_UNKNOWN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = cases[i].missing, .fin = true });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = cases[i].missing + 1, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, cases[i].closure);
        conversation_finish(&conversation);
    }
}

/* "With tlsclose.infer off nothing is given as Inferred", Handshake incomplete included. */
static void
test_nothing_inferred(void)
{
    for (int infer = 0; infer <= 1; infer++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, false);
        conversation.options.infer = infer;
        /* As if the client's Finished had been an alert. */
        conversation.connection->direction[SIDE_CLIENT].finished_end = 0;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = 1, .fin = true });
        enum closure expected = infer ? CLOSURE_HANDSHAKE_INCOMPLETE : CLOSURE_UNKNOWN;
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, expected);
        g_assert_cmpint(verdict_of(&conversation).closure, ==, expected);
        g_assert_cmpint(verdict_of(&conversation).evidence, ==,
                        infer ? EVIDENCE_INFERRED : EVIDENCE_NONE);
        conversation_finish(&conversation);
    }
}

/* With AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS13_FINISHED (4 + 32 + 1 + 16)
#define JAVA_PADDING 16

/* As if the records of both sides' Finished had been so long. */
static void
pad_finished(struct conversation *conversation, uint16_t client, uint16_t server)
{
    const uint16_t length[] = { client, server };

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        conversation->connection->direction[side].finished_record_length = length[side];
        conversation->connection->direction[side].traffic.finished_length = length[side];
    }
}

/* "If a direction's records after the handshake are all longer than an unpadded alert and its last has
 * the smallest length among them, padding may hide the alert", where both sides' Finished are padded
 * by the same. */
static void
test_padded_records(void)
{
    static const struct {
        uint16_t client, server; /* lengths of their Finished */
        uint16_t first, last;    /* records of the client */
        bool hidden;
    } cases[] = {
        { 272, 272, 272, 272, true },
        { 272, 272, 528, 272, true },
        { 272, 272, 272, 528, false },
        { TLS13_FINISHED + 1, TLS13_FINISHED + 1, 20, 20, true },
        { TLS13_FINISHED, 272, 272, 272, false },
        { 272, TLS13_FINISHED, 272, 272, false },
        { TLS13_FINISHED + JAVA_PADDING, 272, 272, 272, false },
        { TLS13_FINISHED + 8, 2048, 272, 272, false }, /* as with ALPS: other messages beside it */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, false);
        pad_finished(&conversation, cases[i].client, cases[i].server);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA,
                                              .length = cases[i].first });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(cases[i].first),
                                              .type = TLS_APPLICATION_DATA, .length = cases[i].last,
                                              .fin = true });
        struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
        g_assert_cmpint(closure.closure, ==, cases[i].hidden ? CLOSURE_UNKNOWN : CLOSURE_TRUNCATED);
        g_assert_cmpint(closure.hidden, ==, cases[i].hidden ? HIDDEN_PADDED : HIDDEN_NOTHING);
        struct loss_judgement loss =
            judge_loss(conversation.connection, SIDE_CLIENT, closure, NULL, &conversation.options);
        g_assert_cmpint(loss.rule, ==, cases[i].hidden ? LOSS_PADDED_CLOSE_NOTIFY : LOSS_BARE_END);
        g_assert_cmpuint(loss_row(loss.rule), ==, cases[i].hidden ? 9 : 11);
        conversation_finish(&conversation);
    }
}

/* "Java's 16 bytes count for servers too." */
static void
test_padded_alert_of_server(void)
{
    for (int pads = 0; pads <= 1; pads++) {
        struct conversation conversation;
        uint16_t finished = (uint16_t)(TLS13_FINISHED + (pads ? JAVA_PADDING : 0));

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, true);
        pad_finished(&conversation, TLS13_FINISHED, finished);
        capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA,
                                              .length = TLS13_ALERT + JAVA_PADDING, .fin = true });
        struct judgement closure = closure_of(&conversation, SIDE_SERVER);
        g_assert_cmpint(closure.closure, ==, pads ? CLOSURE_CLOSE_NOTIFY : CLOSURE_TRUNCATED);
        g_assert_cmpint(closure.evidence, ==, EVIDENCE_INFERRED);
        conversation_finish(&conversation);
    }
}

/* The distance between the two numberings. */
#define OTHER_NUMBERS UINT32_C(0x40000000)

/* "Copies of a side whose acknowledgements name bytes that the peer never sent are set aside": each
 * segment of the server is captured twice, first as it is numbered on the other side of a device that
 * rewrites both numbers. */
static void
test_two_numberings(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation.connection->two_numberings = true; /* as the handshake has shown */
    for (int copy = 0; copy <= 1; copy++) {
        uint32_t distance = copy == 0 ? OTHER_NUMBERS : 0;
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .ahead = distance, .received = distance,
                               .type = TLS_ALERT, .length = TLS12_ALERT, .fin = true });
    }
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    struct judgement verdict = verdict_of(&conversation);
    assert_initiated(verdict, CLOSURE_UNANSWERED, SIDE_SERVER);
    g_assert_cmpint(verdict.evidence, ==, EVIDENCE_INFERRED);
    conversation_finish(&conversation);
}

/* "If it can't be told which copy is the peer's, the answer is Unknown": only the other was captured. */
static void
test_other_numbering_alone(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation.connection->two_numberings = true;
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = OTHER_NUMBERS, .type = TLS_ALERT,
                                          .length = TLS12_ALERT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
    g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
    g_assert_cmpint(closure.hidden, ==, HIDDEN_TWO_NUMBERINGS);
    conversation_finish(&conversation);
}

/* Before any data has flowed no segment is far ahead; later one may be, and then it is no copy. */
static void
test_one_numbering(void)
{
    for (int data = 0; data <= 1; data++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, data);
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = 1 << 25,
                                              .type = TLS_APPLICATION_DATA, .length = 100 });
        g_assert_cmpint(conversation.connection->two_numberings, ==, !data);
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/gap_too_short_for_alert", test_gap_too_short_for_alert);
    g_test_add_func("/ending/nothing_inferred", test_nothing_inferred);
    g_test_add_func("/ending/padding/hides_alert", test_padded_records);
    g_test_add_func("/ending/padding/of_server", test_padded_alert_of_server);
    g_test_add_func("/ending/numberings/two", test_two_numberings);
    g_test_add_func("/ending/numberings/other_alone", test_other_numbering_alone);
    g_test_add_func("/ending/numberings/one", test_one_numbering);
    return g_test_run();
}

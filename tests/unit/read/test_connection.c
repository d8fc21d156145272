/* test_connection.c
 * Segments late, lost and numbered in odd ways: in which frame what is said of a connection's end. Expected
 * values come from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "sent.h"

/* A record of zeros, longer than any alert. */
#define DATA_LENGTH 100

static enum closure
closure_of(const struct conversation *conversation, enum side side)
{
    return judge_closure(conversation->connection, side, &conversation_options).closure;
}

/* The server's last data is captured behind its FIN, and behind the client's acknowledgement of both:
 * the end is stated in the frame of the FIN with bytes outstanding, and then where they are. */
static void
test_late_bytes_behind_their_acknowledgement(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    conversation_capture(
        &conversation,
        &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = data->len, .fin = true });
    g_assert_true(conversation.findings.end_provisional);
    conversation_capture(
        &conversation, &(struct loose_segment){ .sender = SIDE_CLIENT, .received = data->len + 1 });
    conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                 .payload = data->data,
                                                                 .length = data->len });
    g_assert_true(conversation.findings.end);
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = data->len + 1 });
    g_assert_false(conversation.findings.end);
    conversation_finish(&conversation);
    g_byte_array_free(data, TRUE);
}

/* The same, but the bytes never come: no other frame is the place to state the end. */
static void
test_bytes_that_never_come(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation_capture(
        &conversation, &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = 40, .fin = true });
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_CLIENT, .received = 41 });
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = 41 });
    g_assert_false(conversation.findings.end || conversation.findings.end_provisional);
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* With AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS12_EMPTY (8 + 16)
#define TLS13_EMPTY (1 + 16)

static const uint8_t internal_error[] = { TLS_ALERT_FATAL, 80 };

static enum closure
verdict_of(const struct conversation *conversation)
{
    return judge_verdict(conversation->connection, &conversation_options).closure;
}

/* Numbers more than a gigabyte ahead are not the connection's: those of another one, or damage. */
static void
test_numbers_far_ahead(void)
{
    const uint32_t far = UINT32_C(0x50000000);
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .received = far });
    capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = far });
    capture(&conversation, (struct sent){ SIDE_SERVER, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = far, .received = 1, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_RESET);
    g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_TRUNCATED);
    conversation_finish(&conversation);
}

/* A FIN in the middle of bytes captured later: those behind it do not count, and the record that they
 * would have completed was cut. */
static void
test_bytes_behind_the_fin(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 50, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    g_assert_true(ended_inside_record(conversation.connection, SIDE_CLIENT));
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 51, .type = TLS_APPLICATION_DATA,
                                          .length = DATA_LENGTH });
    g_assert_true(ended_inside_record(conversation.connection, SIDE_CLIENT));
    conversation_finish(&conversation);
}

/* Unknown is the answer where it depends on a FIN numbered below captured data, whoever closed. */
static void
test_fin_below_data(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .received = WIRE(DATA_LENGTH) + 1, .fin = true });
    struct judgement closure =
        judge_closure(conversation.connection, SIDE_CLIENT, &conversation_options);
    g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
    g_assert_cmpint(closure.hidden, ==, HIDDEN_FIN_BELOW_DATA);
    g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* A RST after the own FIN and close_notify is worth a word where it meets data of the peer's. */
static void
test_reset_after_fin(void)
{
    static const struct {
        bool has_close_notify, data_is_received, expected;
    } cases[] = { { true, false, true }, { true, true, false }, { false, false, false } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        uint32_t alert = cases[i].has_close_notify ? WIRE(TLS12_ALERT) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = alert ? TLS_ALERT : 0,
                                              .length = TLS12_ALERT, .fin = true });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = alert + 1, .type = TLS_APPLICATION_DATA,
                               .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = alert + 1,
                               .received = cases[i].data_is_received ? WIRE(DATA_LENGTH) : 0,
                               .rst = true });
        g_assert_true(raises(&conversation, EXPERT_RESET_AFTER_CLOSE_NOTIFY) == cases[i].expected);
        g_assert_true(conversation.findings.further_end == cases[i].expected);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = alert + 1, .received = 0, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_NONE);
        conversation_finish(&conversation);
    }
}

/* Kernels number a RST below what they sent before: it ends the direction behind that all the same,
 * and tells nothing of a record that was cut. */
static void
test_old_reset(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    conversation_capture(&conversation, &(struct loose_segment){ SIDE_CLIENT, .payload = data->data,
                                                                 .length = data->len - 1 });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_RESET);
    g_assert_false(ended_inside_record(conversation.connection, SIDE_CLIENT));
    conversation_finish(&conversation);
    g_byte_array_free(data, TRUE);
}

/* A fatal alert closes only if it was sent before either direction had ended. */
static void
test_fatal_alert_and_ends(void)
{
    static const struct {
        bool fin, rst;         /* of the client, before the alert */
        uint32_t received;     /* of the client's, by the server with its alert */
        enum closure expected; /* of the connection */
    } cases[] = {
        { false, false, 0, CLOSURE_FATAL_ALERT },
        { true, false, 0, CLOSURE_FATAL_ALERT },
        { true, false, 1, CLOSURE_TRUNCATED },
        { false, true, 0, CLOSURE_RESET },
        /* It acknowledges a FIN or a byte that was not captured. */
        { false, false, 1, CLOSURE_UNKNOWN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
        if (cases[i].fin || cases[i].rst)
            capture(&conversation,
                    (struct sent){ SIDE_CLIENT, .fin = cases[i].fin, .rst = cases[i].rst });
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = cases[i].received,
                                              .type = TLS_ALERT, .length = TLS12_ALERT,
                                              .inner_type = TLS_ALERT, .plaintext = internal_error,
                                              .plaintext_length = sizeof internal_error });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = WIRE(TLS12_ALERT),
                                              .received = cases[i].received, .rst = true });
        g_assert_cmpint(verdict_of(&conversation), ==, cases[i].expected);
        conversation_finish(&conversation);
    }
}

/* Nothing was acknowledged or captured before: the first segment of a side tells where its numbers
 * begin. */
static void
test_first_segments_without_acknowledgement(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        conversation_capture(&conversation,
                             &(struct loose_segment){ side, .without_acknowledgement = true,
                                                      .payload = data->data, .length = data->len });
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .ahead = data->len, .received = data->len, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    conversation_finish(&conversation);

    conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
    conversation_capture(&conversation,
                         &(struct loose_segment){ SIDE_CLIENT, .without_acknowledgement = true,
                                                  .payload = data->data, .length = data->len });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = data->len, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
    connection_free(NULL);
    g_byte_array_free(data, TRUE);
}

/* Version unknown: records of any length that an alert or an empty record may have, in any version and
 * cipher suite, are neither alert nor data for certain. */
static void
test_unknown_version(void)
{
    static const struct {
        uint16_t length;
        enum closure expected;
    } cases[] = {
        { 1 + 8, CLOSURE_TRUNCATED },          /* empty with CCM_8 */
        { TLS13_EMPTY, CLOSURE_TRUNCATED },    /* empty */
        { 3 + 8, CLOSURE_UNKNOWN },            /* an alert with CCM_8 */
        { 3 + 8 + 16, CLOSURE_UNKNOWN },       /* ... that Java pads */
        { TLS13_ALERT + 16, CLOSURE_UNKNOWN }, /* an alert that Java pads */
        { TLS13_ALERT, CLOSURE_CLOSE_NOTIFY },
        { DATA_LENGTH, CLOSURE_TRUNCATED },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = WIRE(DATA_LENGTH),
                               .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = WIRE(DATA_LENGTH),
                               .received = WIRE(DATA_LENGTH), .type = TLS_APPLICATION_DATA,
                               .length = cases[i].length, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, cases[i].expected);
        conversation_finish(&conversation);
    }
}

/* A side that ends before both have finished leaves the handshake incomplete, and says so as Seen where
 * it was in clear text. */
static void
test_end_in_the_handshake(void)
{
    struct conversation conversation;

    conversation_begin_bare(&conversation, START_AT_CLIENT_HELLO);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_HANDSHAKE, .length = 40, .fin = true });
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = WIRE(40) + 1, .rst = true });
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        g_assert_cmpint(closure_of(&conversation, side), ==, CLOSURE_HANDSHAKE_INCOMPLETE);
    struct judgement verdict = judge_verdict(conversation.connection, &conversation_options);
    g_assert_cmpint(verdict.closure, ==, CLOSURE_HANDSHAKE_INCOMPLETE);
    g_assert_cmpint(verdict.evidence, ==, EVIDENCE_SEEN);
    conversation_finish(&conversation);
}

/* Bytes that are missing from a direction hide a close_notify of its own, and one that the peer may have
 * received, but not one that was captured behind them. */
static void
test_gaps(void)
{
    static const struct {
        enum side side; /* whose bytes are missing, and ... */
        bool close_notify_behind;
        enum closure client, server, verdict;
    } cases[] = {
        { SIDE_CLIENT, false, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN },
        { SIDE_SERVER, false, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN },
        { SIDE_CLIENT, true, CLOSURE_CLOSE_NOTIFY, CLOSURE_UNANSWERED, CLOSURE_UNANSWERED },
        { SIDE_SERVER, true, CLOSURE_UNANSWERED, CLOSURE_CLOSE_NOTIFY, CLOSURE_UNANSWERED },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        const uint32_t lost = 60, alert = cases[i].close_notify_behind ? WIRE(TLS12_ALERT) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ cases[i].side, .ahead = lost,
                                              .type = alert ? TLS_ALERT : TLS_APPLICATION_DATA,
                                              .length = alert ? TLS12_ALERT : DATA_LENGTH });
        uint32_t end = lost + (alert ? alert : WIRE(DATA_LENGTH));
        capture(&conversation, (struct sent){ other_side(cases[i].side), .received = end });
        capture(&conversation, (struct sent){ cases[i].side, .ahead = end, .fin = true });
        capture(&conversation,
                (struct sent){ other_side(cases[i].side), .received = end + 1, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, cases[i].client);
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, cases[i].server);
        g_assert_cmpint(verdict_of(&conversation), ==, cases[i].verdict);
        conversation_finish(&conversation);
    }
}

/* Of an answer that rests on what is not inferred: tlsclose.infer is off. That an alert which data
 * followed was no close_notify would be inferred as well. */
static void
test_without_inference(void)
{
    static const struct {
        enum visibility visibility;
        uint8_t type;
        uint16_t length;
        bool data_follows;
    } cases[] = {
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, false },
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, true },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, false },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, true },
    };
    const struct connection_options no_inference = { .infer = false };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        bool data_follows = cases[i].data_follows;

        conversation_begin(&conversation, cases[i].visibility, ONE_BY_ONE, true);
        conversation.options = no_inference;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = cases[i].type,
                                              .length = cases[i].length, .fin = !data_follows });
        if (data_follows)
            capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(cases[i].length),
                                                  .type = TLS_APPLICATION_DATA,
                                                  .length = DATA_LENGTH, .fin = true });
        struct judgement closure =
            judge_closure(conversation.connection, SIDE_CLIENT, &no_inference);
        g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
        g_assert_cmpint(closure.hidden, ==, HIDDEN_UNREADABLE_ALERT);
        conversation_finish(&conversation);
    }
}

/* A RST with a number of its own beyond all that was captured tells of bytes that were not, and so does
 * an acknowledgement of the peer's. */
static void
test_reset_that_tells_of_more(void)
{
    static const struct {
        uint32_t ahead, acknowledged;
    } cases[] = { { 60, 0 }, { 0, 60 } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = cases[i].acknowledged });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = cases[i].ahead, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_UNKNOWN);
        g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_UNKNOWN);
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/late_bytes_behind_their_acknowledgement",
                    test_late_bytes_behind_their_acknowledgement);
    g_test_add_func("/connection/bytes_that_never_come", test_bytes_that_never_come);
    g_test_add_func("/connection/numbers_far_ahead", test_numbers_far_ahead);
    g_test_add_func("/connection/bytes_behind_the_fin", test_bytes_behind_the_fin);
    g_test_add_func("/connection/fin_below_data", test_fin_below_data);
    g_test_add_func("/connection/reset_after_fin", test_reset_after_fin);
    g_test_add_func("/connection/old_reset", test_old_reset);
    g_test_add_func("/connection/fatal_alert_and_ends", test_fatal_alert_and_ends);
    g_test_add_func("/connection/first_segments_without_acknowledgement",
                    test_first_segments_without_acknowledgement);
    g_test_add_func("/connection/unknown_version", test_unknown_version);
    g_test_add_func("/connection/end_in_the_handshake", test_end_in_the_handshake);
    g_test_add_func("/connection/gaps", test_gaps);
    g_test_add_func("/connection/without_inference", test_without_inference);
    g_test_add_func("/connection/reset_that_tells_of_more", test_reset_that_tells_of_more);
    return g_test_run();
}

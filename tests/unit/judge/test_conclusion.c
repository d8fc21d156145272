/* test_conclusion.c
 * What a few connections come to, answer by answer: by the public interface and by what the sides did.
 * Must not know how the engine judges, which other tests hold against every history.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/application.h"
#include "judge/conclusion.h"
#include "read/plaintext.h"

#include <glib.h>
#include <string.h>

#include "conversation.h"

#define ONE_FRAME 1000000 /* nanoseconds between two frames of a conversation */

/* Sends one event; returns its frame. */
static uint32_t
say(struct conversation *conversation, enum side side, enum kind kind, unsigned received)
{
    const struct event event = { side, kind, received };

    conversation_send(conversation, &event, 1);
    return conversation->frame;
}

static struct conclusion
conclude_now(const struct conversation *conversation)
{
    struct application_end *application =
        plaintext_end(conversation->connection, &conversation->options);
    struct conclusion found =
        conclude(conversation->connection, application, &conversation->options);

    application_end_free(application);
    found.application = NULL;
    return found;
}

static void
assert_judged(const struct judgement *judgement, enum closure closure, enum evidence evidence)
{
    g_assert_cmpint(judgement->closure, ==, closure);
    g_assert_cmpint(judgement->evidence, ==, evidence);
}

static void
assert_close_notify(const struct direction_conclusion *direction, uint32_t frame,
                    enum close_notify_order order, enum evidence evidence)
{
    g_assert_cmpuint(direction->close_notify_frame, ==, frame);
    g_assert_cmpuint(direction->close_notify_captured, ==, frame);
    g_assert_cmpint(direction->close_notify_order, ==, order);
    g_assert_cmpint(direction->close_notify_evidence, ==, evidence);
}

static void
test_graceful(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    uint32_t first = say(&conversation, SIDE_SERVER, CLOSE_NOTIFY, 0);
    uint32_t second = say(&conversation, SIDE_CLIENT, CLOSE_NOTIFY, 1);
    say(&conversation, SIDE_CLIENT, FIN, 1);
    uint32_t last = say(&conversation, SIDE_SERVER, FIN, 3);
    struct conclusion found = conclude_now(&conversation);

    assert_close_notify(&found.direction[SIDE_SERVER], first, ORDER_FIRST, EVIDENCE_SEEN);
    assert_close_notify(&found.direction[SIDE_CLIENT], second, ORDER_RESPONSE, EVIDENCE_SEEN);
    g_assert_cmpint(conclusion_response_time(&found, SIDE_CLIENT), ==, ONE_FRAME);
    g_assert_cmpint(conclusion_response_time(&found, SIDE_SERVER), ==, -ONE_FRAME);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        const struct direction_conclusion *direction = &found.direction[side];
        assert_judged(&direction->closure, CLOSURE_CLOSE_NOTIFY, EVIDENCE_SEEN);
        g_assert_false(direction->fatal_alert || direction->reset_is_abortive ||
                       direction->ended_inside_record || direction->user_canceled_alone ||
                       direction->ended_unspoken);
    }
    assert_judged(&found.verdict, CLOSURE_CLOSE_NOTIFY, EVIDENCE_SEEN);
    g_assert_true(found.verdict.has_initiator);
    g_assert_cmpint(found.verdict.initiator, ==, SIDE_SERVER);
    g_assert_cmpuint(found.verdict_frame, ==, last);
    g_assert_cmpuint(found.first_frame, ==, 1);
    g_assert_cmpuint(found.first_act_frame, ==, first);
    g_assert_cmpint(found.closing_time, ==, (last - first) * INT64_C(1000000));
    g_assert_cmpint(found.version, ==, TLS_1_2);
    g_assert_true(found.hello_seen);
    g_assert_cmpint(found.http_framing, ==, HTTP_FRAMING_NONE);
    g_assert_null(found.server_name);
    g_assert_null(found.session);
    conversation_finish(&conversation);
}

static void
test_still_open(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, true);
    say(&conversation, SIDE_CLIENT, FIN, 0);
    struct conclusion found = conclude_now(&conversation);

    assert_judged(&found.direction[SIDE_CLIENT].closure, CLOSURE_TRUNCATED, EVIDENCE_INFERRED);
    assert_judged(&found.direction[SIDE_SERVER].closure, CLOSURE_NONE, EVIDENCE_NONE);
    assert_judged(&found.verdict, CLOSURE_NONE, EVIDENCE_NONE);
    g_assert_cmpuint(found.verdict_frame, ==, 0);
    g_assert_cmpuint(found.first_act_frame, ==, 0);
    g_assert_cmpuint(found.direction[SIDE_CLIENT].close_notify_frame, ==, 0);
    g_assert_cmpint(found.direction[SIDE_CLIENT].close_notify_order, ==, ORDER_NONE);
    conversation_finish(&conversation);
}

static void
test_crossing_close_notify(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    uint32_t first = say(&conversation, SIDE_CLIENT, CLOSE_NOTIFY, 0);
    uint32_t second = say(&conversation, SIDE_SERVER, CLOSE_NOTIFY, 0);
    struct conclusion found = conclude_now(&conversation);

    assert_close_notify(&found.direction[SIDE_CLIENT], first, ORDER_FIRST, EVIDENCE_INFERRED);
    assert_close_notify(&found.direction[SIDE_SERVER], second, ORDER_SIMULTANEOUS,
                        EVIDENCE_INFERRED);
    conversation_finish(&conversation);
}

static void
test_reset_in_place_of_fin(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    uint32_t first = say(&conversation, SIDE_CLIENT, CLOSE_NOTIFY, 0);
    uint32_t last = say(&conversation, SIDE_CLIENT, RST, 0);
    struct conclusion found = conclude_now(&conversation);

    assert_judged(&found.direction[SIDE_CLIENT].closure, CLOSURE_CLOSE_NOTIFY, EVIDENCE_SEEN);
    g_assert_true(found.direction[SIDE_CLIENT].reset_is_abortive);
    g_assert_false(found.direction[SIDE_SERVER].reset_is_abortive);
    assert_judged(&found.verdict, CLOSURE_UNANSWERED, EVIDENCE_SEEN);
    g_assert_cmpuint(found.verdict_frame, ==, last);
    g_assert_cmpint(found.closing_time, ==, (last - first) * INT64_C(1000000));
    conversation_finish(&conversation);
}

static void
test_fatal_alert(void)
{
    struct conversation conversation;
    struct session session = { .established_frame = 1 };

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    conversation.connection->session = &session;
    uint32_t first = say(&conversation, SIDE_CLIENT, FATAL_ALERT, 0);
    say(&conversation, SIDE_CLIENT, FIN, 0);
    say(&conversation, SIDE_SERVER, FIN, 2);
    struct conclusion found = conclude_now(&conversation);

    g_assert_true(found.direction[SIDE_CLIENT].fatal_alert);
    g_assert_false(found.direction[SIDE_SERVER].fatal_alert);
    g_assert_false(found.direction[SIDE_CLIENT].user_canceled_alone);
    assert_judged(&found.verdict, CLOSURE_FATAL_ALERT, EVIDENCE_SEEN);
    g_assert_cmpuint(found.first_act_frame, ==, first);
    g_assert_true(found.session == &session);
    g_assert_true(found.made_session_unresumable);
    conversation_finish(&conversation);
}

static void
test_user_canceled_alone(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS13_DECRYPTED, ONE_BY_ONE, true);
    say(&conversation, SIDE_CLIENT, WARNING_ALERT, 0);
    struct conclusion found = conclude_now(&conversation);
    g_assert_true(found.direction[SIDE_CLIENT].user_canceled_alone);
    say(&conversation, SIDE_CLIENT, CLOSE_NOTIFY, 0);
    found = conclude_now(&conversation);
    g_assert_false(found.direction[SIDE_CLIENT].user_canceled_alone);
    conversation_finish(&conversation);
}

/* The header of a record, the first of its bytes, and the end. */
static void
test_end_inside_record(void)
{
    static const uint8_t beginning[] = { TLS_APPLICATION_DATA, 3, 3, 0, 100, 1 };
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                 .fin = true,
                                                                 .payload = beginning,
                                                                 .length = sizeof beginning });
    struct conclusion found = conclude_now(&conversation);

    g_assert_true(found.direction[SIDE_SERVER].ended_inside_record);
    g_assert_false(found.direction[SIDE_CLIENT].ended_inside_record);
    conversation_finish(&conversation);
}

/* The server's frame says only that bytes before its end are outstanding; then the client has them. */
static void
test_end_that_no_frame_states(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    conversation_capture(
        &conversation, &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = 40, .fin = true });
    g_assert_true(conversation.findings.end_provisional);
    struct conclusion found = conclude_now(&conversation);
    g_assert_false(found.direction[SIDE_SERVER].ended_unspoken);
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_CLIENT, .received = 41 });
    found = conclude_now(&conversation);
    g_assert_true(found.direction[SIDE_SERVER].ended_unspoken);
    conversation_finish(&conversation);
}

/* The server's response to a GET, in the frame after the conversation's last, in place of whatever the
 * conversation has said. */
static void
respond(struct conversation *conversation, const char *response)
{
    static const char get[] = "GET / HTTP/1.1\r\n\r\n";
    struct application *application = application_new(HINT_NONE);
    const struct application_data request = {
        .bytes = (const uint8_t *)get,
        .length = sizeof get - 1,
        .end = sizeof get - 1,
        .frame = conversation->frame,
    };
    const struct application_data answer = {
        .bytes = (const uint8_t *)response,
        .length = (uint32_t)strlen(response),
        .end = strlen(response),
        .acknowledged = sizeof get - 1,
        .frame = conversation->frame + 1,
    };
    struct application_event event;

    application_take(application, SIDE_CLIENT, &request, &event);
    application_take(application, SIDE_SERVER, &answer, &event);
    application_free(conversation->connection->application);
    conversation->connection->application = application;
}

static void
test_response_cut_short(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    respond(&conversation, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhell");
    uint32_t announced = conversation.frame + 1;
    g_assert_false(conclude_now(&conversation).response_truncated);
    say(&conversation, SIDE_SERVER, FIN, 0);
    struct conclusion found = conclude_now(&conversation);

    g_assert_cmpint(found.http_framing, ==, HTTP_FRAMING_CONTENT_LENGTH);
    g_assert_cmpint(found.http_complete, ==, HTTP_INCOMPLETE);
    g_assert_true(found.response_truncated);
    g_assert_true(found.http_close_without_close_notify);
    g_assert_cmpuint(found.application_frames.close_announced, ==, announced);
    conversation_finish(&conversation);
}

static void
test_close_not_announced(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    respond(&conversation, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    say(&conversation, SIDE_SERVER, FIN, 0);
    struct conclusion found = conclude_now(&conversation);

    g_assert_cmpint(found.http_complete, ==, HTTP_COMPLETE);
    g_assert_false(found.response_truncated);
    g_assert_false(found.http_close_without_close_notify);
    g_assert_cmpuint(found.application_frames.close_announced, ==, 0);
    conversation_finish(&conversation);
}

/* RFC 9112 section 9.8: the close_notify vouches for a body that only the close delimits. */
static void
test_response_vouched_for(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    respond(&conversation, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
    say(&conversation, SIDE_SERVER, CLOSE_NOTIFY, 0);
    say(&conversation, SIDE_SERVER, FIN, 0);
    struct conclusion found = conclude_now(&conversation);

    g_assert_cmpint(found.http_framing, ==, HTTP_FRAMING_CLOSE_DELIMITED);
    g_assert_cmpint(found.http_complete, ==, HTTP_COMPLETE);
    g_assert_false(found.response_truncated);
    g_assert_false(found.http_close_without_close_notify);
    conversation_finish(&conversation);
}

/* "tlsclose.idle": from the last application data to the first closing act; none without data. */
static void
test_idle(void)
{
    for (unsigned data = 0; data <= 1; data++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, data);
        struct conclusion found = conclude_now(&conversation);
        g_assert_cmpint(found.idle, ==, -1);
        say(&conversation, SIDE_CLIENT, FIN, 0);
        say(&conversation, SIDE_SERVER, FIN, 1);
        found = conclude_now(&conversation);
        g_assert_cmpint(found.idle, ==, data ? 1000000 : -1); /* a segment a millisecond */
        g_assert_cmpuint(found.direction[SIDE_CLIENT].close_notify_captured, ==, 0);
        g_assert_false(found.made_session_unresumable);
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conclusion/graceful", test_graceful);
    g_test_add_func("/conclusion/still_open", test_still_open);
    g_test_add_func("/conclusion/crossing_close_notify", test_crossing_close_notify);
    g_test_add_func("/conclusion/reset_in_place_of_fin", test_reset_in_place_of_fin);
    g_test_add_func("/conclusion/fatal_alert", test_fatal_alert);
    g_test_add_func("/conclusion/user_canceled_alone", test_user_canceled_alone);
    g_test_add_func("/conclusion/end_inside_record", test_end_inside_record);
    g_test_add_func("/conclusion/end_that_no_frame_states", test_end_that_no_frame_states);
    g_test_add_func("/conclusion/response_cut_short", test_response_cut_short);
    g_test_add_func("/conclusion/close_not_announced", test_close_not_announced);
    g_test_add_func("/conclusion/response_vouched_for", test_response_vouched_for);
    g_test_add_func("/conclusion/idle", test_idle);
    return g_test_run();
}

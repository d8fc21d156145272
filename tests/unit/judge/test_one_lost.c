/* test_one_lost.c
 * One segment that the capture lacks, or has in another order, accuses nobody: what of it nobody can tell is
 * Unknown. Each case is a whole conversation without that segment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "judge/application_context.h"
#include "judge/closure.h"
#include "judge/loss.h"
#include "judge/resumption.h"
#include "records.h"

/* Tag and inner content type of the conversation's cipher suite; a record with Finished. */
#define EXPANSION 17
#define FINISHED_LENGTH 53

static struct conversation talk;
static const struct conversation *const asked = &talk;

static void
begin(enum visibility visibility)
{
    conversation_begin(&talk, visibility, ONE_BY_ONE, false);
}

static void
end(void)
{
    conversation_finish(&talk);
}

/* What SIDE sends next, of LENGTH bytes, is not captured. A FIN has the length 1. */
static void
lose(enum side side, uint32_t length)
{
    talk.sequence[side] += length;
}

/* RFC 9293 section 3.10.7.1: a RST that answers a segment has its acknowledgement for a number. */
static void
send_answering_reset(enum side side)
{
    const struct loose_segment reset = { .sender = side,
                                         .rst = true,
                                         .without_acknowledgement = true };

    conversation_capture(&talk, &reset);
}

static struct loss_judgement
loss_of(enum side side)
{
    return judge_loss(asked->connection, side,
                      judge_closure(asked->connection, side, &asked->options), NULL,
                      &asked->options);
}

static void
expect_loss(enum side side, enum loss loss)
{
    g_assert_cmpuint(loss_of(side).loss, ==, loss);
}

static enum closure
verdict(void)
{
    return (enum closure)judge_verdict(asked->connection, &asked->options).closure;
}

/* The client closes and meets with a RST what the server sends then; its FIN is captured or not. */
static void
meet_closed_client(bool fin_captured)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 100);
    if (fin_captured)
        send_event(&talk, SIDE_CLIENT, FIN);
    else
        lose(SIDE_CLIENT, 1);
    send_data(&talk, SIDE_SERVER, 900);
    send_answering_reset(SIDE_CLIENT);
}

static void
test_fin_before_reset(void)
{
    meet_closed_client(true);
    expect_loss(SIDE_SERVER, LOSS_CERTAIN);
    end();
    meet_closed_client(false);
    expect_loss(SIDE_SERVER, LOSS_UNKNOWN);
    end();
}

/* The server closes with so many bytes unanswered. In HTTP/2 that may be a control frame. */
static void
close_owing(enum visibility visibility, uint16_t length, bool client_hello, bool server_hello)
{
    begin(visibility);
    talk.connection->client_hello_seen = client_hello;
    talk.connection->server_hello_seen = server_hello;
    exchange(&talk, 100, 100);
    send_data(&talk, SIDE_CLIENT, length);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
}

static void
test_hello_that_tells_of_http2(void)
{
    static const struct {
        enum visibility visibility;
        bool client_hello, server_hello;
        uint16_t length;
        enum loss loss;
    } cases[] = {
        { TLS12_DECRYPTED, true, true, 34, LOSS_POSSIBLE },
        { TLS12_DECRYPTED, false, true, 34, LOSS_POSSIBLE }, /* RFC 7301: the server chooses */
        { TLS12_DECRYPTED, true, false, 35, LOSS_POSSIBLE },
        { TLS12_DECRYPTED, false, false, 34, LOSS_UNLIKELY },
        { TLS13_DECRYPTED, true, true, 34, LOSS_POSSIBLE },
        { TLS13_DECRYPTED, false, true, 34, LOSS_UNLIKELY }, /* the choice is encrypted */
        { TLS13_DECRYPTED, false, true, 35, LOSS_POSSIBLE },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        close_owing(cases[i].visibility, cases[i].length, cases[i].client_hello,
                    cases[i].server_hello);
        expect_loss(SIDE_SERVER, cases[i].loss);
        end();
    }
}

/* The server answers a request and closes; the client's Finished and request are captured or not. */
static void
answer_behind_finished(bool captured)
{
    begin(TLS13_ENCRYPTED);
    struct direction *client = &talk.connection->direction[SIDE_CLIENT];

    memset(&client->traffic, 0, sizeof client->traffic);
    client->finished_end = 0;
    hear(&talk, SIDE_CLIENT);
    if (captured)
        send_raw(&talk, SIDE_CLIENT, TLS_APPLICATION_DATA, FINISHED_LENGTH, 5 + FINISHED_LENGTH);
    else
        lose(SIDE_CLIENT, 5 + FINISHED_LENGTH);
    send_raw(&talk, SIDE_CLIENT, TLS_APPLICATION_DATA, 100 + EXPANSION, 105 + EXPANSION);
    hear(&talk, SIDE_SERVER);
    send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 100 + EXPANSION, 105 + EXPANSION);
    send_event(&talk, SIDE_SERVER, FIN);
}

static void
test_finished_before_answer(void)
{
    answer_behind_finished(true);
    expect_loss(SIDE_SERVER, LOSS_UNLIKELY);
    end();
    answer_behind_finished(false);
    expect_loss(SIDE_SERVER, LOSS_UNKNOWN);
    end();
}

/* Both close by close_notify, the client with a RST in place of its FIN: all that it had not read is the
 * server's close_notify, whether or not that was captured. */
static void
test_reset_behind_two_close_notify(void)
{
    for (unsigned captured = 0; captured <= 1; captured++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        send_event(&talk, SIDE_CLIENT, CLOSE_NOTIFY);
        hear(&talk, SIDE_SERVER);
        if (captured)
            send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
        else
            lose(SIDE_SERVER, 31);
        hear(&talk, SIDE_CLIENT);
        send_event(&talk, SIDE_CLIENT, RST);
        g_assert_false(reset_is_abortive(asked->connection, SIDE_CLIENT, &asked->options));
        end();
    }
}

/* RFC 8446 section 4.6.1: tickets that a client leaves unread are no data; a RST that leaves nothing unread stands
 * in place of a FIN. */
static void
test_reset_behind_tickets(void)
{
    static const struct {
        bool ticket, data, abortive;
    } cases[] = { { false, false, true }, { true, false, false }, { true, true, true } };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS13_ENCRYPTED);
        talk.visibility = TLS13_DECRYPTED;
        if (cases[i].ticket)
            send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 250, 255);
        if (cases[i].data)
            exchange(&talk, 100, 100);
        hear(&talk, SIDE_CLIENT);
        send_event(&talk, SIDE_CLIENT, CLOSE_NOTIFY);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, FIN);
        send_event(&talk, SIDE_CLIENT, RST);
        g_assert_cmpuint(reset_is_abortive(asked->connection, SIDE_CLIENT, &asked->options), ==,
                         cases[i].abortive);
        end();
    }
}

/* How much a client leaves unread: of HTTP/2 control frames are nothing, of TLS 1.3 what may be a padded alert. */
static void
test_leaves_unread(void)
{
    static const struct {
        enum visibility visibility;
        bool http2;
        uint16_t length; /* of a record of data; 0: none */
        uint16_t begun;  /* of a record of which the first bytes are there; 0: none */
        bool leaves;
    } cases[] = {
        { TLS12_DECRYPTED, false, 1, 0, true },   { TLS12_DECRYPTED, true, 34, 0, false },
        { TLS12_DECRYPTED, true, 35, 0, true },   { TLS12_ENCRYPTED, false, 0, 20, true },
        { TLS13_ENCRYPTED, false, 0, 35, false }, { TLS13_ENCRYPTED, false, 0, 36, true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].visibility);
        talk.connection->http2 = cases[i].http2;
        exchange(&talk, 100, 100);
        const struct stream *server = &direction_of(asked->connection, SIDE_SERVER)->stream;
        uint64_t read_until = server->captured_end;
        if (cases[i].length > 0)
            send_data(&talk, SIDE_SERVER, cases[i].length);
        if (cases[i].begun > 0)
            send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, cases[i].begun, 10);
        g_assert_cmpuint(leaves_data_unread(asked->connection, SIDE_CLIENT, read_until), ==,
                         cases[i].leaves);
        g_assert_false(leaves_data_unread(asked->connection, SIDE_CLIENT, server->captured_end));
        end();
    }
}

/* A record of which the capture lacks the end was read to its end: what is unread behind it is an alert. */
static void
test_begun_record_was_read(void)
{
    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 500, 300);
    lose(SIDE_SERVER, 205);
    uint64_t begun_until = direction_of(asked->connection, SIDE_SERVER)->stream.captured_end + 205;
    send_raw(&talk, SIDE_SERVER, TLS_ALERT, 26, 31);
    g_assert_true(leaves_data_unread(asked->connection, SIDE_CLIENT, begun_until - 1));
    g_assert_false(leaves_data_unread(asked->connection, SIDE_CLIENT, begun_until));
    end();
}

/* The server closes by FIN, with CLOSE_NOTIFY or without; the client's answer is captured or not; a RST of the
 * server meets it. */
static void
answer_closed_server(bool close_notify, bool captured)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    if (close_notify)
        send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    send_event(&talk, SIDE_SERVER, FIN);
    hear(&talk, SIDE_CLIENT);
    if (captured)
        send_event(&talk, SIDE_CLIENT, CLOSE_NOTIFY);
    send_answering_reset(SIDE_SERVER);
}

static void
test_what_the_reset_answers(void)
{
    answer_closed_server(true, true);
    g_assert_cmpuint(verdict(), ==, CLOSURE_CLOSE_NOTIFY);
    end();
    answer_closed_server(true, false);
    g_assert_cmpuint(verdict(), ==, CLOSURE_UNKNOWN);
    end();
    answer_closed_server(false, false);
    g_assert_cmpuint(verdict(), ==, CLOSURE_TRUNCATED); /* the server, that is certain */
    g_assert_true(certainly_sent_no_close_notify(asked->connection, SIDE_SERVER, &asked->options));
    g_assert_false(certainly_sent_no_close_notify(asked->connection, SIDE_CLIENT, &asked->options));
    end();
}

/* A RST with an acknowledgement answers nothing: a program was killed. */
static void
test_reset_that_answers_nothing(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    send_event(&talk, SIDE_SERVER, FIN);
    send_event(&talk, SIDE_SERVER, RST);
    g_assert_cmpuint(verdict(), ==, CLOSURE_UNANSWERED);
    end();
}

/* A FIN that is sent again acknowledges what came meanwhile. In whichever order the copies are captured, its
 * sender had not received that. */
static void
test_fin_sent_again(void)
{
    for (unsigned swapped = 0; swapped <= 1; swapped++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        const struct loose_segment first = { .sender = SIDE_CLIENT, .fin = true };
        const struct loose_segment again = { .sender = SIDE_CLIENT, .fin = true, .received = 31 };
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
        conversation_capture(&talk, swapped ? &again : &first);
        conversation_capture(&talk, swapped ? &first : &again);
        g_assert_cmpuint(judge_closure(asked->connection, SIDE_CLIENT, &asked->options).closure, ==,
                         CLOSURE_TRUNCATED);
        end();
    }
}

/* A side whose end was not captured is not judged by its application, if it sent more. */
static void
test_went_on(void)
{
    for (unsigned lost = 0; lost <= 1; lost++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        if (lost)
            lose(SIDE_SERVER, 300);
        hear(&talk, SIDE_CLIENT);
        send_event(&talk, SIDE_CLIENT, RST);
        struct application_context context =
            application_context(asked->connection, &asked->options);
        g_assert_cmpuint(context.unknown[SIDE_SERVER], ==, lost);
        end();
    }
}

/* A server that pads as Java does; the client's Finished is captured or not. What may be the server's alert by its
 * length is none for certain only if its padding is known. */
static void
test_finished_before_padded_alert(void)
{
    for (unsigned lost = 0; lost <= 1; lost++) {
        begin(TLS13_ENCRYPTED);
        talk.connection->direction[SIDE_SERVER].finished_record_length = FINISHED_LENGTH;
        exchange(&talk, 100, 100);
        if (lost) {
            lose(SIDE_CLIENT, 58);
            send_data(&talk, SIDE_CLIENT, 100);
        }
        send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 35, 40);
        send_event(&talk, SIDE_SERVER, FIN);
        g_assert_cmpuint(judge_closure(asked->connection, SIDE_SERVER, &asked->options).closure, ==,
                         lost ? CLOSURE_UNKNOWN : CLOSURE_TRUNCATED);
        end();
    }
}

/* A server's last word, and its FIN behind it, captured in order or the other way round: it is said at once
 * before the close, by its place in the stream. */
static void
test_fin_before_last_word(void)
{
    uint32_t length = 0;

    for (int fin_first = 0; fin_first < 2; fin_first++) {
        begin(TLS12_DECRYPTED);
        hear(&talk, SIDE_CLIENT);
        send_data(&talk, SIDE_CLIENT, 100);
        hear(&talk, SIDE_SERVER);
        uint32_t start = talk.sequence[SIDE_SERVER];
        if (fin_first) {
            talk.sequence[SIDE_SERVER] = start + length;
            send_event(&talk, SIDE_SERVER, FIN);
            talk.sequence[SIDE_SERVER] = start;
        }
        send_data(&talk, SIDE_SERVER, 20);
        length = talk.sequence[SIDE_SERVER] - start;
        if (fin_first)
            talk.sequence[SIDE_SERVER] += 1;
        else
            send_event(&talk, SIDE_SERVER, FIN);
        hear(&talk, SIDE_CLIENT);
        send_event(&talk, SIDE_CLIENT, FIN);
        expect_loss(SIDE_SERVER, LOSS_UNLIKELY);
        end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/one_lost/fin_before_reset", test_fin_before_reset);
    g_test_add_func("/one_lost/hello", test_hello_that_tells_of_http2);
    g_test_add_func("/one_lost/finished", test_finished_before_answer);
    g_test_add_func("/one_lost/padding", test_finished_before_padded_alert);
    g_test_add_func("/one_lost/close_notify_before_reset", test_reset_behind_two_close_notify);
    g_test_add_func("/one_lost/tickets_before_reset", test_reset_behind_tickets);
    g_test_add_func("/one_lost/leaves_unread", test_leaves_unread);
    g_test_add_func("/one_lost/begun_record", test_begun_record_was_read);
    g_test_add_func("/one_lost/what_the_reset_answers", test_what_the_reset_answers);
    g_test_add_func("/one_lost/reset_answers_nothing", test_reset_that_answers_nothing);
    g_test_add_func("/one_lost/fin_sent_again", test_fin_sent_again);
    g_test_add_func("/one_lost/went_on", test_went_on);
    g_test_add_func("/one_lost/fin_before_last_word", test_fin_before_last_word);
    return g_test_run();
}

/* test_loss.c
 * The table "Was anything lost", row by row: each at its limits. Expected losses and rows are those of
 * the public interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "loss_talk.h"

static void
test_row_1(void)
{
    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 500, 300);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_CERTAIN, 1);
    end();
}

/* An alert that is cut off, in clear text or not, is no data. */
static void
test_row_1_alert(void)
{
    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    send_raw(&talk, SIDE_SERVER, TLS_ALERT, 26, 10);
    send_event(&talk, SIDE_SERVER, FIN);
    g_assert_cmpuint(loss_with(SIDE_SERVER, NULL).loss, !=, LOSS_CERTAIN);
    end();
    begin(TLS13_ENCRYPTED);
    exchange(&talk, 100, 100);
    send_raw(&talk, SIDE_SERVER, TLS_APPLICATION_DATA, 19, 10);
    send_event(&talk, SIDE_SERVER, FIN);
    g_assert_cmpuint(loss_with(SIDE_SERVER, NULL).loss, !=, LOSS_CERTAIN);
    end();
}

static void
test_rows_2_and_3(void)
{
    static const struct {
        enum completeness complete;
        enum loss loss;
        unsigned row;
    } cases[] = {
        { INCOMPLETE, LOSS_CERTAIN, 2 },
        { INCOMPLETE_UNCONFIRMED, LOSS_POSSIBLE, 2 },
        { COMPLETE, LOSS_NONE, 3 },
        { COMPLETENESS_UNKNOWN, LOSS_UNLIKELY, 10 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct application_end application = { .complete[SIDE_SERVER] = cases[i].complete };
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        send_event(&talk, SIDE_CLIENT, FIN);
        send_event(&talk, SIDE_SERVER, FIN);
        expect_with(SIDE_SERVER, &application, cases[i].loss, cases[i].row);
        end();
    }
}

/* Complete, but the client's RST says that it has not received all of it. */
static void
test_row_3_unreceived(void)
{
    const struct application_end application = { .complete = { COMPLETE, COMPLETE } };

    begin(TLS12_DECRYPTED);
    hear(&talk, SIDE_CLIENT);
    send_data(&talk, SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_data(&talk, SIDE_SERVER, 900);
    send_event(&talk, SIDE_CLIENT, RST);
    expect_with(SIDE_CLIENT, &application, LOSS_NONE, 3);
    expect_with(SIDE_SERVER, &application, LOSS_CERTAIN, 7);
    end();
}

/* The server closes with so many bytes of the client's unanswered. */
static void
close_owing(uint16_t length, bool received, bool http2)
{
    begin(TLS12_DECRYPTED);
    talk.connection->http2 = http2;
    exchange(&talk, 100, 100);
    send_data(&talk, SIDE_CLIENT, length);
    if (received)
        hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
}

static void
test_row_4(void)
{
    close_owing(17, true, false);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 4);
    end();
    close_owing(16, true, false); /* a goodbye */
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
    close_owing(17, false, false); /* not acknowledged */
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
    close_owing(34, true, true); /* HTTP/2: a control frame */
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
    close_owing(35, true, true);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 4);
    end();
}

/* What answers in HTTP/2 is longer than a control frame. */
static void
test_row_4_http2_answer(void)
{
    begin(TLS12_DECRYPTED);
    talk.connection->http2 = true;
    exchange(&talk, 100, 34);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 4);
    end();
    begin(TLS12_DECRYPTED);
    talk.connection->http2 = true;
    exchange(&talk, 100, 35);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
}

static void
test_row_5(void)
{
    begin(TLS12_DECRYPTED);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_CLIENT, LOSS_NONE, 5);
    expect(SIDE_SERVER, LOSS_NONE, 5);
    end();
    begin(TLS12_DECRYPTED);
    send_data(&talk, SIDE_CLIENT, 17);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 5);
    end();
}

/* Data may have been sent before the capture starts. */
static void
test_row_5_in_the_middle(void)
{
    conversation_begin_bare(&talk, START_IN_THE_MIDDLE);
    talk.visibility = TLS12_ENCRYPTED;
    send_raw(&talk, SIDE_SERVER, TLS_ALERT, 26, TLS_RECORD_HEADER_LENGTH + 26);
    hear(&talk, SIDE_CLIENT);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 5);
    end();
}

static void
test_row_6_gap(void)
{
    static const uint8_t record[] = { TLS_APPLICATION_DATA, 3, 3, 0, 30, [34] = 0 };
    const struct loose_segment behind_gap = {
        .sender = SIDE_SERVER, .ahead = 700, .payload = record, .length = sizeof record
    };

    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    conversation_capture(&talk, &behind_gap);
    talk.sequence[SIDE_SERVER] += 700 + sizeof record;
    hear(&talk, SIDE_CLIENT);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNKNOWN, 6);
    end();
}

static void
test_row_6_not_tls(void)
{
    static const uint8_t text[] = "220 in clear text\r\n";
    const struct loose_segment loose = { .sender = SIDE_SERVER,
                                         .payload = text,
                                         .length = sizeof text - 1 };

    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    conversation_capture(&talk, &loose);
    talk.sequence[SIDE_SERVER] += sizeof text - 1;
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNKNOWN, 6);
    end();
}

static void
test_row_9(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 900);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 9);
    end();
}

/* The server closes MILLISECONDS after its last word, which nobody answered. */
static void
close_after(uint16_t length, uint32_t milliseconds)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, length);
    talk.frame += milliseconds - 1; /* a frame takes one */
    send_event(&talk, SIDE_SERVER, FIN);
}

static void
test_row_10_farewell(void)
{
    close_after(128, 100);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
    close_after(129, 100);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 11);
    end();
    close_after(128, 101);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 11);
    end();
}

static void
test_row_10_peer_closed(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 900);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_CLIENT, LOSS_UNLIKELY, 10);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
}

static void
test_row_11(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 900);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_POSSIBLE, 11);
    end();
}

static void
test_open(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 100);
    expect(SIDE_CLIENT, LOSS_NOT_JUDGED, 0);
    send_event(&talk, SIDE_CLIENT, FIN);
    expect(SIDE_CLIENT, LOSS_UNLIKELY, 10);
    expect(SIDE_SERVER, LOSS_NOT_JUDGED, 0);
    end();
}

/* "in the order Certain, Possible, Unknown, Unlikely, None". */
static void
test_worse(void)
{
    static const uint8_t order[] = { LOSS_NOT_JUDGED, LOSS_NONE,     LOSS_UNLIKELY,
                                     LOSS_UNKNOWN,    LOSS_POSSIBLE, LOSS_CERTAIN };

    for (unsigned i = 1; i < G_N_ELEMENTS(order); i++) {
        const struct loss_judgement client[2] = { { order[i], 2 }, { order[i - 1], 1 } };
        const struct loss_judgement server[2] = { { order[i - 1], 1 }, { order[i], 2 } };
        const struct loss_judgement alike[2] = { { order[i], 2 }, { order[i], 1 } };
        g_assert_cmpuint(worse_loss(client), ==, SIDE_CLIENT);
        g_assert_cmpuint(worse_loss(server), ==, SIDE_SERVER);
        g_assert_cmpuint(worse_loss(alike), ==, SIDE_SERVER);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loss/1", test_row_1);
    g_test_add_func("/loss/1/alert", test_row_1_alert);
    g_test_add_func("/loss/2_3", test_rows_2_and_3);
    g_test_add_func("/loss/3/unreceived", test_row_3_unreceived);
    g_test_add_func("/loss/4", test_row_4);
    g_test_add_func("/loss/4/http2_answer", test_row_4_http2_answer);
    g_test_add_func("/loss/5", test_row_5);
    g_test_add_func("/loss/5/in_the_middle", test_row_5_in_the_middle);
    g_test_add_func("/loss/6/gap", test_row_6_gap);
    g_test_add_func("/loss/6/not_tls", test_row_6_not_tls);
    g_test_add_func("/loss/9", test_row_9);
    g_test_add_func("/loss/10/farewell", test_row_10_farewell);
    g_test_add_func("/loss/10/peer_closed", test_row_10_peer_closed);
    g_test_add_func("/loss/11", test_row_11);
    g_test_add_func("/loss/open", test_open);
    g_test_add_func("/loss/worse", test_worse);
    return g_test_run();
}

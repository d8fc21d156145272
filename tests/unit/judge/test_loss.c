/* test_loss.c
 * The table "Was anything lost", row by row: each at its limits. Expected losses and rows are those of
 * the public interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "judge/loss.h"
#include "records.h"

static struct conversation talk;

static void
begin(enum visibility visibility)
{
    conversation_begin(&talk, visibility, ONE_BY_ONE, false);
}

static struct loss_judgement
loss_with(enum side side, const struct application_end *end)
{
    struct judgement closure = judge_closure(talk.connection, side, &talk.options);

    return judge_loss(talk.connection, side, closure, end, &talk.options);
}

static void
expect_with(enum side side, const struct application_end *end, enum loss loss, unsigned row)
{
    struct loss_judgement found = loss_with(side, end);

    g_assert_cmpuint(found.loss, ==, loss);
    g_assert_cmpuint(loss_row(found.rule), ==, row);
    g_assert_true(row == 0 || loss_reason(found.rule, side));
}

static void
expect(enum side side, enum loss loss, unsigned row)
{
    expect_with(side, NULL, loss, row);
}

static void
end(void)
{
    conversation_finish(&talk);
}

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

/* SIDE sends so many bytes that meet a peer that has closed; CLOSED_FIRST: SIDE closed before that. */
static void
meet_end(enum side side, uint16_t length, bool closed_first, bool http2)
{
    enum side peer = other_side(side);

    begin(TLS12_DECRYPTED);
    talk.connection->http2 = http2;
    exchange(&talk, 100, 100);
    hear(&talk, peer);
    if (closed_first) {
        send_data(&talk, side, length);
        send_event(&talk, side, FIN);
    } else {
        send_event(&talk, peer, FIN);
        send_data(&talk, side, length);
    }
    send_event(&talk, peer, RST);
}

static void
test_row_7(void)
{
    static const struct {
        enum side side;
        uint16_t length;
        bool closed_first, http2;
        enum loss loss;
    } cases[] = {
        { SIDE_CLIENT, 8, false, false, LOSS_UNLIKELY },
        { SIDE_CLIENT, 9, false, false, LOSS_POSSIBLE },
        { SIDE_CLIENT, 34, false, false, LOSS_POSSIBLE },
        { SIDE_CLIENT, 35, false, false, LOSS_CERTAIN },
        { SIDE_CLIENT, 34, false, true, LOSS_UNLIKELY },
        { SIDE_CLIENT, 35, false, true, LOSS_CERTAIN },
        { SIDE_CLIENT, 1, true, false, LOSS_CERTAIN },
        /* the client had nothing unanswered when it closed */
        { SIDE_SERVER, 128, false, false, LOSS_UNLIKELY },
        { SIDE_SERVER, 129, false, false, LOSS_CERTAIN },
        { SIDE_SERVER, 1, true, false, LOSS_CERTAIN },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        meet_end(cases[i].side, cases[i].length, cases[i].closed_first, cases[i].http2);
        expect(cases[i].side, cases[i].loss, 7);
        end();
    }
}

/* The client closed while it waited for an answer of so many bytes. */
static void
test_row_7_awaited(void)
{
    for (uint16_t length = 34; length <= 35; length++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        send_data(&talk, SIDE_CLIENT, 100);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_CLIENT, FIN);
        send_data(&talk, SIDE_SERVER, length);
        send_event(&talk, SIDE_CLIENT, RST);
        expect(SIDE_SERVER, length == 34 ? LOSS_UNLIKELY : LOSS_CERTAIN, 7);
        end();
    }
}

/* RFC 8446 section 4.6.1: the only record of the server may be a ticket that a client which only writes did
 * not wait for. What another length follows is none. */
static void
test_row_7_ticket(void)
{
    static const struct {
        uint16_t length;
        bool resumed, two_records;
        enum loss loss;
    } cases[] = {
        { 250, true, false, LOSS_UNLIKELY },
        { 250, false, false, LOSS_POSSIBLE },
        { 250, true, true, LOSS_CERTAIN },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS13_ENCRYPTED);
        talk.connection->resumed = cases[i].resumed;
        hear(&talk, SIDE_CLIENT);
        send_data(&talk, SIDE_CLIENT, 700);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_CLIENT, FIN);
        send_data(&talk, SIDE_SERVER, cases[i].length);
        if (cases[i].two_records)
            send_data(&talk, SIDE_SERVER, 900);
        send_event(&talk, SIDE_CLIENT, RST);
        expect(SIDE_SERVER, cases[i].loss, 7);
        end();
    }
}

/* What looks like a ticket, but was received, is not unread. */
static void
test_row_7_received_ticket(void)
{
    begin(TLS13_ENCRYPTED);
    hear(&talk, SIDE_CLIENT);
    send_data(&talk, SIDE_CLIENT, 700);
    hear(&talk, SIDE_SERVER);
    send_data(&talk, SIDE_SERVER, 250);
    hear(&talk, SIDE_CLIENT);
    send_event(&talk, SIDE_CLIENT, FIN);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect(SIDE_SERVER, LOSS_UNLIKELY, 10);
    end();
}

/* What a RST acknowledges is lost all the same if it was sent to a side known to have closed. */
static void
test_row_7_acknowledged_by_rst(void)
{
    begin(TLS12_DECRYPTED);
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    hear(&talk, SIDE_CLIENT);
    send_data(&talk, SIDE_CLIENT, 500);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, RST);
    expect(SIDE_CLIENT, LOSS_CERTAIN, 7);
    end();
}

static void
test_row_8_reset(void)
{
    for (uint16_t length = 34; length <= 35; length++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        send_data(&talk, SIDE_CLIENT, 1); /* acknowledges the response */
        send_data(&talk, SIDE_SERVER, length);
        send_event(&talk, SIDE_SERVER, RST);
        expect(SIDE_SERVER, length == 34 ? LOSS_UNLIKELY : LOSS_POSSIBLE, 8);
        end();
    }
}

static void
test_row_8_crossing(void)
{
    for (uint16_t length = 16; length <= 17; length++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
        send_data(&talk, SIDE_CLIENT, length);
        send_event(&talk, SIDE_CLIENT, FIN);
        expect(SIDE_CLIENT, length == 16 ? LOSS_UNLIKELY : LOSS_POSSIBLE, 8);
        end();
    }
}

/* In HTTP/2 the longest record tells whether it is more than control frames, and may be the one that did not
 * end. */
static void
test_row_8_open_record(void)
{
    begin(TLS12_ENCRYPTED);
    talk.connection->http2 = true;
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    send_data(&talk, SIDE_CLIENT, 10);
    send_raw(&talk, SIDE_CLIENT, TLS_APPLICATION_DATA, 200, 50);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, RST);
    expect(SIDE_CLIENT, LOSS_POSSIBLE, 8);
    end();
}

/* RFC 8446 section 6.1: it ends one direction only. */
static void
test_row_8_tls13(void)
{
    begin(TLS13_DECRYPTED);
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    hear(&talk, SIDE_CLIENT);
    send_data(&talk, SIDE_CLIENT, 17);
    send_event(&talk, SIDE_CLIENT, CLOSE_NOTIFY);
    send_event(&talk, SIDE_CLIENT, FIN);
    expect(SIDE_CLIENT, LOSS_UNLIKELY, 9);
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
    g_test_add_func("/loss/7", test_row_7);
    g_test_add_func("/loss/7/awaited", test_row_7_awaited);
    g_test_add_func("/loss/7/ticket", test_row_7_ticket);
    g_test_add_func("/loss/7/received_ticket", test_row_7_received_ticket);
    g_test_add_func("/loss/7/acknowledged_by_rst", test_row_7_acknowledged_by_rst);
    g_test_add_func("/loss/8/reset", test_row_8_reset);
    g_test_add_func("/loss/8/crossing", test_row_8_crossing);
    g_test_add_func("/loss/8/open_record", test_row_8_open_record);
    g_test_add_func("/loss/8/tls13", test_row_8_tls13);
    g_test_add_func("/loss/9", test_row_9);
    g_test_add_func("/loss/10/farewell", test_row_10_farewell);
    g_test_add_func("/loss/10/peer_closed", test_row_10_peer_closed);
    g_test_add_func("/loss/11", test_row_11);
    g_test_add_func("/loss/open", test_open);
    g_test_add_func("/loss/worse", test_worse);
    return g_test_run();
}

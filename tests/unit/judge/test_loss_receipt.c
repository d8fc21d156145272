/* test_loss_receipt.c
 * The rows of the table "Was anything lost" that ask what the peer received: each at its limits. Expected losses
 * and rows are those of the public interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "loss_talk.h"

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
        { SIDE_CLIENT, 1, false, false, LOSS_UNLIKELY },
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
    static const uint16_t lengths[] = { 1, 16, 17 };

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        begin(TLS12_DECRYPTED);
        exchange(&talk, 100, 100);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
        send_data(&talk, SIDE_CLIENT, lengths[i]);
        send_event(&talk, SIDE_CLIENT, FIN);
        expect(SIDE_CLIENT, lengths[i] <= 16 ? LOSS_UNLIKELY : LOSS_POSSIBLE, 8);
        end();
    }
}

/* In HTTP/2 the longest record tells whether it is more than control frames, and may be the one that did not
 * end. */
static void
test_row_8_open_record(void)
{
    static const uint16_t lengths[] = { 34, 200 };

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        begin(TLS12_ENCRYPTED);
        talk.connection->http2 = true;
        exchange(&talk, 100, 100);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
        send_data(&talk, SIDE_CLIENT, 10);
        send_raw(&talk, SIDE_CLIENT, TLS_APPLICATION_DATA, lengths[i], 20);
        hear(&talk, SIDE_SERVER);
        send_event(&talk, SIDE_SERVER, RST);
        expect(SIDE_CLIENT, lengths[i] <= 34 ? LOSS_UNLIKELY : LOSS_POSSIBLE, 8);
        end();
    }
}

/* Outside of HTTP/2 the sum counts, with a record that did not end: a few bytes are a goodbye. */
static void
test_row_8_short_open_record(void)
{
    begin(TLS12_ENCRYPTED);
    exchange(&talk, 100, 100);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, CLOSE_NOTIFY);
    send_raw(&talk, SIDE_CLIENT, TLS_APPLICATION_DATA, 16, 10);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, RST);
    expect(SIDE_CLIENT, LOSS_UNLIKELY, 8);
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/loss/7", test_row_7);
    g_test_add_func("/loss/7/awaited", test_row_7_awaited);
    g_test_add_func("/loss/7/ticket", test_row_7_ticket);
    g_test_add_func("/loss/7/received_ticket", test_row_7_received_ticket);
    g_test_add_func("/loss/7/acknowledged_by_rst", test_row_7_acknowledged_by_rst);
    g_test_add_func("/loss/8/reset", test_row_8_reset);
    g_test_add_func("/loss/8/crossing", test_row_8_crossing);
    g_test_add_func("/loss/8/open_record", test_row_8_open_record);
    g_test_add_func("/loss/8/short_open_record", test_row_8_short_open_record);
    g_test_add_func("/loss/8/tls13", test_row_8_tls13);
    return g_test_run();
}

/* test_application_data.c
 * Which records count as application data, in TLS 1.3 without keys: what comes behind Finished, and is no
 * ticket. By "Data" and "Tickets" of the public interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "records.h"

/* Tag and inner content type of the conversation's cipher suite. */
#define EXPANSION 17

/* A record that holds Finished: 4 + 32 + 1 + 16 (RFC 8446 section 4.4.4, SHA-256). */
#define FINISHED_LENGTH 53

static struct conversation talk;

static void
begin(void)
{
    conversation_begin(&talk, TLS13_ENCRYPTED, ONE_BY_ONE, false);
}

static void
send_record(enum side side, uint16_t plaintext)
{
    uint16_t length = (uint16_t)(plaintext + EXPANSION);

    send_raw(&talk, side, TLS_APPLICATION_DATA, length,
             TLS_RECORD_HEADER_LENGTH + (uint32_t)length);
}

static void
expect_bytes(enum side side, uint64_t bytes)
{
    g_assert_cmpuint(direction_of(talk.connection, side)->traffic.bytes, ==, bytes);
}

static void
end(void)
{
    conversation_finish(&talk);
}

static void
test_handshake_is_no_data(void)
{
    begin();
    expect_bytes(SIDE_CLIENT, 0);
    expect_bytes(SIDE_SERVER, 0);
    end();
}

static void
test_plaintext_lengths(void)
{
    begin();
    send_record(SIDE_CLIENT, 100);
    send_record(SIDE_CLIENT, 1);
    hear(&talk, SIDE_SERVER);
    send_record(SIDE_SERVER, 3000);
    expect_bytes(SIDE_CLIENT, 101);
    expect_bytes(SIDE_SERVER, 3000);
    end();
}

/* The first record, from 22 to 2,048 bytes, is a ticket alone if it answers nothing. */
static void
test_single_ticket(void)
{
    static const struct {
        uint16_t length;
        bool answers, is_ticket;
    } cases[] = {
        { 22, false, true },    { 2048, false, true }, { 21, false, false },
        { 2049, false, false }, { 200, true, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin();
        hear(&talk, SIDE_SERVER);
        send_record(SIDE_CLIENT, 100);
        if (cases[i].answers)
            hear(&talk, SIDE_SERVER);
        send_record(SIDE_SERVER, cases[i].length);
        expect_bytes(SIDE_SERVER, cases[i].is_ticket ? 0 : cases[i].length);
        end();
    }
}

/* Those directly behind the first differ from it by 0 or 16 bytes, and there are 4 at most. */
static void
test_several_tickets(void)
{
    begin();
    send_record(SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_record(SIDE_SERVER, 200);
    expect_bytes(SIDE_SERVER, 200); /* not known for a ticket yet */
    send_record(SIDE_SERVER, 216);
    expect_bytes(SIDE_SERVER, 0);
    send_record(SIDE_SERVER, 184);
    send_record(SIDE_SERVER, 200);
    expect_bytes(SIDE_SERVER, 0);
    send_record(SIDE_SERVER, 200);
    expect_bytes(SIDE_SERVER, 200);
    end();
}

static void
test_data_behind_ticket(void)
{
    begin();
    send_record(SIDE_SERVER, 200);
    send_record(SIDE_SERVER, 201);
    expect_bytes(SIDE_SERVER, 201);
    send_record(SIDE_SERVER, 200); /* no longer */
    expect_bytes(SIDE_SERVER, 401);
    end();
}

/* Behind a gap nothing is decrypted: a record of the length of a ticket that was decrypted is one. */
static void
test_ticket_behind_decrypted_ticket(void)
{
    for (unsigned decrypted = 0; decrypted <= 1; decrypted++) {
        begin();
        send_record(SIDE_CLIENT, 100);
        hear(&talk, SIDE_SERVER);
        if (decrypted)
            send_shown(&talk, SIDE_SERVER, TLS_HANDSHAKE, NULL, 200, EXPANSION);
        send_record(SIDE_SERVER, 200);
        expect_bytes(SIDE_SERVER, decrypted ? 0 : 200);
        end();
    }
}

/* Two records of the same length that answer two requests are two answers. */
static void
test_answers_of_one_length(void)
{
    begin();
    send_record(SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_record(SIDE_SERVER, 200);
    send_record(SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_record(SIDE_SERVER, 200);
    expect_bytes(SIDE_SERVER, 400);
    end();
}

/* RFC 8446 section 5.4: where both sides pad by the same, the server's last record may be its close_notify, and
 * is no data behind the client's. */
static void
test_padded_record_after_close_notify(void)
{
    for (unsigned padded = 0; padded <= 1; padded++) {
        begin();
        for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
            talk.connection->direction[side].traffic.finished_length =
                (uint16_t)(padded ? 256 + EXPANSION : FINISHED_LENGTH);
        talk.visibility = TLS13_DECRYPTED;
        send_event(&talk, SIDE_CLIENT, CLOSE_NOTIFY);
        hear(&talk, SIDE_SERVER);
        send_record(SIDE_SERVER, 256);
        g_assert_cmpuint((talk.findings.experts & EXPERT_BIT(EXPERT_HALF_CLOSE)) != 0, ==, !padded);
        end();
    }
}

/* The hellos, without the client's Finished. */
static void
begin_before_finished(void)
{
    begin();
    struct traffic *client = &talk.connection->direction[SIDE_CLIENT].traffic;

    memset(client, 0, sizeof *client);
    talk.connection->direction[SIDE_CLIENT].finished_end = 0;
    hear(&talk, SIDE_CLIENT);
}

/* A client with a certificate: its Finished is the record of that length in the same burst. */
static void
test_client_certificate(void)
{
    begin_before_finished();
    send_record(SIDE_CLIENT, 900); /* Certificate */
    send_record(SIDE_CLIENT, 270); /* CertificateVerify */
    send_record(SIDE_CLIENT, FINISHED_LENGTH - EXPANSION);
    expect_bytes(SIDE_CLIENT, 0);
    send_record(SIDE_CLIENT, 100);
    send_record(SIDE_CLIENT, FINISHED_LENGTH - EXPANSION); /* data: there is one Finished */
    expect_bytes(SIDE_CLIENT, 100 + FINISHED_LENGTH - EXPANSION);
    end();
}

/* RFC 8446 section 5.4: the same of a client that pads. */
static void
test_padded_client_certificate(void)
{
    begin_before_finished();
    send_record(SIDE_CLIENT, 900);
    send_record(SIDE_CLIENT, 270);
    send_record(SIDE_CLIENT, FINISHED_LENGTH - EXPANSION + 16);
    send_record(SIDE_CLIENT, 100);
    expect_bytes(SIDE_CLIENT, 100);
    end();
}

/* A record as short as an alert before the one with Finished: it is of the handshake. */
static void
test_short_record_before_finished(void)
{
    begin_before_finished();
    send_record(SIDE_CLIENT, 2);
    send_record(SIDE_CLIENT, FINISHED_LENGTH - EXPANSION);
    expect_bytes(SIDE_CLIENT, 0);
    send_record(SIDE_CLIENT, 100);
    expect_bytes(SIDE_CLIENT, 100);
    end();
}

/* "4 at most", those that were decrypted included. */
static void
test_decrypted_tickets_count(void)
{
    for (unsigned decrypted = 3; decrypted <= 5; decrypted++) {
        begin();
        hear(&talk, SIDE_SERVER);
        for (unsigned i = 0; i < decrypted; i++)
            send_shown(&talk, SIDE_SERVER, TLS_HANDSHAKE, NULL, 200, EXPANSION);
        send_record(SIDE_SERVER, 200);
        expect_bytes(SIDE_SERVER, decrypted < 4 ? 0 : 200);
        end();
    }
}

/* What follows a record of the server is no part of the client's first flight. */
static void
test_flight_ends_with_server(void)
{
    begin_before_finished();
    send_record(SIDE_CLIENT, 900);
    send_record(SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_record(SIDE_SERVER, 3000);
    send_record(SIDE_CLIENT, FINISHED_LENGTH - EXPANSION);
    expect_bytes(SIDE_CLIENT, 100 + FINISHED_LENGTH - EXPANSION);
    end();
}

/* A record of an alert's length is data once another follows. */
static void
test_alert_length_withdrawn(void)
{
    begin();
    send_record(SIDE_CLIENT, 2);
    expect_bytes(SIDE_CLIENT, 0);
    send_record(SIDE_CLIENT, 100);
    expect_bytes(SIDE_CLIENT, 102);
    end();
}

/* A record of an alert's length that was sent with the peer's FIN received is data behind it, from its first
 * byte on. */
static void
test_withdrawn_behind_end(void)
{
    begin();
    send_record(SIDE_CLIENT, 100);
    send_event(&talk, SIDE_SERVER, FIN);
    hear(&talk, SIDE_CLIENT);
    uint64_t start = direction_of(talk.connection, SIDE_CLIENT)->stream.captured_end;
    send_record(SIDE_CLIENT, 2);
    send_record(SIDE_CLIENT, 100);
    g_assert_cmpuint(direction_of(talk.connection, SIDE_CLIENT)->traffic.after_peer_fin, ==, start);
    end();
}

/* However many records there are, the last ones are kept one by one. */
static void
test_runs_are_bounded(void)
{
    const struct traffic *traffic;

    begin();
    for (unsigned i = 0; i < 50; i++)
        send_record(SIDE_CLIENT, 100);
    traffic = &direction_of(talk.connection, SIDE_CLIENT)->traffic;
    g_assert_cmpuint(traffic->run_count, ==, DATA_RUNS_MAX);
    g_assert_cmpuint(traffic->bytes, ==, 5000);
    g_assert_cmpuint(traffic_between(traffic, 0, UINT64_MAX).bytes, ==, 5000);
    g_assert_cmpuint(traffic_between(traffic, traffic_end(traffic) - 1, UINT64_MAX).bytes, ==, 100);
    g_assert_cmpuint(traffic_between(traffic, traffic_end(traffic), UINT64_MAX).bytes, ==, 0);
    end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/application_data/handshake", test_handshake_is_no_data);
    g_test_add_func("/application_data/lengths", test_plaintext_lengths);
    g_test_add_func("/application_data/ticket", test_single_ticket);
    g_test_add_func("/application_data/tickets", test_several_tickets);
    g_test_add_func("/application_data/behind_ticket", test_data_behind_ticket);
    g_test_add_func("/application_data/decrypted_ticket", test_ticket_behind_decrypted_ticket);
    g_test_add_func("/application_data/answers_of_one_length", test_answers_of_one_length);
    g_test_add_func("/application_data/padded", test_padded_record_after_close_notify);
    g_test_add_func("/application_data/client_certificate", test_client_certificate);
    g_test_add_func("/application_data/padded_client_certificate", test_padded_client_certificate);
    g_test_add_func("/application_data/short_record", test_short_record_before_finished);
    g_test_add_func("/application_data/decrypted_tickets", test_decrypted_tickets_count);
    g_test_add_func("/application_data/flight", test_flight_ends_with_server);
    g_test_add_func("/application_data/withdrawn", test_alert_length_withdrawn);
    g_test_add_func("/application_data/withdrawn_behind_end", test_withdrawn_behind_end);
    g_test_add_func("/application_data/bounded", test_runs_are_bounded);
    return g_test_run();
}

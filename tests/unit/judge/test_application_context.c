/* test_application_context.c
 * What an application's reader is told of TLS and TCP: by application_end.h and by what the sides did. Must
 * not know any application protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/application_context.h"

#include <glib.h>

#include "records.h"

#define ACKNOWLEDGED 1 /* bytes of data, so that the client's segment is no bare acknowledgement */

static struct conversation talk;

static uint64_t
first_act_end_of_server(void)
{
    return application_context(talk.connection, &talk.options).first_act_end[SIDE_SERVER];
}

static uint64_t
received_by_client(void)
{
    hear(&talk, SIDE_CLIENT);
    send_data(&talk, SIDE_CLIENT, ACKNOWLEDGED);
    return direction_of(talk.connection, SIDE_CLIENT)->acknowledged;
}

/* RFC 9293 section 3.4: a FIN takes a number of its own. A client that has received all data, but not the
 * FIN behind it, has not received the act. */
static void
test_first_act_is_received_by_its_end(void)
{
    static const enum kind acts[] = { CLOSE_NOTIFY, FIN };

    for (unsigned i = 0; i < G_N_ELEMENTS(acts); i++) {
        conversation_begin(&talk, TLS12_DECRYPTED, ONE_BY_ONE, true);
        g_assert_cmpuint(first_act_end_of_server(), ==, UINT64_MAX);
        uint64_t data = received_by_client();
        send_event(&talk, SIDE_SERVER, acts[i]);
        g_assert_cmpuint(data, <, first_act_end_of_server());
        g_assert_cmpuint(received_by_client(), ==, first_act_end_of_server());
        conversation_finish(&talk);
    }
}

/* RFC 9293 section 3.10.7.4: nobody acknowledges a RST. */
static void
test_reset_is_never_received(void)
{
    conversation_begin(&talk, TLS12_DECRYPTED, ONE_BY_ONE, true);
    send_event(&talk, SIDE_SERVER, RST);
    g_assert_cmpuint(first_act_end_of_server(), ==, UINT64_MAX);
    conversation_finish(&talk);
}

/* "With tlsclose.infer off nothing is given as Inferred": that a connection carries FTP data, neither. */
static void
test_inferred_hint(void)
{
    static const enum application_hint hints[] = { HINT_FTP_CONTROL, HINT_FTP_DATA,
                                                   HINT_FTP_DATA_INFERRED };

    conversation_begin(&talk, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    for (unsigned i = 0; i < G_N_ELEMENTS(hints); i++) {
        bool is_inferred = hints[i] == HINT_FTP_DATA_INFERRED;
        talk.connection->application_hint = hints[i];
        talk.options.infer = true;
        g_assert_cmpint(application_context(talk.connection, &talk.options).hint, ==, hints[i]);
        talk.options.infer = false;
        g_assert_cmpint(application_context(talk.connection, &talk.options).hint, ==,
                        is_inferred ? HINT_NONE : hints[i]);
    }
    conversation_finish(&talk);
}

static bool
has_sent_data(enum side side)
{
    return application_context(talk.connection, &talk.options).sent_data[side];
}

/* RFC 8446 section 4.6.1: a lone record of the server in TLS 1.3 may be a ticket. */
static void
test_sent_data(void)
{
    conversation_begin(&talk, TLS13_ENCRYPTED, ONE_BY_ONE, false);
    g_assert_false(has_sent_data(SIDE_CLIENT));
    g_assert_false(has_sent_data(SIDE_SERVER));
    send_data(&talk, SIDE_CLIENT, 100);
    hear(&talk, SIDE_SERVER);
    send_data(&talk, SIDE_SERVER, 200);
    g_assert_true(has_sent_data(SIDE_CLIENT));
    g_assert_false(has_sent_data(SIDE_SERVER));
    send_data(&talk, SIDE_SERVER, 300);
    g_assert_true(has_sent_data(SIDE_SERVER));
    conversation_finish(&talk);
}

static bool
has_ended(enum side side)
{
    return application_context(talk.connection, &talk.options).ended[side];
}

/* A direction has ended by its own end, or by the other side's RST. */
static void
test_ended(void)
{
    conversation_begin(&talk, TLS12_DECRYPTED, ONE_BY_ONE, true);
    g_assert_false(has_ended(SIDE_CLIENT));
    send_event(&talk, SIDE_CLIENT, FIN);
    g_assert_true(has_ended(SIDE_CLIENT));
    g_assert_false(has_ended(SIDE_SERVER));
    send_event(&talk, SIDE_CLIENT, RST);
    g_assert_true(has_ended(SIDE_SERVER));
    conversation_finish(&talk);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/application_context/received_by_its_end",
                    test_first_act_is_received_by_its_end);
    g_test_add_func("/application_context/reset", test_reset_is_never_received);
    g_test_add_func("/application_context/inferred_hint", test_inferred_hint);
    g_test_add_func("/application_context/sent_data", test_sent_data);
    g_test_add_func("/application_context/ended", test_ended);
    return g_test_run();
}

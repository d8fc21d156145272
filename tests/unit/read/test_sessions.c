/* test_sessions.c
 * The session that a connection offers, resumes or makes, and what the connection's end does to it. Expected
 * values come from RFC 2246, 5246 and 8446; must not know how sessions are kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "handshake_talk.h"
#include "sent.h"

static void
send_end(struct handshake *handshake, enum side sender, bool fin)
{
    conversation_capture(&handshake->conversation,
                         &(struct loose_segment){
                             .sender = sender,
                             .ahead = handshake->sent[sender],
                             .received = handshake->sent[other_side(sender)],
                             .fin = fin,
                             .rst = !fin,
                         });
    handshake->sent[sender] += fin;
}

/* An encrypted alert; SHOWN, if the TLS dissector shows it. */
static void
send_alert(struct handshake *handshake, enum side sender, const uint8_t *shown)
{
    GByteArray *fragment = g_byte_array_new();

    put_repeated(fragment, 0, 26);
    const struct dissected_record record = {
        .type = TLS_ALERT,
        .length = (uint16_t)fragment->len,
        .sequence = handshake->conversation.sequence[sender] + handshake->sent[sender],
        .inner_type = TLS_ALERT,
        .plaintext = shown,
        .plaintext_length = 2,
    };
    handshake_send_record(handshake, sender, TLS_ALERT, fragment, shown ? &record : NULL);
    g_byte_array_unref(fragment);
}

/* A session of its own, and data. */
static void
establish(struct handshake *handshake, uint16_t version)
{
    GByteArray *data = g_byte_array_new();

    handshake_begin(handshake, START_AT_CLIENT_HELLO);
    handshake_send(handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello(""));
    handshake_send(handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                   server_hello_head(version, "new", 0xC02F));
    handshake_send_finished(handshake, SIDE_CLIENT);
    handshake_send_finished(handshake, SIDE_SERVER);
    put_repeated(data, 0, 100);
    handshake_send_record(handshake, SIDE_CLIENT, TLS_APPLICATION_DATA, data, NULL);
    g_byte_array_unref(data);
}

static bool
is_unresumable(const struct handshake *handshake)
{
    return handshake->conversation.connection->session->unresumable_frame != 0;
}

/* RFC 2246 section 7.2.1 made a session unresumable that ends without close_notify; RFC 4346 section
 * 7.2.1 dropped that rule. Strict: it holds up to TLS 1.2, and for each side. */
static void
test_end_of_session(void)
{
    static const struct {
        uint16_t version;
        bool strict, server_alert, client_alert;
        bool unresumable, note;
    } cases[] = {
        { TLS_1_0, false, false, false, true, false },
        { TLS_1_0, false, true, false, false, false },
        { TLS_1_0, true, true, false, true, false },
        { TLS_1_0, true, true, true, false, false },
        { TLS_1_2, false, false, false, false, true },
        { TLS_1_2, false, true, false, false, false },
        { TLS_1_2, true, false, false, true, false },
        { TLS_1_2, true, false, true, true, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct handshake handshake;

        establish(&handshake, cases[i].version);
        handshake.conversation.options.strict_rfc2246 = cases[i].strict;
        if (cases[i].server_alert)
            send_alert(&handshake, SIDE_SERVER, NULL);
        if (cases[i].client_alert)
            send_alert(&handshake, SIDE_CLIENT, NULL);
        send_end(&handshake, SIDE_SERVER, true);
        g_assert_false(is_unresumable(&handshake));
        send_end(&handshake, SIDE_CLIENT, true);
        g_assert_true(is_unresumable(&handshake) == cases[i].unresumable);
        g_assert_true(handshake_says(&handshake, SESSION_MADE_UNRESUMABLE) == cases[i].unresumable);
        g_assert_true(raises(&handshake.conversation, EXPERT_SESSION_UNRESUMABLE_RFC2246) ==
                      cases[i].note);
        handshake_finish(&handshake);
    }
}

/* What the peer had in flight at a RST revises the verdict, and what followed for the session. */
static void
test_end_of_session_taken_back(void)
{
    struct handshake handshake;

    establish(&handshake, TLS_1_0);
    send_end(&handshake, SIDE_CLIENT, false);
    g_assert_true(is_unresumable(&handshake));
    send_alert(&handshake, SIDE_SERVER, NULL);
    send_end(&handshake, SIDE_SERVER, true);
    g_assert_false(is_unresumable(&handshake));
    handshake_finish(&handshake);
}

/* RFC 5246 section 7.2.2: a fatal alert ends the session, once, up to TLS 1.2. */
static void
test_fatal_alert_ends_session(void)
{
    static const uint8_t internal_error[] = { TLS_ALERT_FATAL, 80 };
    struct handshake handshake;

    establish(&handshake, TLS_1_2);
    send_alert(&handshake, SIDE_SERVER, internal_error);
    g_assert_true(handshake_says(&handshake, SESSION_MADE_UNRESUMABLE));
    send_alert(&handshake, SIDE_CLIENT, internal_error);
    g_assert_false(handshake_says(&handshake, SESSION_MADE_UNRESUMABLE));
    send_alert(&handshake, SIDE_CLIENT, internal_error);
    g_assert_cmpint(handshake.conversation.connection->session->unresumable_reason, ==,
                    UNRESUMABLE_FATAL_ALERT);
    handshake_finish(&handshake);
}

static struct session *
session_of_id(struct handshake *handshake, const char *id)
{
    const struct session_id key =
        session_id_of_bytes((struct byte_view){ (const uint8_t *)id, (uint32_t)strlen(id) });

    return session_get(handshake->conversation.sessions, &key);
}

/* RFC 5246 section 7.2.2: a session that was made unresumable must not be offered, nor resumed. Any ID or
 * ticket that is not empty names one. */
static void
test_unresumable_session(void)
{
    static const uint32_t unresumable_frames[] = { 0, 1, 2 };

    for (guint i = 0; i < G_N_ELEMENTS(unresumable_frames); i++) {
        bool unresumable = unresumable_frames[i] != 0;
        struct handshake handshake;

        handshake_begin(&handshake, START_AT_CLIENT_HELLO);
        session_of_id(&handshake, "x")->unresumable_frame = unresumable_frames[i];
        handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("x"));
        g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
        g_assert_true(raises(&handshake.conversation, EXPERT_UNRESUMABLE_SESSION_OFFERED) ==
                      unresumable);
        handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("x"));
        g_assert_true(handshake_says(&handshake, SESSION_RESUMED));
        g_assert_true(raises(&handshake.conversation, EXPERT_UNRESUMABLE_SESSION_RESUMED) ==
                      unresumable);
        handshake_finish(&handshake);
    }
}

static void
test_shortest_ticket(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_with_ticket("t"));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_finish(&handshake);
}

/* RFC 5246 section 7.4.1.3: with another ID the session is a new one. */
static void
test_offered_in_vain(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("old"));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("n"));
    const struct connection *connection = handshake.conversation.connection;
    g_assert_false(handshake_says(&handshake, SESSION_RESUMED));
    g_assert_false(connection->resumed);
    g_assert_false(connection->issued_tickets);
    g_assert_true(connection->offered == session_of_id(&handshake, "old"));
    g_assert_true(connection->session == session_of_id(&handshake, "n"));
    handshake_finish(&handshake);
}

/* RFC 8446 section 4.1.3: the server echoes the ID of the client, which is no session. */
static void
test_echo_of_tls13(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                   client_hello_of_tls13("echo", TLS_1_2));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                   tls13_server_hello("echo", 0x1301, TLS_1_3, false));
    g_assert_null(handshake.conversation.connection->session);
    handshake_finish(&handshake);
}

static GByteArray *
client_hello_with_psk(const char *identity)
{
    GByteArray *hello = client_hello_head(TLS_1_2, "");
    guint extensions = begin_vector(hello, 2);

    put_offered_versions(hello, TLS_1_3, TLS_1_2);
    put_psk_identities(hello, identity, "another");
    end_vector(hello, extensions, 2);
    return hello;
}

/* Up to TLS 1.2 a resumption issues no tickets; in TLS 1.3 it can be resumed again. Where the ClientHello was
 * not captured, nobody knows what it offered. */
static void
test_resumed(void)
{
    struct handshake handshake;
    const struct connection *connection;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("old"));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("old"));
    connection = handshake.conversation.connection;
    g_assert_true(connection->resumed);
    g_assert_false(connection->issued_tickets);
    handshake_finish(&handshake);

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_with_psk("p"));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                   tls13_server_hello("", 0x1301, TLS_1_3, true));
    connection = handshake.conversation.connection;
    g_assert_true(handshake_says(&handshake, SESSION_RESUMED));
    g_assert_true(connection->issued_tickets);
    g_assert_true(connection->session == connection->offered);
    handshake_finish(&handshake);

    handshake_begin(&handshake, START_IN_THE_MIDDLE);
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                   tls13_server_hello("", 0x1301, TLS_1_3, true));
    connection = handshake.conversation.connection;
    g_assert_true(connection->resumed);
    g_assert_null(connection->session);
    g_assert_cmpuint(handshake.conversation.findings.session_count, ==, 0);
    handshake_finish(&handshake);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sessions/end_of_session", test_end_of_session);
    g_test_add_func("/sessions/end_of_session_taken_back", test_end_of_session_taken_back);
    g_test_add_func("/sessions/fatal_alert_ends_session", test_fatal_alert_ends_session);
    g_test_add_func("/sessions/unresumable_session", test_unresumable_session);
    g_test_add_func("/sessions/shortest_ticket", test_shortest_ticket);
    g_test_add_func("/sessions/offered_in_vain", test_offered_in_vain);
    g_test_add_func("/sessions/resumed", test_resumed);
    g_test_add_func("/sessions/echo_of_tls13", test_echo_of_tls13);
    return g_test_run();
}

/* test_negotiation.c
 * Hellos, tickets and Finished in the records of a connection, and what follows from them. Expected values
 * come from RFC 5077, 5246 and 8446; must not know how the engine keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "handshake_talk.h"

/* RFC 8446 section 4.1.3. */
static GByteArray *
hello_retry_request(void)
{
    GByteArray *hello = server_hello_of_tls13();
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize digest_length = 32;

    g_checksum_update(checksum, (const guchar *)"HelloRetryRequest", -1);
    g_checksum_get_digest(checksum, hello->data + 2, &digest_length);
    g_checksum_free(checksum);
    return hello;
}

/* Only the first hello of each side counts, and only from the side that may send it. */
static void
test_hellos_out_of_place(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_SERVER, TLS_CLIENT_HELLO, client_hello("from the server"));
    g_assert_false(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_send(&handshake, SIDE_CLIENT, TLS_SERVER_HELLO, server_hello("from the client"));
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_VERSION_UNKNOWN);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("one"));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("two"));
    g_assert_false(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("one"));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMED));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_1_2);
    handshake_finish(&handshake);
}

/* Messages cut short are passed over. */
static void
test_malformed_messages(void)
{
    struct handshake handshake;
    GByteArray *hello = client_hello("one");
    GByteArray *answer = server_hello("one");

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, g_byte_array_set_size(hello, 30));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, g_byte_array_set_size(answer, 30));
    handshake_send(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, g_byte_array_new());
    g_assert_cmpuint(handshake.conversation.findings.session_count, ==, 0);
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_VERSION_UNKNOWN);
    handshake_finish(&handshake);
}

/* RFC 8446 section 4.1.4: another ClientHello follows, and then the ServerHello that decides. */
static void
test_hello_retry_request(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, hello_retry_request());
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    g_assert_true(handshake.conversation.connection->server_hello_seen);
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_1_3);
    handshake_finish(&handshake);
}

/* RFC 8446 appendix D.4: the session ID of a client that offers TLS 1.3 is mostly a random one, so that it
 * offers a session only if there is one of that ID. */
static void
test_session_id_of_tls13(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                   client_hello_of_tls13("unknown", TLS_1_2));
    g_assert_false(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_finish(&handshake);

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    struct session_id id =
        session_id_of_bytes((struct byte_view){ (const uint8_t *)"k", strlen("k") });
    session_get(handshake.conversation.sessions, &id);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("k", TLS_1_2));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    handshake_finish(&handshake);
}

/* RFC 5246 section 7.3: a session is established once both sides have finished. */
static void
test_established(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello(""));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("new"));
    handshake_send_finished(&handshake, SIDE_CLIENT);
    g_assert_false(handshake_says(&handshake, SESSION_ESTABLISHED));
    handshake_send_finished(&handshake, SIDE_SERVER);
    g_assert_true(handshake_says(&handshake, SESSION_ESTABLISHED));
    handshake_finish(&handshake);
}

/* RFC 5077 section 3.3: a ticket is a session, or another way to the one of the session ID. The client
 * sends none. */
static void
test_tickets_of_tls12(void)
{
    static const char *const session_ids[] = { "", "new" };

    for (guint i = 0; i < G_N_ELEMENTS(session_ids); i++) {
        struct handshake handshake;

        handshake_begin(&handshake, START_AT_CLIENT_HELLO);
        handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_with_ticket("old"));
        g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
        handshake_send(&handshake, SIDE_CLIENT, TLS_NEW_SESSION_TICKET, tls12_ticket("of client"));
        handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello(session_ids[i]));
        handshake_send(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls12_ticket("new"));
        const struct session *session = handshake.conversation.connection->session;
        struct session_id id =
            session_id_of_ticket((struct byte_view){ (const uint8_t *)"new", strlen("new") });
        g_assert_nonnull(session);
        g_assert_true(session_find(handshake.conversation.sessions, &id) == session);
        handshake_finish(&handshake);
    }
}

/* RFC 8446 section 4.6.1: each ticket is a session, established at once; of very many not all are
 * remembered, so that memory stays bounded. */
static void
test_tickets_of_tls13(void)
{
    struct handshake handshake;
    unsigned established = 0;

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    for (unsigned i = 0; i < 100; i++) {
        const char name[] = { (char)('!' + i % 50), 0 }; /* each one twice */

        handshake_send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET,
                                 tls13_ticket(name));
        established += handshake_says(&handshake, SESSION_ESTABLISHED);
    }
    g_assert_cmpuint(established, ==, 4);
    handshake_finish(&handshake);

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    handshake_send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls13_ticket("same"));
    g_assert_true(handshake_says(&handshake, SESSION_ESTABLISHED));
    handshake_send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls13_ticket("same"));
    g_assert_false(handshake_says(&handshake, SESSION_ESTABLISHED));
    handshake_send_decrypted(&handshake, SIDE_SERVER, TLS_FINISHED, g_byte_array_new());
    g_assert_cmpuint(handshake.conversation.findings.session_count, ==, 0);
    handshake_finish(&handshake);
}

/* A segment that may be the first of a ClientHello begins with less than its type; if it is, the capture
 * does not start in the middle. */
static void
test_client_hello_in_pieces(void)
{
    struct handshake handshake;

    handshake_begin(&handshake, START_MAYBE_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("one"));
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    g_assert_false(handshake.conversation.connection->in_the_middle);
    handshake_finish(&handshake);
}

/* RFC 5246 section 6.2.1: a message may be split over several records. */
static void
test_message_over_records(void)
{
    struct handshake handshake;
    GByteArray *message = handshake_message(TLS_CLIENT_HELLO, client_hello("one"));
    GByteArray *piece = g_byte_array_new();

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    for (guint from = 0; from < message->len; from += 20) {
        g_assert_false(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
        g_byte_array_set_size(piece, 0);
        g_byte_array_append(piece, message->data + from, MIN(20, message->len - from));
        handshake_send_record(&handshake, SIDE_CLIENT, TLS_HANDSHAKE, piece, NULL);
    }
    g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
    g_byte_array_unref(piece);
    g_byte_array_unref(message);
    handshake_finish(&handshake);
}

/* What is not captured of a message hides it, and no other one. */
static void
test_message_with_hole(void)
{
    for (unsigned begun = 0; begun <= 1; begun++) {
        struct handshake handshake;
        const uint8_t start[] = { TLS_HANDSHAKE, 3, 3, 0, 4, TLS_CLIENT_HELLO, 0, 0, 90 };
        const uint8_t cut[] = { TLS_HANDSHAKE, 3, 3, 0, 80, 0 };

        handshake_begin(&handshake, START_AT_CLIENT_HELLO);
        if (begun)
            conversation_capture(&handshake.conversation,
                                 &(struct loose_segment){ .sender = SIDE_CLIENT,
                                                          .payload = start,
                                                          .length = sizeof start });
        handshake.sent[SIDE_CLIENT] = begun ? sizeof start : 0;
        uint8_t *payload = g_malloc0(TLS_RECORD_HEADER_LENGTH + 80);
        memcpy(payload, cut, sizeof cut);
        conversation_capture(&handshake.conversation,
                             &(struct loose_segment){ .sender = SIDE_CLIENT,
                                                      .ahead = handshake.sent[SIDE_CLIENT],
                                                      .payload = payload,
                                                      .length = TLS_RECORD_HEADER_LENGTH + 80,
                                                      .captured_length = sizeof cut });
        g_free(payload);
        handshake.sent[SIDE_CLIENT] += TLS_RECORD_HEADER_LENGTH + 80;
        handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("one"));
        g_assert_true(handshake_says(&handshake, SESSION_RESUMPTION_OFFERED));
        handshake_finish(&handshake);
    }
}

/* A hello with the extensions that EXTENSION, of CONTENT, adds. */
static GByteArray *
with_extension(GByteArray *hello, unsigned version, unsigned type, const char *content,
               gsize length)
{
    guint extensions = begin_vector(hello, 2);

    if (version == TLS_1_3 && type == ALPN)
        put_offered_versions(hello, TLS_1_3, TLS_1_2);
    if (length > 0) {
        guint extension = begin_extension(hello, type);
        g_byte_array_append(hello, (const guint8 *)content, (guint)length);
        end_vector(hello, extension, 2);
    }
    end_vector(hello, extensions, 2);
    return hello;
}

/* RFC 6066 section 3: any name that is not empty. */
static void
test_server_name(void)
{
    struct handshake handshake;
    static const char name[] = { 0, 4, 0, 0, 1, 'x' };

    handshake_begin(&handshake, START_AT_CLIENT_HELLO);
    handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                   with_extension(client_hello(""), TLS_1_2, SERVER_NAME, name, sizeof name));
    g_assert_cmpstr(handshake.conversation.connection->server_name, ==, "x");
    handshake_finish(&handshake);
}

/* RFC 7301 section 3.2: the server selects in its ServerHello. RFC 8446 section 4.2: in TLS 1.3 it does so
 * where only keys show it, and what the client offers counts. */
static void
test_http2(void)
{
    static const char h2[] = { 0, 3, 2, 'h', '2' };
    static const struct {
        uint16_t version;
        bool selected, http2;
    } cases[] = {
        { TLS_1_2, true, true },
        { TLS_1_2, false, false },
        { TLS_1_3, false, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct handshake handshake;

        handshake_begin(&handshake, START_AT_CLIENT_HELLO);
        handshake_send(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                       with_extension(client_hello(""), cases[i].version, ALPN, h2, sizeof h2));
        handshake_send(&handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                       cases[i].version == TLS_1_3
                           ? server_hello_of_tls13()
                           : with_extension(server_hello(""), TLS_1_2, ALPN, h2,
                                            cases[i].selected ? sizeof h2 : 0));
        g_assert_true(handshake.conversation.connection->http2 == cases[i].http2);
        handshake_finish(&handshake);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/negotiation/hellos_out_of_place", test_hellos_out_of_place);
    g_test_add_func("/negotiation/malformed_messages", test_malformed_messages);
    g_test_add_func("/negotiation/hello_retry_request", test_hello_retry_request);
    g_test_add_func("/negotiation/session_id_of_tls13", test_session_id_of_tls13);
    g_test_add_func("/negotiation/established", test_established);
    g_test_add_func("/negotiation/tickets_of_tls12", test_tickets_of_tls12);
    g_test_add_func("/negotiation/tickets_of_tls13", test_tickets_of_tls13);
    g_test_add_func("/negotiation/client_hello_in_pieces", test_client_hello_in_pieces);
    g_test_add_func("/negotiation/message_over_records", test_message_over_records);
    g_test_add_func("/negotiation/message_with_hole", test_message_with_hole);
    g_test_add_func("/negotiation/server_name", test_server_name);
    g_test_add_func("/negotiation/http2", test_http2);
    return g_test_run();
}

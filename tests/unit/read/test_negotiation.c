/* test_negotiation.c
 * Hellos, tickets and Finished in the records of a connection: version and sessions that follow, and what
 * the connection's end does to its session. Expected values come from RFC 5077, 5246 and 8446; must not know how the engine keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "conversation.h"
#include "hello_builder.h"

/* A handshake that goes on, each message in a record and a segment of its own. */
struct handshake {
    struct conversation conversation;
    uint32_t sent[2]; /* by enum side */
};

static void
begin(struct handshake *handshake, enum connection_start start)
{
    memset(handshake, 0, sizeof *handshake);
    conversation_begin_bare(&handshake->conversation, start);
}

static void
finish(struct handshake *handshake)
{
    conversation_finish(&handshake->conversation);
}

/* The record, of which the TLS dissector shows SHOWN if that is not NULL. */
static void
send_record(struct handshake *handshake, enum side sender, uint8_t type, const GByteArray *fragment,
            const struct dissected_record *shown)
{
    GByteArray *payload = g_byte_array_new();

    put_number(payload, type, 1);
    put_number(payload, TLS_1_2, 2);
    put_number(payload, fragment->len, 2);
    g_byte_array_append(payload, fragment->data, fragment->len);
    conversation_capture(&handshake->conversation,
                         &(struct loose_segment){
                             .sender = sender,
                             .ahead = handshake->sent[sender],
                             .received = handshake->sent[other_side(sender)],
                             .payload = payload->data,
                             .length = payload->len,
                             .records = shown,
                             .record_count = shown != NULL,
                         });
    handshake->sent[sender] += payload->len;
    g_byte_array_unref(payload);
}

/* BODY is freed. */
static GByteArray *
message_of(uint8_t type, GByteArray *body)
{
    GByteArray *message = g_byte_array_new();

    put_number(message, type, 1);
    put_number(message, body->len, 3);
    g_byte_array_append(message, body->data, body->len);
    g_byte_array_unref(body);
    return message;
}

/* In clear text. BODY is freed. */
static void
send_message(struct handshake *handshake, enum side sender, uint8_t type, GByteArray *body)
{
    GByteArray *message = message_of(type, body);

    send_record(handshake, sender, TLS_HANDSHAKE, message, NULL);
    g_byte_array_unref(message);
}

/* In TLS 1.3, decrypted. BODY is freed. */
static void
send_decrypted(struct handshake *handshake, enum side sender, uint8_t type, GByteArray *body)
{
    GByteArray *message = message_of(type, body);
    GByteArray *fragment = g_byte_array_new();

    put_repeated(fragment, 0, message->len + 17);
    const struct dissected_record shown = {
        .type = TLS_APPLICATION_DATA,
        .length = (uint16_t)fragment->len,
        .sequence = handshake->conversation.sequence[sender] + handshake->sent[sender],
        .inner_type = TLS_HANDSHAKE,
        .plaintext = message->data,
        .plaintext_length = message->len,
    };
    send_record(handshake, sender, TLS_APPLICATION_DATA, fragment, &shown);
    g_byte_array_unref(fragment);
    g_byte_array_unref(message);
}

static GByteArray *
client_hello(const char *session_id)
{
    return client_hello_head(TLS_1_2, session_id);
}

static GByteArray *
client_hello_with_ticket(const char *ticket)
{
    GByteArray *hello = client_hello_head(TLS_1_2, "");
    guint extensions = begin_vector(hello, 2);

    put_text_extension(hello, SESSION_TICKET, ticket);
    end_vector(hello, extensions, 2);
    return hello;
}

static GByteArray *
client_hello_of_tls13(const char *session_id, unsigned second_version)
{
    GByteArray *hello = client_hello_head(TLS_1_2, session_id);
    guint extensions = begin_vector(hello, 2);

    put_offered_versions(hello, TLS_1_3, second_version);
    end_vector(hello, extensions, 2);
    return hello;
}

static GByteArray *
server_hello(const char *session_id)
{
    return server_hello_head(TLS_1_2, session_id, 0xC02F);
}

static GByteArray *
server_hello_of_tls13(void)
{
    GByteArray *hello = server_hello_head(TLS_1_2, "", 0x1301);
    guint extensions = begin_vector(hello, 2);

    put_selected_version(hello, TLS_1_3);
    end_vector(hello, extensions, 2);
    return hello;
}

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

/* ChangeCipherSpec and an encrypted Finished. */
static void
send_finished(struct handshake *handshake, enum side sender)
{
    GByteArray *fragment = g_byte_array_new();

    put_number(fragment, 1, 1);
    send_record(handshake, sender, TLS_CHANGE_CIPHER_SPEC, fragment, NULL);
    put_repeated(fragment, 0, 39);
    send_record(handshake, sender, TLS_HANDSHAKE, fragment, NULL);
    g_byte_array_unref(fragment);
}

static bool
says(const struct handshake *handshake, enum session_event event)
{
    const struct frame_findings *findings = &handshake->conversation.findings;

    for (unsigned i = 0; i < findings->session_count; i++)
        if (findings->session[i].event == event)
            return true;
    return false;
}

/* Only the first hello of each side counts, and only from the side that may send it. */
static void
test_hellos_out_of_place(void)
{
    struct handshake handshake;

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_SERVER, TLS_CLIENT_HELLO, client_hello("from the server"));
    g_assert_false(says(&handshake, SESSION_RESUMPTION_OFFERED));
    send_message(&handshake, SIDE_CLIENT, TLS_SERVER_HELLO, server_hello("from the client"));
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_VERSION_UNKNOWN);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("one"));
    g_assert_true(says(&handshake, SESSION_RESUMPTION_OFFERED));
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("two"));
    g_assert_false(says(&handshake, SESSION_RESUMPTION_OFFERED));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("one"));
    g_assert_true(says(&handshake, SESSION_RESUMED));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_1_2);
    finish(&handshake);
}

/* Messages cut short are passed over. */
static void
test_malformed_messages(void)
{
    struct handshake handshake;
    GByteArray *hello = client_hello("one");
    GByteArray *answer = server_hello("one");

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, g_byte_array_set_size(hello, 30));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, g_byte_array_set_size(answer, 30));
    send_message(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, g_byte_array_new());
    g_assert_cmpuint(handshake.conversation.findings.session_count, ==, 0);
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_VERSION_UNKNOWN);
    finish(&handshake);
}

/* RFC 8446 section 4.1.4: another ClientHello follows, and then the ServerHello that decides. */
static void
test_hello_retry_request(void)
{
    struct handshake handshake;

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, hello_retry_request());
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    g_assert_true(handshake.conversation.connection->server_hello_seen);
    g_assert_cmpuint(handshake.conversation.connection->version, ==, TLS_1_3);
    finish(&handshake);
}

/* RFC 8446 appendix D.4: the session ID of a client that offers TLS 1.3 is mostly a random one, so that it
 * offers a session only if there is one of that ID. */
static void
test_session_id_of_tls13(void)
{
    struct handshake handshake;

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                 client_hello_of_tls13("unknown", TLS_1_2));
    g_assert_false(says(&handshake, SESSION_RESUMPTION_OFFERED));
    finish(&handshake);

    begin(&handshake, START_AT_CLIENT_HELLO);
    struct session_id id =
        session_id_of_bytes((struct byte_view){ (const uint8_t *)"known", strlen("known") });
    session_get(handshake.conversation.sessions, &id);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO,
                 client_hello_of_tls13("known", TLS_1_2));
    g_assert_true(says(&handshake, SESSION_RESUMPTION_OFFERED));
    finish(&handshake);
}

/* RFC 5246 section 7.3: a session is established once both sides have finished. */
static void
test_established(void)
{
    struct handshake handshake;

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello(""));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello("new"));
    send_finished(&handshake, SIDE_CLIENT);
    g_assert_false(says(&handshake, SESSION_ESTABLISHED));
    send_finished(&handshake, SIDE_SERVER);
    g_assert_true(says(&handshake, SESSION_ESTABLISHED));
    finish(&handshake);
}

/* RFC 5077 section 3.3: a ticket is a session, or another way to the one of the session ID. The client
 * sends none. */
static void
test_tickets_of_tls12(void)
{
    static const char *const session_ids[] = { "", "new" };

    for (guint i = 0; i < G_N_ELEMENTS(session_ids); i++) {
        struct handshake handshake;

        begin(&handshake, START_AT_CLIENT_HELLO);
        send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_with_ticket("old"));
        g_assert_true(says(&handshake, SESSION_RESUMPTION_OFFERED));
        send_message(&handshake, SIDE_CLIENT, TLS_NEW_SESSION_TICKET, tls12_ticket("of client"));
        send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello(session_ids[i]));
        send_message(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls12_ticket("new"));
        const struct session *session = handshake.conversation.connection->session;
        struct session_id id =
            session_id_of_ticket((struct byte_view){ (const uint8_t *)"new", strlen("new") });
        g_assert_nonnull(session);
        g_assert_true(session_find(handshake.conversation.sessions, &id) == session);
        finish(&handshake);
    }
}

/* RFC 8446 section 4.6.1: each ticket is a session, established at once; of very many not all are
 * remembered, so that memory stays bounded. */
static void
test_tickets_of_tls13(void)
{
    struct handshake handshake;
    unsigned established = 0;

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    for (unsigned i = 0; i < 100; i++) {
        const char name[] = { (char)('!' + i % 50), 0 }; /* each one twice */

        send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls13_ticket(name));
        established += says(&handshake, SESSION_ESTABLISHED);
    }
    g_assert_cmpuint(established, >, 0);
    g_assert_cmpuint(established, <, 50);
    finish(&handshake);

    begin(&handshake, START_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello_of_tls13("", TLS_1_2));
    send_message(&handshake, SIDE_SERVER, TLS_SERVER_HELLO, server_hello_of_tls13());
    send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls13_ticket("same"));
    g_assert_true(says(&handshake, SESSION_ESTABLISHED));
    send_decrypted(&handshake, SIDE_SERVER, TLS_NEW_SESSION_TICKET, tls13_ticket("same"));
    g_assert_false(says(&handshake, SESSION_ESTABLISHED));
    send_decrypted(&handshake, SIDE_SERVER, TLS_FINISHED, g_byte_array_new());
    g_assert_cmpuint(handshake.conversation.findings.session_count, ==, 0);
    finish(&handshake);
}

/* A segment that may be the first of a ClientHello begins with less than its type; if it is, the capture
 * does not start in the middle. */
static void
test_client_hello_in_pieces(void)
{
    struct handshake handshake;

    begin(&handshake, START_MAYBE_AT_CLIENT_HELLO);
    send_message(&handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello("one"));
    g_assert_true(says(&handshake, SESSION_RESUMPTION_OFFERED));
    g_assert_false(handshake.conversation.connection->in_the_middle);
    finish(&handshake);
}

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
    send_record(handshake, sender, TLS_ALERT, fragment, shown ? &record : NULL);
    g_byte_array_unref(fragment);
}

/* A session of its own, and data. */
static void
establish(struct handshake *handshake, uint16_t version)
{
    GByteArray *data = g_byte_array_new();

    begin(handshake, START_AT_CLIENT_HELLO);
    send_message(handshake, SIDE_CLIENT, TLS_CLIENT_HELLO, client_hello(""));
    send_message(handshake, SIDE_SERVER, TLS_SERVER_HELLO,
                 server_hello_head(version, "new", 0xC02F));
    send_finished(handshake, SIDE_CLIENT);
    send_finished(handshake, SIDE_SERVER);
    put_repeated(data, 0, 100);
    send_record(handshake, SIDE_CLIENT, TLS_APPLICATION_DATA, data, NULL);
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
        g_assert_true(says(&handshake, SESSION_MADE_UNRESUMABLE) == cases[i].unresumable);
        g_assert_true(!(handshake.conversation.findings.experts &
                        EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246)) == !cases[i].note);
        finish(&handshake);
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
    finish(&handshake);
}

/* RFC 5246 section 7.2.2: a fatal alert ends the session, once, up to TLS 1.2. */
static void
test_fatal_alert_ends_session(void)
{
    static const uint8_t internal_error[] = { TLS_ALERT_FATAL, 80 };
    struct handshake handshake;

    establish(&handshake, TLS_1_2);
    send_alert(&handshake, SIDE_SERVER, internal_error);
    g_assert_true(says(&handshake, SESSION_MADE_UNRESUMABLE));
    send_alert(&handshake, SIDE_CLIENT, internal_error);
    g_assert_false(says(&handshake, SESSION_MADE_UNRESUMABLE));
    send_alert(&handshake, SIDE_CLIENT, internal_error);
    g_assert_cmpint(handshake.conversation.connection->session->unresumable_reason, ==,
                    UNRESUMABLE_FATAL_ALERT);
    finish(&handshake);
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
    g_test_add_func("/negotiation/end_of_session", test_end_of_session);
    g_test_add_func("/negotiation/end_of_session_taken_back", test_end_of_session_taken_back);
    g_test_add_func("/negotiation/fatal_alert_ends_session", test_fatal_alert_ends_session);
    return g_test_run();
}

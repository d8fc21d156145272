/* negotiation.c
 * What handshake messages negotiate. See negotiation.h. Must not know how the connection ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/negotiation.h"

#include <string.h>

#include "wire/handshake_reader.h"
#include "wire/hello.h"

/* Sessions remembered by the tickets of one connection: a server may send any number. */
#define TICKETS_MAX 4

static struct session *
session_of(const struct reading *reading, struct session_id id)
{
    return session_get(reading->connection->sessions, &id);
}

static void
offer_session(struct reading *reading, const struct client_hello *hello)
{
    struct connection *connection = reading->connection;

    const struct session_id id = session_id_of_bytes(hello->session_id);

    if (id.length > 0)
        connection->hello_session_id = g_memdup2(&id, sizeof id);
    if (hello->psk_identity.length > 0)
        connection->offered = session_of(reading, session_id_of_ticket(hello->psk_identity));
    else if (hello->ticket.length > 0)
        connection->offered = session_of(reading, session_id_of_ticket(hello->ticket));
    else if (id.length > 0 && !hello->offers_tls13)
        connection->offered = session_of(reading, id);
    else /* RFC 8446 appendix D.4: mostly a random one, or none */
        connection->offered = session_find(connection->sessions, &id);
    if (!connection->offered)
        return;
    add_session_event(findings_of_record(reading), SESSION_RESUMPTION_OFFERED, connection->offered);
    if (connection->offered->unresumable_frame != 0)
        raise_expert_of_record(reading, EXPERT_UNRESUMABLE_SESSION_OFFERED);
}

static void
take_client_hello(struct reading *reading, struct byte_view message)
{
    struct connection *connection = reading->connection;
    struct client_hello hello;

    if (reading->side != SIDE_CLIENT || !client_hello_parse(message, &hello))
        return;
    if (connection->client_hello_seen)
        return;
    connection->client_hello_seen = true;
    connection->http2 = hello.offers_h2;
    if (!connection->data_flowed)
        connection->in_the_middle = false;
    if (hello.server_name.length > 0)
        connection->server_name =
            server_names_get(session_table_server_names(connection->sessions), hello.server_name);
    offer_session(reading, &hello);
}

/* RFC 5246 section 7.4.1.3: the session ID echoed; RFC 8446 section 4.2.11: the PSK selected. */
static bool
is_resumption(const struct connection *connection, const struct server_hello *hello)
{
    const struct session_id id = session_id_of_bytes(hello->session_id);

    if (hello->version == TLS_1_3)
        return hello->selects_psk;
    return connection->hello_session_id && session_id_equal(&id, connection->hello_session_id);
}

static void
take_session_of_server_hello(struct reading *reading, const struct server_hello *hello)
{
    struct connection *connection = reading->connection;

    connection->resumed = is_resumption(connection, hello);
    g_clear_pointer(&connection->hello_session_id, g_free);
    if (connection->resumed && connection->offered)
        connection->session = connection->offered;
    else if (hello->version < TLS_1_3 && hello->session_id.length > 0)
        connection->session = session_of(reading, session_id_of_bytes(hello->session_id));
    if (!connection->resumed || !connection->session)
        return;
    connection->issued_tickets = hello->version == TLS_1_3;
    add_session_event(findings_of_record(reading), SESSION_RESUMED, connection->session);
    if (connection->session->unresumable_frame != 0)
        raise_expert_of_record(reading, EXPERT_UNRESUMABLE_SESSION_RESUMED);
}

static void
take_server_hello(struct reading *reading, struct byte_view message, uint64_t record_end)
{
    struct connection *connection = reading->connection;
    struct server_hello hello;

    if (reading->side != SIDE_SERVER || connection->server_hello_seen ||
        !server_hello_parse(message, &hello))
        return;
    connection->version = hello.version;
    connection->cipher_suite = hello.cipher_suite;
    connection->server_hello_seen = !hello.hello_retry_request;
    connection->last_hello_end = record_end;
    if (hello.hello_retry_request)
        return;
    if (hello.version < TLS_1_3)
        connection->http2 = hello.selects_h2;
    take_session_of_server_hello(reading, &hello);
}

static void
establish_session(struct reading *reading, struct session *session)
{
    if (session->established_frame != 0)
        return;
    session->established_frame = reading->about;
    add_session_event(findings_of_record(reading), SESSION_ESTABLISHED, session);
}

/* RFC 5077 section 3.3: up to TLS 1.2 the ticket is another way to the session; RFC 8446 section
 * 4.6.1: a session of its own. */
static void
take_new_session_ticket(struct reading *reading, struct byte_view message)
{
    struct connection *connection = reading->connection;
    struct byte_view ticket;

    if (reading->side != SIDE_SERVER || connection->ticket_count >= TICKETS_MAX ||
        !new_session_ticket_parse(message, connection->version, &ticket))
        return;
    connection->ticket_count++;
    struct session_id id = session_id_of_ticket(ticket);
    if (connection->version == TLS_1_3) {
        connection->issued_tickets = true;
        establish_session(reading, session_get(connection->sessions, &id));
    } else if (connection->session) {
        session_alias(connection->sessions, connection->session, &id);
    } else {
        connection->session = session_get(connection->sessions, &id);
    }
}

void
negotiation_finish(struct reading *reading, const struct stream_record *record)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);

    if (own->finished_end != 0)
        return;
    own->finished_end = record->end;
    /* In TLS 1.3 a connection runs on a session only if it was resumed. */
    if (peer_direction(reading)->finished_end != 0 && connection->session && !connection->resumed)
        establish_session(reading, connection->session);
}

struct message_context {
    struct reading *reading;
    const struct stream_record *record;
};

static void
take_message(void *user, uint8_t type, struct byte_view message)
{
    struct message_context *context = user;

    switch (type) {
    case TLS_CLIENT_HELLO:
        take_client_hello(context->reading, message);
        break;
    case TLS_SERVER_HELLO:
        take_server_hello(context->reading, message, context->record->end);
        break;
    case TLS_NEW_SESSION_TICKET:
        take_new_session_ticket(context->reading, message);
        break;
    case TLS_FINISHED:
        if (context->reading->connection->version == TLS_1_3)
            negotiation_finish(context->reading, context->record);
        break;
    default:
        break;
    }
}

static void
drop_reader(struct handshake_reader **reader)
{
    if (*reader)
        handshake_reader_clear(*reader);
    g_free(*reader);
    *reader = NULL;
}

/* Between messages there is no reader. */
static void
read_messages(struct reading *reading, const struct stream_record *record,
              struct byte_view messages)
{
    struct handshake_reader **reader = &reading->connection->handshake[reading->side];
    struct message_context context = { reading, record };

    if (!messages.bytes) {
        drop_reader(reader);
        return;
    }
    if (!*reader)
        *reader = g_new0(struct handshake_reader, 1);
    handshake_read(*reader, messages.bytes, messages.length, take_message, &context);
    if (handshake_reader_is_idle(*reader))
        drop_reader(reader);
}

/* Up to TLS 1.2, a handshake record behind the ChangeCipherSpec is Finished (RFC 5246 section
 * 7.4.9). */
void
negotiation_take_messages(struct reading *reading, const struct stream_record *record,
                          struct byte_view messages)
{
    const struct direction *own = own_direction(reading);
    bool is_finished = own->change_cipher_spec && reading->connection->version != TLS_1_3;

    if (is_finished)
        negotiation_finish(reading, record);
    else
        read_messages(reading, record, messages);
}

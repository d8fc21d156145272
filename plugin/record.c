/* record.c
 * What a TLS record means for its connection. See record.h. Knows RFC 5246 and RFC 8446 records,
 * sessions and HTTP by their modules; must not know how the end is shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "record.h"

#include <string.h>

#include "closure.h"

/* A clear-text alert record longer than this is none: RFC 5246 section 7.2 allows several alerts in
 * a record. */
#define CLEAR_ALERT_LENGTH_MAX 16

/* Java pads every TLS 1.3 record by this much. */
#define PADDING_LENGTH 16

/* Sessions remembered by the tickets of one connection: a server may send any number. */
#define TICKETS_MAX 4

/* What is inside a record, as far as it can be read. */
struct content {
    enum {
        CONTENT_CHANGE_CIPHER_SPEC,
        CONTENT_ALERT,           /* readable: bytes hold it */
        CONTENT_ENCRYPTED_ALERT, /* up to TLS 1.2: the record header says alert */
        CONTENT_MISSING_ALERT,   /* in clear text, but not captured */
        CONTENT_HANDSHAKE,
        CONTENT_DATA,   /* application data; bytes hold it if decrypted */
        CONTENT_EMPTY,  /* application data without a byte of plaintext */
        CONTENT_OPAQUE, /* TLS 1.3, not decrypted: anything */
        CONTENT_HEARTBEAT,
    } kind;
    const uint8_t *bytes; /* NULL if not readable */
    uint32_t length;
    bool decrypted;
};

static struct direction *
own_direction(const struct reading *reading)
{
    return &reading->connection->direction[reading->side];
}

static struct direction *
peer_direction(const struct reading *reading)
{
    return &reading->connection->direction[other_side(reading->side)];
}

void
raise_expert(struct reading *reading, enum side side, enum expert expert)
{
    struct direction *direction = &reading->connection->direction[side];

    if (direction->raised & EXPERT_BIT(expert))
        return;
    direction->raised |= EXPERT_BIT(expert);
    reading->findings->experts |= EXPERT_BIT(expert);
}

struct mark
record_mark(const struct reading *reading, const struct stream_record *record)
{
    return (struct mark){
        .end = record->end,
        .acknowledged = record->last.acknowledgement,
        .time = record->last.time,
        .captured = record->last.frame,
        .frame = reading->is_sender ? reading->now : record->last.frame,
    };
}

void
add_session_event(struct frame_findings *findings, enum session_event event,
                  const struct session *session)
{
    if (findings->session_count < SESSION_FINDINGS_MAX)
        findings->session[findings->session_count++] = (struct session_finding){ event, session };
}

static bool
is_clear_alert(const struct connection *connection, enum side side, uint16_t length)
{
    const struct direction *direction = &connection->direction[side];

    if (connection->version == TLS_1_3)
        return true;
    if (direction->change_cipher_spec)
        return false;
    return connection->in_the_middle ? length == 2 : length <= CLEAR_ALERT_LENGTH_MAX;
}

bool
record_is_wanted(void *user, uint8_t type, uint16_t length)
{
    const struct reading *reading = user;
    const struct direction *direction = own_direction(reading);

    switch (type) {
    case TLS_ALERT:
        return is_clear_alert(reading->connection, reading->side, length);
    case TLS_HANDSHAKE:
        return !direction->change_cipher_spec || reading->connection->version == TLS_1_3;
    default:
        return false;
    }
}

/* The dissector's view of RECORD: both lists are in stream order, so one pass over the dissected
 * ones is enough. */
static const struct dissected_record *
find_dissected(struct reading *reading, const struct stream_record *record)
{
    for (unsigned i = reading->cursor; i < reading->record_count; i++) {
        const struct dissected_record *dissected = &reading->records[i];
        if (dissected->placed) {
            uint64_t start = stream_offset(&own_direction(reading)->stream, dissected->sequence);
            if (start > record->start)
                return NULL;
            if (start < record->start)
                continue;
        }
        if (dissected->type == record->type && dissected->length == record->length) {
            reading->cursor = i + 1;
            return dissected;
        }
    }
    return NULL;
}

static unsigned
tls13_tag_length(const struct connection *connection)
{
    return cipher_suite_tag_length(connection->version == TLS_1_3 ? connection->cipher_suite : 0);
}

/* Two bytes of alert, one of content type, and the tag: RFC 8446 sections 5.2 and 6. */
static unsigned
tls13_alert_length(const struct reading *reading)
{
    unsigned padding = own_direction(reading)->pads_records ? PADDING_LENGTH : 0;

    return 2 + 1 + tls13_tag_length(reading->connection) + padding;
}

static unsigned
tls13_finished_length(const struct connection *connection)
{
    return 4 + cipher_suite_hash_length(connection->cipher_suite) + 1 +
           tls13_tag_length(connection);
}

static struct content
describe_application_data(const struct connection *connection, const struct stream_record *record)
{
    if (connection->version == TLS_1_3 || connection->version == TLS_VERSION_UNKNOWN) {
        bool empty = record->length <= 1 + tls13_tag_length(connection);
        return (struct content){ .kind = empty ? CONTENT_EMPTY : CONTENT_OPAQUE };
    }
    unsigned expansion = cipher_suite_aead_expansion(connection->cipher_suite);
    bool empty = record->length == 0 || (expansion != 0 && record->length <= expansion);
    return (struct content){ .kind = empty ? CONTENT_EMPTY : CONTENT_DATA };
}

static struct content
describe_alert(const struct reading *reading, const struct stream_record *record)
{
    if (!is_clear_alert(reading->connection, reading->side, record->length))
        return (struct content){ .kind = CONTENT_ENCRYPTED_ALERT };
    if (!record->fragment)
        return (struct content){ .kind = CONTENT_MISSING_ALERT };
    return (struct content){ CONTENT_ALERT, record->fragment, record->length, false };
}

static struct content
describe_decrypted(const struct dissected_record *dissected)
{
    struct content content = { CONTENT_DATA, dissected->plaintext, dissected->plaintext_length,
                               true };

    switch (dissected->inner_type) {
    case TLS_CHANGE_CIPHER_SPEC:
        content.kind = CONTENT_CHANGE_CIPHER_SPEC;
        break;
    case TLS_ALERT:
        content.kind = CONTENT_ALERT;
        break;
    case TLS_HANDSHAKE:
        content.kind = CONTENT_HANDSHAKE;
        break;
    case TLS_HEARTBEAT:
        content.kind = CONTENT_HEARTBEAT;
        break;
    default:
        content.kind = dissected->plaintext_length > 0 ? CONTENT_DATA : CONTENT_EMPTY;
    }
    return content;
}

static struct content
describe(const struct reading *reading, const struct stream_record *record,
         const struct dissected_record *dissected)
{
    if (dissected && dissected->plaintext)
        return describe_decrypted(dissected);
    switch (record->type) {
    case TLS_CHANGE_CIPHER_SPEC:
        return (struct content){ .kind = CONTENT_CHANGE_CIPHER_SPEC };
    case TLS_ALERT:
        return describe_alert(reading, record);
    case TLS_HANDSHAKE:
        return (struct content){ CONTENT_HANDSHAKE, record->fragment, record->length, false };
    case TLS_HEARTBEAT:
        return (struct content){ .kind = CONTENT_HEARTBEAT };
    default:
        return describe_application_data(reading->connection, record);
    }
}

/* Handshake messages */

static struct session *
session_of(const struct reading *reading, struct session_id id)
{
    return session_get(reading->connection->sessions, &id);
}

static void
offer_session(struct reading *reading, const struct client_hello *hello)
{
    struct connection *connection = reading->connection;

    connection->hello_session_id = session_id_of_bytes(hello->session_id);
    if (hello->psk_identity.length > 0)
        connection->offered = session_of(reading, session_id_of_ticket(hello->psk_identity));
    else if (hello->ticket.length > 0)
        connection->offered = session_of(reading, session_id_of_ticket(hello->ticket));
    else if (hello->session_id.length > 0 && !hello->offers_tls13)
        connection->offered = session_of(reading, connection->hello_session_id);
    else if (hello->session_id.length > 0) /* RFC 8446 appendix D.4: mostly a random one */
        connection->offered = session_find(connection->sessions, &connection->hello_session_id);
    if (!connection->offered)
        return;
    add_session_event(reading->findings, SESSION_RESUMPTION_OFFERED, connection->offered);
    if (connection->offered->unresumable_frame != 0)
        raise_expert(reading, reading->side, EXPERT_UNRESUMABLE_SESSION_OFFERED);
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
    if (!connection->data_flowed)
        connection->in_the_middle = false;
    if (hello.server_name.length > 0)
        connection->server_name =
            g_strndup((const char *)hello.server_name.bytes, hello.server_name.length);
    offer_session(reading, &hello);
}

/* RFC 5246 section 7.4.1.3: the session ID echoed; RFC 8446 section 4.2.11: the PSK selected. */
static bool
is_resumption(const struct connection *connection, const struct server_hello *hello)
{
    const struct session_id *offered = &connection->hello_session_id;

    if (hello->version == TLS_1_3)
        return hello->selects_psk;
    return connection->client_hello_seen && hello->session_id.length > 0 &&
           hello->session_id.length == offered->length &&
           memcmp(hello->session_id.bytes, offered->bytes, offered->length) == 0;
}

static void
take_session_of_server_hello(struct reading *reading, const struct server_hello *hello)
{
    struct connection *connection = reading->connection;

    connection->resumed = is_resumption(connection, hello);
    if (connection->resumed && connection->offered)
        connection->session = connection->offered;
    else if (hello->version < TLS_1_3 && hello->session_id.length > 0)
        connection->session = session_of(reading, session_id_of_bytes(hello->session_id));
    if (!connection->resumed || !connection->session)
        return;
    connection->issued_tickets = hello->version == TLS_1_3;
    add_session_event(reading->findings, SESSION_RESUMED, connection->session);
    if (connection->session->unresumable_frame != 0)
        raise_expert(reading, reading->side, EXPERT_UNRESUMABLE_SESSION_RESUMED);
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
    if (hello.hello_retry_request)
        return;
    connection->server_hello_seen = true;
    connection->server_hello_end = record_end;
    take_session_of_server_hello(reading, &hello);
}

static void
establish_session(struct reading *reading, struct session *session)
{
    if (session->established_frame != 0)
        return;
    session->established_frame = reading->now;
    add_session_event(reading->findings, SESSION_ESTABLISHED, session);
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

static void
finish_handshake(struct reading *reading, const struct mark *mark)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);

    if (own->finished.captured != 0)
        return;
    own->finished = *mark;
    if (peer_direction(reading)->finished.captured != 0 && connection->session &&
        connection->version < TLS_1_3 && !connection->resumed)
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
        if (context->reading->connection->version == TLS_1_3) {
            struct mark mark = record_mark(context->reading, context->record);
            finish_handshake(context->reading, &mark);
        }
        break;
    default:
        break;
    }
}

static void
read_messages(struct reading *reading, const struct stream_record *record,
              const struct content *content)
{
    struct handshake_reader **reader = &reading->connection->handshake[reading->side];
    struct message_context context = { reading, record };

    if (!content->bytes) {
        if (*reader)
            handshake_reader_clear(*reader);
        return;
    }
    if (!*reader)
        *reader = g_new0(struct handshake_reader, 1);
    handshake_read(*reader, content->bytes, content->length, take_message, &context);
}

/* Up to TLS 1.2, a handshake record behind the ChangeCipherSpec is Finished (RFC 5246 section
 * 7.4.9). */
static void
take_handshake(struct reading *reading, const struct stream_record *record,
               const struct content *content)
{
    const struct direction *own = own_direction(reading);
    bool is_finished = own->change_cipher_spec && reading->connection->version != TLS_1_3;

    if (is_finished) {
        struct mark mark = record_mark(reading, record);
        finish_handshake(reading, &mark);
    } else {
        read_messages(reading, record, content);
    }
}

/* Data after a closure or fatal alert */

/* A data record came after ALERT: raises EXPERT, returns the alert. */
static const struct mark *
data_after(struct reading *reading, enum expert expert, const struct mark *alert)
{
    raise_expert(reading, reading->side, expert);
    return alert;
}

/* RFC 8446 section 6.1. Where the version is unknown, the peer's alert shows it: only TLS 1.3 disguises
 * alerts as application data. */
static bool
is_half_close_allowed(const struct reading *reading)
{
    const struct connection *connection = reading->connection;

    return connection->version == TLS_1_3 ||
           (connection->version == TLS_VERSION_UNKNOWN &&
            peer_direction(reading)->candidate_type == TLS_APPLICATION_DATA);
}

/* Data of a side whose peer has sent close_notify: RFC 5246 section 7.2.1, RFC 8446 section 6.1.
 * Returns the alert if there is anything to say. */
static const struct mark *
check_data_after_peer(struct reading *reading, const struct stream_record *record)
{
    bool half_close_allowed = is_half_close_allowed(reading);
    const struct mark *alert =
        known_close_notify(reading->connection, other_side(reading->side), reading->options, NULL);

    if (!alert)
        return NULL;
    if (record->first.acknowledgement >= alert->end)
        return data_after(
            reading, half_close_allowed ? EXPERT_HALF_CLOSE : EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY,
            alert);
    if (!half_close_allowed && alert->acknowledged < record->end)
        return data_after(reading, EXPERT_DATA_CROSSING_CLOSE_NOTIFY, alert);
    return NULL;
}

static void
check_data_after_close(struct reading *reading, const struct stream_record *record)
{
    const struct direction *own = own_direction(reading);
    const struct direction *peer = peer_direction(reading);
    struct frame_findings *findings = reading->findings;
    const struct mark *alert = check_data_after_peer(reading, record);

    if (peer->fatal.captured != 0 && record->first.acknowledgement >= peer->fatal.end)
        alert = data_after(reading, EXPERT_DATA_AFTER_FATAL_ALERT, &peer->fatal);
    if (own->fatal.captured != 0)
        alert = data_after(reading, EXPERT_DATA_AFTER_FATAL_ALERT, &own->fatal);
    if (own->close_notify.captured != 0)
        alert = data_after(reading, EXPERT_DATA_AFTER_CLOSE_NOTIFY, &own->close_notify);
    if (!alert)
        return;
    findings->after_close_alert_frame = alert->frame;
    findings->after_close_records++;
    findings->after_close_bytes += record->length;
}

/* The peer's data that SIDE's close_notify MARK crossed: it was sent before, but not received yet.
 */
static void
check_data_crossing(struct reading *reading, const struct mark *close_notify)
{
    if (reading->connection->version != TLS_1_3 &&
        peer_direction(reading)->last_data_end > close_notify->acknowledged)
        raise_expert(reading, other_side(reading->side), EXPERT_DATA_CROSSING_CLOSE_NOTIFY);
}

/* Alerts */

static void
take_close_notify(struct reading *reading, const struct stream_record *record, uint8_t level)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);

    if (level != TLS_ALERT_WARNING)
        raise_expert(reading, reading->side,
                     connection->version == TLS_1_3 ? EXPERT_CLOSE_NOTIFY_LEVEL_TLS13
                                                    : EXPERT_CLOSE_NOTIFY_LEVEL);
    if (own->close_notify.captured != 0) {
        reading->findings->duplicate = true;
        raise_expert(reading, reading->side, EXPERT_DUPLICATE_CLOSE_NOTIFY);
        return;
    }
    own->close_notify = record_mark(reading, record);
    if (!own->user_canceled &&
        !handshake_finished_for(connection, reading->side, own->close_notify.acknowledged))
        raise_expert(reading, reading->side, EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE);
    check_data_crossing(reading, &own->close_notify);
}

/* RFC 8446 section 6: the level is ignored, all but the closure alerts are errors. */
static bool
is_fatal(const struct connection *connection, uint8_t level, uint8_t description)
{
    if (connection->version == TLS_1_3)
        return description != TLS_USER_CANCELED;
    return level == TLS_ALERT_FATAL;
}

/* The peer's direction had ended when the alert was sent: its FIN was received, or its RST captured
 * before. */
static bool
peer_had_ended(const struct direction *peer, const struct mark *alert)
{
    if (peer->end_kind == END_FIN)
        return alert->acknowledged > peer->end.end;
    return peer->end_kind == END_RST && peer->end.captured < alert->captured;
}

/* RFC 5246 section 7.2.2: a fatal alert ends the session; RFC 8446 section 6.2: tickets SHOULD be
 * discarded. */
static void
end_session_by_fatal_alert(struct reading *reading)
{
    struct connection *connection = reading->connection;

    if (connection->version == TLS_1_3) {
        if (connection->issued_tickets)
            raise_expert(reading, reading->side, EXPERT_TICKETS_DISCARDED);
        return;
    }
    if (!connection->session || connection->session->unresumable_frame != 0 ||
        connection->direction[SIDE_CLIENT].finished.captured == 0 ||
        connection->direction[SIDE_SERVER].finished.captured == 0)
        return;
    connection->session->unresumable_frame = reading->now;
    connection->session->unresumable_reason = UNRESUMABLE_FATAL_ALERT;
    raise_expert(reading, reading->side, EXPERT_SESSION_UNRESUMABLE);
    add_session_event(reading->findings, SESSION_MADE_UNRESUMABLE, connection->session);
}

/* The alert answers a FIN for which there was no close_notify, as far as the capture can tell. */
static bool
notices_truncation(const struct reading *reading, const struct mark *alert)
{
    const struct direction *peer = peer_direction(reading);
    enum side peer_side = other_side(reading->side);

    return peer->end_kind == END_FIN && peer_had_ended(peer, alert) &&
           !known_close_notify(reading->connection, peer_side, reading->options, NULL) &&
           judge_closure(reading->connection, peer_side, reading->options).closure !=
               CLOSURE_UNKNOWN;
}

static void
take_fatal_alert(struct reading *reading, const struct stream_record *record)
{
    struct direction *own = own_direction(reading);
    const struct direction *peer = peer_direction(reading);
    struct mark mark = record_mark(reading, record);

    reading->findings->fatal_alert = true;
    if (notices_truncation(reading, &mark))
        raise_expert(reading, reading->side, EXPERT_TRUNCATION_NOTICED);
    if (own->fatal.captured == 0) {
        own->fatal = mark;
        own->fatal_after_end = peer_had_ended(peer, &mark);
        own->fatal_after_close_notify = own->close_notify.captured != 0;
    }
    end_session_by_fatal_alert(reading);
}

static void
take_alert(struct reading *reading, const struct stream_record *record, uint8_t level,
           uint8_t description)
{
    struct direction *own = own_direction(reading);

    if (description == TLS_CLOSE_NOTIFY) {
        take_close_notify(reading, record, level);
        return;
    }
    if (own->close_notify.captured != 0)
        raise_expert(reading, reading->side, EXPERT_ALERT_AFTER_CLOSE_NOTIFY);
    if (description == TLS_USER_CANCELED)
        own->user_canceled = true;
    if (is_fatal(reading->connection, level, description))
        take_fatal_alert(reading, record);
}

/* A record may hold several alerts, and up to TLS 1.2 an alert may be split over two records. */
static void
take_alerts(struct reading *reading, const struct stream_record *record,
            const struct content *content)
{
    struct direction *own = own_direction(reading);

    for (uint32_t i = 0; i < content->length; i++) {
        if (!own->has_split_alert) {
            own->split_alert_level = content->bytes[i];
            own->has_split_alert = true;
        } else {
            own->has_split_alert = false;
            take_alert(reading, record, own->split_alert_level, content->bytes[i]);
        }
    }
}

static void
set_candidate(struct reading *reading, const struct stream_record *record, bool unreadable)
{
    struct direction *own = own_direction(reading);

    own->candidate = record_mark(reading, record);
    own->candidate_length = record->length;
    own->candidate_type = record->type;
    own->candidate_is_unreadable = unreadable;
}

/* Several encrypted alerts in a row: the first is the one that closed, if one did. */
static void
take_encrypted_alert(struct reading *reading, const struct stream_record *record)
{
    struct direction *own = own_direction(reading);
    bool had_closed =
        known_close_notify(reading->connection, reading->side, reading->options, NULL) != NULL;

    if (had_closed) {
        reading->findings->duplicate_inferred = true;
        return;
    }
    if (own->candidate.captured != 0)
        return;
    set_candidate(reading, record, false);
    if (known_close_notify(reading->connection, reading->side, reading->options, NULL))
        check_data_crossing(reading, &own->candidate);
}

/* Anything but an alert shows that the alert before was no close_notify. */
static void
withdraw_candidate(struct direction *direction)
{
    direction->withdrawn |=
        direction->candidate.captured != 0 && direction->candidate_type == TLS_ALERT;
    memset(&direction->candidate, 0, sizeof direction->candidate);
}

static void
take_data(struct reading *reading, const struct stream_record *record,
          const struct content *content)
{
    struct connection *connection = reading->connection;
    struct http_event event = { false, false };

    connection->data_flowed = true;
    own_direction(reading)->last_data_end = record->end;
    if (content->decrypted) {
        struct http_data data = {
            .bytes = content->bytes,
            .length = content->length,
            .end = record->end,
            .acknowledged = record->first.acknowledgement,
            .frame = reading->is_sender ? reading->now : record->last.frame,
        };
        if (!connection->http)
            connection->http = http_new();
        event = http_take(connection->http, reading->side, &data);
    } else if (connection->http) {
        http_take_missing(connection->http, reading->side);
    }
    reading->findings->close_announced |= event.close_announced;
    if (event.request_after_close)
        raise_expert(reading, reading->side, EXPERT_HTTP_REQUEST_AFTER_CLOSE);
}

/* TLS 1.3 without keys: where the client stands in the handshake, by the length of its records
 * behind the ServerHello. */
static void
take_opaque_of_client(struct reading *reading, const struct stream_record *record)
{
    const struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);
    unsigned finished = tls13_finished_length(connection);

    if (!own->encrypted_record)
        own->pads_records = record->length == finished + PADDING_LENGTH;
    own->encrypted_record = true;
    if (own->finished.captured == 0 && record->length >= finished) {
        struct mark mark = record_mark(reading, record);
        finish_handshake(reading, &mark);
    }
}

static bool
answers_server_hello(const struct reading *reading, const struct stream_record *record)
{
    const struct connection *connection = reading->connection;

    return reading->side == SIDE_CLIENT && connection->version == TLS_1_3 &&
           connection->server_hello_seen &&
           record->last.acknowledgement >= connection->server_hello_end;
}

/* TLS 1.3 or version unknown, not decrypted: a record of an alert's length may be one, another is
 * data or handshake. */
static void
take_opaque(struct reading *reading, const struct stream_record *record)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);
    bool in_handshake = answers_server_hello(reading, record) && own->finished.captured == 0;

    own->undecrypted = true;
    if (answers_server_hello(reading, record))
        take_opaque_of_client(reading, record);
    if (record->length == tls13_alert_length(reading) ||
        (in_handshake && record->length == tls13_alert_length(reading) + PADDING_LENGTH)) {
        set_candidate(reading, record, in_handshake);
        if (connection->http)
            http_take_missing(connection->http, reading->side);
        return;
    }
    withdraw_candidate(own);
    if (connection->version == TLS_VERSION_UNKNOWN) {
        struct mark mark = record_mark(reading, record);
        finish_handshake(reading, &mark);
    }
    /* Of the client its first record has shown whether it pads, of the server nothing has. */
    if (reading->side == SIDE_CLIENT ||
        record->length != tls13_alert_length(reading) + PADDING_LENGTH)
        check_data_after_close(reading, record);
    take_data(reading, record, &(struct content){ .kind = CONTENT_OPAQUE });
}

static void
take_content(struct reading *reading, const struct stream_record *record,
             const struct content *content)
{
    struct direction *own = own_direction(reading);

    switch (content->kind) {
    case CONTENT_CHANGE_CIPHER_SPEC:
        own->change_cipher_spec = true;
        break;
    case CONTENT_ALERT:
        take_alerts(reading, record, content);
        break;
    case CONTENT_ENCRYPTED_ALERT:
        take_encrypted_alert(reading, record);
        break;
    case CONTENT_MISSING_ALERT:
        own->missing_alert = record->start;
        break;
    case CONTENT_HANDSHAKE:
        check_data_after_close(reading, record);
        take_handshake(reading, record, content);
        break;
    case CONTENT_HEARTBEAT:
        check_data_after_close(reading, record);
        break;
    case CONTENT_DATA:
        check_data_after_close(reading, record);
        take_data(reading, record, content);
        break;
    case CONTENT_OPAQUE:
        take_opaque(reading, record);
        break;
    case CONTENT_EMPTY:
        break;
    }
}

/* Up to TLS 1.2 application data shows that its sender had finished, even where the capture lacks
 * its Finished. */
static void
finish_by_data(struct reading *reading, const struct stream_record *record)
{
    if (reading->connection->version < TLS_1_3 && record->type == TLS_APPLICATION_DATA &&
        reading->connection->version != TLS_VERSION_UNKNOWN) {
        struct mark mark = record_mark(reading, record);
        finish_handshake(reading, &mark);
    }
}

void
record_take(void *user, const struct stream_record *record)
{
    struct reading *reading = user;
    const struct dissected_record *dissected = find_dissected(reading, record);
    struct content content = describe(reading, record, dissected);

    if (content.kind != CONTENT_OPAQUE && content.kind != CONTENT_ENCRYPTED_ALERT &&
        content.kind != CONTENT_ALERT)
        withdraw_candidate(own_direction(reading));
    finish_by_data(reading, record);
    take_content(reading, record, &content);
}

static bool
is_candidate(const struct direction *direction, const struct dissected_record *dissected)
{
    uint64_t start =
        direction->candidate.end - direction->candidate_length - TLS_RECORD_HEADER_LENGTH;

    return dissected->plaintext && dissected->inner_type == TLS_ALERT &&
           dissected->type == direction->candidate_type &&
           dissected->length == direction->candidate_length &&
           (!dissected->placed || stream_offset(&direction->stream, dissected->sequence) == start);
}

void
record_take_late_plaintext(struct reading *reading)
{
    struct direction *own = own_direction(reading);

    for (unsigned i = reading->cursor; i < reading->record_count; i++) {
        const struct dissected_record *dissected = &reading->records[i];
        if (own->candidate.captured == 0 || !is_candidate(own, dissected))
            continue;
        struct stream_record record = {
            .end = own->candidate.end,
            .type = dissected->type,
            .length = dissected->length,
            .last = { own->candidate.acknowledged, own->candidate.time, own->candidate.captured },
        };
        struct content content = describe_decrypted(dissected);
        memset(&own->candidate, 0, sizeof own->candidate);
        take_content(reading, &record, &content);
        return;
    }
}

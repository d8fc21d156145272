/* record.c
 * What a TLS record means for its connection. See record.h. Knows RFC 5246 and RFC 8446 records,
 * sessions and HTTP by their modules; must not know how the end is shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/record.h"

#include <string.h>

#include "judge/padding.h"
#include "read/alert.h"
#include "read/application_data.h"
#include "read/negotiation.h"
#include "read/plaintext.h"
#include "wire/cipher_suite.h"

/* A clear-text alert record longer than this is none: RFC 5246 section 7.2 allows several alerts in
 * a record. */
#define CLEAR_ALERT_LENGTH_MAX 16

/* Level and description. */
#define PLAIN_ALERT_LENGTH 2

/* Java pads every TLS 1.3 record by this much. */
#define PADDING_LENGTH 16

/* The shortest tag that a TLS 1.3 cipher suite has: RFC 8446 appendix B.4. */
#define TAG_LENGTH_CCM_8 8

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

static struct byte_view
view_of(const struct content *content)
{
    return (struct byte_view){ content->bytes, content->length };
}

static bool
is_clear_alert(const struct connection *connection, enum side side, uint16_t length)
{
    const struct direction *direction = &connection->direction[side];

    if (connection->version == TLS_1_3)
        return true;
    if (direction->change_cipher_spec)
        return false;
    return connection->in_the_middle ? length == PLAIN_ALERT_LENGTH
                                     : length <= CLEAR_ALERT_LENGTH_MAX;
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
    const struct stream *stream = &own_direction(reading)->stream;

    for (; reading->cursor < reading->record_count; reading->cursor++) {
        const struct dissected_record *dissected = &reading->records[reading->cursor];
        uint64_t start = stream_offset(stream, dissected->sequence);
        if (start > record->start)
            return NULL;
        if (start == record->start && dissected->type == record->type &&
            dissected->length == record->length) {
            reading->cursor++;
            return dissected;
        }
    }
    return NULL;
}

static unsigned
tls13_finished_length(const struct connection *connection)
{
    return 4 + cipher_suite_hash_length(connection->cipher_suite) + 1 +
           cipher_suite_tag_length(connection->cipher_suite);
}

/* Where the side's Finished stands is known once the client has answered the ServerHello. */
static bool
pads_records(const struct reading *reading)
{
    const struct connection *connection = reading->connection;

    return connection->version == TLS_1_3 &&
           connection->direction[SIDE_CLIENT].finished_record_length != 0 &&
           own_direction(reading)->finished_record_length ==
               tls13_finished_length(connection) + PADDING_LENGTH;
}

/* Two bytes of alert, one of content type, and the tag: RFC 8446 sections 5.2 and 6. */
static unsigned
tls13_alert_length(const struct reading *reading)
{
    unsigned padding = pads_records(reading) ? PADDING_LENGTH : 0;

    return 2 + 1 + cipher_suite_tag_length(reading->connection->cipher_suite) + padding;
}

/* TLS 1.3, not decrypted: nothing but the content type is inside, in any cipher suite that may be in
 * use. */
static bool
is_empty_in_tls13(const struct connection *connection, uint16_t length)
{
    if (connection->version == TLS_1_3)
        return length <= 1 + cipher_suite_tag_length(connection->cipher_suite);
    return length <= 1 + TAG_LENGTH_CCM_8 ||
           length == 1 + cipher_suite_tag_length(connection->cipher_suite);
}

static struct content
describe_application_data(const struct connection *connection, const struct stream_record *record)
{
    if (connection->version == TLS_1_3 || connection->version == TLS_VERSION_UNKNOWN) {
        bool empty = is_empty_in_tls13(connection, record->length);
        return (struct content){ .kind = empty ? CONTENT_EMPTY : CONTENT_OPAQUE };
    }
    bool empty = record->length <= cipher_suite_aead_expansion(connection->cipher_suite);
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
    if (dissected)
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

static void
take_data(struct reading *reading, const struct stream_record *record,
          const struct content *content)
{
    struct direction *own = own_direction(reading);
    const struct data_place place = { record->end, record->first.acknowledgement, reading->about };

    if (content->decrypted)
        plaintext_take(reading, record, view_of(content));
    else
        plaintext_lose(reading->connection, reading->side);
    reading->connection->data_flowed = true;
    if (reading->only_control)
        own->last_control = place;
    else
        own->last_data = place;
}

/* Whether a record of the client's was sent in answer to the ServerHello; where that was not captured
 * (yet), in answer to anything: RFC 8446 section 2.3, early data answers nothing. */
static bool
answers_server_hello(const struct reading *reading, const struct stream_record *record)
{
    const struct connection *connection = reading->connection;
    uint64_t acknowledged = record->last.acknowledgement;

    if (reading->side != SIDE_CLIENT || record->type != TLS_APPLICATION_DATA)
        return false;
    if (connection->server_hello_seen)
        return connection->version == TLS_1_3 && acknowledged >= connection->last_hello_end;
    return acknowledged > MAX(connection->last_hello_end, STREAM_FIRST_OFFSET);
}

static void
take_finished_record_length(struct reading *reading, const struct stream_record *record)
{
    struct direction *own = own_direction(reading);

    if (own->finished_record_length == 0 && answers_server_hello(reading, record))
        own->finished_record_length = record->length;
    if (reading->side == SIDE_SERVER && record->type == TLS_APPLICATION_DATA &&
        peer_direction(reading)->finished_record_length == 0)
        own->finished_record_length = record->length;
}

enum alert_likeness {
    NO_ALERT,
    MAYBE_ALERT, /* of the length of an alert in a cipher suite or with a padding that may be in use */
    ALERT_LENGTH,
};

/* Whether a side's record that holds Finished was seen: the server's is its last before the client answers
 * the ServerHello, so none of the client's may be missing. */
static bool
has_seen_finished(const struct reading *reading)
{
    const struct stream *client = &reading->connection->direction[SIDE_CLIENT].stream;

    if (own_direction(reading)->finished_record_length == 0)
        return false;
    return reading->side == SIDE_CLIENT ||
           (client->lost_from == 0 && stream_late_count(client) == 0);
}

/* Whether a record that was not decrypted has the length of an alert. In_handshake: it stands where
 * the client's Finished should be. A side's Finished shows whether it pads. */
static enum alert_likeness
alert_likeness(const struct reading *reading, uint16_t length, bool in_handshake)
{
    const struct connection *connection = reading->connection;
    const struct direction *own = own_direction(reading);
    bool suite_known = connection->version == TLS_1_3;
    bool padding_known = !in_handshake && suite_known && has_seen_finished(reading) &&
                         own->stream.lost_from == 0 && !starts_after_hellos(connection);
    unsigned unpadded = 2 + 1 + cipher_suite_tag_length(connection->cipher_suite);
    unsigned short_unpadded = 2 + 1 + TAG_LENGTH_CCM_8;

    if (length == tls13_alert_length(reading))
        return ALERT_LENGTH;
    if (!padding_known && length == unpadded + PADDING_LENGTH)
        return MAYBE_ALERT;
    if (!suite_known && (length == short_unpadded || length == short_unpadded + PADDING_LENGTH))
        return MAYBE_ALERT;
    return NO_ALERT;
}

/* What the alert was taken for shows to be wrong: it may have been a piece of a message. */
static void
withdraw_candidate(struct reading *reading)
{
    struct connection *connection = reading->connection;
    const struct candidate *candidate = &own_direction(reading)->candidate;

    if (candidate->type == TLS_APPLICATION_DATA) {
        plaintext_lose(connection, reading->side);
        application_data_take_withdrawn(reading, tls13_finished_length(connection));
    }
    alert_withdraw_candidate(reading);
}

/* TLS 1.3 or version unknown, not decrypted, and not an alert by its length: data or handshake. */
static void
take_opaque_data(struct reading *reading, const struct stream_record *record)
{
    withdraw_candidate(reading);
    if (reading->connection->version == TLS_VERSION_UNKNOWN &&
        (reading->side == SIDE_SERVER || answers_server_hello(reading, record)))
        negotiation_finish(reading, record);
    take_data(reading, record, &(struct content){ .kind = CONTENT_OPAQUE });
    application_data_take_opaque(reading, record, tls13_finished_length(reading->connection));
    /* Of the client its first record has shown whether it pads; the server's Finished may have gone with
     * other messages in one record. */
    if ((reading->side == SIDE_CLIENT ||
         record->length != tls13_alert_length(reading) + PADDING_LENGTH) &&
        !may_hide_padded_alert(reading->connection, reading->side))
        alert_check_data_after(reading, record);
}

static void
take_opaque(struct reading *reading, const struct stream_record *record)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);
    bool in_handshake = connection->version == TLS_1_3 && answers_server_hello(reading, record) &&
                        own->finished_end == 0;

    own->undecrypted = true;
    if (in_handshake && record->length >= tls13_finished_length(connection))
        negotiation_finish(reading, record);
    enum alert_likeness likeness = alert_likeness(reading, record->length, in_handshake);
    if (likeness == NO_ALERT) {
        take_opaque_data(reading, record);
        return;
    }
    withdraw_candidate(reading);
    alert_set_candidate(reading, record, in_handshake || likeness == MAYBE_ALERT);
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
        if (!content->decrypted)
            own->clear_alert_end = record->end;
        alert_take_readable(reading, record, view_of(content));
        break;
    case CONTENT_ENCRYPTED_ALERT:
        alert_take_encrypted(reading, record);
        break;
    case CONTENT_MISSING_ALERT:
        own->missing_alert = record->start;
        break;
    case CONTENT_HANDSHAKE:
        alert_check_data_after(reading, record);
        if (content->decrypted)
            application_data_take_handshake(reading, record);
        negotiation_take_messages(reading, record, view_of(content));
        break;
    case CONTENT_HEARTBEAT:
        alert_check_data_after(reading, record);
        break;
    case CONTENT_DATA:
        take_data(reading, record, content);
        if (content->decrypted)
            application_data_take_decrypted(reading, record, content->length);
        else
            application_data_take_encrypted(reading, record);
        alert_check_data_after(reading, record);
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
        reading->connection->version != TLS_VERSION_UNKNOWN)
        negotiation_finish(reading, record);
}

void
record_take_complete(void *user, const struct stream_record *record)
{
    struct reading *reading = user;
    const struct dissected_record *dissected = find_dissected(reading, record);
    struct content content = describe(reading, record, dissected);

    reading->only_control = false;
    reading->about = speaking_frame(reading, record);
    if (content.kind != CONTENT_OPAQUE && content.kind != CONTENT_ENCRYPTED_ALERT &&
        content.kind != CONTENT_ALERT)
        withdraw_candidate(reading);
    finish_by_data(reading, record);
    take_finished_record_length(reading, record);
    take_content(reading, record, &content);
}

static bool
is_candidate(const struct candidate *candidate, const struct stream_record *record)
{
    return record->end == candidate->mark.end && record->type == candidate->type &&
           record->length == candidate->length;
}

/* Whether RUN brought a part of the record, the first alert known of its side. Those known may be
 * repeated. */
static bool
is_first_alert(const struct direction *direction, const struct stream_record *record,
               const struct stream_bytes *run)
{
    return direction->close_notify.captured == 0 && direction->fatal.captured == 0 &&
           record->start < run->offset + run->length && record->end > run->offset;
}

static void
take_late_alert(struct reading *reading, const struct dissected_record *dissected,
                struct stream_record *record, const struct stream_bytes *run)
{
    const struct direction *own = own_direction(reading);
    const struct mark *mark = &own->candidate.mark;
    const struct byte_view alert = { dissected->plaintext, dissected->plaintext_length };

    if (is_candidate(&own->candidate, record)) {
        record->last = (struct capture_point){ mark->acknowledged, mark->time, mark->captured };
        alert_take_late_plaintext(reading, record, alert);
    } else if (is_first_alert(own, record, run)) {
        record->last = run->point;
        alert_take_readable(reading, record, alert);
    }
}

void
record_take_late_alerts(struct reading *reading, const struct stream_bytes *run,
                        uint64_t read_before)
{
    for (unsigned i = 0; i < reading->record_count; i++) {
        const struct dissected_record *dissected = &reading->records[i];
        uint64_t start = stream_offset(&own_direction(reading)->stream, dissected->sequence);
        struct stream_record record = {
            .start = start,
            .end = start + TLS_RECORD_HEADER_LENGTH + dissected->length,
            .type = dissected->type,
            .length = dissected->length,
        };
        if (record.end <= read_before && dissected->inner_type == TLS_ALERT &&
            dissected->plaintext_length == PLAIN_ALERT_LENGTH)
            take_late_alert(reading, dissected, &record, run);
    }
}

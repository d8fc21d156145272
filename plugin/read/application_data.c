/* application_data.c
 * Which records are application data. See application_data.h. Must not know what was lost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/application_data.h"

#include "wire/cipher_suite.h"

/* Java pads every TLS 1.3 record by this much. */
#define PADDING_LENGTH 16

/* NewSessionTicket: RFC 8446 section 4.6.1. A ticket holds at least an identifier and is no longer than
 * a session's state with its certificates. */
#define TICKET_LENGTH_MIN 22
#define TICKET_LENGTH_MAX 2048
#define TICKETS_MAX 4

/* Bytes of plaintext that a record can hold, at least: those of messages. Of whole control frames, that is
 * none. */
struct plaintext {
    uint32_t least;
    uint32_t most;
};

static struct traffic *
own_traffic(const struct reading *reading)
{
    return &own_direction(reading)->traffic;
}

/* Whether a record of LENGTH bytes is part of the answer to a request. */
static bool
answers(const struct connection *connection, uint32_t length)
{
    return !connection->http2 || length > HTTP2_CONTROL_LENGTH_MAX;
}

static void
add(struct reading *reading, const struct stream_record *record, struct plaintext plaintext)
{
    struct traffic *traffic = own_traffic(reading);
    const struct direction *peer = peer_direction(reading);
    const struct data_run run = {
        .end = record->end,
        .answers = plaintext.least > 0 && answers(reading->connection, plaintext.most)
                       ? record->last.acknowledgement
                       : 0,
        .time = record->last.time,
        .bytes = plaintext.least,
        .longest = plaintext.least,
    };

    if (traffic->after_peer_fin == 0 && plaintext.least > 0 && peer->end_kind == END_FIN &&
        record->first.acknowledgement > peer->end.end)
        traffic->after_peer_fin = record->start;
    traffic->last_frame = record->last.frame;
    traffic_add(traffic, &run, plaintext.most);
}

/* What is left of a record when a cipher suite has taken its least and a block's padding. */
static struct plaintext
plaintext_of(uint16_t length, unsigned expansion, unsigned block)
{
    uint32_t most = length > expansion ? length - expansion : 1;
    uint32_t padding = block > 0 ? block - 1 : 0;

    return (struct plaintext){ most > padding ? most - padding : 1, most };
}

static struct plaintext
tls13_plaintext(const struct connection *connection, uint16_t length)
{
    return plaintext_of(length, cipher_suite_tag_length(connection->cipher_suite) + 1, 0);
}

void
application_data_take_decrypted(struct reading *reading, const struct stream_record *record,
                                uint32_t plaintext_length)
{
    uint32_t of_messages = reading->only_control ? 0 : plaintext_length;

    own_traffic(reading)->tickets_over = true;
    add(reading, record, (struct plaintext){ of_messages, plaintext_length });
}

void
application_data_take_encrypted(struct reading *reading, const struct stream_record *record)
{
    uint16_t suite = reading->connection->cipher_suite;
    unsigned expansion = cipher_suite_expansion_min(reading->connection->version, suite);

    add(reading, record, plaintext_of(record->length, expansion, cipher_suite_block_length(suite)));
}

/* RECORD counts as the client's Finished. */
static void
note_finished(struct reading *reading, const struct stream_record *record, bool in_first_flight)
{
    struct traffic *traffic = own_traffic(reading);

    traffic_forget_data(traffic);
    traffic->finished_end = record->end;
    traffic->finished_length = record->length;
    traffic->finished_frame = record->last.frame;
    traffic->in_first_flight = in_first_flight;
}

static bool
has_finished_length(const struct stream_record *record, unsigned finished_length)
{
    return record->length == finished_length || record->length == finished_length + PADDING_LENGTH;
}

/* The record with which the client has sent enough for a Finished may begin its flight with
 * Certificate: then a record of a Finished's length follows before the server says more. */
static void
take_finished(struct reading *reading, const struct stream_record *record, unsigned finished_length)
{
    struct traffic *traffic = own_traffic(reading);
    bool has_length = has_finished_length(record, finished_length);

    if (traffic->finished_end == 0 && record->end == own_direction(reading)->finished_end)
        note_finished(reading, record, !has_length);
    else if (traffic->in_first_flight && has_length)
        note_finished(reading, record, false);
}

static bool
is_behind_handshake(const struct reading *reading, const struct stream_record *record)
{
    const struct connection *connection = reading->connection;
    const struct direction *client = &connection->direction[SIDE_CLIENT];

    if (starts_after_hellos(connection))
        return true;
    if (client->finished_end == 0)
        return false;
    if (reading->side == SIDE_CLIENT)
        return record->start >= MAX(client->finished_end, client->traffic.finished_end);
    return record->first.frame > client->traffic.finished_frame;
}

/* Whether records of a client are missing that the server may have answered: its Finished may be among
 * them. */
static bool
lacks_peers_records(const struct reading *reading)
{
    return reading->side == SIDE_SERVER && stream_late_count(&peer_direction(reading)->stream) > 0;
}

/* The first record alone is a ticket only if it answers nothing. */
static bool
take_first_ticket(struct reading *reading, const struct stream_record *record, uint32_t plaintext)
{
    struct traffic *traffic = own_traffic(reading);
    uint64_t data = peer_direction(reading)->traffic.first_end;

    if (plaintext < TICKET_LENGTH_MIN || plaintext > TICKET_LENGTH_MAX) {
        traffic->tickets_over = true;
        return false;
    }
    traffic->ticket_length = record->length;
    traffic->ticket_count = 1;
    return data == 0 || record->last.acknowledgement < data;
}

/* Returns whether RECORD, the server's, is a NewSessionTicket. One that was not taken for one before
 * turns out to be one by the next, if both answer the same. */
static bool
take_ticket(struct reading *reading, const struct stream_record *record, uint32_t plaintext)
{
    struct traffic *traffic = own_traffic(reading);

    if (traffic->tickets_over || reading->connection->version != TLS_1_3)
        return false;
    if (traffic->ticket_count == 0)
        return take_first_ticket(reading, record, plaintext);
    if (traffic->run_count > 0 && record->last.acknowledgement > traffic->runs[0].answers) {
        traffic->tickets_over = true;
        return false;
    }
    unsigned longer = MAX(record->length, traffic->ticket_length);
    unsigned difference = longer - MIN(record->length, traffic->ticket_length);
    if ((difference != 0 && difference != PADDING_LENGTH) || traffic->ticket_count == TICKETS_MAX) {
        traffic->tickets_over = true;
        return false;
    }
    traffic->ticket_count++;
    traffic_forget_data(traffic);
    return true;
}

static void
note_length(struct traffic *traffic, uint16_t length)
{
    if (traffic->smallest_length == 0)
        traffic->smallest_length = length;
    traffic->smallest_length = MIN(traffic->smallest_length, length);
    traffic->last_length = length;
}

void
application_data_take_opaque(struct reading *reading, const struct stream_record *record,
                             unsigned finished_length)
{
    struct connection *connection = reading->connection;
    struct plaintext plaintext = tls13_plaintext(connection, record->length);

    if (reading->side == SIDE_CLIENT)
        take_finished(reading, record, finished_length);
    if (!is_behind_handshake(reading, record)) {
        own_traffic(reading)->finished_length = record->length;
        own_traffic(reading)->may_lack_data |= lacks_peers_records(reading);
        return;
    }
    note_length(own_traffic(reading), record->length);
    if (reading->side == SIDE_SERVER) {
        connection->direction[SIDE_CLIENT].traffic.in_first_flight = false;
        if (take_ticket(reading, record, plaintext.most))
            return;
    }
    add(reading, record, plaintext);
}

void
application_data_take_handshake(struct reading *reading, const struct stream_record *record)
{
    struct traffic *traffic = own_traffic(reading);

    if (record->type != TLS_APPLICATION_DATA)
        return;
    if (!is_behind_handshake(reading, record)) {
        traffic->finished_length = record->length;
        return;
    }
    if (reading->side == SIDE_SERVER && traffic->ticket_count < TICKETS_MAX) {
        traffic->ticket_length = record->length;
        traffic->ticket_count++;
    }
}

void
application_data_take_withdrawn(struct reading *reading, unsigned finished_length)
{
    const struct candidate *candidate = &own_direction(reading)->candidate;
    const struct capture_point point = { candidate->mark.acknowledged, candidate->mark.time,
                                         candidate->mark.captured };
    const struct stream_record record = {
        .start = candidate->mark.end - candidate->length - TLS_RECORD_HEADER_LENGTH,
        .end = candidate->mark.end,
        .type = candidate->type,
        .length = candidate->length,
        .first = point,
        .last = point,
    };

    application_data_take_opaque(reading, &record, finished_length);
}

void
application_data_take_reset(struct reading *reading, uint64_t acknowledged_before)
{
    struct traffic *traffic = own_traffic(reading);

    if (traffic->rst_frame != 0)
        return;
    traffic->rst_frame = reading->now;
    traffic->acknowledged = acknowledged_before;
    traffic->rst_acknowledged = own_direction(reading)->acknowledged;
}

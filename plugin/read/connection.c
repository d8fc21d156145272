/* connection.c
 * One TLS connection: the path of a segment through it. See connection.h. Plain C and GLib; must
 * not know what a record means (record.h) or how the end is judged (closure.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/connection.h"

#include <string.h>

#include "judge/closure.h"
#include "judge/evidence.h"
#include "read/alert.h"
#include "read/record.h"
#include "wire/handshake_reader.h"

/* Numbers further ahead than this are not of this connection's making. */
#define AHEAD_MAX (UINT64_C(1) << 30)

struct connection *
connection_new(const struct segment *segment, enum side sender, enum connection_start start,
               struct session_table *sessions)
{
    struct connection *connection = g_new0(struct connection, 1);
    struct stream *own = &connection->direction[sender].stream;
    struct stream *peer = &connection->direction[other_side(sender)].stream;

    connection->sessions = sessions;
    connection->in_the_middle = start != START_AT_CLIENT_HELLO;
    connection->first_frame = segment->frame;
    stream_start(own, segment->sequence, start != START_IN_THE_MIDDLE);
    if (segment->has_acknowledgement)
        stream_start(peer, segment->acknowledgement, start != START_IN_THE_MIDDLE);
    return connection;
}

void
connection_free(struct connection *connection)
{
    if (!connection)
        return;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        stream_clear(&connection->direction[side].stream);
        if (connection->handshake[side])
            handshake_reader_clear(connection->handshake[side]);
        g_free(connection->handshake[side]);
    }
    http_free(connection->http);
    g_free(connection->hello_session_id);
    g_free(connection);
}

void
connection_keep_early(struct connection *connection, enum side sender,
                      const struct segment *segment)
{
    struct stream *own = &connection->direction[sender].stream;
    const struct stream *peer = &connection->direction[other_side(sender)].stream;

    if (!own->started || !peer->started)
        return;
    const struct stream_bytes run = {
        .offset = stream_offset(own, segment->sequence),
        .bytes = segment->payload,
        .captured_length = segment->captured_length,
        .length = segment->length,
        .point = { stream_offset(peer, segment->acknowledgement), segment->time, segment->frame },
    };
    stream_keep(own, &run);
}

/* Returns the peer's offset that the segment acknowledges. */
static uint64_t
take_acknowledgement(struct connection *connection, enum side sender, const struct segment *segment)
{
    struct direction *own = &connection->direction[sender];
    struct stream *peer = &connection->direction[other_side(sender)].stream;

    if (!segment->has_acknowledgement)
        return own->acknowledged;
    if (!peer->started)
        stream_start(peer, segment->acknowledgement, false);
    uint64_t acknowledged = stream_offset(peer, segment->acknowledgement);
    if (acknowledged > peer->captured_end + AHEAD_MAX)
        return own->acknowledged;
    own->acknowledged = MAX(own->acknowledged, acknowledged);
    return acknowledged;
}

/* An empty segment is numbered behind all that its side has sent, captured or not. */
static void
take_announced_end(struct direction *own, const struct segment *segment)
{
    uint64_t offset = stream_offset(&own->stream, segment->sequence);

    if (segment->length == 0 && !segment->syn && !segment->fin && !segment->rst &&
        offset < own->stream.captured_end + AHEAD_MAX)
        own->announced_end = MAX(own->announced_end, offset);
}

/* Bytes numbered behind the sender's end are not its own. */
static uint32_t
length_before_end(const struct direction *direction, uint64_t offset, uint32_t length)
{
    if (direction->end_kind == END_NONE)
        return length;
    if (offset >= direction->end.end)
        return 0;
    return (uint32_t)MIN(length, direction->end.end - offset);
}

static void
take_payload(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
{
    struct connection *connection = reading->connection;
    struct direction *own = &connection->direction[reading->side];
    const struct direction *peer = &connection->direction[other_side(reading->side)];
    const struct stream_reader reader = { record_is_wanted, record_take, reading };
    struct stream_bytes run = {
        .offset = stream_offset(&own->stream, segment->sequence),
        .bytes = segment->payload,
        .point = { acknowledged, segment->time, segment->frame },
    };

    /* RFC 9293 section 3.5.3: what a RST carries is a text about it, no data. */
    run.length = segment->rst ? 0 : length_before_end(own, run.offset, segment->length);
    run.captured_length = MIN(segment->captured_length, run.length);
    uint64_t read_before = own->stream.position;
    stream_take(&own->stream, &run, peer->acknowledged, &reader);
    record_take_late_alerts(reading, &run, read_before);
    if (own->stream.state == STREAM_NOT_TLS &&
        known_close_notify(connection, reading->side, reading->options, NULL))
        raise_expert(reading, reading->side, EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY);
}

/* HTTP messages that went with lost records can't be told from what follows. */
static void
mark_lost_http(struct connection *connection, enum side side)
{
    if (connection->http && connection->direction[side].stream.lost_from != 0)
        http_take_missing(connection->http, side);
}

/* A RST comes after everything captured from its side, whatever number it carries; a higher number
 * tells of more. */
static uint64_t
reset_offset(const struct direction *direction, uint64_t offset)
{
    uint64_t captured = direction->stream.captured_end;

    return offset > captured && offset - captured < AHEAD_MAX ? offset : captured;
}

/* A RST after the own FIN is worth a word if the peer's data, not only its alert, meets it: that
 * data is lost. */
static void
take_reset_after_end(struct reading *reading)
{
    const struct connection *connection = reading->connection;
    const struct direction *own = &connection->direction[reading->side];
    const struct direction *peer = &connection->direction[other_side(reading->side)];

    if (own->end_kind == END_FIN && peer->last_data_end > own->acknowledged &&
        known_close_notify(connection, reading->side, reading->options, NULL)) {
        raise_expert(reading, reading->side, EXPERT_RESET_AFTER_CLOSE_NOTIFY);
        reading->findings->further_end = true;
    }
}

/* Returns whether the sender's direction ends here. */
static bool
take_end(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
{
    struct direction *own = &reading->connection->direction[reading->side];

    if (!segment->fin && !segment->rst)
        return false;
    reading->connection->was_reset |= segment->rst;
    if (own->end_kind != END_NONE) {
        if (segment->rst)
            take_reset_after_end(reading);
        return false;
    }
    uint64_t offset = stream_offset(&own->stream, segment->sequence);
    uint64_t end = segment->rst ? reset_offset(own, offset) : offset + segment->length;
    own->fin_below_data = !segment->rst && end < own->stream.captured_end;
    own->old_reset = segment->rst && offset < end;
    own->end_acknowledges = segment->has_acknowledgement;
    own->end_kind = segment->rst ? END_RST : END_FIN;
    own->end = (struct mark){
        .end = end,
        .acknowledged = segment->rst ? own->acknowledged : acknowledged,
        .time = segment->time,
        .captured = segment->frame,
        .frame = segment->frame,
    };
    const struct mark *alert = &reading->connection->direction[other_side(reading->side)].fatal;
    if (alert->captured != 0)
        alert_check_truncation(reading, other_side(reading->side), alert);
    return true;
}

/* Whether bytes of the direction may be missing before others that were captured, or before its end.
 */
static bool
may_have_lost_bytes(const struct direction *direction)
{
    return stream_late_count(&direction->stream) > 0 ||
           (direction->stream.partial && direction->end_kind != END_NONE);
}

/* Bytes of the side's direction that are proven lost are not waited for, where a record's length
 * carries across them or at the end. */
static void
step_over_lost(struct reading *reading)
{
    struct connection *connection = reading->connection;
    struct direction *own = &connection->direction[reading->side];
    uint64_t limit = connection->direction[other_side(reading->side)].acknowledged;
    const struct stream_reader reader = { record_is_wanted, record_take, reading };

    if (own->end_kind == END_NONE && !connection->was_reset) {
        stream_step_over_inside(&own->stream, limit, &reader);
        return;
    }
    if (connection->was_reset || stream_late_count(&own->stream) >= STREAM_LATE_PATIENCE)
        limit = UINT64_MAX;
    stream_step_over(&own->stream, limit, &reader);
    if (own->end_kind != END_NONE && own->stream.position < limit)
        stream_step_over_tail(&own->stream, own->end.end, &reader);
}

/* What the frame says of the sender's end. IS_PLACE: it ends the direction, brings bytes from before
 * the end, or proves them lost. */
static void
state_end(struct reading *reading, bool ends_here, bool is_place)
{
    struct direction *own = &reading->connection->direction[reading->side];

    if (own->end_kind == END_NONE || own->end_stated || !is_place)
        return;
    bool waiting = direction_is_waiting(reading->connection, reading->side, reading->options);
    reading->findings->end = !waiting;
    reading->findings->end_provisional = waiting && ends_here;
    own->end_stated = !waiting;
}

static bool
same_judgement(const struct judgement *a, const struct judgement *b)
{
    return a->closure == b->closure && a->evidence == b->evidence && a->hidden == b->hidden &&
           a->has_initiator == b->has_initiator && a->initiator == b->initiator;
}

/* The rule of RFC 2246 section 7.2.1, which RFC 4346 section 7.2.1 dropped. STRICT: close_notify is
 * demanded from both sides. */
static bool
lacks_close_notify(const struct connection *connection, const struct judgement *verdict,
                   const struct connection_options *options)
{
    bool client = certainly_sent_no_close_notify(connection, SIDE_CLIENT, options);
    bool server = certainly_sent_no_close_notify(connection, SIDE_SERVER, options);

    if (verdict->closure == CLOSURE_UNKNOWN || verdict->closure == CLOSURE_HANDSHAKE_INCOMPLETE)
        return false;
    if (options->strict_rfc2246)
        return client || server;
    return client && server;
}

/* A fatal alert ends the session in its own frame, unless it was not known then that the handshake
 * had finished. */
static enum unresumable_reason
reason_to_end_session(const struct connection *connection, const struct judgement *verdict,
                      const struct connection_options *options)
{
    const struct direction *client = &connection->direction[SIDE_CLIENT];
    const struct direction *server = &connection->direction[SIDE_SERVER];

    if (!connection->session || connection->version == TLS_VERSION_UNKNOWN ||
        connection->version >= TLS_1_3 || client->finished_end == 0 || server->finished_end == 0)
        return UNRESUMABLE_NOT;
    if (client->fatal.captured != 0 || server->fatal.captured != 0)
        return UNRESUMABLE_FATAL_ALERT;
    return lacks_close_notify(connection, verdict, options) ? UNRESUMABLE_NO_CLOSE_NOTIFY
                                                            : UNRESUMABLE_NOT;
}

static void
end_session(struct reading *reading, enum unresumable_reason reason)
{
    struct connection *connection = reading->connection;
    struct session *session = connection->session;

    if (reason == UNRESUMABLE_NOT || session->unresumable_frame != 0)
        return;
    if (reason == UNRESUMABLE_NO_CLOSE_NOTIFY && connection->version > TLS_1_0 &&
        !reading->options->strict_rfc2246) {
        reading->findings->experts |= EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246);
        return;
    }
    session->unresumable_frame = reading->now;
    session->unresumable_reason = (uint8_t)reason;
    connection->unresumable_frame = reading->now;
    reading->findings->experts |= EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE);
    add_session_event(reading->findings, SESSION_MADE_UNRESUMABLE, session);
}

/* A revised verdict takes back what the first one did to the session. */
static void
take_back_session_end(struct connection *connection)
{
    if (connection->unresumable_frame == 0)
        return;
    connection->session->unresumable_frame = 0;
    connection->session->unresumable_reason = UNRESUMABLE_NOT;
    connection->unresumable_frame = 0;
}

/* Whether numbers prove that a FIN, or a byte behind the last one captured, is missing from what the
 * verdict given rests on. */
static bool
verdict_lacks_fin(const struct connection *connection)
{
    return connection->verdict_frame != 0 &&
           (may_hide_fin(connection, SIDE_CLIENT) || may_hide_fin(connection, SIDE_SERVER));
}

/* The verdict is given once the connection has ended and nothing before the end is outstanding;
 * again if an end that was captured later, late bytes, or the proof that some were lost change it or
 * spare the session. */
static void
state_verdict(struct reading *reading, bool may_revise)
{
    struct connection *connection = reading->connection;
    const struct connection_options *options = reading->options;

    if (!connection_has_ended(connection) || (connection->verdict_frame != 0 && !may_revise))
        return;
    if (direction_is_waiting(connection, SIDE_CLIENT, options) ||
        direction_is_waiting(connection, SIDE_SERVER, options))
        return;
    struct judgement verdict = judge_verdict(connection, options);
    enum unresumable_reason reason = reason_to_end_session(connection, &verdict, options);
    bool spares_session =
        reason == UNRESUMABLE_NOT && connection->unresumable_reason == UNRESUMABLE_NO_CLOSE_NOTIFY;
    if (connection->verdict_frame != 0 && same_judgement(&verdict, &connection->verdict) &&
        !spares_session)
        return;
    take_back_session_end(connection);
    connection->verdict = verdict;
    connection->unresumable_reason = reason;
    connection->verdict_frame = reading->now;
    reading->findings->verdict = true;
    end_session(reading, reason);
}

/* The other side's bytes may be known as lost only now: its facts count, but this frame is not the
 * place to speak of them. */
static void
settle_other_side(const struct reading *reading)
{
    struct frame_findings unspoken = { .sender = other_side(reading->side) };
    struct reading other = *reading;

    other.side = unspoken.sender;
    other.is_sender = false;
    other.record_count = 0;
    other.findings = &unspoken;
    step_over_lost(&other);
}

static void
settle_lost_bytes(struct reading *reading)
{
    if (may_have_lost_bytes(own_direction(reading)))
        step_over_lost(reading);
    if (may_have_lost_bytes(peer_direction(reading)))
        settle_other_side(reading);
}

/* TLS 1.3 without keys: what may be a close_notify. An end shows it, and the peer's data may have come
 * between. */
static bool
is_disguised_close_notify(const struct reading *reading, enum side side)
{
    const struct direction *direction = direction_of(reading->connection, side);

    return direction->candidate.mark.captured != 0 &&
           direction->candidate.type == TLS_APPLICATION_DATA &&
           known_close_notify(reading->connection, side, reading->options, NULL) ==
               &direction->candidate.mark;
}

/* WAS_KNOWN: it was known before this frame. */
static void
check_disguised_close_notify(struct reading *reading, enum side side, bool was_known)
{
    if (!was_known && is_disguised_close_notify(reading, side))
        alert_check_data_before(reading, side,
                                &direction_of(reading->connection, side)->candidate.mark);
}

/* Whether the frame is the one that speaks of its sender's close_notify. */
static bool
tells_of_close_notify(const struct reading *reading)
{
    const struct direction *own = own_direction(reading);

    if (own->close_notify.frame != reading->now && own->candidate.mark.frame != reading->now)
        return false;
    const struct mark *close_notify =
        known_close_notify(reading->connection, reading->side, reading->options, NULL);
    return close_notify && close_notify->frame == reading->now;
}

static bool
is_read(const struct direction *direction)
{
    return direction->end_kind != END_NONE &&
           stream_is_read(&direction->stream, direction->end.end);
}

/* What is only needed for reading on is given up when nothing more can be read. */
static void
finish_reading(struct connection *connection)
{
    if (connection->http && is_read(&connection->direction[SIDE_CLIENT]) &&
        is_read(&connection->direction[SIDE_SERVER]))
        http_finish(connection->http);
}

void
connection_take(struct connection *connection, enum side sender,
                const struct dissected_segment *dissected, const struct connection_options *options,
                struct frame_findings *findings)
{
    const struct segment *segment = &dissected->segment;
    struct direction *own = &connection->direction[sender];
    struct reading reading = {
        .connection = connection,
        .side = sender,
        .now = segment->frame,
        .is_sender = true,
        .records = dissected->records,
        .record_count = dissected->record_count,
        .options = options,
        .findings = findings,
    };

    memset(findings, 0, sizeof *findings);
    findings->sender = sender;
    if (!own->stream.started)
        stream_start(&own->stream, segment->sequence, false);
    bool lacked_fin = verdict_lacks_fin(connection);
    uint64_t acknowledged = take_acknowledgement(connection, sender, segment);
    take_announced_end(own, segment);
    uint64_t position = own->stream.position;
    bool was_waiting = direction_is_waiting(connection, sender, options);
    bool client_was_known = is_disguised_close_notify(&reading, SIDE_CLIENT);
    bool server_was_known = is_disguised_close_notify(&reading, SIDE_SERVER);
    take_payload(&reading, segment, acknowledged);
    bool was_ended = own->end_kind != END_NONE;
    bool ends_here = take_end(&reading, segment, acknowledged);
    settle_lost_bytes(&reading);
    check_disguised_close_notify(&reading, SIDE_CLIENT, client_was_known);
    check_disguised_close_notify(&reading, SIDE_SERVER, server_was_known);
    mark_lost_http(connection, SIDE_CLIENT);
    mark_lost_http(connection, SIDE_SERVER);
    finish_reading(connection);
    bool brings_bytes = was_ended && own->stream.position > position;
    state_end(&reading, ends_here, ends_here || brings_bytes || was_waiting);
    bool proves_loss = !lacked_fin && verdict_lacks_fin(connection);
    state_verdict(&reading, ends_here || brings_bytes || proves_loss);
    findings->close_notify = tells_of_close_notify(&reading);
}

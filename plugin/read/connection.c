/* connection.c
 * One TLS connection: the path of a segment through it. See connection.h. Plain C and GLib; must
 * not know what a record means (record.h) or how the end is judged (closure.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/connection.h"

#include <string.h>

#include "app/application.h"
#include "judge/evidence.h"
#include "read/after_reset.h"
#include "read/alert.h"
#include "read/application_data.h"
#include "read/ending.h"
#include "read/plaintext.h"
#include "read/record.h"
#include "wire/handshake_reader.h"

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

static void
forget_late_findings(struct connection *connection)
{
    if (connection->late)
        g_array_free(connection->late, TRUE);
    connection->late = NULL;
}

void
connection_free(struct connection *connection)
{
    if (!connection)
        return;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        stream_clear(&connection->direction[side].stream);
        after_reset_clear(&connection->direction[side]);
        if (connection->handshake[side])
            handshake_reader_clear(connection->handshake[side]);
        g_free(connection->handshake[side]);
    }
    application_free(connection->application);
    forget_late_findings(connection);
    g_free(connection->hello_session_id);
    g_free(connection);
}

void
connection_expect(struct connection *connection, enum application_hint hint)
{
    connection->application_hint = hint;
    if (hint != HINT_NONE)
        connection->application = application_new(hint);
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

void
connection_take_bare_fin(struct connection *connection, enum side side, const struct segment *first,
                         uint32_t frame, int64_t time)
{
    struct direction *direction = &connection->direction[side];

    connection->in_the_middle = false;
    direction->end_kind = END_FIN;
    direction->end_acknowledges = true;
    direction->end = (struct mark){
        .end = stream_offset(&direction->stream, first->acknowledgement) - 1,
        .acknowledged = STREAM_FIRST_OFFSET,
        .time = time,
        .captured = frame,
        .frame = frame,
    };
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
    uint64_t acknowledged = stream_acknowledge(peer, segment->acknowledgement);
    if (acknowledged == 0)
        return own->acknowledged;
    if (acknowledged > own->acknowledged)
        own->window = segment->window;
    else if (acknowledged == own->acknowledged)
        own->window = MAX(own->window, segment->window);
    own->acknowledged = MAX(own->acknowledged, acknowledged);
    return acknowledged;
}

/* An empty segment is numbered behind all that its side has sent, captured or not. */
static void
take_announced_end(struct direction *own, const struct segment *segment)
{
    uint64_t offset = stream_offset(&own->stream, segment->sequence);

    if (segment->length == 0 && !segment->syn && !segment->fin && !segment->rst &&
        offset < own->stream.captured_end + STREAM_AHEAD_MAX)
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
    const struct stream_reader reader = { record_is_wanted, record_take_complete, reading };
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
        raise_expert(reading, reading->side, EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY, reading->now);
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
    const struct stream_reader reader = { record_is_wanted, record_take_complete, reading };

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

/* The other side's bytes may be known as lost only now. What is found is about frames of its own. */
static void
settle_other_side(const struct reading *reading)
{
    struct reading other = *reading;

    other.side = other_side(reading->side);
    other.is_sender = false;
    other.record_count = 0;
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

    return direction->candidate.type == TLS_APPLICATION_DATA &&
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

static struct reading
begin_reading(struct connection *connection, enum side sender,
              const struct dissected_segment *dissected, const struct connection_options *options,
              struct frame_findings *findings)
{
    forget_late_findings(connection);
    memset(findings, 0, sizeof *findings);
    findings->sender = sender;
    return (struct reading){
        .connection = connection,
        .side = sender,
        .now = dissected->segment.frame,
        .is_sender = true,
        .about = dissected->segment.frame,
        .records = dissected->records,
        .record_count = dissected->record_count,
        .options = options,
        .findings = findings,
    };
}

/* What was so before a segment is taken. */
struct before {
    uint64_t position; /* of the sender's stream */
    bool ended;        /* the sender's direction */
    bool waiting;      /* likewise */
    bool lacks_fin;
    bool disguised[2]; /* by enum side: see is_disguised_close_notify() */
};

static struct before
look_before(const struct reading *reading)
{
    const struct direction *own = own_direction(reading);

    return (struct before){
        .position = own->stream.position,
        .ended = own->end_kind != END_NONE,
        .waiting = direction_is_waiting(reading->connection, reading->side, reading->options),
        .lacks_fin = ending_lacks_fin(reading->connection),
        .disguised = { is_disguised_close_notify(reading, SIDE_CLIENT),
                       is_disguised_close_notify(reading, SIDE_SERVER) },
    };
}

/* What the segment's bytes and flags add to the facts. Returns whether the sender's direction ends here.
 */
static bool
take_facts(struct reading *reading, const struct segment *segment)
{
    uint64_t acknowledged_before = own_direction(reading)->acknowledged;
    uint64_t acknowledged = take_acknowledgement(reading->connection, reading->side, segment);

    if (segment->rst)
        application_data_take_reset(reading, acknowledged_before);
    take_announced_end(own_direction(reading), segment);
    take_payload(reading, segment, acknowledged);
    bool ends_here = ending_take_flags(reading, segment, acknowledged);
    settle_lost_bytes(reading);
    return ends_here;
}

/* The peer's RST has ended nothing: what the peer sent after it counts. This frame is not
 * the place to speak of it. */
static void
revive_peer(struct reading *reading)
{
    struct frame_findings unspoken = { .sender = other_side(reading->side) };
    struct reading other = *reading;
    GPtrArray *segments = after_reset_revive(peer_direction(reading));

    ending_take_back(reading->connection);
    other.side = unspoken.sender;
    other.is_sender = false;
    other.record_count = 0;
    other.findings = &unspoken;
    for (unsigned i = 0; i < segments->len; i++)
        take_facts(&other, segments->pdata[i]);
    g_ptr_array_free(segments, TRUE);
}

/* What is sent after a RST counts once it has turned out that the RST ended nothing. */
static void
take_after_reset(struct reading *reading, const struct segment *segment)
{
    struct direction *peer = peer_direction(reading);

    after_reset_keep(own_direction(reading), segment);
    if (segment->has_acknowledgement &&
        after_reset_acknowledge(peer, stream_offset(&peer->stream, segment->acknowledgement)))
        revive_peer(reading);
}

/* What follows from the facts for what was captured before. */
static void
settle_consequences(struct reading *reading, const struct before *before)
{
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        check_disguised_close_notify(reading, side, before->disguised[side]);
    plaintext_settle(reading->connection);
}

static void
state_findings(struct reading *reading, const struct before *before, bool ends_here)
{
    bool brings_bytes = before->ended && own_direction(reading)->stream.position > before->position;
    bool was_early = own_direction(reading)->end.captured < reading->connection->first_frame;
    bool is_place = ends_here || brings_bytes || (before->ended && was_early);

    ending_state_closure(reading, ends_here, is_place || before->waiting);
    bool proves_loss = !before->lacks_fin && ending_lacks_fin(reading->connection);
    ending_state_verdict(reading, is_place || proves_loss);
    reading->findings->close_notify = tells_of_close_notify(reading);
}

/* Until application data flows no more than this is on the way. */
#define HANDSHAKE_AHEAD_MAX (UINT64_C(1) << 24)

static bool
is_near(const struct stream *stream, uint32_t number, uint64_t distance)
{
    uint64_t offset = stream_offset(stream, number);

    return !stream->started ||
           (offset + distance >= STREAM_FIRST_OFFSET && offset <= stream->captured_end + distance);
}

/* A device that rewrites sequence numbers, captured on both sides: one copy of each segment is numbered
 * as this connection is, the other as no byte of it. RSTs have odd numbers anyway. */
static bool
is_numbered_differently(const struct reading *reading, const struct segment *segment)
{
    const struct connection *connection = reading->connection;
    bool is_strict = connection->two_numberings || !connection->data_flowed;
    uint64_t distance = is_strict ? HANDSHAKE_AHEAD_MAX : STREAM_AHEAD_MAX;

    if (segment->rst || segment->syn)
        return false;
    return !is_near(&own_direction(reading)->stream, segment->sequence, distance) ||
           (segment->has_acknowledgement &&
            !is_near(&peer_direction(reading)->stream, segment->acknowledgement, distance));
}

void
connection_take_segment(struct connection *connection, enum side sender,
                        const struct dissected_segment *dissected,
                        const struct connection_options *options, struct frame_findings *findings)
{
    struct reading reading = begin_reading(connection, sender, dissected, options, findings);
    struct stream *stream = &own_direction(&reading)->stream;

    if (!stream->started)
        stream_start(stream, dissected->segment.sequence, false);
    if (is_numbered_differently(&reading, &dissected->segment)) {
        connection->two_numberings = true;
        return;
    }
    take_after_reset(&reading, &dissected->segment);
    const struct before before = look_before(&reading);
    bool ends_here = take_facts(&reading, &dissected->segment);
    settle_consequences(&reading, &before);
    state_findings(&reading, &before, ends_here);
}

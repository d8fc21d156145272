/* ending.c
 * The end of a direction, and of the connection: what a FIN or RST sets down, and which frame speaks of
 * it. See ending.h. Must not know how the end is judged or shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/ending.h"

#include "judge/closure.h"
#include "judge/resumption.h"
#include "read/alert.h"
#include "read/session_end.h"

/* Whether OFFSET, the number of a RST, can be that of the next byte its sender had to send. */
static bool
is_in_window(const struct reading *reading, const struct segment *segment, uint64_t offset)
{
    const struct direction *peer = peer_direction(reading);
    uint64_t window = (uint64_t)peer->window << segment->peer_window_shift;

    /* RFC 9293 section 3.10.7.1: a RST that answers a segment without ACK has the number zero. */
    if (segment->sequence == 0 && segment->has_acknowledgement)
        return false;
    if (peer->acknowledged == 0)
        return offset < own_direction(reading)->stream.captured_end + STREAM_AHEAD_MAX;
    return offset <= peer->acknowledged + window;
}

/* A RST comes after everything captured from its side, whatever number it carries; a higher number
 * tells of more. */
static uint64_t
reset_offset(const struct reading *reading, const struct segment *segment)
{
    const struct stream *stream = &own_direction(reading)->stream;
    uint64_t offset = stream_offset(stream, segment->sequence);

    return offset > stream->captured_end && is_in_window(reading, segment, offset)
               ? offset
               : stream->captured_end;
}

/* A RST after the own FIN is worth a word if the peer's data, not only its alert, meets it: that
 * data is lost. */
static void
take_reset_after_end(struct reading *reading)
{
    const struct connection *connection = reading->connection;
    const struct direction *own = &connection->direction[reading->side];

    if (own->end_kind == END_FIN &&
        leaves_data_unread(connection, reading->side, own->acknowledged) &&
        known_close_notify(connection, reading->side, reading->options, NULL)) {
        raise_expert(reading, reading->side, EXPERT_RESET_AFTER_CLOSE_NOTIFY, reading->now);
        reading->findings->further_end = true;
    }
}

static void
take_fin(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
{
    struct direction *own = own_direction(reading);
    uint64_t end = stream_offset(&own->stream, segment->sequence) + segment->length;

    own->fin_below_data = end < own->stream.captured_end;
    own->end_kind = END_FIN;
    own->end.end = end;
    own->end.acknowledged = acknowledged;
}

/* A copy of a FIN that was captured before. When it was sent first, as little had been received as any
 * of its copies acknowledges. */
static void
take_fin_again(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
{
    struct direction *own = own_direction(reading);
    uint64_t end = stream_offset(&own->stream, segment->sequence) + segment->length;

    if (own->end_kind == END_FIN && !own->fin_inferred && end == own->end.end &&
        segment->has_acknowledgement)
        own->end.acknowledged = MIN(own->end.acknowledged, acknowledged);
}

static void
take_reset(struct reading *reading, const struct segment *segment)
{
    struct direction *own = own_direction(reading);
    uint64_t end = reset_offset(reading, segment);

    own->captured_before_reset = own->stream.captured_end;
    own->old_reset = stream_offset(&own->stream, segment->sequence) < end;
    own->end_kind = END_RST;
    own->end.end = end;
    own->end.acknowledged = own->acknowledged;
    /* RFC 9293 section 3.4: a FIN has a number of its own, which this one is behind. */
    if (end == own->stream.captured_end + 1 && stream_is_between_records(&own->stream)) {
        own->fin_inferred = true;
        own->end_kind = END_FIN;
        own->end.end = own->stream.captured_end;
        own->end.acknowledged = own->traffic.acknowledged;
    }
}

bool
ending_take_flags(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
{
    struct direction *own = own_direction(reading);
    const struct mark *alert = &peer_direction(reading)->fatal;

    if (!segment->fin && !segment->rst)
        return false;
    reading->connection->was_reset |= segment->rst;
    own->reset_answers |= segment->rst && !segment->has_acknowledgement;
    bool ends_here = own->end_kind == END_NONE;
    if (ends_here) {
        own->end_acknowledges = segment->has_acknowledgement;
        own->end.time = segment->time;
        own->end.captured = segment->frame;
        own->end.frame = segment->frame;
        if (segment->rst)
            take_reset(reading, segment);
        else
            take_fin(reading, segment, acknowledged);
    } else if (segment->fin) {
        take_fin_again(reading, segment, acknowledged);
    }
    if (segment->rst && (!ends_here || own->fin_inferred))
        take_reset_after_end(reading);
    if (ends_here && alert->captured != 0)
        alert_check_truncation(reading, other_side(reading->side), alert);
    return ends_here;
}

void
ending_state_closure(struct reading *reading, bool ends_here, bool is_place)
{
    struct direction *own = &reading->connection->direction[reading->side];

    if (own->end_kind == END_NONE || own->end_stated || !is_place)
        return;
    bool waiting = direction_is_waiting(reading->connection, reading->side, reading->options);
    reading->findings->end = !waiting;
    reading->findings->end_provisional = waiting && ends_here;
    own->end_stated = !waiting;
}

void
ending_take_back(struct connection *connection)
{
    session_end_take_back(connection);
    connection->unresumable_reason = UNRESUMABLE_NOT;
    connection->verdict = (struct judgement){ 0 };
    connection->verdict_frame = 0;
    connection->was_reset = direction_of(connection, SIDE_CLIENT)->end_kind == END_RST ||
                            direction_of(connection, SIDE_SERVER)->end_kind == END_RST;
}

static bool
same_judgement(const struct judgement *a, const struct judgement *b)
{
    return a->closure == b->closure && a->evidence == b->evidence && a->hidden == b->hidden &&
           a->has_initiator == b->has_initiator && a->initiator == b->initiator;
}

bool
ending_lacks_fin(const struct connection *connection)
{
    return connection->verdict_frame != 0 &&
           (may_hide_fin(connection, SIDE_CLIENT) || may_hide_fin(connection, SIDE_SERVER));
}

void
ending_state_verdict(struct reading *reading, bool may_revise)
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
    session_end_take_back(connection);
    connection->verdict = verdict;
    connection->unresumable_reason = reason;
    connection->verdict_frame = reading->now;
    reading->findings->verdict = true;
    session_end_by_verdict(reading, reason);
}

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

/* A RST comes after everything captured from its side, whatever number it carries; a higher number
 * tells of more. */
static uint64_t
reset_offset(const struct direction *direction, uint64_t offset)
{
    uint64_t captured = direction->stream.captured_end;

    return offset > captured && offset - captured < STREAM_AHEAD_MAX ? offset : captured;
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
        raise_expert(reading, reading->side, EXPERT_RESET_AFTER_CLOSE_NOTIFY, reading->now);
        reading->findings->further_end = true;
    }
}

bool
ending_take_flags(struct reading *reading, const struct segment *segment, uint64_t acknowledged)
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

/* evidence.c
 * What is known of a side's close_notify, and what may hide one from the capture. See evidence.h. Pure
 * functions over struct connection; must not know what follows for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/evidence.h"

#include "judge/padding.h"

enum evidence
weaker_evidence(enum evidence a, enum evidence b)
{
    return a == EVIDENCE_INFERRED || b == EVIDENCE_INFERRED ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
}

bool
is_before_tls13(const struct connection *connection)
{
    return connection->version != TLS_VERSION_UNKNOWN && connection->version < TLS_1_3;
}

bool
connection_has_ended(const struct connection *connection)
{
    return connection->was_reset || (direction_of(connection, SIDE_CLIENT)->end_kind != END_NONE &&
                                     direction_of(connection, SIDE_SERVER)->end_kind != END_NONE);
}

/* The highest number that SIDE had used, as captured bytes, its empty segments, its RST and the
 * peer's acknowledgements prove. A FIN counts as one byte. */
static uint64_t
highest_number(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);
    uint64_t acknowledged = direction_of(connection, other_side(side))->acknowledged;
    uint64_t own = MAX(direction->stream.captured_end, direction->announced_end);

    if (direction->end_kind == END_RST)
        own = MAX(own, direction->end.end);
    return MAX(own, acknowledged);
}

/* Bytes before the offset returned were sent. A number that is higher by one may count a FIN that
 * was not captured. */
static uint64_t
proven_end(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);
    uint64_t captured = direction->stream.captured_end;
    uint64_t highest = highest_number(connection, side);

    if (direction->end_kind == END_FIN)
        return direction->end.end;
    return highest > captured + 1 ? highest : captured;
}

bool
may_hide_fin(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);

    /* RFC 9293 section 3.4: a FIN has a number of its own. */
    return direction->end_kind != END_FIN &&
           highest_number(connection, side) > direction->stream.captured_end;
}

bool
has_hole(const struct connection *connection, enum side side)
{
    const struct stream *stream = &direction_of(connection, side)->stream;

    return stream_late_count(stream) > 0 || proven_end(connection, side) > stream->captured_end;
}

bool
is_missing_behind(const struct connection *connection, enum side side, uint64_t offset)
{
    const struct stream *stream = &direction_of(connection, side)->stream;

    return stream->last_lost_from >= offset ||
           (has_hole(connection, side) && stream_known_until(stream) >= offset &&
            stream_known_until(stream) < proven_end(connection, side));
}

/* TLS 1.3 without keys: an alert is the last thing sent, and the direction or the connection ended.
 */
static bool
candidate_is_last(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);

    if (direction->end_kind == END_NONE && !connection_has_ended(connection))
        return false;
    return stream_known_until(&direction->stream) == direction->candidate.mark.end &&
           proven_end(connection, side) <= direction->candidate.mark.end;
}

static bool
has_candidate(const struct direction *direction)
{
    return direction->candidate.mark.captured != 0;
}

/* Whether the encrypted alert, if there is one, counts as a close_notify. */
static bool
candidate_counts(const struct connection *connection, enum side side,
                 const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);

    if (!options->infer || !has_candidate(direction) || direction->candidate.is_unreadable)
        return false;
    if (direction->candidate.type == TLS_ALERT)
        return (connection->data_flowed || starts_after_hellos(connection)) &&
               !is_missing_behind(connection, side, direction->candidate.mark.end);
    return candidate_is_last(connection, side);
}

const struct mark *
known_close_notify(const struct connection *connection, enum side side,
                   const struct connection_options *options, enum evidence *evidence)
{
    const struct direction *direction = direction_of(connection, side);
    enum evidence found = EVIDENCE_NONE;
    const struct mark *mark = NULL;

    if (direction->close_notify.captured != 0) {
        found = EVIDENCE_SEEN;
        mark = &direction->close_notify;
    } else if (candidate_counts(connection, side, options)) {
        found = EVIDENCE_INFERRED;
        mark = &direction->candidate.mark;
    }
    if (evidence)
        *evidence = found;
    return mark;
}

/* TLS 1.3 without keys, and no close_notify known: what may be an alert is the last record captured
 * before LIMIT, but its direction's end, which would tell, has not been captured. */
static bool
has_undecided_alert(const struct direction *direction, uint64_t limit)
{
    return has_candidate(direction) && direction->candidate.mark.end <= limit &&
           direction->stream.captured_end <= direction->candidate.mark.end;
}

/* The shortest alert record: in clear text, with its header. */
#define ALERT_RECORD_LENGTH_MIN (TLS_RECORD_HEADER_LENGTH + 2)

/* Whether bytes of SIDE's direction are missing, and what it sent behind KNOWN_UNTIL is long enough for an
 * alert. */
static bool
tail_may_hold_alert(const struct connection *connection, enum side side, uint64_t known_until)
{
    return has_hole(connection, side) &&
           proven_end(connection, side) >= known_until + ALERT_RECORD_LENGTH_MIN;
}

/* Without a known close_notify: an alert that could be one or anything else. It takes inference to
 * rule it out by what followed. */
static bool
has_unreadable_alert(const struct direction *direction, const struct connection_options *options,
                     uint64_t limit)
{
    if (!options->infer && (direction->undecrypted || direction->withdrawn))
        return true;
    if (!has_candidate(direction) || direction->candidate.mark.end > limit)
        return false;
    return direction->candidate.is_unreadable || direction->candidate.type == TLS_ALERT;
}

/* What hides whether SIDE, of which no close_notify is known, sent one before LIMIT. */
struct hidden_range
hidden_before(const struct connection *connection, enum side side, uint64_t limit,
              const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;
    uint64_t known_until = stream_known_until(stream);

    if (!stream->captured_any && connection->in_the_middle)
        return (struct hidden_range){ .what = HIDDEN_NO_BYTES };
    if (stream->state == STREAM_UNSYNCED && stream->captured_any)
        return (struct hidden_range){ .what = HIDDEN_STARTS_INSIDE };
    if (stream->lost_from != 0 && stream->lost_from < limit)
        return (struct hidden_range){ HIDDEN_GAP, stream->lost_from };
    if (direction->missing_alert != 0 && direction->missing_alert < limit)
        return (struct hidden_range){ HIDDEN_GAP, direction->missing_alert };
    if (has_unreadable_alert(direction, options, limit))
        return (struct hidden_range){ HIDDEN_UNREADABLE_ALERT, direction->candidate.mark.end };
    if (stream->state == STREAM_NOT_TLS && stream->position < limit)
        return (struct hidden_range){ HIDDEN_NOT_TLS, stream->position };
    if (known_until < limit && tail_may_hold_alert(connection, side, known_until))
        return (struct hidden_range){ HIDDEN_GAP, known_until };
    if (may_hide_padded_alert(connection, side))
        return (struct hidden_range){ HIDDEN_PADDED, known_until };
    if (has_undecided_alert(direction, limit))
        return (struct hidden_range){ HIDDEN_UNREADABLE_ALERT, direction->candidate.mark.end };
    return (struct hidden_range){ .what = HIDDEN_NOTHING };
}

/* The same, wherever SIDE's direction ended. */
struct hidden_range
hidden_anywhere(const struct connection *connection, enum side side,
                const struct connection_options *options)
{
    if (known_close_notify(connection, side, options, NULL))
        return (struct hidden_range){ .what = HIDDEN_NOTHING };
    return hidden_before(connection, side, UINT64_MAX, options);
}

/* What hides SIDE's first closing act: bytes, or a FIN that was not captured. */
struct hidden_range
hidden_act(const struct connection *connection, enum side side,
           const struct connection_options *options)
{
    if (known_close_notify(connection, side, options, NULL))
        return (struct hidden_range){ .what = HIDDEN_NOTHING };
    struct hidden_range hidden = hidden_before(connection, side, UINT64_MAX, options);
    if (hidden.what == HIDDEN_NOTHING && may_hide_fin(connection, side))
        return (struct hidden_range){ HIDDEN_GAP,
                                      direction_of(connection, side)->stream.captured_end };
    return hidden;
}

/* RFC 9293 section 3.10.7.1: a RST without acknowledgement answers a segment; behind a FIN that is more than
 * an acknowledgement. */
bool
lacks_what_was_reset(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));

    return peer->end_kind == END_FIN && peer->reset_answers && own->end_kind != END_FIN &&
           own->stream.captured_end <= peer->traffic.acknowledged;
}

bool
certainly_sent_no_close_notify(const struct connection *connection, enum side side,
                               const struct connection_options *options)
{
    return !known_close_notify(connection, side, options, NULL) &&
           hidden_before(connection, side, UINT64_MAX, options).what == HIDDEN_NOTHING &&
           !lacks_what_was_reset(connection, side);
}

bool
direction_is_waiting(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    uint64_t peer_acknowledged = direction_of(connection, other_side(side))->acknowledged;

    if (direction->end_kind != END_FIN || direction->stream.lost_from != 0 || connection->was_reset)
        return false;
    struct hidden_range hidden = hidden_anywhere(connection, side, options);
    return hidden.what == HIDDEN_GAP && direction->missing_alert == 0 &&
           peer_acknowledged <= hidden.from;
}

/* That SIDE sent no close_notify: up to TLS 1.2 the record headers show it, but for an encrypted
 * alert that is inferred to be another one from the data behind it. */
enum evidence
absence_evidence(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);

    if (direction->fin_inferred)
        return EVIDENCE_INFERRED;
    if (is_before_tls13(connection))
        return direction->withdrawn ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
    return direction->undecrypted || connection->in_the_middle ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
}

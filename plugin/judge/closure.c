/* closure.c
 * The judgement: from the facts of a connection to how it ended. See closure.h. Pure functions over
 * struct connection; must not know frames' bytes, fields or how findings are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/closure.h"

#include "judge/handshake_state.h"
#include "judge/initiator.h"
#include "judge/padding.h"

bool
leaves_data_unread(const struct connection *connection, enum side side, uint64_t read_until)
{
    const struct direction *peer = direction_of(connection, other_side(side));
    struct data_sum data = traffic_between(&peer->traffic, read_until, UINT64_MAX);
    struct stream_record begun;

    if (may_be_http2(connection) ? data.longest > HTTP2_CONTROL_LENGTH_MAX : data.bytes > 0)
        return true;
    return peer->stream.captured_end > read_until && stream_open_record(&peer->stream, &begun) &&
           begun.end > read_until && begun.type == TLS_APPLICATION_DATA &&
           (is_before_tls13(connection) || begun.length > PADDED_ALERT_LENGTH_MAX);
}

/* Whether what SIDE had received and not read may be only a close_notify, or the tickets of a peer that
 * had nothing else to say: data that came before its own close_notify had been read then. */
static bool
may_leave_only_alerts_unread(const struct connection *connection, enum side side,
                             const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    const struct traffic *peer = &direction_of(connection, other_side(side))->traffic;
    const struct mark *close_notify = known_close_notify(connection, side, options, NULL);
    const struct mark *peers = known_close_notify(connection, other_side(side), options, NULL);

    if (!close_notify || leaves_data_unread(connection, side, close_notify->acknowledged))
        return false;
    if (hidden_anywhere(connection, other_side(side), options).what != HIDDEN_NOTHING)
        return true;
    return (peers && peers->end <= own->acknowledged) ||
           (peer->ticket_count > 0 && peer->first_end == 0);
}

bool
reset_is_abortive(const struct connection *connection, enum side side,
                  const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);

    if (own->end_kind != END_RST)
        return false;
    if (may_hide_fin(connection, side))
        return leaves_data_unread(connection, side, own->end.acknowledged);
    return !may_leave_only_alerts_unread(connection, side, options);
}

/* The same, and that its peer sent none either that would have told it so. */
static enum evidence
mutual_absence_evidence(const struct connection *connection, enum side side,
                        const struct connection_options *options)
{
    enum evidence own = absence_evidence(connection, side);
    enum side peer = other_side(side);

    return known_close_notify(connection, peer, options, NULL)
               ? own
               : weaker_evidence(own, absence_evidence(connection, peer));
}

static struct judgement
answer(enum closure closure, enum evidence evidence)
{
    return (struct judgement){ .closure = closure, .evidence = evidence };
}

static struct judgement
unknown(enum hidden hidden, enum side side)
{
    return (struct judgement){ .closure = CLOSURE_UNKNOWN, .hidden = hidden, .hidden_side = side };
}

/* Unknown because of what hides it in SIDE's direction; a FIN or a single byte, if nothing else. */
static struct judgement
hidden_in(const struct connection *connection, enum side side,
          const struct connection_options *options)
{
    enum hidden hidden = hidden_anywhere(connection, side, options).what;

    return unknown(hidden == HIDDEN_NOTHING ? HIDDEN_GAP : hidden, side);
}

/* Whether SIDE, whose FIN was not captured, may have received its peer's CLOSE_NOTIFY before it: only
 * the RST behind that FIN acknowledges it, or nothing, and it does not acknowledge the FIN. */
static bool
may_have_received_before_fin(const struct connection *connection, enum side side,
                             const struct mark *close_notify)
{
    const struct direction *own = direction_of(connection, side);

    return own->fin_inferred && close_notify->acknowledged <= own->end.end &&
           (own->reset_answers || close_notify->end <= own->traffic.rst_acknowledged);
}

/* Its end without a close_notify of its own: what the peer's hidden bytes leave open, and else its
 * kind. */
static struct judgement
judge_bare_end(const struct connection *connection, enum side side,
               const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    enum side peer = other_side(side);
    enum evidence peer_evidence;
    const struct mark *received = known_close_notify(connection, peer, options, &peer_evidence);

    /* RFC 5246 section 7.2.1: the other side MUST respond with a close_notify of its own.
     * TLS 1.3 lets it send on, but not end without one. */
    if (received && received->end <= own->end.acknowledged)
        return answer(CLOSURE_UNANSWERED,
                      weaker_evidence(absence_evidence(connection, side), peer_evidence));
    if (received && may_have_received_before_fin(connection, side, received))
        return unknown(HIDDEN_GAP, side);
    enum hidden hidden = hidden_before(connection, peer, own->end.acknowledged, options).what;
    if (hidden != HIDDEN_NOTHING)
        return unknown(hidden, peer);
    /* RFC 8446 section 6.1: each side MUST send a close_notify before it closes its write side. */
    return answer(own->end_kind == END_FIN ? CLOSURE_TRUNCATED : CLOSURE_RESET,
                  mutual_absence_evidence(connection, side, options));
}

/* What SIDE had received of its peer when it ended: a RST without an acknowledgement says nothing,
 * and the segments before it may be missing. */
static uint64_t
received_at_end(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);

    if (!own->end_acknowledges && (own->fin_inferred || may_hide_fin(connection, side)))
        return UINT64_MAX;
    return own->end.acknowledged;
}

/* Its end before which no close_notify of its own is known. */
static struct judgement
judge_end(const struct connection *connection, enum side side,
          const struct connection_options *options)
{
    struct hidden_range hidden = hidden_before(connection, side, UINT64_MAX, options);

    if (direction_of(connection, side)->fin_below_data)
        return unknown(HIDDEN_FIN_BELOW_DATA, side);
    if (hidden.what != HIDDEN_NOTHING)
        return unknown(hidden.what, side);
    if (may_hide_fin(connection, side))
        return unknown(HIDDEN_GAP, side);
    return judge_bare_end(connection, side, options);
}

/* Hidden: SIDE may have sent a close_notify before it received the peer's alert. */
static enum yes_no_hidden
ended_by_fatal_alert(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));
    const struct mark *close_notify = known_close_notify(connection, side, options, NULL);
    struct hidden_range hidden = hidden_anywhere(connection, side, options);

    if (own->fatal.captured != 0 && !own->fatal_after_close_notify)
        return ANSWER_YES;
    enum yes_no_hidden peer_closes = fatal_alert_answer(connection, other_side(side));
    if (peer_closes == ANSWER_NO || peer->fatal.end > own->end.acknowledged)
        return ANSWER_NO;
    if (peer_closes == ANSWER_HIDDEN)
        return ANSWER_HIDDEN;
    if (close_notify)
        return close_notify->acknowledged >= peer->fatal.end ? ANSWER_YES : ANSWER_NO;
    return hidden_came_after(connection, side, &hidden, &peer->fatal) ? ANSWER_YES : ANSWER_HIDDEN;
}

static bool
has_data(const struct connection *connection)
{
    return direction_of(connection, SIDE_CLIENT)->traffic.first_end != 0 ||
           direction_of(connection, SIDE_SERVER)->traffic.first_end != 0;
}

/* What each side had sent when it was decided whether the handshake was finished: at the initiator's
 * first closing act, by what that side had sent and received. False if nobody can tell whose it was, and
 * where application data flowed: a False Start sends it before Finished is received. */
static bool
limits_at_first_act(const struct connection *connection, const struct connection_options *options,
                    uint64_t limit[2])
{
    struct judgement first = answer(CLOSURE_NONE, EVIDENCE_NONE);

    if (has_data(connection))
        return false;
    judge_initiator(connection, options, &first);
    if (!first.has_initiator)
        return false;
    enum side side = first.initiator;
    const struct mark *act = first_closing_act(connection, side, options);
    bool is_end = act == &direction_of(connection, side)->end;
    limit[side] = act->end;
    limit[other_side(side)] = is_end ? received_at_end(connection, side) : act->acknowledged;
    return true;
}

/* An encrypted alert of SIDE behind its Finished, captured or missing, may have been a fatal one. */
static bool
may_hide_fatal_alert(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    enum hidden what = hidden_anywhere(connection, side, options).what;

    return direction_of(connection, side)->finished_end != 0 &&
           (what == HIDDEN_UNREADABLE_ALERT || what == HIDDEN_GAP);
}

/* The same as handshake_finished(). If a fatal alert may have closed, it is hidden whether an end before
 * the handshake was finished did. */
static enum yes_no_hidden
finished_before_act(const struct connection *connection, const uint64_t limit[2],
                    const struct connection_options *options, enum side *hidden_side)
{
    enum yes_no_hidden finished = handshake_finished(connection, limit, options, hidden_side);

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER && finished == ANSWER_NO; side++) {
        if (may_hide_fatal_alert(connection, (enum side)side, options)) {
            *hidden_side = (enum side)side;
            finished = ANSWER_HIDDEN;
        }
    }
    return finished;
}

static struct judgement
judge_ended_direction(const struct connection *connection, enum side side,
                      const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    uint64_t limit[2];
    enum evidence evidence;
    enum side hidden_side;

    if (!limits_at_first_act(connection, options, limit)) {
        limit[side] = own->end.end;
        limit[other_side(side)] = received_at_end(connection, side);
    }
    switch (ended_by_fatal_alert(connection, side, options)) {
    case ANSWER_YES:
        return answer(CLOSURE_FATAL_ALERT, EVIDENCE_SEEN);
    case ANSWER_HIDDEN:
        return hidden_in(connection, side, options);
    case ANSWER_NO:
        break;
    }
    enum yes_no_hidden finished = finished_before_act(connection, limit, options, &hidden_side);
    if (finished == ANSWER_NO && !own->fin_below_data)
        return answer(CLOSURE_HANDSHAKE_INCOMPLETE, incomplete_evidence(connection));
    const struct mark *close_notify = known_close_notify(connection, side, options, &evidence);
    if (close_notify && (own->end_kind == END_RST || close_notify->end <= own->end.end))
        return answer(CLOSURE_CLOSE_NOTIFY, evidence);
    if (finished == ANSWER_HIDDEN)
        return hidden_in(connection, hidden_side, options);
    return judge_end(connection, side, options);
}

/* Without the inference nothing is given as inferred. */
static struct judgement
without_inference(const struct connection *connection, struct judgement judgement,
                  const struct connection_options *options)
{
    const struct direction *client = direction_of(connection, SIDE_CLIENT);

    if (options->infer || judgement.evidence != EVIDENCE_INFERRED)
        return judgement;
    struct judgement hidden =
        unknown(HIDDEN_UNREADABLE_ALERT, client->undecrypted ? SIDE_CLIENT : SIDE_SERVER);
    hidden.has_initiator = judgement.has_initiator;
    hidden.initiator = judgement.initiator;
    return hidden;
}

/* What is missing is missing because its copies were set aside. */
static struct judgement
with_reason(const struct connection *connection, struct judgement judgement)
{
    if (connection->two_numberings && judgement.closure == CLOSURE_UNKNOWN &&
        judgement.hidden == HIDDEN_GAP)
        judgement.hidden = HIDDEN_TWO_NUMBERINGS;
    return judgement;
}

/* The last word on JUDGEMENT. */
static struct judgement
settled(const struct connection *connection, struct judgement judgement,
        const struct connection_options *options)
{
    return with_reason(connection, without_inference(connection, judgement, options));
}

struct judgement
judge_closure(const struct connection *connection, enum side side,
              const struct connection_options *options)
{
    if (direction_of(connection, side)->end_kind == END_NONE)
        return answer(CLOSURE_NONE, EVIDENCE_NONE);
    return settled(connection, judge_ended_direction(connection, side, options), options);
}

/* Whether what is hidden in SIDE's direction cannot matter to a connection that the peer's end ACT
 * decides. An alert in ignorance of that end could be a fatal one that closes. */
static bool
hidden_cannot_matter(const struct connection *connection, enum side side,
                     const struct hidden_range *hidden, const struct mark *act)
{
    const struct direction *direction = direction_of(connection, side);
    enum side peer = other_side(side);

    if (hidden->what == HIDDEN_UNREADABLE_ALERT &&
        direction_of(connection, peer)->end_kind == END_FIN)
        return is_received(connection, peer, act, direction->candidate.mark.acknowledged);
    return hidden_came_after(connection, side, hidden, act);
}

/* Neither a fatal alert, nor an unfinished handshake, nor two close_notify: the initiator's first
 * act decides, if nothing hides it. */
static struct judgement
judge_initiator_act(const struct connection *connection, enum side initiator,
                    const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, initiator);
    enum side other = other_side(initiator);
    enum evidence evidence;
    const struct mark *close_notify = known_close_notify(connection, initiator, options, &evidence);
    struct hidden_range own = hidden_act(connection, initiator, options);
    struct hidden_range peer = hidden_act(connection, other, options);

    if (own.what != HIDDEN_NOTHING)
        return unknown(own.what, initiator);
    if (close_notify && is_order_hidden(connection, initiator, close_notify,
                                        first_closing_act(connection, other, options)))
        return unknown(HIDDEN_GAP, initiator);
    if (close_notify && certainly_sent_no_close_notify(connection, other, options) &&
        hidden_came_after(connection, other, &peer, close_notify))
        return answer(CLOSURE_UNANSWERED,
                      weaker_evidence(evidence, absence_evidence(connection, other)));
    if (close_notify)
        return unknown(peer.what == HIDDEN_NOTHING ? HIDDEN_GAP : peer.what, other);
    if (!hidden_cannot_matter(connection, other, &peer, &direction->end))
        return unknown(peer.what, other);
    if (direction->fin_below_data)
        return unknown(HIDDEN_FIN_BELOW_DATA, initiator);
    return answer(direction->end_kind == END_FIN ? CLOSURE_TRUNCATED : CLOSURE_RESET,
                  mutual_absence_evidence(connection, initiator, options));
}

static struct judgement
judge_ended(const struct connection *connection, enum side initiator,
            const struct connection_options *options)
{
    uint64_t limit[2] = { UINT64_MAX, UINT64_MAX };
    enum evidence client_evidence;
    enum evidence server_evidence;
    enum side hidden_side;

    enum yes_no_hidden client_alert = fatal_alert_answer(connection, SIDE_CLIENT);
    enum yes_no_hidden server_alert = fatal_alert_answer(connection, SIDE_SERVER);
    if (client_alert == ANSWER_YES || server_alert == ANSWER_YES)
        return answer(CLOSURE_FATAL_ALERT, EVIDENCE_SEEN);
    if (client_alert == ANSWER_HIDDEN || server_alert == ANSWER_HIDDEN)
        return unknown(HIDDEN_GAP, client_alert == ANSWER_HIDDEN ? SIDE_SERVER : SIDE_CLIENT);
    limits_at_first_act(connection, options, limit);
    enum yes_no_hidden finished = finished_before_act(connection, limit, options, &hidden_side);
    if (finished == ANSWER_NO)
        return answer(CLOSURE_HANDSHAKE_INCOMPLETE, incomplete_evidence(connection));
    const struct mark *client =
        known_close_notify(connection, SIDE_CLIENT, options, &client_evidence);
    const struct mark *server =
        known_close_notify(connection, SIDE_SERVER, options, &server_evidence);
    if (client && server)
        return answer(CLOSURE_CLOSE_NOTIFY, weaker_evidence(client_evidence, server_evidence));
    if (finished == ANSWER_HIDDEN)
        return hidden_in(connection, hidden_side, options);
    return judge_initiator_act(connection, initiator, options);
}

struct judgement
judge_verdict(const struct connection *connection, const struct connection_options *options)
{
    struct judgement initiator = answer(CLOSURE_NONE, EVIDENCE_NONE);

    if (!connection_has_ended(connection))
        return initiator;
    judge_initiator(connection, options, &initiator);
    struct judgement verdict = judge_ended(connection, initiator.initiator, options);
    verdict.has_initiator = initiator.has_initiator;
    verdict.initiator = initiator.initiator;
    return settled(connection, verdict, options);
}

bool
ended_inside_record(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;

    return direction->end_kind != END_NONE && !direction->old_reset &&
           stream_inside_record(stream) && stream->lost_from == 0 &&
           stream_late_count(stream) == 0 && direction->end.end == stream->position &&
           !may_hide_fin(connection, side);
}

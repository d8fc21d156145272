/* closure.c
 * The judgement: from the facts of a connection to how it ended. See closure.h. Pure functions over
 * struct connection; must not know frames' bytes, fields or how findings are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/closure.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_HIDDEN };

static enum evidence
weaker(enum evidence a, enum evidence b)
{
    return a == EVIDENCE_INFERRED || b == EVIDENCE_INFERRED ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
}

static bool
is_before_tls13(const struct connection *connection)
{
    return connection->version != TLS_VERSION_UNKNOWN && connection->version < TLS_1_3;
}

/* Whether the peer, with ACKNOWLEDGED, had received the act MARK of SIDE. A RST is never
 * acknowledged, a FIN counts as one byte. */
static bool
is_received(const struct connection *connection, enum side side, const struct mark *mark,
            uint64_t acknowledged)
{
    const struct direction *direction = direction_of(connection, side);

    if (mark != &direction->end)
        return acknowledged >= mark->end;
    return direction->end_kind == END_FIN && acknowledged > mark->end;
}

/* Acknowledgements decide which act came first; where they say nothing, the order of capture. */
static bool
came_first(const struct connection *connection, enum side side, const struct mark *act,
           const struct mark *peer_act)
{
    if (is_received(connection, side, act, peer_act->acknowledged))
        return true;
    if (is_received(connection, other_side(side), peer_act, act->acknowledged))
        return false;
    return act->captured < peer_act->captured;
}

/* The server's first bytes are no TLS records. */
static bool
answered_without_tls(const struct connection *connection)
{
    const struct stream *server = &direction_of(connection, SIDE_SERVER)->stream;

    return connection->client_hello_seen && server->state == STREAM_NOT_TLS &&
           server->position == STREAM_FIRST_OFFSET;
}

/* Whether what is hidden in SIDE's direction can only have come after the peer's act ACT. */
static bool
hidden_came_after(const struct connection *connection, enum side side,
                  const struct hidden_range *hidden, const struct mark *act)
{
    const struct direction *direction = direction_of(connection, side);
    enum side peer = other_side(side);

    switch (hidden->what) {
    case HIDDEN_NOTHING:
        return true;
    case HIDDEN_UNREADABLE_ALERT:
        return direction->candidate.mark.captured != 0 &&
               !came_first(connection, side, &direction->candidate.mark, act);
    case HIDDEN_GAP:
        if (hidden->from == direction->stream.lost_from)
            return is_received(connection, peer, act, direction->stream.lost_acknowledgement);
        return is_received(connection, peer, act, direction->stream.read_acknowledgement);
    case HIDDEN_NOT_TLS:
        return answered_without_tls(connection) ||
               is_received(connection, peer, act, direction->stream.read_acknowledgement);
    default:
        return false;
    }
}

bool
reset_is_abortive(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));

    return own->end_kind == END_RST &&
           (!may_hide_fin(connection, side) || peer->last_data_end > own->end.acknowledged);
}

bool
sent_after_end(const struct connection *connection, enum side side, const struct mark *alert)
{
    const struct direction *peer = direction_of(connection, other_side(side));

    if (peer->end_kind == END_FIN)
        return alert->acknowledged > peer->end.end;
    return peer->end_kind == END_RST && peer->end.captured < alert->captured;
}

/* A fatal alert after the end of a direction is a reaction to it, and one after the own close_notify
 * is ignored (RFC 5246 section 7.2.1): neither is what closed the connection. Hidden: it acknowledges
 * what was not captured, which may be a FIN. */
static enum answer
fatal_alert_answer(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));

    if (own->fatal.captured == 0 || own->fatal_after_close_notify ||
        sent_after_end(connection, side, &own->fatal))
        return ANSWER_NO;
    if (peer->end_kind != END_FIN && own->fatal.acknowledged > peer->stream.captured_end)
        return ANSWER_HIDDEN;
    return ANSWER_YES;
}

static bool
fatal_alert_closes(const struct connection *connection, enum side side)
{
    return fatal_alert_answer(connection, side) == ANSWER_YES;
}

/* What is missing of SIDE's direction before LIMIT came before an alert in clear text, and so before
 * any Finished; and nothing finishes a handshake behind a close_notify in clear text. */
static bool
clear_alert_excludes_finished(const struct direction *direction, const struct hidden_range *hidden)
{
    if (direction->clear_alert_end == 0)
        return false;
    if (direction->close_notify.captured != 0 &&
        direction->close_notify.end <= direction->clear_alert_end)
        return true;
    return direction->clear_alert_end > MAX(hidden->from, direction->stream.last_lost_from);
}

/* Whether SIDE may have finished the handshake with bytes that no gap tells of: before the first
 * record found, or the last byte of a record. */
static bool
may_lack_finished(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;

    return (stream->lacks_beginning && direction->clear_alert_end == 0) ||
           (stream_inside_record(stream) && may_hide_fin(connection, side));
}

/* Whether SIDE, of which no end of the handshake was captured before LIMIT, had reached it. */
static enum answer
unseen_finished(const struct connection *connection, enum side side, uint64_t limit,
                const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    struct hidden_range hidden = hidden_before(connection, side, limit, options);

    if (hidden.what == HIDDEN_NOTHING || hidden.what == HIDDEN_UNREADABLE_ALERT)
        return may_lack_finished(connection, side) ? ANSWER_HIDDEN : ANSWER_NO;
    return hidden.what == HIDDEN_GAP && clear_alert_excludes_finished(direction, &hidden)
               ? ANSWER_NO
               : ANSWER_HIDDEN;
}

/* Whether SIDE had finished the handshake with what it had sent before LIMIT. */
static enum answer
side_finished(const struct connection *connection, enum side side, uint64_t limit,
              const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;

    if (starts_after_hellos(connection) && direction->clear_alert_end == 0)
        return ANSWER_YES;
    if (direction->finished_end != 0 && direction->finished_end <= limit)
        return ANSWER_YES;
    if (direction->finished_end != 0)
        return stream->lacks_beginning || (stream->lost_from != 0 && stream->lost_from < limit)
                   ? ANSWER_HIDDEN
                   : ANSWER_NO;
    if (connection->version == TLS_1_3 && side == SIDE_SERVER)
        return side_finished(connection, SIDE_CLIENT, UINT64_MAX, options);
    return unseen_finished(connection, side, limit, options);
}

/* SIDE had not finished the handshake with what was captured of it. That nothing else is missing is
 * certain if its end was captured, or if it had received what the peer's direction hides: then its
 * numbers tell. */
static bool
certainly_unfinished(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    struct hidden_range peers = hidden_anywhere(connection, other_side(side), options);

    return direction->end_kind != END_NONE ||
           direction->acknowledged > MAX(peers.from, STREAM_FIRST_OFFSET);
}

/* Whether both sides had finished the handshake with what each had sent before its limit. HIDDEN_SIDE:
 * in whose direction the answer is hidden: what is missing there may have answered a Finished of the
 * other side's that was lost as well, if nothing tells where that side ended. */
static enum answer
handshake_finished(const struct connection *connection, const uint64_t limit[2],
                   const struct connection_options *options, enum side *hidden_side)
{
    enum answer client = side_finished(connection, SIDE_CLIENT, limit[SIDE_CLIENT], options);
    enum answer server = side_finished(connection, SIDE_SERVER, limit[SIDE_SERVER], options);

    *hidden_side = client == ANSWER_HIDDEN ? SIDE_CLIENT : SIDE_SERVER;
    if (answered_without_tls(connection))
        return ANSWER_NO;
    if (client != ANSWER_HIDDEN && server != ANSWER_HIDDEN)
        return client == ANSWER_YES ? server : client;
    enum side other = other_side(*hidden_side);
    enum answer others = other == SIDE_CLIENT ? client : server;
    return others == ANSWER_NO && certainly_unfinished(connection, other, options) ? ANSWER_NO
                                                                                   : ANSWER_HIDDEN;
}

bool
handshake_finished_for(const struct connection *connection, enum side side, uint64_t acknowledged)
{
    const struct connection_options options = { .infer = true };
    uint64_t peer_limit = acknowledged;

    return side_finished(connection, side, UINT64_MAX, &options) != ANSWER_NO &&
           side_finished(connection, other_side(side), peer_limit, &options) != ANSWER_NO;
}

/* In TLS 1.3 it is the client whose Finished comes last, and may be among what was not decrypted.
 */
static enum evidence
incomplete_evidence(const struct connection *connection)
{
    bool undecrypted = direction_of(connection, SIDE_CLIENT)->undecrypted;

    return undecrypted && !is_before_tls13(connection) ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
}

/* That SIDE sent no close_notify: up to TLS 1.2 the record headers show it, but for an encrypted
 * alert that is inferred to be another one from the data behind it. */
static enum evidence
absence_evidence(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);

    if (is_before_tls13(connection))
        return direction->withdrawn ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
    return direction->undecrypted || connection->in_the_middle ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
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
               : weaker(own, absence_evidence(connection, peer));
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

    if (received && received->end <= own->end.acknowledged)
        return answer(CLOSURE_UNANSWERED,
                      weaker(absence_evidence(connection, side), peer_evidence));
    enum hidden hidden = hidden_before(connection, peer, own->end.acknowledged, options).what;
    if (hidden != HIDDEN_NOTHING)
        return unknown(hidden, peer);
    return answer(own->end_kind == END_FIN ? CLOSURE_TRUNCATED : CLOSURE_RESET,
                  mutual_absence_evidence(connection, side, options));
}

/* What SIDE had received of its peer when it ended: a RST without an acknowledgement says nothing,
 * and the segments before it may be missing. */
static uint64_t
received_at_end(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);

    if (!own->end_acknowledges && may_hide_fin(connection, side))
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
static enum answer
ended_by_fatal_alert(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));
    const struct mark *close_notify = known_close_notify(connection, side, options, NULL);
    struct hidden_range hidden = hidden_anywhere(connection, side, options);

    if (own->fatal.captured != 0 && !own->fatal_after_close_notify)
        return ANSWER_YES;
    enum answer peer_closes = fatal_alert_answer(connection, other_side(side));
    if (peer_closes == ANSWER_NO || peer->fatal.end > own->end.acknowledged)
        return ANSWER_NO;
    if (peer_closes == ANSWER_HIDDEN)
        return ANSWER_HIDDEN;
    if (close_notify)
        return close_notify->acknowledged >= peer->fatal.end ? ANSWER_YES : ANSWER_NO;
    return hidden_came_after(connection, side, &hidden, &peer->fatal) ? ANSWER_YES : ANSWER_HIDDEN;
}

struct judgement
judge_closure(const struct connection *connection, enum side side,
              const struct connection_options *options)
{
    const struct direction *own = direction_of(connection, side);
    uint64_t limit[2];
    enum evidence evidence;
    enum side hidden_side;

    if (own->end_kind == END_NONE)
        return answer(CLOSURE_NONE, EVIDENCE_NONE);
    limit[side] = own->end.end;
    limit[other_side(side)] = received_at_end(connection, side);
    switch (ended_by_fatal_alert(connection, side, options)) {
    case ANSWER_YES:
        return answer(CLOSURE_FATAL_ALERT, EVIDENCE_SEEN);
    case ANSWER_HIDDEN:
        return hidden_in(connection, side, options);
    case ANSWER_NO:
        break;
    }
    enum answer finished = handshake_finished(connection, limit, options, &hidden_side);
    if (finished == ANSWER_NO)
        return answer(CLOSURE_HANDSHAKE_INCOMPLETE, incomplete_evidence(connection));
    const struct mark *close_notify = known_close_notify(connection, side, options, &evidence);
    if (close_notify && (own->end_kind == END_RST || close_notify->end <= own->end.end))
        return answer(CLOSURE_CLOSE_NOTIFY, evidence);
    if (finished == ANSWER_HIDDEN)
        return hidden_in(connection, hidden_side, options);
    return judge_end(connection, side, options);
}

const struct mark *
first_closing_act(const struct connection *connection, enum side side,
                  const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct mark *close_notify = known_close_notify(connection, side, options, NULL);
    const struct mark *fatal = fatal_alert_closes(connection, side) ? &direction->fatal : NULL;

    if (close_notify && fatal)
        return close_notify->end < fatal->end ? close_notify : fatal;
    if (close_notify || fatal)
        return close_notify ? close_notify : fatal;
    return direction->end_kind != END_NONE ? &direction->end : NULL;
}

/* Whether the order of SIDE's act, which seems to be the first, and the peer's is hidden: when the
 * alert's last byte was sent is not known if it was not captured, nor acknowledged. */
static bool
is_order_hidden(const struct connection *connection, enum side side, const struct mark *act,
                const struct mark *peer_act)
{
    const struct direction *direction = direction_of(connection, side);

    return act == &direction->candidate.mark && direction->candidate.is_partial && peer_act &&
           !is_received(connection, side, act, peer_act->acknowledged);
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

/* Fills in who closed first, unless what is hidden may have come first. The connection has ended: one
 * side at least closed. */
static void
judge_initiator(const struct connection *connection, const struct connection_options *options,
                struct judgement *judgement)
{
    const struct mark *client = first_closing_act(connection, SIDE_CLIENT, options);
    const struct mark *server = first_closing_act(connection, SIDE_SERVER, options);

    if (client && server)
        judgement->initiator =
            came_first(connection, SIDE_CLIENT, client, server) ? SIDE_CLIENT : SIDE_SERVER;
    else
        judgement->initiator = client ? SIDE_CLIENT : SIDE_SERVER;

    enum side other = other_side(judgement->initiator);
    struct hidden_range hidden = hidden_act(connection, other, options);
    const struct mark *act = judgement->initiator == SIDE_CLIENT ? client : server;
    const struct mark *other_act = judgement->initiator == SIDE_CLIENT ? server : client;
    judgement->has_initiator = act && hidden_came_after(connection, other, &hidden, act) &&
                               !is_order_hidden(connection, judgement->initiator, act, other_act);
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
        return answer(CLOSURE_UNANSWERED, weaker(evidence, absence_evidence(connection, other)));
    if (close_notify || !hidden_cannot_matter(connection, other, &peer, &direction->end))
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
    static const uint64_t everything[2] = { UINT64_MAX, UINT64_MAX };
    enum evidence client_evidence;
    enum evidence server_evidence;
    enum side hidden_side;

    enum answer client_alert = fatal_alert_answer(connection, SIDE_CLIENT);
    enum answer server_alert = fatal_alert_answer(connection, SIDE_SERVER);
    if (client_alert == ANSWER_YES || server_alert == ANSWER_YES)
        return answer(CLOSURE_FATAL_ALERT, EVIDENCE_SEEN);
    if (client_alert == ANSWER_HIDDEN || server_alert == ANSWER_HIDDEN)
        return unknown(HIDDEN_GAP, client_alert == ANSWER_HIDDEN ? SIDE_SERVER : SIDE_CLIENT);
    enum answer finished = handshake_finished(connection, everything, options, &hidden_side);
    if (finished == ANSWER_NO)
        return answer(CLOSURE_HANDSHAKE_INCOMPLETE, incomplete_evidence(connection));
    const struct mark *client =
        known_close_notify(connection, SIDE_CLIENT, options, &client_evidence);
    const struct mark *server =
        known_close_notify(connection, SIDE_SERVER, options, &server_evidence);
    if (client && server)
        return answer(CLOSURE_CLOSE_NOTIFY, weaker(client_evidence, server_evidence));
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
    return verdict;
}

enum close_notify_order
judge_order(const struct connection *connection, enum side side,
            const struct connection_options *options)
{
    enum side peer_side = other_side(side);
    const struct mark *own = known_close_notify(connection, side, options, NULL);
    const struct mark *peer = known_close_notify(connection, peer_side, options, NULL);

    if (!own)
        return ORDER_NONE;
    if (!peer)
        return ORDER_FIRST;
    if (is_received(connection, peer_side, peer, own->acknowledged))
        return ORDER_RESPONSE;
    return came_first(connection, side, own, peer) ? ORDER_FIRST : ORDER_SIMULTANEOUS;
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

enum http_completeness
judge_response(const struct connection *connection, const struct connection_options *options)
{
    bool vouched = known_close_notify(connection, SIDE_SERVER, options, NULL);
    enum http_completeness complete =
        connection->http ? http_last_complete(connection->http, vouched) : HTTP_COMPLETE_UNKNOWN;

    if (complete == HTTP_INCOMPLETE &&
        judge_closure(connection, SIDE_SERVER, options).closure == CLOSURE_UNKNOWN)
        return HTTP_COMPLETE_UNKNOWN;
    return complete;
}

/* initiator.c
 * Who closed first. See initiator.h. Pure functions over struct connection; must not know what follows
 * for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/initiator.h"

#include "judge/handshake_state.h"

uint64_t
received_from(const struct connection *connection, enum side side, const struct mark *mark)
{
    const struct direction *direction = direction_of(connection, side);

    if (mark != &direction->end)
        return mark->end;
    return direction->end_kind == END_FIN ? mark->end + 1 : UINT64_MAX;
}

bool
is_received(const struct connection *connection, enum side side, const struct mark *mark,
            uint64_t acknowledged)
{
    return acknowledged >= received_from(connection, side, mark);
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

bool
sent_after_end(const struct connection *connection, enum side side, const struct mark *alert)
{
    const struct direction *peer = direction_of(connection, other_side(side));

    if (peer->end_kind == END_FIN)
        return alert->acknowledged > peer->end.end;
    return peer->end_kind == END_RST && peer->end.captured < alert->captured;
}

enum yes_no_hidden
fatal_alert_answer(const struct connection *connection, enum side side)
{
    const struct direction *own = direction_of(connection, side);
    const struct direction *peer = direction_of(connection, other_side(side));

    if (own->fatal.captured == 0)
        return ANSWER_NO;
    /* RFC 5246 section 7.2.1: data received after a closure alert is ignored. */
    if (own->fatal_after_close_notify)
        return ANSWER_NO;
    /* A reaction to an end is not what closed the connection. */
    if (sent_after_end(connection, side, &own->fatal))
        return ANSWER_NO;
    /* It acknowledges what was not captured, which may be a FIN. */
    if (peer->end_kind != END_FIN && own->fatal.acknowledged > peer->stream.captured_end)
        return ANSWER_HIDDEN;
    /* RFC 5246 section 7.2.2: after a fatal alert, both sides immediately close the connection. */
    return ANSWER_YES;
}

static bool
fatal_alert_closes(const struct connection *connection, enum side side)
{
    return fatal_alert_answer(connection, side) == ANSWER_YES;
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

/* Whether what is hidden in SIDE's direction can only have come after the peer's act ACT. */
bool
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

/* Whether SIDE's FIN was captured before the peer's first act (NULL: it has none): what SIDE had sent
 * before, captured or not, came before it as well. */
static bool
fin_came_first(const struct connection *connection, enum side side, const struct mark *peer_act)
{
    const struct direction *direction = direction_of(connection, side);

    if (direction->end_kind != END_FIN || direction->fin_below_data)
        return false;
    return !peer_act ||
           (direction->end.captured < peer_act->captured &&
            !is_received(connection, other_side(side), peer_act, direction->end.acknowledged));
}

bool
is_order_hidden(const struct connection *connection, enum side side, const struct mark *act,
                const struct mark *peer_act)
{
    const struct direction *direction = direction_of(connection, side);

    /* When the alert's last byte was sent is not known if it was not captured, nor acknowledged. */
    return act == &direction->candidate.mark && direction->candidate.is_partial && peer_act &&
           !is_received(connection, side, act, peer_act->acknowledged) &&
           !fin_came_first(connection, side, peer_act);
}

/* The side whose act came first, by what is known. One side at least closed. */
static enum side
side_of_first_act(const struct connection *connection, const struct mark *client,
                  const struct mark *server)
{
    if (!client || !server)
        return client ? SIDE_CLIENT : SIDE_SERVER;
    if (fin_came_first(connection, SIDE_CLIENT, server))
        return SIDE_CLIENT;
    if (fin_came_first(connection, SIDE_SERVER, client))
        return SIDE_SERVER;
    return came_first(connection, SIDE_CLIENT, client, server) ? SIDE_CLIENT : SIDE_SERVER;
}

void
judge_initiator(const struct connection *connection, const struct connection_options *options,
                struct judgement *judgement)
{
    const struct mark *client = first_closing_act(connection, SIDE_CLIENT, options);
    const struct mark *server = first_closing_act(connection, SIDE_SERVER, options);
    enum side side = side_of_first_act(connection, client, server);
    const struct direction *direction = direction_of(connection, side);
    const struct mark *act = side == SIDE_CLIENT ? client : server;
    const struct mark *other_act = side == SIDE_CLIENT ? server : client;
    struct hidden_range hidden = hidden_act(connection, other_side(side), options);

    judgement->initiator = side;
    judgement->has_initiator = act && !(act == &direction->end && direction->fin_below_data) &&
                               hidden_came_after(connection, other_side(side), &hidden, act) &&
                               !is_order_hidden(connection, side, act, other_act);
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

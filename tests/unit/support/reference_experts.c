/* reference_experts.c
 * Orders and expert infos a second time, to be read against the public interface: see reference.h. Simple
 * rather than fast; must not know the engine, nor share a line with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "reference_facts.h"

/* "Response: the segment's acknowledgement covers the peer's close_notify. Simultaneous: the peer's
 * was captured earlier but is not acknowledged." */
enum close_notify_order
reference_order(const struct history *history, enum side side)
{
    int own = close_notify_of(history, side), peers = close_notify_of(history, other_side(side));

    if (own == NONE)
        return ORDER_NONE;
    if (peers == NONE || own < peers)
        return ORDER_FIRST;
    return has_received(history, own, peers) ? ORDER_RESPONSE : ORDER_SIMULTANEOUS;
}

/* The peer's close_notify, as far as EVENT and what was captured before it tell: application data
 * makes an encrypted alert before it count. */
static int
peers_close_notify_by(const struct history *history, int event)
{
    struct history before = *history;

    before.count = (unsigned)event + 1;
    return close_notify_of(&before, other_side(history->events[event].side));
}

/* Whether the side of EVENT had received the peer's close_notify. */
static bool
follows_peers_close_notify(const struct history *history, int event)
{
    int peers = peers_close_notify_by(history, event);

    return peers != NONE && has_received(history, event, peers);
}

/* Whether the peer's close_notify was captured before the data but had not been received. */
static bool
data_crosses_close_notify(const struct history *history, int event)
{
    int peers = peers_close_notify_by(history, event);

    return peers != NONE && !has_received(history, event, peers);
}

/* The same, the data captured first: EVENT is a close_notify whose sender had not received all the
 * data captured before it. */
static bool
close_notify_crosses_data(const struct history *history, int event)
{
    for (int i = 0; i < event; i++) {
        if (history->events[i].side != history->events[event].side &&
            history->events[i].kind == DATA && !has_received(history, event, i))
            return true;
    }
    return false;
}

/* "a side that had sent, or received, a fatal alert". */
static bool
follows_fatal_alert(const struct history *history, int event)
{
    for (int i = 0; i < event; i++) {
        if (is_fatal(history, i) && (history->events[i].side == history->events[event].side ||
                                     has_received(history, event, i)))
            return true;
    }
    return false;
}

/* "the peer's FIN without close_notify" had been received. */
static bool
follows_peers_bare_fin(const struct history *history, int event)
{
    enum side peer = other_side(history->events[event].side);
    int end = end_of(history, peer);

    return end != NONE && history->events[end].kind == FIN && has_received(history, event, end) &&
           close_notify_of(history, peer) == NONE;
}

static expert_set
bit_if(bool condition, enum expert expert)
{
    return condition ? EXPERT_BIT(expert) : 0;
}

static bool
is_tls13(const struct history *history)
{
    return history->visibility == TLS13_DECRYPTED || history->visibility == TLS13_ENCRYPTED;
}

static expert_set
data_experts(const struct history *history, int event)
{
    bool tls13 = is_tls13(history);

    return bit_if(is_decrypted(history) && follows_own_close_notify(history, event),
                  EXPERT_DATA_AFTER_CLOSE_NOTIFY) |
           bit_if(!tls13 && follows_peers_close_notify(history, event),
                  EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY) |
           bit_if(!tls13 && data_crosses_close_notify(history, event),
                  EXPERT_DATA_CROSSING_CLOSE_NOTIFY) |
           bit_if(tls13 && follows_peers_close_notify(history, event), EXPERT_HALF_CLOSE) |
           bit_if(follows_fatal_alert(history, event), EXPERT_DATA_AFTER_FATAL_ALERT);
}

static expert_set
alert_experts(const struct history *history, int event)
{
    bool after_own = follows_own_close_notify(history, event);

    return bit_if(after_own && history->events[event].kind == CLOSE_NOTIFY,
                  EXPERT_DUPLICATE_CLOSE_NOTIFY) |
           bit_if(after_own && history->events[event].kind != CLOSE_NOTIFY,
                  EXPERT_ALERT_AFTER_CLOSE_NOTIFY) |
           bit_if(is_fatal(history, event) && follows_peers_bare_fin(history, event),
                  EXPERT_TRUNCATION_NOTICED);
}

/* Of the direction of the side that did not send the close_notify. */
static expert_set
crossed_data_experts(const struct history *history, int event)
{
    bool is_first = close_notify_of(history, history->events[event].side) == event;

    return bit_if(!is_tls13(history) && is_first && close_notify_crosses_data(history, event),
                  EXPERT_DATA_CROSSING_CLOSE_NOTIFY);
}

/* TLS 1.3 without keys: the end that makes an alert a close_notify comes after it, and data of SIDE
 * may have come between. */
static expert_set
earlier_data_experts(const struct history *history, enum side side)
{
    int last = (int)history->count - 1, peers = close_notify_of(history, other_side(side));

    if (history->visibility != TLS13_ENCRYPTED || peers == NONE)
        return 0;
    for (int i = 0; i < last; i++) {
        if (history->events[i].side == side && history->events[i].kind == DATA &&
            has_received(history, i, peers))
            return EXPERT_BIT(EXPERT_HALF_CLOSE);
    }
    return 0;
}

/* What the last event of the history gives reason for in SIDE's direction. */
static expert_set
reasons(const struct history *history, enum side side)
{
    int last = (int)history->count - 1;
    expert_set experts = earlier_data_experts(history, side);

    if (history->events[last].side != side)
        return experts | crossed_data_experts(history, last);
    if (history->events[last].kind == DATA)
        return experts | data_experts(history, last);
    if (is_alert(history, last) && is_decrypted(history))
        return experts | alert_experts(history, last);
    return experts;
}

/* Whether what SIDE's peer's close_notify gave reason for by EARLIER still has that reason. */
static bool
close_notify_still_counts(const struct history *history, const struct history *earlier,
                          enum side side)
{
    int then = close_notify_of(earlier, other_side(side));

    return then == NONE || is_close_notify(history, then);
}

/* "Each is raised once per direction and cause": an alert that was taken for another one since is no
 * cause. */
static expert_set
new_reasons(const struct history *history, enum side side)
{
    expert_set raised_before = 0;

    for (unsigned count = 1; count < history->count; count++) {
        struct history earlier = *history;

        earlier.count = count;
        raised_before |= reasons(&earlier, side);
        if (!close_notify_still_counts(history, &earlier, side))
            raised_before &= ~EXPERTS_RESTING_ON_PEER;
    }
    return reasons(history, side) & ~raised_before;
}

expert_set
reference_experts(const struct history *history)
{
    return new_reasons(history, SIDE_CLIENT) | new_reasons(history, SIDE_SERVER);
}

bool
reference_is_fatal_alert(const struct history *history)
{
    return is_fatal(history, (int)history->count - 1);
}

/* "Duplicate: this side had already sent one". */
bool
reference_is_duplicate(const struct history *history)
{
    int last = (int)history->count - 1;

    return is_decrypted(history) && is_close_notify(history, last) &&
           follows_own_close_notify(history, last);
}

bool
reference_ends_direction(const struct history *history)
{
    int last = (int)history->count - 1;

    return end_of(history, history->events[last].side) == last;
}

/* The last history, shorter than HISTORY, that gave a verdict; false if there is none. */
static bool
last_verdict_before(const struct history *history, struct history *earlier)
{
    *earlier = *history;
    while (--earlier->count > 0) {
        if (reference_gives_verdict(earlier))
            return true;
    }
    return false;
}

static bool
same_answer(struct answer one, struct answer other)
{
    return one.closure == other.closure && one.evidence == other.evidence &&
           one.has_initiator == other.has_initiator && one.initiator == other.initiator;
}

/* "ended connection: [...] the revised verdict is given once, in the frame that ends the peer's
 * direction". */
bool
reference_gives_verdict(const struct history *history)
{
    struct history earlier;

    if (!connection_ended(history))
        return false;
    if (!last_verdict_before(history, &earlier))
        return true;
    return reference_ends_direction(history) &&
           !same_answer(reference_verdict(history), reference_verdict(&earlier));
}

/* "number [...] of such records": "data after a closure or fatal alert", where "handshake and
 * heartbeat records [...] count too": so does all that has not the length of an alert. */
bool
reference_is_after_close(const struct history *history)
{
    int last = (int)history->count - 1;

    return history->events[last].kind == DATA && data_experts(history, last) != 0;
}

int
reference_close_notify(const struct history *history, enum side side)
{
    return close_notify_of(history, side);
}

int
reference_end(const struct history *history, enum side side)
{
    return end_of(history, side);
}

int
reference_first_act(const struct history *history)
{
    return first_closing_act_of_all(history);
}

bool
reference_has_ended(const struct history *history)
{
    return connection_ended(history);
}

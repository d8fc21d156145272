/* reference_loss.c
 * The table "Was anything lost" a second time, to be read against the public interface: see
 * reference_loss.h. Simple rather than fast; must not know the engine, nor share a line with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "reference_loss.h"

#define NONE (-1)
#define NEVER 1000 /* a higher number than any event's */

/* A record of an alert's length that is none has two bytes of plaintext. */
#define ALERT_LENGTH 2

static bool
record_follows(const struct history *history, int event)
{
    for (int i = event + 1; i < (int)history->count; i++) {
        if (history->events[i].side == history->events[event].side &&
            history->events[i].kind != FIN && history->events[i].kind != RST)
            return true;
    }
    return false;
}

/* "Data": the plaintext bytes of an event; 0 if it is none. TLS 1.3 without keys: an alert that
 * something follows counts as data. */
static unsigned
data_of(const struct history *history, int event)
{
    const struct event *e = &history->events[event];

    if (e->kind == DATA)
        return history->data_length;
    if (history->visibility != TLS13_ENCRYPTED || e->kind == FIN || e->kind == RST)
        return 0;
    return record_follows(history, event) ? ALERT_LENGTH : 0;
}

static bool
sent_data(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && data_of(history, i) > 0)
            return true;
    }
    return history->data_before;
}

/* The data of SIDE in the events from FROM on, before UNTIL. */
static unsigned
data_between(const struct history *history, enum side side, int from, int until)
{
    unsigned sum = 0;

    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && i >= from && i < until)
            sum += data_of(history, i);
    }
    return sum;
}

/* "Answered": events of SIDE below the one returned are, by data of its peer numbered below UNTIL.
 * What came before the first event was answered, but by data before: the server had the last word. */
static int
answered(const struct history *history, enum side side, int until)
{
    int answered = 0;

    for (int i = 0; i < (int)history->count && i < until; i++) {
        if (history->events[i].side != side && data_of(history, i) > 0 &&
            (int)history->events[i].received > answered)
            answered = (int)history->events[i].received;
    }
    return answered;
}

/* What SIDE sent before the first event, and the peer's data did not answer. */
static unsigned
unanswered_before(const struct history *history, enum side side)
{
    if (!history->data_before || side == SIDE_CLIENT)
        return 0;
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side != side && data_of(history, i) > 0)
            return 0;
    }
    return history->data_length;
}

static bool
is_goodbye(unsigned sum)
{
    return sum <= 16;
}

static int
first_rst(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && history->events[i].kind == RST)
            return i;
    }
    return NONE;
}

/* Events that SIDE had acknowledged with its events before UNTIL. */
static int
acknowledged(const struct history *history, enum side side, int until)
{
    int highest = 0;

    for (int i = 0; i < (int)history->count && i < until; i++) {
        if (history->events[i].side == side && (int)history->events[i].received > highest)
            highest = (int)history->events[i].received;
    }
    return highest;
}

/* "sent after P's FIN was received". */
static int
first_after_fin(const struct history *history, enum side side)
{
    int fin = reference_end(history, other_side(side));

    if (fin == NONE || history->events[fin].kind != FIN)
        return NEVER;
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && data_of(history, i) > 0 &&
            (int)history->events[i].received > fin)
            return i;
    }
    return NEVER;
}

/* "S sent data that P never received". */
static unsigned
unreceived(const struct history *history, enum side side)
{
    enum side peer = other_side(side);
    int rst = first_rst(history, peer), after_fin = first_after_fin(history, side);
    int before_rst = history->bare_resets ? rst + 1 : rst;
    unsigned sum = 0;

    if (rst == NONE)
        return 0;
    for (int i = 0; i < (int)history->count; i++) {
        bool behind = i >= acknowledged(history, peer, rst + 1);
        bool met_end = i >= after_fin && i >= acknowledged(history, peer, before_rst);
        if (history->events[i].side == side && (behind || met_end))
            sum += data_of(history, i);
    }
    return sum;
}

/* What the server sent before the first event is acknowledged with the client's first. */
static unsigned
unacknowledged_before(const struct history *history, enum side side)
{
    if (!history->data_before || side == SIDE_CLIENT)
        return 0;
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side != side)
            return 0;
    }
    return history->data_length;
}

/* "S reset the connection while data of S was not acknowledged". */
static unsigned
abandoned(const struct history *history, enum side side)
{
    if (first_rst(history, side) == NONE)
        return 0;
    return data_between(history, side, acknowledged(history, other_side(side), NEVER), NEVER) +
           unacknowledged_before(history, side);
}

/* "up to TLS 1.2, S's data came after or crossed P's close_notify". */
static unsigned
ignored(const struct history *history, enum side side)
{
    int alert = reference_close_notify(history, other_side(side));
    bool is_tls13 =
        history->visibility == TLS13_DECRYPTED || history->visibility == TLS13_ENCRYPTED;

    if (alert == NONE || is_tls13)
        return 0;
    return data_between(history, side, (int)history->events[alert].received, NEVER);
}

static bool
is_first(const struct history *history, enum side side)
{
    return (enum side)history->events[reference_first_act(history)].side == side;
}

/* The first closing act of SIDE, which closed first. */
static int
act(const struct history *history)
{
    return reference_first_act(history);
}

/* Row 4 */
static bool
owed_response(const struct history *history, enum side side)
{
    if (side != SIDE_SERVER || !is_first(history, side))
        return false;
    int had_acknowledged = (int)history->events[act(history)].received;
    return !is_goodbye(data_between(history, SIDE_CLIENT, answered(history, SIDE_CLIENT, NEVER),
                                    had_acknowledged));
}

/* Row 5 */
static enum loss
loss_without_data(const struct history *history, enum side side)
{
    if (side == SIDE_SERVER &&
        !is_goodbye(
            data_between(history, SIDE_CLIENT, answered(history, SIDE_CLIENT, NEVER), NEVER)))
        return LOSS_UNLIKELY;
    return LOSS_NONE;
}

/* "if P had nothing unanswered but a Goodbye when it closed". */
static bool
client_awaited_nothing(const struct history *history)
{
    int closed = act(history), had = (int)history->events[closed].received;

    return is_goodbye(
        data_between(history, SIDE_CLIENT, answered(history, SIDE_CLIENT, had), closed));
}

/* Row 7 */
static enum loss
loss_of_unreceived(const struct history *history, enum side side)
{
    unsigned sum = unreceived(history, side);

    if (is_first(history, side))
        return LOSS_CERTAIN;
    if (side == SIDE_CLIENT)
        return sum <= 8 ? LOSS_UNLIKELY : sum <= 34 ? LOSS_POSSIBLE : LOSS_CERTAIN;
    if (sum <= 34 || (sum <= 128 && client_awaited_nothing(history)))
        return LOSS_UNLIKELY;
    return LOSS_CERTAIN;
}

/* Row 8 */
static enum loss
loss_of_late(const struct history *history, enum side side)
{
    unsigned limit = side == SIDE_SERVER ? 34 : 16;

    return abandoned(history, side) <= limit && ignored(history, side) <= limit ? LOSS_UNLIKELY
                                                                                : LOSS_POSSIBLE;
}

/* "only if its act came within 0.1 s of its last data": events follow each other within that. */
static bool
has_data_before_act(const struct history *history, enum side side)
{
    return history->data_before || data_between(history, side, 0, act(history)) > 0;
}

/* Row 10 */
static bool
is_answered(const struct history *history, enum side side)
{
    unsigned left = data_between(history, side, answered(history, side, NEVER), NEVER) +
                    unanswered_before(history, side);
    bool first = is_first(history, side);

    if (left <= 128 && (side != SIDE_SERVER || !first || has_data_before_act(history, side)))
        return true;
    return !first &&
           data_between(history, side, acknowledged(history, other_side(side), NEVER), NEVER) == 0;
}

enum loss
reference_loss(const struct history *history, enum side side, unsigned *row)
{
    *row = 0;
    if (reference_end(history, side) == NONE && !reference_has_ended(history))
        return LOSS_NOT_JUDGED;
    *row = 4;
    if (owed_response(history, side))
        return LOSS_POSSIBLE;
    *row = 5;
    if (!sent_data(history, side))
        return loss_without_data(history, side);
    *row = 7;
    if (unreceived(history, side) > 0)
        return loss_of_unreceived(history, side);
    *row = 8;
    if (abandoned(history, side) + ignored(history, side) > 0)
        return loss_of_late(history, side);
    *row = 9;
    if (reference_close_notify(history, side) != NONE)
        return LOSS_UNLIKELY;
    *row = 10;
    if (is_answered(history, side))
        return LOSS_UNLIKELY;
    *row = 11;
    return LOSS_POSSIBLE;
}

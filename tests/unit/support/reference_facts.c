/* reference_facts.c
 * What the events of a history are. See reference_facts.h. Simple rather than fast; must not know the engine,
 * nor share a line with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "reference_facts.h"

bool
has_received(const struct history *history, int event, int peers)
{
    return history->events[event].side != history->events[peers].side &&
           history->events[event].received > (unsigned)peers;
}

bool
is_alert(const struct history *history, int event)
{
    return history->events[event].kind == CLOSE_NOTIFY ||
           history->events[event].kind == FATAL_ALERT ||
           history->events[event].kind == WARNING_ALERT;
}

static bool
is_record(const struct history *history, int event)
{
    return history->events[event].kind == DATA || is_alert(history, event);
}

static bool
is_end(const struct history *history, int event)
{
    return history->events[event].kind == FIN || history->events[event].kind == RST;
}

bool
is_decrypted(const struct history *history)
{
    return history->visibility == TLS12_DECRYPTED || history->visibility == TLS13_DECRYPTED;
}

int
end_of(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && is_end(history, i))
            return i;
    }
    return NONE;
}

bool
connection_ended(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].kind == RST)
            return true;
    }
    return end_of(history, SIDE_CLIENT) != NONE && end_of(history, SIDE_SERVER) != NONE;
}

bool
data_flowed(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].kind == DATA)
            return true;
    }
    return history->data_before;
}

bool
record_follows(const struct history *history, int event, bool alerts_too)
{
    for (int i = event + 1; i < (int)history->count; i++) {
        if (history->events[i].side == history->events[event].side && is_record(history, i) &&
            (alerts_too || !is_alert(history, i)))
            return true;
    }
    return false;
}

/* "SSL 3.0 to TLS 1.2: [...] counts as an inferred close_notify at once if application data has
 * flowed in either direction. If the same side later sends a record other than an alert, [...] the
 * inference is withdrawn." */
static bool
is_inferred_in_tls12(const struct history *history, int event)
{
    return is_alert(history, event) && data_flowed(history) &&
           !record_follows(history, event, false);
}

/* "TLS 1.3: [...] only when it is the last record of its direction and that direction, or the
 * connection, then ends." */
static bool
is_inferred_in_tls13(const struct history *history, int event)
{
    return is_alert(history, event) && !record_follows(history, event, true) &&
           (end_of(history, history->events[event].side) != NONE || connection_ended(history));
}

bool
is_close_notify(const struct history *history, int event)
{
    if (is_decrypted(history))
        return history->events[event].kind == CLOSE_NOTIFY;
    if (history->visibility == TLS12_ENCRYPTED)
        return is_inferred_in_tls12(history, event);
    return is_inferred_in_tls13(history, event);
}

int
close_notify_of(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && is_close_notify(history, i))
            return i;
    }
    return NONE;
}

bool
follows_own_close_notify(const struct history *history, int event)
{
    int close_notify = close_notify_of(history, history->events[event].side);

    return close_notify != NONE && close_notify < event;
}

bool
is_fatal(const struct history *history, int event)
{
    return is_decrypted(history) && history->events[event].kind == FATAL_ALERT;
}

/* Whether the peer's direction had ended when EVENT was sent: its FIN had been received, or its RST
 * was captured before. */
static bool
follows_peers_end(const struct history *history, int event)
{
    int end = end_of(history, other_side(history->events[event].side));

    if (end == NONE)
        return false;
    return history->events[end].kind == RST ? end < event : has_received(history, event, end);
}

bool
closes(const struct history *history, int event)
{
    return is_fatal(history, event) && !follows_peers_end(history, event) &&
           !follows_own_close_notify(history, event);
}

/* "closing act: a close_notify, a fatal alert that closes, a FIN or a RST". */
static bool
is_closing_act(const struct history *history, int event)
{
    return is_close_notify(history, event) || closes(history, event) || is_end(history, event);
}

int
first_closing_act_of_all(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (is_closing_act(history, i))
            return i;
    }
    return NONE;
}

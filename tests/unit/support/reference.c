/* reference.c
 * The tables of closures and verdicts a second time, to be read against those of the public interface: see
 * reference.h. Simple rather than fast; must not know the engine, nor share a line with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "reference.h"

#include <string.h>

#include "reference_facts.h"

/* Closure 5: "before its FIN or RST it had sent a fatal alert, or received one that closes, and no
 * close_notify of its own came before that". */
static bool
ended_by_fatal_alert(const struct history *history, enum side side)
{
    int end = end_of(history, side), close_notify = close_notify_of(history, side);

    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side) {
            if (is_fatal(history, i) && i < end && !follows_own_close_notify(history, i))
                return true;
        } else if (closes(history, i) && has_received(history, end, i)) {
            if (close_notify == NONE || has_received(history, close_notify, i))
                return true;
        }
    }
    return false;
}

/* The table of closures, in the order 5, 1, 2, 3, 4. 6 is not of this model, 7 comes of the
 * readings below. */
static struct answer
closure_as_read(const struct history *history, enum side side)
{
    int end = end_of(history, side), peers = close_notify_of(history, other_side(side));

    if (end == NONE)
        return (struct answer){ .closure = CLOSURE_NONE };
    if (ended_by_fatal_alert(history, side))
        return (struct answer){ .closure = CLOSURE_FATAL_ALERT };
    if (close_notify_of(history, side) != NONE)
        return (struct answer){ .closure = CLOSURE_CLOSE_NOTIFY };
    if (peers != NONE && has_received(history, end, peers))
        return (struct answer){ .closure = CLOSURE_UNANSWERED };
    if (history->events[end].kind == FIN)
        return (struct answer){ .closure = CLOSURE_TRUNCATED };
    return (struct answer){ .closure = CLOSURE_RESET };
}

static bool
anybody_sent_fatal_alert_that_closes(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (closes(history, i))
            return true;
    }
    return false;
}

static int
first_bare_reset_of(const struct history *history, enum side side)
{
    for (int i = 0; history->bare_resets && i < (int)history->count; i++) {
        if (history->events[i].side == side && history->events[i].kind == RST)
            return i;
    }
    return NONE;
}

/* RFC 9293 section 3.10.7.1: a RST without ACK answers a segment. Behind its side's FIN that is more than
 * an acknowledgement; if nothing captured of SIDE is, SIDE sent what was not captured. */
static bool
lacks_what_was_reset(const struct history *history, enum side side)
{
    enum side peer = other_side(side);
    int end = end_of(history, peer), rst = first_bare_reset_of(history, peer);

    if (end == NONE || history->events[end].kind != FIN || rst == NONE)
        return false;
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && history->events[i].kind != RST &&
            (history->events[i].kind == FIN || !has_received(history, rst, i)))
            return false;
    }
    return true;
}

/* The table of verdicts, in the same order. FIRST is the initiator's first closing act. */
static enum closure
verdict_of(const struct history *history, int first)
{
    if (anybody_sent_fatal_alert_that_closes(history))
        return CLOSURE_FATAL_ALERT;
    if (close_notify_of(history, SIDE_CLIENT) != NONE &&
        close_notify_of(history, SIDE_SERVER) != NONE)
        return CLOSURE_CLOSE_NOTIFY;
    if (is_close_notify(history, first))
        return lacks_what_was_reset(history, other_side(history->events[first].side))
                   ? CLOSURE_UNKNOWN
                   : CLOSURE_UNANSWERED;
    return history->events[first].kind == FIN ? CLOSURE_TRUNCATED : CLOSURE_RESET;
}

static struct answer
verdict_as_read(const struct history *history)
{
    int first = first_closing_act_of_all(history);

    if (!connection_ended(history))
        return (struct answer){ .closure = CLOSURE_NONE };
    return (struct answer){ .closure = verdict_of(history, first),
                            .has_initiator = true,
                            .initiator = history->events[first].side };
}

/* What an answer is about. */
enum subject { CLIENTS_DIRECTION = SIDE_CLIENT, SERVERS_DIRECTION = SIDE_SERVER, CONNECTION };

static struct answer
answer_as_read(const struct history *history, enum subject subject)
{
    return subject == CONNECTION ? verdict_as_read(history)
                                 : closure_as_read(history, (enum side)subject);
}

/* The next alert from EVENT on. */
static int
next_alert(const struct history *history, int event)
{
    for (int i = event; i < (int)history->count; i++) {
        if (is_alert(history, i))
            return i;
    }
    return NONE;
}

/* What two readings of the same history agree on. */
static struct answer
agreement(struct answer one, struct answer other)
{
    if (one.closure != other.closure)
        one.closure = CLOSURE_UNKNOWN;
    if (!other.has_initiator || one.initiator != other.initiator) {
        one.has_initiator = false;
        one.initiator = SIDE_CLIENT;
    }
    return one;
}

/* What all readings agree on: each encrypted alert from EVENT on may be a close_notify, a fatal
 * alert or a mere warning, which changes nothing. */
static struct answer
agreement_of_readings(const struct history *history, int event, enum subject subject)
{
    struct event events[HISTORY_EVENTS_MAX];
    struct history reading = *history;
    int alert = next_alert(history, event);
    struct answer answer;

    if (alert == NONE) {
        reading.visibility = TLS12_DECRYPTED;
        return answer_as_read(&reading, subject);
    }
    memcpy(events, history->events, history->count * sizeof *events);
    reading.events = events;
    events[alert].kind = CLOSE_NOTIFY;
    answer = agreement_of_readings(&reading, alert + 1, subject);
    events[alert].kind = FATAL_ALERT;
    answer = agreement(answer, agreement_of_readings(&reading, alert + 1, subject));
    events[alert].kind = WARNING_ALERT;
    return agreement(answer, agreement_of_readings(&reading, alert + 1, subject));
}

/* "It was encrypted, and the rules below were used": that SIDE's alert was no close_notify is known
 * only by the rule that withdraws it. */
static bool
has_withdrawn_alert(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && is_alert(history, i) &&
            record_follows(history, i, false))
            return true;
    }
    return false;
}

/* "That there is no close_notify is seen up to TLS 1.2 and when decrypted, inferred in TLS 1.3
 * without keys", and where an alert is only taken for another one. */
static bool
absence_is_inferred(const struct history *history, enum side side)
{
    return history->visibility == TLS13_ENCRYPTED || has_withdrawn_alert(history, side);
}

/* "Inferred if anything the statement needed was inferred": an encrypted close_notify always is.
 * Neither the closure nor the verdict would be the same if the peer had sent one before. */
static enum evidence
evidence_of(const struct history *history, enum subject subject, const struct answer *answer)
{
    if (answer->closure == CLOSURE_NONE || answer->closure == CLOSURE_UNKNOWN)
        return EVIDENCE_NONE;
    if (is_decrypted(history))
        return EVIDENCE_SEEN;
    if (answer->closure == CLOSURE_CLOSE_NOTIFY || answer->closure == CLOSURE_UNANSWERED)
        return EVIDENCE_INFERRED;
    enum side side = subject == CONNECTION ? answer->initiator : (enum side)subject;
    if (absence_is_inferred(history, side))
        return EVIDENCE_INFERRED;
    bool needs_peer = close_notify_of(history, other_side(side)) == NONE;
    return needs_peer && absence_is_inferred(history, other_side(side)) ? EVIDENCE_INFERRED
                                                                        : EVIDENCE_SEEN;
}

/* "TLS 1.3: [...] counts as an inferred close_notify only when it is the last record of its
 * direction and that direction, or the connection, then ends": as long as neither has ended, nobody
 * can tell what the last record is, if it may be an alert. */
static bool
had_received_undecided_alert(const struct history *history, enum side side)
{
    int end = end_of(history, side);

    if (history->visibility != TLS13_ENCRYPTED || connection_ended(history))
        return false;
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side != side && is_alert(history, i) &&
            !record_follows(history, i, true))
            return end != NONE && has_received(history, end, i) && !is_close_notify(history, i);
    }
    return false;
}

/* "Unknown: [...] an alert nobody can read, its own or the peer's, decides the answer": "if no
 * application data ever flowed, it is an alert nobody can read". Whether the peer's alert is a
 * close_notify decides between Unanswered and Truncated. */
static struct answer
answer_about(const struct history *history, enum subject subject)
{
    bool unreadable = history->visibility == TLS12_ENCRYPTED && !data_flowed(history);
    struct answer answer =
        unreadable ? agreement_of_readings(history, 0, subject) : answer_as_read(history, subject);

    if (answer.closure == CLOSURE_TRUNCATED && subject != CONNECTION &&
        had_received_undecided_alert(history, (enum side)subject))
        answer.closure = CLOSURE_UNKNOWN;
    answer.evidence = evidence_of(history, subject, &answer);
    return answer;
}

struct answer
reference_closure(const struct history *history, enum side side)
{
    return answer_about(history, (enum subject)side);
}

struct answer
reference_verdict(const struct history *history)
{
    return answer_about(history, CONNECTION);
}

/* reference.c
 * The rules of the public interface a second time, to be read against its tables: see reference.h.
 * Simple rather than fast; must not know the engine, nor share a line with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "reference.h"

#include <string.h>

#define NONE (-1)

static bool
has_received(const struct history *history, int event, int peers)
{
    return history->events[event].side != history->events[peers].side &&
           history->events[event].received > (unsigned)peers;
}

static bool
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

static bool
is_decrypted(const struct history *history)
{
    return history->visibility == TLS12_DECRYPTED || history->visibility == TLS13_DECRYPTED;
}

/* "end of a direction: its first FIN or RST". */
static int
end_of(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && is_end(history, i))
            return i;
    }
    return NONE;
}

/* "ended connection: both directions ended, or any RST". */
static bool
connection_ended(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].kind == RST)
            return true;
    }
    return end_of(history, SIDE_CLIENT) != NONE && end_of(history, SIDE_SERVER) != NONE;
}

static bool
data_flowed(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].kind == DATA)
            return true;
    }
    return history->data_before;
}

/* Whether the same side later sends a record that is no alert, if ALERTS_TOO is false; or any
 * record. */
static bool
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

/* Whether the event is a close_notify, or counts as one. */
static bool
is_close_notify(const struct history *history, int event)
{
    if (is_decrypted(history))
        return history->events[event].kind == CLOSE_NOTIFY;
    if (history->visibility == TLS12_ENCRYPTED)
        return is_inferred_in_tls12(history, event);
    return is_inferred_in_tls13(history, event);
}

/* The side's first close_notify. */
static int
close_notify_of(const struct history *history, enum side side)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (history->events[i].side == side && is_close_notify(history, i))
            return i;
    }
    return NONE;
}

/* Whether the side of EVENT had sent a close_notify before it. */
static bool
follows_own_close_notify(const struct history *history, int event)
{
    int close_notify = close_notify_of(history, history->events[event].side);

    return close_notify != NONE && close_notify < event;
}

static bool
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

/* "It closes only if it was sent before either direction had ended, and its sender had sent no
 * close_notify before it." */
static bool
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

/* "initiator: the side with the first closing act, in the order in which the acts' last bytes were
 * first captured". */
static int
first_closing_act_of_all(const struct history *history)
{
    for (int i = 0; i < (int)history->count; i++) {
        if (is_closing_act(history, i))
            return i;
    }
    return NONE;
}

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

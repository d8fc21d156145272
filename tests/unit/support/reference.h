/* reference.h
 * The rules of the public interface a second time, as simply as they can be said: whole histories
 * are judged by looking through them, again and again. To be held against the engine; must not know
 * it, nor segments, gaps or handshakes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_REFERENCE_H
#define TLSCLOSE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/finding.h"

enum kind { DATA, CLOSE_NOTIFY, FATAL_ALERT, FIN, RST, WARNING_ALERT };

/* Something that SIDE sent. Events are numbered from 0 in the order in which they were captured. */
struct event {
    enum side side;
    enum kind kind;
    unsigned received; /* of the peer's events, SIDE had acknowledged those numbered below this */
};

/* What the capture shows of what the records hold. */
enum visibility {
    TLS12_DECRYPTED,
    TLS13_DECRYPTED,
    TLS12_ENCRYPTED, /* alert records can be told apart, but not read */
    TLS13_ENCRYPTED, /* alerts can be told from data by their length alone */
    VISIBILITY_COUNT
};

#define HISTORY_EVENTS_MAX 16

/* What happened after the handshake, which both sides had finished. Nothing is missing from the
 * capture. */
struct history {
    const struct event *events;
    unsigned count;
    enum visibility visibility;
    bool data_before;     /* application data had flowed before the first event */
    unsigned data_length; /* bytes of plaintext in each DATA */
    bool bare_resets;     /* what a RST has received was acknowledged by a segment before it */
};

/* tlsclose.closure or tlsclose.verdict, with tlsclose.evidence and tlsclose.initiator. */
struct answer {
    enum closure closure;
    enum evidence evidence;
    bool has_initiator;
    enum side initiator;
};

/* How SIDE's direction ended. */
struct answer reference_closure(const struct history *history, enum side side);

/* How the connection ended. */
struct answer reference_verdict(const struct history *history);

/* The numbers of events, -1 if there is none: SIDE's first close_notify, its first FIN or RST, and the
 * first closing act of all. */
int reference_close_notify(const struct history *history, enum side side);
int reference_end(const struct history *history, enum side side);
int reference_first_act(const struct history *history);

/* Whether both directions ended, or any RST was sent. */
bool reference_has_ended(const struct history *history);

/* tlsclose.close_notify.order of SIDE's first close_notify. */
enum close_notify_order reference_order(const struct history *history, enum side side);

/* The last event is a fatal alert that can be read; a close_notify after the sender's first. */
bool reference_is_fatal_alert(const struct history *history);
bool reference_is_duplicate(const struct history *history);

/* Whether the frame of the last event is to say how its sender's direction ended. */
bool reference_ends_direction(const struct history *history);

/* Whether it is to say how the connection ended, for the first time or in a revised verdict. */
bool reference_gives_verdict(const struct history *history);

/* Whether it counts in tlsclose.after_close.records. */
bool reference_is_after_close(const struct history *history);

/* The expert infos of the last event, bits of enum expert; only those of REFERENCE_EXPERTS are
 * stated here. */
expert_set reference_experts(const struct history *history);

#define REFERENCE_EXPERTS                                                                      \
    (EXPERT_BIT(EXPERT_DUPLICATE_CLOSE_NOTIFY) | EXPERT_BIT(EXPERT_ALERT_AFTER_CLOSE_NOTIFY) | \
     EXPERT_BIT(EXPERT_TRUNCATION_NOTICED) | EXPERT_BIT(EXPERT_DATA_AFTER_CLOSE_NOTIFY) |      \
     EXPERT_BIT(EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY) |                                         \
     EXPERT_BIT(EXPERT_DATA_CROSSING_CLOSE_NOTIFY) | EXPERT_BIT(EXPERT_HALF_CLOSE) |           \
     EXPERT_BIT(EXPERT_DATA_AFTER_FATAL_ALERT))

#endif

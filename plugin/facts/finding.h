/* finding.h
 * What the analysis can say: the vocabulary of the public interface, as numbers.
 * Shared by the engine, which finds, and by annotate and the taps, which show. No code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FINDING_H
#define TLSCLOSE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

/* A TLS role. Values of tlsclose.sender and tlsclose.initiator are one higher. */
enum side { SIDE_CLIENT = 0, SIDE_SERVER = 1 };

static inline enum side
other_side(enum side side)
{
    return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* tlsclose.evidence */
enum evidence { EVIDENCE_NONE = 0, EVIDENCE_SEEN = 1, EVIDENCE_INFERRED = 2 };

/* tlsclose.closure of a direction and tlsclose.verdict of a connection. */
enum closure {
    CLOSURE_NONE = 0, /* has not ended */
    CLOSURE_CLOSE_NOTIFY = 1,
    CLOSURE_UNANSWERED = 2,
    CLOSURE_TRUNCATED = 3,
    CLOSURE_RESET = 4,
    CLOSURE_FATAL_ALERT = 5,
    CLOSURE_HANDSHAKE_INCOMPLETE = 6,
    CLOSURE_UNKNOWN = 7,
};
#define CLOSURE_COUNT 8

/* tlsclose.close_notify.order */
enum close_notify_order {
    ORDER_NONE = 0,
    ORDER_FIRST = 1,
    ORDER_RESPONSE = 2,
    ORDER_SIMULTANEOUS = 3,
    ORDER_DUPLICATE = 4,
};

/* tlsclose.session.event */
enum session_event {
    SESSION_ESTABLISHED = 1,
    SESSION_RESUMPTION_OFFERED = 2,
    SESSION_RESUMED = 3,
    SESSION_MADE_UNRESUMABLE = 4,
};

/* tlsclose.session.unresumable_reason */
enum unresumable_reason {
    UNRESUMABLE_NOT = 0,
    UNRESUMABLE_NO_CLOSE_NOTIFY = 1,
    UNRESUMABLE_FATAL_ALERT = 2,
};

/* tlsclose.http.framing */
enum http_framing {
    HTTP_FRAMING_NONE = 0,
    HTTP_FRAMING_NO_BODY = 1,
    HTTP_FRAMING_CONTENT_LENGTH = 2,
    HTTP_FRAMING_CHUNKED = 3,
    HTTP_FRAMING_CLOSE_DELIMITED = 4,
};

/* tlsclose.http.complete; unknown: absent */
enum http_completeness { HTTP_COMPLETE_UNKNOWN = 0, HTTP_COMPLETE, HTTP_INCOMPLETE };

/* What hides an answer: the reasons behind Unknown, most telling last. */
enum hidden {
    HIDDEN_NOTHING = 0,
    HIDDEN_NO_BYTES,         /* not one byte of that direction was captured */
    HIDDEN_STARTS_INSIDE,    /* capture starts inside a record, framing never found */
    HIDDEN_NOT_TLS,          /* bytes that are no TLS records */
    HIDDEN_FIN_BELOW_DATA,   /* a FIN numbered below data already captured */
    HIDDEN_UNREADABLE_ALERT, /* an encrypted alert nobody can read */
    HIDDEN_GAP,              /* bytes the capture does not hold */
};
#define HIDDEN_COUNT 7

/* How a connection ended, or a direction: an answer with its reasons. */
struct judgement {
    enum closure closure : 4;
    enum evidence evidence : 2; /* EVIDENCE_NONE with CLOSURE_UNKNOWN and CLOSURE_NONE */
    enum hidden hidden : 4;     /* CLOSURE_UNKNOWN: what hides the answer */
    enum side hidden_side : 1;  /* ... in whose direction */
    bool has_initiator : 1;     /* of a connection */
    enum side initiator : 1;
};

/* The expert infos, in the order of the public interface. */
enum expert {
    EXPERT_MISSING_CLOSE_NOTIFY,
    EXPERT_RESET_WITHOUT_CLOSE_NOTIFY,
    EXPERT_UNANSWERED_CLOSE_NOTIFY,
    EXPERT_RESET_AFTER_CLOSE_NOTIFY,
    EXPERT_DUPLICATE_CLOSE_NOTIFY,
    EXPERT_ALERT_AFTER_CLOSE_NOTIFY,
    EXPERT_TRUNCATION_NOTICED,
    EXPERT_CLOSE_NOTIFY_LEVEL,
    EXPERT_CLOSE_NOTIFY_LEVEL_TLS13,
    EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE,
    EXPERT_USER_CANCELED_ALONE,
    EXPERT_DATA_AFTER_CLOSE_NOTIFY,
    EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY,
    EXPERT_DATA_CROSSING_CLOSE_NOTIFY,
    EXPERT_HALF_CLOSE,
    EXPERT_DATA_AFTER_FATAL_ALERT,
    EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY,
    EXPERT_TRUNCATED_RECORD,
    EXPERT_SESSION_UNRESUMABLE,
    EXPERT_SESSION_UNRESUMABLE_RFC2246,
    EXPERT_TICKETS_DISCARDED,
    EXPERT_UNRESUMABLE_SESSION_OFFERED,
    EXPERT_UNRESUMABLE_SESSION_RESUMED,
    EXPERT_HTTP_TRUNCATED,
    EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY,
    EXPERT_HTTP_REQUEST_AFTER_CLOSE,
    EXPERT_CAPTURE_INCOMPLETE,
    EXPERT_COUNT
};

#define EXPERT_BIT(expert) (UINT32_C(1) << (expert))

/* The expert infos that fall away if the peer's close_notify turns out to have been another alert.
 */
#define EXPERTS_RESTING_ON_PEER                        \
    (EXPERT_BIT(EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY) | \
     EXPERT_BIT(EXPERT_DATA_CROSSING_CLOSE_NOTIFY) | EXPERT_BIT(EXPERT_HALF_CLOSE))

struct session;

/* One session event of a frame. SESSION is owned by the session table (session.h). */
struct session_finding {
    enum session_event event;
    const struct session *session;
};

#define SESSION_FINDINGS_MAX 4

/* What one frame has to say. Statements about the sender's direction and about the connection are
 * only marked here: what they say is judged anew (closure.h) whenever they are shown, so that later
 * passes show the final answer. */
struct frame_findings {
    enum side sender;
    bool fatal_alert;        /* carries a fatal alert */
    bool close_notify;       /* carries a close_notify, or what counts as one */
    bool duplicate;          /* carries a close_notify after the sender's first */
    bool duplicate_inferred; /* the same, if the first is still taken for one: both are encrypted */
    bool end;                /* ends the sender's direction */
    bool end_provisional;    /* the same, but bytes before the end have not arrived yet */
    bool further_end;        /* another FIN or RST of the sender that has something to say */
    bool verdict;            /* ends the connection */
    bool close_announced;    /* carries an HTTP message announcing the close */
    /* expert infos of events in the sender's direction, bits of enum expert; those that follow from
     * closure and verdict are not here */
    uint32_t experts;
    uint32_t peer_experts; /* the same of its peer's direction, which this frame brings to light */
    uint32_t after_close_records; /* data records after a closure or fatal alert */
    uint32_t after_close_bytes;
    uint32_t after_close_alert_frame;
    unsigned session_count;
    struct session_finding session[SESSION_FINDINGS_MAX];
};

#endif

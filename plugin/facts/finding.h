/* finding.h
 * What the analysis can say: the vocabulary of the public interface, as numbers.
 * Shared by the engine, which finds, and by show/ and stats/, which show. No code.
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

/* tlsclose.loss: whether data that a side sent, or owed, is lost. */
enum loss {
    LOSS_NOT_JUDGED = 0, /* the connection has not ended */
    LOSS_NONE = 1,
    LOSS_UNLIKELY = 2,
    LOSS_POSSIBLE = 3,
    LOSS_CERTAIN = 4,
    LOSS_UNKNOWN = 5,
};

/* The rules that decide a loss, in the order in which they are tried (loss.h). */
enum loss_rule {
    LOSS_RULE_NONE = 0,
    LOSS_CUT_RECORD,
    LOSS_INCOMPLETE,
    LOSS_UNCONFIRMED,
    LOSS_COMPLETE,
    LOSS_OWED_RESPONSE,
    LOSS_NO_RESPONSE,
    LOSS_NO_DATA_CAPTURED,
    LOSS_NO_DATA,
    LOSS_HIDDEN,
    LOSS_NOT_TLS,
    LOSS_UNRECEIVED_FAREWELL,
    LOSS_UNRECEIVED_REMAINDER,
    LOSS_UNRECEIVED_TICKET,
    LOSS_UNRECEIVED_MAYBE_TICKET,
    LOSS_DISCARDED,
    LOSS_IGNORED_FAREWELL,
    LOSS_RESET_UNACKNOWLEDGED,
    LOSS_IGNORED,
    LOSS_CLOSE_NOTIFY,
    LOSS_PADDED_CLOSE_NOTIFY,
    LOSS_FAREWELL,
    LOSS_PEER_CLOSED,
    LOSS_BARE_END,
    LOSS_RULE_COUNT
};

struct loss_judgement {
    uint8_t loss; /* enum loss */
    uint8_t rule; /* enum loss_rule */
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

/* Whether a side had finished all it had begun by the application's own framing, and owed nothing:
 * tlsclose.client.complete and tlsclose.server.complete. */
enum completeness {
    COMPLETENESS_UNKNOWN = 0, /* not decrypted, not recognised, a gap, or the protocol can't tell */
    COMPLETE,
    INCOMPLETE,
    INCOMPLETE_UNCONFIRMED, /* only because no close_notify confirms the end of the connection */
};

/* What hides an answer: the reasons behind Unknown, most telling last. */
enum hidden {
    HIDDEN_NOTHING = 0,
    HIDDEN_NO_BYTES,         /* not one byte of that direction was captured */
    HIDDEN_STARTS_INSIDE,    /* capture starts inside a record, framing never found */
    HIDDEN_NOT_TLS,          /* bytes that are no TLS records */
    HIDDEN_FIN_BELOW_DATA,   /* a FIN numbered below data already captured */
    HIDDEN_PADDED,           /* the last record may be an alert that padding hides */
    HIDDEN_TWO_NUMBERINGS,   /* captured twice, with different sequence numbers */
    HIDDEN_UNREADABLE_ALERT, /* an encrypted alert nobody can read */
    HIDDEN_GAP,              /* bytes the capture does not hold */
};
#define HIDDEN_COUNT 9

/* How a connection ended, or a direction: an answer with its reasons. Bit-fields are unsigned here and
 * everywhere, since those of an enum are signed to some compilers, which read the highest value as a
 * negative one. */
struct judgement {
    unsigned closure : 4;       /* enum closure */
    unsigned evidence : 2;      /* enum evidence; none with CLOSURE_UNKNOWN and CLOSURE_NONE */
    unsigned hidden : 4;        /* enum hidden, with CLOSURE_UNKNOWN: what hides the answer */
    unsigned hidden_side : 1;   /* enum side: ... in whose direction */
    unsigned has_initiator : 1; /* of a connection */
    unsigned initiator : 1;     /* enum side */
};

/* The expert infos, in the order of the public interface. Some have two severities and so two numbers:
 * _HARMLESS is raised in place of the other where the side's loss is None or Unlikely, _UNREAD where
 * the application's messages were not decrypted. */
enum expert {
    EXPERT_MISSING_CLOSE_NOTIFY,
    EXPERT_MISSING_CLOSE_NOTIFY_HARMLESS,
    EXPERT_RESET_WITHOUT_CLOSE_NOTIFY,
    EXPERT_RESET_WITHOUT_CLOSE_NOTIFY_HARMLESS,
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
    EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY_HARMLESS,
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
    EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY_HARMLESS,
    EXPERT_HTTP_REQUEST_AFTER_CLOSE,
    EXPERT_DATA_DISCARDED,
    EXPERT_REQUEST_UNANSWERED,
    EXPERT_REQUEST_UNANSWERED_UNREAD,
    EXPERT_APP_TRUNCATED,
    EXPERT_HTTP2_STREAM_CUT,
    EXPERT_HTTP2_MALFORMED,
    EXPERT_GRPC_NO_STATUS,
    EXPERT_GRPC_MESSAGE_CUT,
    EXPERT_HTTP2_UNPROCESSED,
    EXPERT_HTTP2_GOAWAY_ERROR,
    EXPERT_HTTP2_NO_GOAWAY,
    EXPERT_HTTP2_STREAM_AFTER_GOAWAY,
    EXPERT_HTTP2_REQUEST_CUT,
    EXPERT_CONTROL_AFTER_CLOSE,
    EXPERT_WEBSOCKET_ABNORMAL,
    EXPERT_WEBSOCKET_MESSAGE_CUT,
    EXPERT_WEBSOCKET_CLOSE_ERROR,
    EXPERT_TRANSFER_UNCONFIRMED,
    EXPERT_CAPTURE_INCOMPLETE,
    EXPERT_COUNT
};

_Static_assert(EXPERT_COUNT <= 64, "an expert_set has a bit for each");

/* A set of expert infos. */
typedef uint64_t expert_set;

#define EXPERT_BIT(expert) (UINT64_C(1) << (expert))

/* The expert infos that fall away if the peer's close_notify turns out to have been another alert.
 */
#define EXPERTS_RESTING_ON_PEER                                                      \
    (EXPERT_BIT(EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY) |                               \
     EXPERT_BIT(EXPERT_DATA_CROSSING_CLOSE_NOTIFY) | EXPERT_BIT(EXPERT_HALF_CLOSE) | \
     EXPERT_BIT(EXPERT_CONTROL_AFTER_CLOSE))

struct session;

/* One session event of a frame. SESSION is owned by the session table (session.h). */
struct session_finding {
    enum session_event event;
    const struct session *session;
    bool is_pending; /* an earlier frame's, which in one pass this one speaks of */
};

#define SESSION_FINDINGS_MAX 4

/* What a frame carries of an application's goodbye; of several, the last. */
struct goodbye {
    enum goodbye_kind {
        GOODBYE_NONE = 0,
        GOODBYE_GOAWAY,          /* HTTP/2: RFC 9113 section 6.8 */
        GOODBYE_WEBSOCKET_CLOSE, /* RFC 6455 section 5.5.1 */
        GOODBYE_WORD,            /* QUIT, or the server's reply that it closes (RFC 5321, 959) */
        GOODBYE_COUNT
    } kind;
    uint32_t last_stream; /* of a GOAWAY */
    uint32_t code;        /* error code of a GOAWAY; close code of a Close, 0: it has none */
    const char *text;     /* owned by the session table; NULL: none */
};

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
    uint16_t data_port;      /* carries the port of an FTP data connection to come; 0: none */
    /* expert infos of events in the sender's direction, bits of enum expert; those that follow from
     * closure and verdict are not here */
    expert_set experts;
    /* the same, that later frames brought to light, and the last of those frames; 0: none did */
    expert_set late_experts;
    uint32_t late_frame;
    uint32_t after_close_records; /* data records after a closure or fatal alert */
    uint32_t after_close_bytes;
    uint32_t after_close_alert_frame;
    struct goodbye goodbye;
    unsigned session_count;
    struct session_finding session[SESSION_FINDINGS_MAX];
};

/* What a frame brings to light of another one, of the peer's, that was taken before. */
struct late_finding {
    uint32_t frame;                 /* the one it is about */
    struct frame_findings findings; /* its sender's, not the peer's */
};

#endif

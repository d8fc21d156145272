/* statements.h
 * What a frame says by now: from its findings, and what its connection comes to, to statements. They are
 * what is shown, raised as expert infos and counted. Plain C; must not know Wireshark, nor how they look.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATEMENTS_H
#define TLSCLOSE_STATEMENTS_H

#include "facts/finding.h"
#include "judge/conclusion.h"

/* Whom an expert info is about. */
enum scope { SCOPE_CLIENT = SIDE_CLIENT, SCOPE_SERVER = SIDE_SERVER, SCOPE_CONNECTION };

/* What is said of one session event. */
struct session_statement {
    enum session_event event;
    const struct session *session; /* borrowed */
    uint32_t established_frame;    /* link; 0: none */
    uint32_t unresumable_frame;    /* link; 0: none */
    enum unresumable_reason unresumable_reason;
};

/* All that a frame says. Of the sender's direction and the connection, what is said is in the
 * conclusion; here is whether this frame says it. */
struct statements {
    const struct conclusion *conclusion; /* borrowed; never NULL */
    uint32_t frame;
    enum side sender;
    bool close_notify;            /* speaks of its sender's close_notify */
    bool fatal_alert;             /* carries a fatal alert of its sender */
    bool duplicate;               /* carries a close_notify of its sender behind that */
    bool closure;                 /* says how its sender's direction ended */
    bool verdict;                 /* says how the connection ended */
    bool http_end;                /* says how the server's last HTTP/1.x response ended */
    enum evidence evidence;       /* the weakest of what is said */
    uint32_t response_in;         /* link from a close_notify to the peer's in response; 0: none */
    uint32_t response_to;         /* link back; 0: none */
    int64_t response_time;        /* nanoseconds between the two, with response_to */
    uint32_t after_close_records; /* with after_close_bytes and after_close_alert_frame */
    uint32_t after_close_bytes;
    uint32_t after_close_alert_frame;
    const char *closure_reason;     /* constant: what hides the closure; NULL: nothing */
    const char *verdict_reason;     /* likewise; NULL also if it is the closure's */
    uint32_t close_announced_frame; /* link; 0: none */
    struct goodbye goodbye;         /* of the application */
    unsigned session_count;
    struct session_statement session[SESSION_FINDINGS_MAX];
    expert_set experts;          /* the expert infos of this frame */
    expert_set sideless_experts; /* those of them that are about the connection, not the sender */
};

/* What FRAME, which has FINDINGS, says of a connection that comes to CONCLUSION. The result borrows
 * from CONCLUSION and from the session table. */
struct statements statements_of(uint32_t frame, const struct conclusion *conclusion,
                                const struct frame_findings *findings);

/* Whom EXPERT, one of the expert infos of STATEMENTS, is about. */
enum scope statements_scope(const struct statements *statements, enum expert expert);

/* Whether nothing is said: what a finding rested on may have been withdrawn since. */
bool statements_are_empty(const struct statements *statements);

#endif

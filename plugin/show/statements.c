/* statements.c
 * From findings and a conclusion to statements. See statements.h. Plain C; must not know Wireshark, nor how
 * statements look.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/statements.h"

#include <glib.h>

#include "facts/session.h"
#include "show/explain.h"

/* The expert infos that follow from how a direction ended. */
static const struct {
    enum closure closure;
    enum expert expert;
} closure_experts[] = {
    { CLOSURE_TRUNCATED, EXPERT_MISSING_CLOSE_NOTIFY },
    { CLOSURE_RESET, EXPERT_RESET_WITHOUT_CLOSE_NOTIFY },
    { CLOSURE_UNANSWERED, EXPERT_UNANSWERED_CLOSE_NOTIFY },
};

/* Those that are lighter where nothing of the sender's seems to be lost. */
static const struct {
    enum expert expert;
    enum expert harmless;
} harmless_experts[] = {
    { EXPERT_MISSING_CLOSE_NOTIFY, EXPERT_MISSING_CLOSE_NOTIFY_HARMLESS },
    { EXPERT_RESET_WITHOUT_CLOSE_NOTIFY, EXPERT_RESET_WITHOUT_CLOSE_NOTIFY_HARMLESS },
    { EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY, EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY_HARMLESS },
    { EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY, EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY_HARMLESS },
};

/* Those of a verdict that took effect on the session: they fall away with a verdict that was
 * revised. */
#define EXPERTS_OF_VERDICT \
    (EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE) | EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246))

/* Sessions belong to both sides. */
#define EXPERTS_OF_SESSION                                       \
    (EXPERTS_OF_VERDICT | EXPERT_BIT(EXPERT_TICKETS_DISCARDED) | \
     EXPERT_BIT(EXPERT_UNRESUMABLE_SESSION_OFFERED) |            \
     EXPERT_BIT(EXPERT_UNRESUMABLE_SESSION_RESUMED))

static const struct direction_conclusion *
own_conclusion(const struct statements *statements)
{
    return &statements->conclusion->direction[statements->sender];
}

static const struct direction_conclusion *
peer_conclusion(const struct statements *statements)
{
    return &statements->conclusion->direction[other_side(statements->sender)];
}

static bool
is_this_frame(const struct statements *statements, uint32_t frame)
{
    return frame != 0 && frame == statements->frame;
}

/* Whether DIRECTION's close_notify is one that was known when FRAME was taken: what was taken for it
 * then may have been another alert, and a later one the close_notify. */
static bool
close_notify_counted(const struct direction_conclusion *direction, uint32_t frame)
{
    return direction->close_notify_captured != 0 && direction->close_notify_captured <= frame;
}

/* Whether the alert that data came after, as was known in FRAME, is still taken for what it was taken
 * for then. */
static bool
alert_still_counts(const struct statements *statements, uint32_t frame)
{
    const struct direction_conclusion *own = own_conclusion(statements);
    const struct direction_conclusion *peer = peer_conclusion(statements);

    return own->close_notify_evidence == EVIDENCE_SEEN || own->fatal_alert || peer->fatal_alert ||
           close_notify_counted(peer, frame);
}

static void
raise_info(struct statements *statements, enum expert expert)
{
    statements->experts |= EXPERT_BIT(expert);
}

/* Of the connection, unless it is said of the sender as well. */
static void
raise_sideless(struct statements *statements, enum expert expert)
{
    if (!(statements->experts & EXPERT_BIT(expert)))
        statements->sideless_experts |= EXPERT_BIT(expert);
    raise_info(statements, expert);
}

/* What is said as well rests on EVIDENCE: what was inferred is never presented as seen. */
static void
rest_on(struct statements *statements, enum evidence evidence)
{
    statements->evidence = MAX(statements->evidence, evidence);
}

/* The frame's own close_notify and how it lies to the peer's. */
static void
state_close_notify(struct statements *statements)
{
    const struct direction_conclusion *own = own_conclusion(statements);
    const struct direction_conclusion *peer = peer_conclusion(statements);

    statements->close_notify = is_this_frame(statements, own->close_notify_frame);
    if (!statements->close_notify)
        return;
    rest_on(statements, own->close_notify_evidence);
    if (own->close_notify_order == ORDER_FIRST && peer->close_notify_order == ORDER_RESPONSE)
        statements->response_in = peer->close_notify_frame;
    if (own->close_notify_order == ORDER_RESPONSE) {
        statements->response_to = peer->close_notify_frame;
        statements->response_time =
            conclusion_response_time(statements->conclusion, statements->sender);
    }
}

static void
state_duplicate(struct statements *statements, const struct frame_findings *findings)
{
    statements->duplicate = findings->duplicate ||
                            (findings->duplicate_inferred &&
                             close_notify_counted(own_conclusion(statements), statements->frame));
    if (statements->duplicate)
        rest_on(statements, findings->duplicate ? EVIDENCE_SEEN : EVIDENCE_INFERRED);
}

static void
state_fatal_alert(struct statements *statements, const struct frame_findings *findings)
{
    statements->fatal_alert = findings->fatal_alert;
    if (statements->fatal_alert)
        rest_on(statements, EVIDENCE_SEEN);
}

static void
state_after_close(struct statements *statements, const struct frame_findings *findings)
{
    if (findings->after_close_records == 0 ||
        !alert_still_counts(statements, MAX(statements->frame, findings->late_frame)))
        return;
    statements->after_close_records = findings->after_close_records;
    statements->after_close_bytes = findings->after_close_bytes;
    statements->after_close_alert_frame = findings->after_close_alert_frame;
}

/* What hides the answer; NULL if nothing does. */
static const char *
reason_of(const struct judgement *judgement)
{
    return judgement->closure == CLOSURE_UNKNOWN
               ? explain_hidden(judgement->hidden, judgement->hidden_side)
               : NULL;
}

/* Whether bytes that were not captured hide the answer for good. */
static bool
is_incomplete(const struct frame_findings *findings, const struct judgement *judgement)
{
    return judgement->closure == CLOSURE_UNKNOWN && judgement->hidden == HIDDEN_GAP &&
           !findings->end_provisional;
}

static void
raise_for_closure(struct statements *statements)
{
    const struct direction_conclusion *own = own_conclusion(statements);

    for (unsigned i = 0; i < G_N_ELEMENTS(closure_experts); i++)
        if (closure_experts[i].closure == own->closure.closure)
            raise_info(statements, closure_experts[i].expert);
    if (own->closure.closure == CLOSURE_CLOSE_NOTIFY && own->reset_is_abortive)
        raise_info(statements, EXPERT_RESET_AFTER_CLOSE_NOTIFY);
    if (own->user_canceled_alone)
        raise_info(statements, EXPERT_USER_CANCELED_ALONE);
    if (own->ended_inside_record)
        raise_info(statements, EXPERT_TRUNCATED_RECORD);
}

/* The server's last HTTP/1.x response, where its direction or the connection ends. */
static void
state_http_end(struct statements *statements)
{
    statements->http_end = statements->conclusion->http_framing != HTTP_FRAMING_NONE;
}

/* What an application says rests on how it was recognised. */
static void
rest_on_application(struct statements *statements)
{
    const struct application_end *application = statements->conclusion->application;

    if (application && application->is_inferred)
        rest_on(statements, EVIDENCE_INFERRED);
}

/* What is wrong with the end of SIDE's application. Where only the peer cut it off, its frame accuses
 * nobody. */
static void
raise_for_application(struct statements *statements, enum side side)
{
    const struct application_end *application = statements->conclusion->application;

    if (!application)
        return;
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++) {
        if ((application->experts[side] & EXPERT_BIT(expert)) == 0)
            continue;
        rest_on_application(statements);
        if (statements->sender == side)
            raise_info(statements, expert);
        else
            raise_sideless(statements, expert);
    }
}

/* If bytes before the end were outstanding in this frame, another of the sender's says how its
 * direction ended, and then this one no longer does; unless they were proven lost by the peer. */
static void
state_closure(struct statements *statements, const struct frame_findings *findings)
{
    const struct direction_conclusion *own = own_conclusion(statements);

    statements->closure = findings->end || (findings->end_provisional && !own->end_stated);
    /* The RST that this frame holds may have turned out to have ended nothing. */
    statements->closure &= own->end_frame != 0 && own->end_frame <= statements->frame;
    if (!statements->closure)
        return;
    statements->closure_reason = reason_of(&own->closure);
    rest_on(statements, own->closure.evidence);
    if (is_incomplete(findings, &own->closure))
        raise_info(statements, EXPERT_CAPTURE_INCOMPLETE);
    if (findings->end_provisional && !own->ended_unspoken)
        return;
    raise_for_closure(statements);
    raise_for_application(statements, statements->sender);
    if (statements->sender != SIDE_SERVER)
        return;
    state_http_end(statements);
    if (statements->conclusion->http_close_without_close_notify)
        raise_info(statements, EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY);
}

/* A connection that only a RST of the client ended leaves the server's direction, and its response,
 * without an end of its own. */
static void
state_verdict(struct statements *statements, const struct frame_findings *findings)
{
    const struct conclusion *conclusion = statements->conclusion;
    const char *reason = reason_of(&conclusion->verdict);

    statements->verdict = findings->verdict && is_this_frame(statements, conclusion->verdict_frame);
    if (!statements->verdict)
        return;
    if (reason != statements->closure_reason)
        statements->verdict_reason = reason;
    rest_on(statements, conclusion->verdict.evidence);
    rest_on_application(statements);
    if (is_incomplete(findings, &conclusion->verdict))
        raise_sideless(statements, EXPERT_CAPTURE_INCOMPLETE);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (conclusion->direction[side].closure.closure == CLOSURE_NONE)
            raise_for_application(statements, side);
    if (conclusion->direction[SIDE_SERVER].closure.closure == CLOSURE_NONE)
        state_http_end(statements);
}

static void
state_session_event(struct statements *statements, const struct session_finding *finding)
{
    const struct session *session = finding->session;
    struct session_statement statement = { .event = finding->event, .session = session };

    if (finding->event == SESSION_MADE_UNRESUMABLE && !finding->is_pending &&
        !is_this_frame(statements, session->unresumable_frame))
        return;
    if (finding->event != SESSION_ESTABLISHED)
        statement.established_frame = session->established_frame;
    if (session->unresumable_frame != 0 && session->unresumable_frame <= statements->frame) {
        if (finding->event != SESSION_MADE_UNRESUMABLE)
            statement.unresumable_frame = session->unresumable_frame;
        statement.unresumable_reason = session->unresumable_reason;
    }
    statements->session[statements->session_count++] = statement;
}

/* Those of EXPERTS, found out in FRAME, that still hold. */
static expert_set
still_valid(const struct statements *statements, expert_set experts, uint32_t frame)
{
    return close_notify_counted(peer_conclusion(statements), frame)
               ? experts
               : experts & ~EXPERTS_RESTING_ON_PEER;
}

/* The expert infos that were found of this frame, as far as they still hold. */
static expert_set
valid_experts(const struct statements *statements, const struct frame_findings *findings)
{
    expert_set experts = still_valid(statements, findings->experts, statements->frame) |
                         still_valid(statements, findings->late_experts, findings->late_frame);

    if (findings->verdict && !statements->verdict && !findings->fatal_alert)
        experts &= ~EXPERTS_OF_VERDICT;
    return experts;
}

/* A side's lost data stands in the frame of its last data; what it owed, where it closed. */
static void
raise_for_loss(struct statements *statements)
{
    const struct direction_conclusion *own = own_conclusion(statements);
    bool closes =
        own->closure.closure == CLOSURE_NONE ? statements->close_notify : statements->closure;

    if (own->loss.rule == LOSS_DISCARDED && is_this_frame(statements, own->data_frame))
        raise_info(statements, EXPERT_DATA_DISCARDED);
    if (own->loss.rule == LOSS_OWED_RESPONSE && closes)
        raise_info(statements, EXPERT_REQUEST_UNANSWERED_UNREAD);
}

static void
spare_harmless(struct statements *statements)
{
    enum loss loss = own_conclusion(statements)->loss.loss;

    if (loss != LOSS_NONE && loss != LOSS_UNLIKELY)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(harmless_experts); i++) {
        if (!(statements->experts & EXPERT_BIT(harmless_experts[i].expert)))
            continue;
        statements->experts &= ~EXPERT_BIT(harmless_experts[i].expert);
        raise_info(statements, harmless_experts[i].harmless);
    }
}

static bool
speaks_of_end(const struct statements *statements)
{
    return statements->close_notify || statements->duplicate || statements->closure ||
           statements->verdict;
}

struct statements
statements_of(uint32_t frame, const struct conclusion *conclusion,
              const struct frame_findings *findings)
{
    struct statements statements = {
        .conclusion = conclusion,
        .frame = frame,
        .sender = findings->sender,
        .goodbye = findings->goodbye,
    };

    state_close_notify(&statements);
    state_duplicate(&statements, findings);
    state_fatal_alert(&statements, findings);
    state_after_close(&statements, findings);
    state_closure(&statements, findings);
    state_verdict(&statements, findings);
    for (unsigned i = 0; i < findings->session_count; i++)
        state_session_event(&statements, &findings->session[i]);
    if (speaks_of_end(&statements) || findings->close_announced)
        statements.close_announced_frame = conclusion->application_frames.close_announced;
    statements.experts |= valid_experts(&statements, findings);
    statements.sideless_experts |= statements.experts & EXPERTS_OF_SESSION;
    if (speaks_of_end(&statements) && (statements.experts & EXPERTS_RESTING_ON_PEER))
        rest_on(&statements, peer_conclusion(&statements)->close_notify_evidence);
    raise_for_loss(&statements);
    spare_harmless(&statements);
    return statements;
}

enum scope
statements_scope(const struct statements *statements, enum expert expert)
{
    return statements->sideless_experts & EXPERT_BIT(expert) ? SCOPE_CONNECTION
                                                             : (enum scope)statements->sender;
}

bool
statements_are_empty(const struct statements *statements)
{
    return !speaks_of_end(statements) && !statements->fatal_alert &&
           statements->after_close_records == 0 && statements->session_count == 0 &&
           statements->goodbye.kind == GOODBYE_NONE && statements->close_announced_frame == 0 &&
           statements->experts == 0;
}

/* annotate.c
 * Findings to tree items and expert infos. See annotate.h.
 * Knows our own fields only; what they say was judged before (conclusion.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/annotate.h"

#include <epan/column-utils.h>
#include <epan/expert.h>
#include <epan/proto.h>

#include "compat.h"
#include "facts/session.h"
#include "show/explain.h"
#include "wire/tls.h"

static int proto_tlsclose = -1;

static int hf_sender = -1;
static int hf_version = -1;
static int hf_server_name = -1;
static int hf_evidence = -1;
static int hf_close_notify = -1;
static int hf_close_notify_order = -1;
static int hf_close_notify_response_in = -1;
static int hf_close_notify_response_to = -1;
static int hf_close_notify_response_time = -1;
static int hf_after_close_records = -1;
static int hf_after_close_bytes = -1;
static int hf_after_close_alert_in = -1;
static int hf_closure = -1;
static int hf_verdict = -1;
static int hf_initiator = -1;
static int hf_reason = -1;
static int hf_session_id = -1;
static int hf_session_event = -1;
static int hf_session_established_in = -1;
static int hf_session_unresumable_in = -1;
static int hf_session_unresumable_reason = -1;
static int hf_http_close_announced_in = -1;
static int hf_http_framing = -1;
static int hf_http_complete = -1;

static int ett_tlsclose = -1;

static expert_field ei_tlsclose[EXPERT_COUNT];

static const value_string version_names[] = {
    { SSL_3_0, "SSL 3.0" }, { TLS_1_0, "TLS 1.0" }, { TLS_1_1, "TLS 1.1" },
    { TLS_1_2, "TLS 1.2" }, { TLS_1_3, "TLS 1.3" }, { 0, NULL },
};

/* Roles are one higher in the fields, so that 0 never stands for one. */
static const value_string side_names[] = {
    { SIDE_CLIENT + 1, "Client" },
    { SIDE_SERVER + 1, "Server" },
    { 0, NULL },
};

static const value_string evidence_names[] = {
    { EVIDENCE_SEEN, "Seen" },
    { EVIDENCE_INFERRED, "Inferred" },
    { 0, NULL },
};

static const value_string order_names[] = {
    { ORDER_FIRST, "First" },
    { ORDER_RESPONSE, "Response" },
    { ORDER_SIMULTANEOUS, "Simultaneous" },
    { ORDER_DUPLICATE, "Duplicate" },
    { 0, NULL },
};

static const value_string closure_names[] = {
    { CLOSURE_CLOSE_NOTIFY, "Close Notify" },
    { CLOSURE_UNANSWERED, "Unanswered" },
    { CLOSURE_TRUNCATED, "Truncated" },
    { CLOSURE_RESET, "Reset" },
    { CLOSURE_FATAL_ALERT, "Fatal alert" },
    { CLOSURE_HANDSHAKE_INCOMPLETE, "Handshake incomplete" },
    { CLOSURE_UNKNOWN, "Unknown" },
    { 0, NULL },
};

static const value_string verdict_names[] = {
    { CLOSURE_CLOSE_NOTIFY, "Graceful" },
    { CLOSURE_UNANSWERED, "Unanswered" },
    { CLOSURE_TRUNCATED, "Truncated" },
    { CLOSURE_RESET, "Reset" },
    { CLOSURE_FATAL_ALERT, "Fatal alert" },
    { CLOSURE_HANDSHAKE_INCOMPLETE, "Handshake incomplete" },
    { CLOSURE_UNKNOWN, "Unknown" },
    { 0, NULL },
};

static const value_string session_event_names[] = {
    { SESSION_ESTABLISHED, "Established" },
    { SESSION_RESUMPTION_OFFERED, "Resumption offered" },
    { SESSION_RESUMED, "Resumed" },
    { SESSION_MADE_UNRESUMABLE, "Made unresumable" },
    { 0, NULL },
};

static const value_string unresumable_reason_names[] = {
    { UNRESUMABLE_NO_CLOSE_NOTIFY, "No close_notify" },
    { UNRESUMABLE_FATAL_ALERT, "Fatal alert" },
    { 0, NULL },
};

static const value_string http_framing_names[] = {
    { HTTP_FRAMING_NO_BODY, "No body" },
    { HTTP_FRAMING_CONTENT_LENGTH, "Content-Length" },
    { HTTP_FRAMING_CHUNKED, "Chunked" },
    { HTTP_FRAMING_CLOSE_DELIMITED, "Close-delimited" },
    { 0, NULL },
};

/* The expert infos that follow from how a direction ended. */
static const struct {
    enum closure closure;
    enum expert expert;
} closure_experts[] = {
    { CLOSURE_TRUNCATED, EXPERT_MISSING_CLOSE_NOTIFY },
    { CLOSURE_RESET, EXPERT_RESET_WITHOUT_CLOSE_NOTIFY },
    { CLOSURE_UNANSWERED, EXPERT_UNANSWERED_CLOSE_NOTIFY },
};

/* Those of a verdict that took effect on the session: they fall away with a verdict that was
 * revised. */
#define EXPERTS_OF_VERDICT \
    (EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE) | EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246))

/* What is needed to show one frame. */
struct showing {
    packet_info *pinfo; /* NULL: no expert info is raised either */
    uint32_t frame;
    proto_tree *tree; /* our subtree; NULL: nothing is shown */
    proto_item *item; /* our protocol item; NULL likewise */
    tvbuff_t *tvb;
    const struct conclusion *conclusion;
    const struct frame_findings *findings;
    expert_set experts;     /* raised so far in this frame */
    enum evidence evidence; /* of the last statement: the verdict's, if there is one */
    const char *reason;     /* shown last, constant; NULL if none was */
    bool says_something;    /* so far */
};

static void
add_uint(struct showing *showing, int field, uint32_t value)
{
    showing->says_something = true;
    proto_item_set_generated(proto_tree_add_uint(showing->tree, field, showing->tvb, 0, 0, value));
}

static void
add_boolean(struct showing *showing, int field, bool value)
{
    showing->says_something = true;
    proto_item_set_generated(
        proto_tree_add_boolean(showing->tree, field, showing->tvb, 0, 0, value));
}

static void
add_string(struct showing *showing, int field, const char *value)
{
    showing->says_something = true;
    proto_item_set_generated(
        proto_tree_add_string(showing->tree, field, showing->tvb, 0, 0, value));
}

/* A link to another frame; that frame is kept when this one is exported. */
static void
add_frame(struct showing *showing, int field, uint32_t frame)
{
    if (frame == 0)
        return;
    add_uint(showing, field, frame);
    if (showing->pinfo)
        depend_on_frame(showing->pinfo, frame);
}

static void
raise_once(struct showing *showing, enum expert expert)
{
    if (showing->experts & EXPERT_BIT(expert))
        return;
    showing->says_something = true;
    showing->experts |= EXPERT_BIT(expert);
    if (showing->pinfo)
        expert_add_info(showing->pinfo, showing->item, &ei_tlsclose[expert]);
}

static const struct direction_conclusion *
sender_direction(const struct showing *showing)
{
    return &showing->conclusion->direction[showing->findings->sender];
}

static const struct direction_conclusion *
peer_direction(const struct showing *showing)
{
    return &showing->conclusion->direction[other_side(showing->findings->sender)];
}

static bool
is_this_frame(const struct showing *showing, uint32_t frame)
{
    return frame != 0 && frame == showing->frame;
}

/* The frame's own close_notify and how it lies to the peer's. */
static void
show_close_notify(struct showing *showing)
{
    const struct direction_conclusion *own = sender_direction(showing);
    const struct direction_conclusion *peer = peer_direction(showing);

    showing->evidence = own->close_notify_evidence;
    add_boolean(showing, hf_close_notify, true);
    add_uint(showing, hf_close_notify_order, own->close_notify_order);
    if (own->close_notify_order == ORDER_FIRST && peer->close_notify_order == ORDER_RESPONSE)
        add_frame(showing, hf_close_notify_response_in, peer->close_notify_frame);
    if (own->close_notify_order == ORDER_RESPONSE) {
        int64_t time = conclusion_response_time(showing->conclusion, showing->findings->sender);
        nstime_t delta = NSTIME_INIT_SECS_NSECS(time / 1000000000, (int)(time % 1000000000));
        add_frame(showing, hf_close_notify_response_to, peer->close_notify_frame);
        proto_item_set_generated(proto_tree_add_time(showing->tree, hf_close_notify_response_time,
                                                     showing->tvb, 0, 0, &delta));
    }
}

static void
show_duplicate(struct showing *showing, enum evidence evidence)
{
    add_boolean(showing, hf_close_notify, true);
    add_uint(showing, hf_close_notify_order, ORDER_DUPLICATE);
    showing->evidence = evidence;
}

/* Whether what this frame said of data and DIRECTION's close_notify still holds: the alert it spoke of may
 * have been taken for another one since, and a later one for the close_notify. */
static bool
close_notify_still_counts(const struct showing *showing,
                          const struct direction_conclusion *direction)
{
    return direction->close_notify_captured != 0 &&
           direction->close_notify_captured <= showing->frame;
}

/* Whether the alert that data came after is still taken for what it was taken for then. */
static bool
alert_still_counts(const struct showing *showing)
{
    const struct direction_conclusion *own = sender_direction(showing);
    const struct direction_conclusion *peer = peer_direction(showing);

    return own->close_notify_evidence == EVIDENCE_SEEN || own->fatal_alert || peer->fatal_alert ||
           close_notify_still_counts(showing, peer);
}

static void
show_after_close(struct showing *showing)
{
    const struct frame_findings *findings = showing->findings;

    if (findings->after_close_records == 0 || !alert_still_counts(showing))
        return;
    add_uint(showing, hf_after_close_records, findings->after_close_records);
    add_uint(showing, hf_after_close_bytes, findings->after_close_bytes);
    add_frame(showing, hf_after_close_alert_in, findings->after_close_alert_frame);
}

static void
show_reason(struct showing *showing, const struct judgement *judgement)
{
    if (judgement->closure != CLOSURE_UNKNOWN)
        return;
    const char *reason = explain_hidden(judgement->hidden, judgement->hidden_side);
    if (reason != showing->reason)
        add_string(showing, hf_reason, reason);
    showing->reason = reason;
    if (judgement->hidden == HIDDEN_GAP && !showing->findings->end_provisional)
        raise_once(showing, EXPERT_CAPTURE_INCOMPLETE);
}

static void
raise_for_closure(struct showing *showing, const struct judgement *judgement)
{
    const struct direction_conclusion *own = sender_direction(showing);

    for (unsigned i = 0; i < G_N_ELEMENTS(closure_experts); i++)
        if (closure_experts[i].closure == judgement->closure)
            raise_once(showing, closure_experts[i].expert);
    if (judgement->closure == CLOSURE_CLOSE_NOTIFY && own->reset_is_abortive)
        raise_once(showing, EXPERT_RESET_AFTER_CLOSE_NOTIFY);
    if (own->user_canceled_alone)
        raise_once(showing, EXPERT_USER_CANCELED_ALONE);
    if (own->ended_inside_record)
        raise_once(showing, EXPERT_TRUNCATED_RECORD);
}

/* The server's last HTTP/1.x response, where its direction or the connection ends. */
static void
show_http_end(struct showing *showing)
{
    enum http_completeness complete = showing->conclusion->http_complete;

    if (showing->conclusion->http_framing == HTTP_FRAMING_NONE)
        return;
    add_uint(showing, hf_http_framing, showing->conclusion->http_framing);
    if (complete == HTTP_COMPLETE_UNKNOWN)
        return;
    add_boolean(showing, hf_http_complete, complete == HTTP_COMPLETE);
    if (complete == HTTP_INCOMPLETE)
        raise_once(showing, EXPERT_HTTP_TRUNCATED);
}

/* If bytes before the end were outstanding in this frame, another of the sender's says how its
 * direction ended, unless they were proven lost since by the peer. */
static void
show_end(struct showing *showing)
{
    const struct direction_conclusion *own = sender_direction(showing);

    add_uint(showing, hf_closure, own->closure.closure);
    show_reason(showing, &own->closure);
    showing->evidence = own->closure.evidence;
    if (showing->findings->end_provisional && !own->ended_unspoken)
        return;
    raise_for_closure(showing, &own->closure);
    if (showing->findings->sender == SIDE_SERVER) {
        show_http_end(showing);
        if (showing->conclusion->http_close_without_close_notify)
            raise_once(showing, EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY);
    }
}

/* A connection that only a RST of the client ended leaves the server's direction, and its response,
 * without an end of its own. */
static void
show_http_end_by_client(struct showing *showing)
{
    if (showing->conclusion->direction[SIDE_SERVER].closure.closure == CLOSURE_NONE)
        show_http_end(showing);
}

static void
show_verdict(struct showing *showing)
{
    const struct conclusion *conclusion = showing->conclusion;
    const struct judgement *verdict = &conclusion->verdict;

    add_uint(showing, hf_verdict, verdict->closure);
    if (verdict->has_initiator)
        add_uint(showing, hf_initiator, (uint32_t)verdict->initiator + 1);
    if (conclusion->server_name)
        add_string(showing, hf_server_name, conclusion->server_name);
    show_reason(showing, verdict);
    showing->evidence = verdict->evidence;
    show_http_end_by_client(showing);
}

static void
show_session_event(struct showing *showing, const struct session_finding *finding)
{
    const struct session *session = finding->session;

    if (finding->event == SESSION_MADE_UNRESUMABLE &&
        !is_this_frame(showing, session->unresumable_frame))
        return;
    proto_item_set_generated(proto_tree_add_bytes_with_length(
        showing->tree, hf_session_id, showing->tvb, 0, 0, session->id.bytes, session->id.length));
    add_uint(showing, hf_session_event, finding->event);
    if (finding->event != SESSION_ESTABLISHED)
        add_frame(showing, hf_session_established_in, session->established_frame);
    if (session->unresumable_frame == 0 || session->unresumable_frame > showing->frame)
        return;
    if (finding->event != SESSION_MADE_UNRESUMABLE)
        add_frame(showing, hf_session_unresumable_in, session->unresumable_frame);
    add_uint(showing, hf_session_unresumable_reason, session->unresumable_reason);
}

static expert_set
valid_experts(const struct showing *showing, bool shows_verdict)
{
    expert_set experts = showing->findings->experts;
    expert_set peer_experts = showing->findings->peer_experts;

    if (!close_notify_still_counts(showing, peer_direction(showing)))
        experts &= ~EXPERTS_RESTING_ON_PEER;
    if (!close_notify_still_counts(showing, sender_direction(showing)))
        peer_experts &= ~EXPERTS_RESTING_ON_PEER;
    if (showing->findings->verdict && !shows_verdict && !showing->findings->fatal_alert)
        experts &= ~EXPERTS_OF_VERDICT;
    return experts | peer_experts;
}

static void
raise_events(struct showing *showing, expert_set experts)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (experts & EXPERT_BIT(expert))
            raise_once(showing, expert);
}

static void
show_announcement(struct showing *showing, bool of_interest)
{
    if (of_interest || showing->findings->close_announced)
        add_frame(showing, hf_http_close_announced_in, showing->conclusion->close_announced_frame);
}

static void
show_statements(struct showing *showing)
{
    const struct frame_findings *findings = showing->findings;
    const struct conclusion *conclusion = showing->conclusion;
    const struct direction_conclusion *own = sender_direction(showing);
    bool states_close_notify = is_this_frame(showing, own->close_notify_frame);
    bool duplicate = findings->duplicate ||
                     (findings->duplicate_inferred && close_notify_still_counts(showing, own));
    bool states_end = findings->end || findings->end_provisional;
    bool states_verdict = findings->verdict && is_this_frame(showing, conclusion->verdict_frame);

    if ((states_close_notify || duplicate || states_end || states_verdict) &&
        conclusion->version != TLS_VERSION_UNKNOWN)
        add_uint(showing, hf_version, conclusion->version);
    if (states_close_notify)
        show_close_notify(showing);
    if (duplicate)
        show_duplicate(showing, findings->duplicate ? EVIDENCE_SEEN : EVIDENCE_INFERRED);
    show_after_close(showing);
    if (states_end)
        show_end(showing);
    if (states_verdict)
        show_verdict(showing);
    if (showing->evidence != EVIDENCE_NONE)
        add_uint(showing, hf_evidence, showing->evidence);
    for (unsigned i = 0; i < findings->session_count; i++)
        show_session_event(showing, &findings->session[i]);
    show_announcement(showing, states_close_notify || duplicate || states_end || states_verdict);
    raise_events(showing, valid_experts(showing, states_verdict));
}

/* The same without a packet: what would be shown and raised is only counted. */
static struct showing
rehearse(uint32_t frame, const struct conclusion *conclusion, const struct frame_findings *findings)
{
    struct showing showing = {
        .frame = frame,
        .conclusion = conclusion,
        .findings = findings,
    };

    show_statements(&showing);
    return showing;
}

/* By now there may be nothing to say any more: what a note rests on may have been withdrawn. */
void
annotate_frame(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
               const struct conclusion *conclusion, const struct frame_findings *findings)
{
    struct showing showing = {
        .pinfo = pinfo,
        .frame = pinfo->num,
        .tvb = tvb,
        .conclusion = conclusion,
        .findings = findings,
    };

    if (!rehearse(pinfo->num, conclusion, findings).says_something)
        return;
    if (tree) {
        showing.item = proto_tree_add_item(tree, proto_tlsclose, tvb, 0, 0, ENC_NA);
        proto_item_set_generated(showing.item);
        showing.tree = proto_item_add_subtree(showing.item, ett_tlsclose);
        add_uint(&showing, hf_sender, (uint32_t)findings->sender + 1);
    }
    show_statements(&showing);
}

expert_set
annotate_experts(uint32_t frame, const struct conclusion *conclusion,
                 const struct frame_findings *findings)
{
    return rehearse(frame, conclusion, findings).experts;
}

void
annotate_info_column(packet_info *pinfo, const struct conclusion *conclusion,
                     const struct frame_findings *findings)
{
    if (!findings->verdict || conclusion->verdict_frame != pinfo->num)
        return;
    col_append_fstr(pinfo->cinfo, COL_INFO, " [TLS closure: %s]",
                    val_to_str_const(conclusion->verdict.closure, verdict_names, "Unknown"));
}

bool
annotate_knows_more(packet_info *pinfo, const struct conclusion *conclusion,
                    struct frame_findings *findings)
{
    uint32_t frame = conclusion->direction[findings->sender].close_notify_frame;

    findings->close_notify = frame != 0 && frame == pinfo->num;
    return findings->close_notify;
}

bool
annotate_has_something(const struct frame_findings *findings)
{
    return findings->close_notify || findings->duplicate || findings->duplicate_inferred ||
           findings->fatal_alert || findings->end || findings->end_provisional ||
           findings->further_end || findings->verdict || findings->close_announced ||
           findings->experts != 0 || findings->peer_experts != 0 ||
           findings->after_close_records != 0 || findings->session_count != 0;
}

static const struct {
    int group;
    int severity;
} expert_classes[EXPERT_COUNT] = {
    [EXPERT_MISSING_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_MISSING_CLOSE_NOTIFY_HARMLESS] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_RESET_WITHOUT_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_RESET_WITHOUT_CLOSE_NOTIFY_HARMLESS] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_UNANSWERED_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_RESET_AFTER_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_DUPLICATE_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_ALERT_AFTER_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_TRUNCATION_NOTICED] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_CLOSE_NOTIFY_LEVEL] = { PI_PROTOCOL, PI_WARN },
    [EXPERT_CLOSE_NOTIFY_LEVEL_TLS13] = { PI_PROTOCOL, PI_NOTE },
    [EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_USER_CANCELED_ALONE] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_DATA_AFTER_CLOSE_NOTIFY] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY] = { PI_PROTOCOL, PI_WARN },
    [EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY_HARMLESS] = { PI_PROTOCOL, PI_NOTE },
    [EXPERT_DATA_CROSSING_CLOSE_NOTIFY] = { PI_PROTOCOL, PI_NOTE },
    [EXPERT_HALF_CLOSE] = { PI_SEQUENCE, PI_CHAT },
    [EXPERT_DATA_AFTER_FATAL_ALERT] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY] = { PI_PROTOCOL, PI_NOTE },
    [EXPERT_TRUNCATED_RECORD] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_SESSION_UNRESUMABLE] = { PI_SECURITY, PI_WARN },
    [EXPERT_SESSION_UNRESUMABLE_RFC2246] = { PI_SECURITY, PI_NOTE },
    [EXPERT_TICKETS_DISCARDED] = { PI_SECURITY, PI_NOTE },
    [EXPERT_UNRESUMABLE_SESSION_OFFERED] = { PI_SECURITY, PI_NOTE },
    [EXPERT_UNRESUMABLE_SESSION_RESUMED] = { PI_SECURITY, PI_ERROR },
    [EXPERT_HTTP_TRUNCATED] = { PI_SECURITY, PI_ERROR },
    [EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_HTTP_CLOSE_WITHOUT_CLOSE_NOTIFY_HARMLESS] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_HTTP_REQUEST_AFTER_CLOSE] = { PI_PROTOCOL, PI_WARN },
    [EXPERT_DATA_DISCARDED] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_REQUEST_UNANSWERED] = { PI_SEQUENCE, PI_ERROR },
    [EXPERT_REQUEST_UNANSWERED_UNREAD] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_APP_TRUNCATED] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_HTTP2_STREAM_CUT] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_HTTP2_MALFORMED] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_GRPC_NO_STATUS] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_GRPC_MESSAGE_CUT] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_HTTP2_UNPROCESSED] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_HTTP2_GOAWAY_ERROR] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_HTTP2_NO_GOAWAY] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_HTTP2_STREAM_AFTER_GOAWAY] = { PI_SEQUENCE, PI_NOTE },
    [EXPERT_HTTP2_REQUEST_CUT] = { PI_PROTOCOL, PI_WARN },
    [EXPERT_CONTROL_AFTER_CLOSE] = { PI_SEQUENCE, PI_CHAT },
    [EXPERT_WEBSOCKET_ABNORMAL] = { PI_SEQUENCE, PI_WARN },
    [EXPERT_WEBSOCKET_MESSAGE_CUT] = { PI_PROTOCOL, PI_ERROR },
    [EXPERT_WEBSOCKET_CLOSE_ERROR] = { PI_PROTOCOL, PI_NOTE },
    [EXPERT_TRANSFER_UNCONFIRMED] = { PI_SECURITY, PI_ERROR },
    [EXPERT_CAPTURE_INCOMPLETE] = { PI_UNDECODED, PI_NOTE },
};

int
annotate_severity(enum expert expert)
{
    return expert_classes[expert].severity;
}

static hf_register_info hf[] = {
    { &hf_sender,
      { "Sender", "tlsclose.sender", FT_UINT8, BASE_DEC, VALS(side_names), 0,
        "TLS role of the side that sent this frame", HFILL } },
    { &hf_version,
      { "Version", "tlsclose.version", FT_UINT16, BASE_HEX, VALS(version_names), 0,
        "Negotiated protocol version", HFILL } },
    { &hf_server_name,
      { "Server Name", "tlsclose.server_name", FT_STRING, BASE_NONE, NULL, 0,
        "Server name that the client asked for (SNI)", HFILL } },
    { &hf_evidence,
      { "Evidence", "tlsclose.evidence", FT_UINT8, BASE_DEC, VALS(evidence_names), 0,
        "Whether the alerts were readable, or inferred from record headers", HFILL } },
    { &hf_close_notify,
      { "Close Notify", "tlsclose.close_notify", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "This frame carries a close_notify alert", HFILL } },
    { &hf_close_notify_order,
      { "Order", "tlsclose.close_notify.order", FT_UINT8, BASE_DEC, VALS(order_names), 0,
        "Place of the close_notify among those of the connection", HFILL } },
    { &hf_close_notify_response_in,
      { "Response in", "tlsclose.close_notify.response_in", FT_FRAMENUM, BASE_NONE,
        FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "Frame of the peer's close_notify in response",
        HFILL } },
    { &hf_close_notify_response_to,
      { "Response to", "tlsclose.close_notify.response_to", FT_FRAMENUM, BASE_NONE,
        FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, "Frame of the close_notify that this one answers",
        HFILL } },
    { &hf_close_notify_response_time,
      { "Response time", "tlsclose.close_notify.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL,
        0, "Time between the close_notify and its response", HFILL } },
    { &hf_after_close_records,
      { "Records after close", "tlsclose.after_close.records", FT_UINT32, BASE_DEC, NULL, 0,
        "Number of data records in this frame after a closure or fatal alert", HFILL } },
    { &hf_after_close_bytes,
      { "Bytes after close", "tlsclose.after_close.bytes", FT_UINT32, BASE_DEC, NULL, 0,
        "Ciphertext bytes of those records", HFILL } },
    { &hf_after_close_alert_in,
      { "Alert in", "tlsclose.after_close.alert_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "Frame of the alert that they came after", HFILL } },
    { &hf_closure,
      { "Closure", "tlsclose.closure", FT_UINT8, BASE_DEC, VALS(closure_names), 0,
        "How the direction of this frame's sender ended", HFILL } },
    { &hf_verdict,
      { "Verdict", "tlsclose.verdict", FT_UINT8, BASE_DEC, VALS(verdict_names), 0,
        "How the connection ended", HFILL } },
    { &hf_initiator,
      { "Initiator", "tlsclose.initiator", FT_UINT8, BASE_DEC, VALS(side_names), 0,
        "Who closed first", HFILL } },
    { &hf_reason,
      { "Reason", "tlsclose.reason", FT_STRING, BASE_NONE, NULL, 0, "What hides the answer",
        HFILL } },
    { &hf_session_id,
      { "Session", "tlsclose.session.id", FT_BYTES, BASE_NONE, NULL, 0,
        "Session ID, or SHA-256 of the ticket or PSK identity", HFILL } },
    { &hf_session_event,
      { "Session event", "tlsclose.session.event", FT_UINT8, BASE_DEC, VALS(session_event_names), 0,
        "What happened to the session", HFILL } },
    { &hf_session_established_in,
      { "Session established in", "tlsclose.session.established_in", FT_FRAMENUM, BASE_NONE, NULL,
        0, "Frame in which the session was established", HFILL } },
    { &hf_session_unresumable_in,
      { "Session made unresumable in", "tlsclose.session.unresumable_in", FT_FRAMENUM, BASE_NONE,
        NULL, 0, "Frame in which the session was made unresumable", HFILL } },
    { &hf_session_unresumable_reason,
      { "Unresumable because of", "tlsclose.session.unresumable_reason", FT_UINT8, BASE_DEC,
        VALS(unresumable_reason_names), 0, "What made the session unresumable", HFILL } },
    { &hf_http_close_announced_in,
      { "Close announced in", "tlsclose.http.close_announced_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "HTTP/1.x message that says the connection will close", HFILL } },
    { &hf_http_framing,
      { "HTTP framing", "tlsclose.http.framing", FT_UINT8, BASE_DEC, VALS(http_framing_names), 0,
        "How the last HTTP/1.x response says where it ends", HFILL } },
    { &hf_http_complete,
      { "HTTP response complete", "tlsclose.http.complete", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "Whether the last HTTP/1.x response had arrived in full by its own framing", HFILL } },
};

/* Texts and filter names must live as long as the registration: the process. */
static void
register_expert_infos(void)
{
    static const expert_field_info unregistered = { NULL, 0, 0, NULL, EXPFILL };
    static ei_register_info ei[EXPERT_COUNT];

    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++) {
        ei_tlsclose[expert] = (expert_field)EI_INIT;
        ei[expert].ids = &ei_tlsclose[expert];
        ei[expert].eiinfo = unregistered;
        ei[expert].eiinfo.name = g_strconcat("tlsclose.", explain_expert_name(expert), NULL);
        ei[expert].eiinfo.group = expert_classes[expert].group;
        ei[expert].eiinfo.severity = expert_classes[expert].severity;
        ei[expert].eiinfo.summary = explain_expert(expert);
    }
    expert_register_field_array(expert_register_protocol(proto_tlsclose), ei, EXPERT_COUNT);
}

void
annotate_register(int proto)
{
    static int *ett[] = { &ett_tlsclose };

    proto_tlsclose = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    register_expert_infos();
}

/* fields.c
 * The fields and expert infos of the public interface: their registration. See fields.h. Must not know when
 * they are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/fields.h"

#include <epan/proto.h>

#include "compat.h"
#include "show/explain.h"
#include "wire/tls.h"

int hf_tlsclose_sender = -1;
int hf_tlsclose_version = -1;
int hf_tlsclose_server_name = -1;
int hf_tlsclose_evidence = -1;
int hf_tlsclose_close_notify = -1;
int hf_tlsclose_close_notify_order = -1;
int hf_tlsclose_close_notify_response_in = -1;
int hf_tlsclose_close_notify_response_to = -1;
int hf_tlsclose_close_notify_response_time = -1;
int hf_tlsclose_after_close_records = -1;
int hf_tlsclose_after_close_bytes = -1;
int hf_tlsclose_after_close_alert_in = -1;
int hf_tlsclose_closure = -1;
int hf_tlsclose_verdict = -1;
int hf_tlsclose_verdict_evidence = -1;
int hf_tlsclose_initiator = -1;
int hf_tlsclose_initiated_in = -1;
int hf_tlsclose_idle = -1;
int hf_tlsclose_client_bytes = -1;
int hf_tlsclose_server_bytes = -1;
int hf_tlsclose_loss = -1;
int hf_tlsclose_client_loss = -1;
int hf_tlsclose_server_loss = -1;
int hf_tlsclose_loss_reason = -1;
int hf_tlsclose_reason = -1;
int hf_tlsclose_session_id = -1;
int hf_tlsclose_session_event = -1;
int hf_tlsclose_session_established_in = -1;
int hf_tlsclose_session_unresumable_in = -1;
int hf_tlsclose_session_unresumable_reason = -1;
int hf_tlsclose_http_close_announced_in = -1;
int hf_tlsclose_http_framing = -1;
int hf_tlsclose_http_complete = -1;
int hf_tlsclose_explanation = -1;

int ett_tlsclose = -1;

expert_field ei_tlsclose[EXPERT_COUNT];

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

const value_string tlsclose_order_names[] = {
    { ORDER_FIRST, "First" },
    { ORDER_RESPONSE, "Response" },
    { ORDER_SIMULTANEOUS, "Simultaneous" },
    { ORDER_DUPLICATE, "Duplicate" },
    { 0, NULL },
};

const value_string tlsclose_closure_names[] = {
    { CLOSURE_CLOSE_NOTIFY, "Close Notify" },
    { CLOSURE_UNANSWERED, "Unanswered" },
    { CLOSURE_TRUNCATED, "Truncated" },
    { CLOSURE_RESET, "Reset" },
    { CLOSURE_FATAL_ALERT, "Fatal alert" },
    { CLOSURE_HANDSHAKE_INCOMPLETE, "Handshake incomplete" },
    { CLOSURE_UNKNOWN, "Unknown" },
    { 0, NULL },
};

const value_string tlsclose_verdict_names[] = {
    { CLOSURE_CLOSE_NOTIFY, "Graceful" },
    { CLOSURE_UNANSWERED, "Unanswered" },
    { CLOSURE_TRUNCATED, "Truncated" },
    { CLOSURE_RESET, "Reset" },
    { CLOSURE_FATAL_ALERT, "Fatal alert" },
    { CLOSURE_HANDSHAKE_INCOMPLETE, "Handshake incomplete" },
    { CLOSURE_UNKNOWN, "Unknown" },
    { 0, NULL },
};

const value_string tlsclose_loss_names[] = {
    { LOSS_NONE, "None" },       { LOSS_UNLIKELY, "Unlikely" }, { LOSS_POSSIBLE, "Possible" },
    { LOSS_CERTAIN, "Certain" }, { LOSS_UNKNOWN, "Unknown" },   { 0, NULL },
};

const value_string tlsclose_session_event_names[] = {
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

static hf_register_info hf[] = {
    { &hf_tlsclose_sender,
      { "Sender", "tlsclose.sender", FT_UINT8, BASE_DEC, VALS(side_names), 0,
        "TLS role of the side that sent this frame", HFILL } },
    { &hf_tlsclose_version,
      { "Version", "tlsclose.version", FT_UINT16, BASE_HEX, VALS(version_names), 0,
        "Negotiated protocol version", HFILL } },
    { &hf_tlsclose_server_name,
      { "Server Name", "tlsclose.server_name", FT_STRING, BASE_NONE, NULL, 0,
        "Server name that the client asked for (SNI)", HFILL } },
    { &hf_tlsclose_evidence,
      { "Evidence", "tlsclose.evidence", FT_UINT8, BASE_DEC, VALS(evidence_names), 0,
        "Whether the alerts were readable, or inferred from record headers", HFILL } },
    { &hf_tlsclose_close_notify,
      { "Close Notify", "tlsclose.close_notify", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "This frame carries a close_notify alert", HFILL } },
    { &hf_tlsclose_close_notify_order,
      { "Order", "tlsclose.close_notify.order", FT_UINT8, BASE_DEC, VALS(tlsclose_order_names), 0,
        "Place of the close_notify among those of the connection", HFILL } },
    { &hf_tlsclose_close_notify_response_in,
      { "Response in", "tlsclose.close_notify.response_in", FT_FRAMENUM, BASE_NONE,
        FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "Frame of the peer's close_notify in response",
        HFILL } },
    { &hf_tlsclose_close_notify_response_to,
      { "Response to", "tlsclose.close_notify.response_to", FT_FRAMENUM, BASE_NONE,
        FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, "Frame of the close_notify that this one answers",
        HFILL } },
    { &hf_tlsclose_close_notify_response_time,
      { "Response time", "tlsclose.close_notify.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL,
        0, "Time between the close_notify and its response", HFILL } },
    { &hf_tlsclose_after_close_records,
      { "Records after close", "tlsclose.after_close.records", FT_UINT32, BASE_DEC, NULL, 0,
        "Number of data records in this frame after a closure or fatal alert", HFILL } },
    { &hf_tlsclose_after_close_bytes,
      { "Bytes after close", "tlsclose.after_close.bytes", FT_UINT32, BASE_DEC, NULL, 0,
        "Ciphertext bytes of those records", HFILL } },
    { &hf_tlsclose_after_close_alert_in,
      { "Alert in", "tlsclose.after_close.alert_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "Frame of the alert that they came after", HFILL } },
    { &hf_tlsclose_closure,
      { "Closure", "tlsclose.closure", FT_UINT8, BASE_DEC, VALS(tlsclose_closure_names), 0,
        "How the direction of this frame's sender ended", HFILL } },
    { &hf_tlsclose_verdict,
      { "Verdict", "tlsclose.verdict", FT_UINT8, BASE_DEC, VALS(tlsclose_verdict_names), 0,
        "How the connection ended", HFILL } },
    { &hf_tlsclose_verdict_evidence,
      { "Evidence of the verdict", "tlsclose.verdict.evidence", FT_UINT8, BASE_DEC,
        VALS(evidence_names), 0,
        "Whether the verdict rests on alerts that were readable, or inferred", HFILL } },
    { &hf_tlsclose_initiator,
      { "Initiator", "tlsclose.initiator", FT_UINT8, BASE_DEC, VALS(side_names), 0,
        "Who closed first", HFILL } },
    { &hf_tlsclose_initiated_in,
      { "Initiated in", "tlsclose.initiated_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "Frame of the first closing act", HFILL } },
    { &hf_tlsclose_idle,
      { "Idle before the close", "tlsclose.idle", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
        "Time from the last data of either side to the first closing act: many timeouts are round "
        "figures",
        HFILL } },
    { &hf_tlsclose_client_bytes,
      { "Bytes from the client", "tlsclose.client.bytes", FT_UINT64, BASE_DEC, NULL, 0,
        "Application data that the client sent", HFILL } },
    { &hf_tlsclose_server_bytes,
      { "Bytes from the server", "tlsclose.server.bytes", FT_UINT64, BASE_DEC, NULL, 0,
        "Application data that the server sent", HFILL } },
    { &hf_tlsclose_loss,
      { "Loss", "tlsclose.loss", FT_UINT8, BASE_DEC, VALS(tlsclose_loss_names), 0,
        "Whether data is lost: the worse of both sides", HFILL } },
    { &hf_tlsclose_client_loss,
      { "Loss of the client", "tlsclose.client.loss", FT_UINT8, BASE_DEC, VALS(tlsclose_loss_names),
        0, "Whether data that the client sent is lost", HFILL } },
    { &hf_tlsclose_server_loss,
      { "Loss of the server", "tlsclose.server.loss", FT_UINT8, BASE_DEC, VALS(tlsclose_loss_names),
        0, "Whether data that the server sent, or owed, is lost", HFILL } },
    { &hf_tlsclose_loss_reason,
      { "Reason for the loss", "tlsclose.loss.reason", FT_STRING, BASE_NONE, NULL, 0,
        "The rule that decided the loss", HFILL } },
    { &hf_tlsclose_reason,
      { "Reason", "tlsclose.reason", FT_STRING, BASE_NONE, NULL, 0, "What hides the answer",
        HFILL } },
    { &hf_tlsclose_session_id,
      { "Session", "tlsclose.session.id", FT_BYTES, BASE_NONE, NULL, 0,
        "Session ID, or SHA-256 of the ticket or PSK identity", HFILL } },
    { &hf_tlsclose_session_event,
      { "Session event", "tlsclose.session.event", FT_UINT8, BASE_DEC,
        VALS(tlsclose_session_event_names), 0, "What happened to the session", HFILL } },
    { &hf_tlsclose_session_established_in,
      { "Session established in", "tlsclose.session.established_in", FT_FRAMENUM, BASE_NONE, NULL,
        0, "Frame in which the session was established", HFILL } },
    { &hf_tlsclose_session_unresumable_in,
      { "Session made unresumable in", "tlsclose.session.unresumable_in", FT_FRAMENUM, BASE_NONE,
        NULL, 0, "Frame in which the session was made unresumable", HFILL } },
    { &hf_tlsclose_session_unresumable_reason,
      { "Unresumable because of", "tlsclose.session.unresumable_reason", FT_UINT8, BASE_DEC,
        VALS(unresumable_reason_names), 0, "What made the session unresumable", HFILL } },
    { &hf_tlsclose_http_close_announced_in,
      { "Close announced in", "tlsclose.http.close_announced_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "HTTP/1.x message that says the connection will close", HFILL } },
    { &hf_tlsclose_http_framing,
      { "HTTP framing", "tlsclose.http.framing", FT_UINT8, BASE_DEC, VALS(http_framing_names), 0,
        "How the last HTTP/1.x response says where it ends", HFILL } },
    { &hf_tlsclose_http_complete,
      { "HTTP response complete", "tlsclose.http.complete", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "Whether the last HTTP/1.x response had arrived in full by its own framing", HFILL } },
    { &hf_tlsclose_explanation,
      { "Explanation", "tlsclose.explanation", FT_STRING, BASE_NONE, NULL, 0,
        "What an expert info means, and what to do", HFILL } },
};

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
fields_severity(enum expert expert)
{
    return expert_classes[expert].severity;
}

/* Texts and filter names must live as long as the registration: the process. */
static void
register_expert_infos(int proto)
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
    expert_register_field_array(expert_register_protocol(proto), ei, EXPERT_COUNT);
}

void
fields_register(int proto)
{
    static int *ett[] = { &ett_tlsclose };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    register_expert_infos(proto);
}

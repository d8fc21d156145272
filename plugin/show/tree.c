/* tree.c
 * Statements to tree items and expert infos. See tree.h. Knows our own fields only; what is said was
 * decided before (statements.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/tree.h"

#include <epan/column-utils.h>
#include <epan/expert.h>
#include <epan/proto.h>

#include "compat.h"
#include "facts/session.h"
#include "judge/loss.h"
#include "show/fields.h"
#include "wire/tls.h"

/* Where items go. */
struct showing {
    packet_info *pinfo;
    tvbuff_t *tvb;
    proto_tree *tree; /* our subtree; NULL: nothing is shown */
    proto_item *item; /* our protocol item; NULL likewise */
    const struct statements *statements;
};

static void
add_uint(const struct showing *showing, int field, uint32_t value)
{
    proto_item_set_generated(proto_tree_add_uint(showing->tree, field, showing->tvb, 0, 0, value));
}

static void
add_uint64(const struct showing *showing, int field, uint64_t value)
{
    proto_item_set_generated(
        proto_tree_add_uint64(showing->tree, field, showing->tvb, 0, 0, value));
}

static void
add_boolean(const struct showing *showing, int field, bool value)
{
    proto_item_set_generated(
        proto_tree_add_boolean(showing->tree, field, showing->tvb, 0, 0, value));
}

/* VALUE may be NULL: then there is none. */
static void
add_string(const struct showing *showing, int field, const char *value)
{
    if (value)
        proto_item_set_generated(
            proto_tree_add_string(showing->tree, field, showing->tvb, 0, 0, value));
}

static void
add_time(const struct showing *showing, int field, int64_t nanoseconds)
{
    nstime_t time =
        NSTIME_INIT_SECS_NSECS(nanoseconds / 1000000000, (int)(nanoseconds % 1000000000));

    proto_item_set_generated(proto_tree_add_time(showing->tree, field, showing->tvb, 0, 0, &time));
}

/* A link to another frame; that frame is kept when this one is exported. FRAME 0: there is none. */
static void
add_frame(const struct showing *showing, int field, uint32_t frame)
{
    if (frame == 0)
        return;
    add_uint(showing, field, frame);
    depend_on_frame(showing->pinfo, frame);
}

/* Sides are one higher in the fields, so that 0 never stands for one. */
static void
add_side(const struct showing *showing, int field, enum side side)
{
    add_uint(showing, field, (uint32_t)side + 1);
}

static const struct direction_conclusion *
own_conclusion(const struct showing *showing)
{
    return &showing->statements->conclusion->direction[showing->statements->sender];
}

static void
show_version(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if ((statements->close_notify || statements->duplicate || statements->closure ||
         statements->verdict) &&
        statements->conclusion->version != TLS_VERSION_UNKNOWN)
        add_uint(showing, hf_tlsclose_version, statements->conclusion->version);
}

static void
show_close_notify(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if (statements->close_notify) {
        add_boolean(showing, hf_tlsclose_close_notify, true);
        add_uint(showing, hf_tlsclose_close_notify_order,
                 own_conclusion(showing)->close_notify_order);
        add_frame(showing, hf_tlsclose_close_notify_response_in, statements->response_in);
        add_frame(showing, hf_tlsclose_close_notify_response_to, statements->response_to);
        if (statements->response_to != 0)
            add_time(showing, hf_tlsclose_close_notify_response_time, statements->response_time);
    }
    if (statements->duplicate) {
        add_boolean(showing, hf_tlsclose_close_notify, true);
        add_uint(showing, hf_tlsclose_close_notify_order, ORDER_DUPLICATE);
    }
}

static void
show_after_close(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if (statements->after_close_records == 0)
        return;
    add_uint(showing, hf_tlsclose_after_close_records, statements->after_close_records);
    add_uint(showing, hf_tlsclose_after_close_bytes, statements->after_close_bytes);
    add_frame(showing, hf_tlsclose_after_close_alert_in, statements->after_close_alert_frame);
}

static void
show_closure(const struct showing *showing)
{
    if (!showing->statements->closure)
        return;
    add_uint(showing, hf_tlsclose_closure, own_conclusion(showing)->closure.closure);
    add_string(showing, hf_tlsclose_reason, showing->statements->closure_reason);
}

static void
show_initiator(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!conclusion->verdict.has_initiator)
        return;
    add_side(showing, hf_tlsclose_initiator, conclusion->verdict.initiator);
    add_frame(showing, hf_tlsclose_initiated_in, conclusion->first_act_frame);
    if (conclusion->idle >= 0)
        add_time(showing, hf_tlsclose_idle, conclusion->idle);
}

static void
show_loss(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;
    const struct direction_conclusion *direction = conclusion->direction;
    enum side lost_side = conclusion_lost_side(conclusion);
    const struct loss_judgement *worse = &direction[lost_side].loss;

    add_uint64(showing, hf_tlsclose_client_bytes, conclusion->bytes[SIDE_CLIENT]);
    add_uint64(showing, hf_tlsclose_server_bytes, conclusion->bytes[SIDE_SERVER]);
    if (worse->loss == LOSS_NOT_JUDGED)
        return;
    add_uint(showing, hf_tlsclose_loss, worse->loss);
    add_uint(showing, hf_tlsclose_client_loss, direction[SIDE_CLIENT].loss.loss);
    add_uint(showing, hf_tlsclose_server_loss, direction[SIDE_SERVER].loss.loss);
    add_string(showing, hf_tlsclose_loss_reason, loss_reason(worse->rule, lost_side));
}

static void
show_verdict(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!showing->statements->verdict)
        return;
    add_uint(showing, hf_tlsclose_verdict, conclusion->verdict.closure);
    if (conclusion->verdict.evidence != EVIDENCE_NONE)
        add_uint(showing, hf_tlsclose_verdict_evidence, conclusion->verdict.evidence);
    show_initiator(showing);
    show_loss(showing);
    add_string(showing, hf_tlsclose_server_name, conclusion->server_name);
    add_string(showing, hf_tlsclose_reason, showing->statements->verdict_reason);
}

static void
show_http_end(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!showing->statements->http_end)
        return;
    add_uint(showing, hf_tlsclose_http_framing, conclusion->http_framing);
    if (conclusion->http_complete != HTTP_COMPLETE_UNKNOWN)
        add_boolean(showing, hf_tlsclose_http_complete, conclusion->http_complete == HTTP_COMPLETE);
}

static void
show_session_event(const struct showing *showing, const struct session_statement *statement)
{
    const struct session_id *id = &statement->session->id;

    proto_item_set_generated(proto_tree_add_bytes_with_length(
        showing->tree, hf_tlsclose_session_id, showing->tvb, 0, 0, id->bytes, id->length));
    add_uint(showing, hf_tlsclose_session_event, statement->event);
    add_frame(showing, hf_tlsclose_session_established_in, statement->established_frame);
    add_frame(showing, hf_tlsclose_session_unresumable_in, statement->unresumable_frame);
    if (statement->unresumable_reason != UNRESUMABLE_NOT)
        add_uint(showing, hf_tlsclose_session_unresumable_reason, statement->unresumable_reason);
}

static void
show_expert_infos(const struct showing *showing)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (showing->statements->experts & EXPERT_BIT(expert))
            expert_add_info(showing->pinfo, showing->item, &ei_tlsclose[expert]);
}

static void
show_statements(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    show_version(showing);
    show_close_notify(showing);
    show_after_close(showing);
    show_closure(showing);
    show_verdict(showing);
    show_http_end(showing);
    if (statements->evidence != EVIDENCE_NONE)
        add_uint(showing, hf_tlsclose_evidence, statements->evidence);
    for (unsigned i = 0; i < statements->session_count; i++)
        show_session_event(showing, &statements->session[i]);
    add_frame(showing, hf_tlsclose_http_close_announced_in, statements->close_announced_frame);
    show_expert_infos(showing);
}

void
tree_show(int proto, packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
          const struct statements *statements)
{
    struct showing showing = { .pinfo = pinfo, .tvb = tvb, .statements = statements };

    if (statements_are_empty(statements))
        return;
    if (tree) {
        showing.item = proto_tree_add_item(tree, proto, tvb, 0, 0, ENC_NA);
        proto_item_set_generated(showing.item);
        showing.tree = proto_item_add_subtree(showing.item, ett_tlsclose);
        add_side(&showing, hf_tlsclose_sender, statements->sender);
    }
    show_statements(&showing);
}

void
tree_show_info_column(packet_info *pinfo, const struct statements *statements)
{
    if (statements->verdict)
        col_append_fstr(pinfo->cinfo, COL_INFO, " [TLS closure: %s]",
                        val_to_str_const(statements->conclusion->verdict.closure,
                                         tlsclose_verdict_names, "Unknown"));
}

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

#include "facts/session.h"
#include "judge/loss.h"
#include "show/application_items.h"
#include "show/explain.h"
#include "show/fields.h"
#include "show/headline.h"
#include "show/items.h"
#include "wire/tls.h"

/* What is shown, and where its items go. */
struct showing {
    struct items items;
    const struct statements *statements;
};

static const struct direction_conclusion *
own_conclusion(const struct showing *showing)
{
    return &showing->statements->conclusion->direction[showing->statements->sender];
}

static void
show_version(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if ((statements->close_notify || statements->duplicate || statements->fatal_alert ||
         statements->closure || statements->verdict) &&
        statements->conclusion->version != TLS_VERSION_UNKNOWN)
        items_add_uint(&showing->items, hf_tlsclose_version, statements->conclusion->version);
}

static void
show_close_notify(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if (statements->close_notify) {
        items_add_boolean(&showing->items, hf_tlsclose_close_notify, true);
        items_add_uint(&showing->items, hf_tlsclose_close_notify_order,
                       own_conclusion(showing)->close_notify_order);
        items_add_frame(&showing->items, hf_tlsclose_close_notify_response_in,
                        statements->response_in);
        items_add_frame(&showing->items, hf_tlsclose_close_notify_response_to,
                        statements->response_to);
        if (statements->response_to != 0)
            items_add_time(&showing->items, hf_tlsclose_close_notify_response_time,
                           statements->response_time);
    }
    if (statements->duplicate) {
        items_add_boolean(&showing->items, hf_tlsclose_close_notify, true);
        items_add_uint(&showing->items, hf_tlsclose_close_notify_order, ORDER_DUPLICATE);
    }
}

static void
show_after_close(const struct showing *showing)
{
    const struct statements *statements = showing->statements;

    if (statements->after_close_records == 0)
        return;
    items_add_uint(&showing->items, hf_tlsclose_after_close_records,
                   statements->after_close_records);
    items_add_uint(&showing->items, hf_tlsclose_after_close_bytes, statements->after_close_bytes);
    items_add_frame(&showing->items, hf_tlsclose_after_close_alert_in,
                    statements->after_close_alert_frame);
}

static void
show_closure(const struct showing *showing)
{
    if (!showing->statements->closure)
        return;
    const struct items *items = &showing->items;
    uint32_t closure = own_conclusion(showing)->closure.closure;
    proto_item_set_generated(proto_tree_add_uint_format(
        items->tree, hf_tlsclose_closure, items->tvb, 0, 0, closure, "Closure of the %s: %s (%u)",
        showing->statements->sender == SIDE_CLIENT ? "client" : "server",
        val_to_str_const(closure, tlsclose_closure_names, ""), closure));
    items_add_string(&showing->items, hf_tlsclose_reason, showing->statements->closure_reason);
}

static void
show_initiator(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!conclusion->verdict.has_initiator)
        return;
    items_add_side(&showing->items, hf_tlsclose_initiator, conclusion->verdict.initiator);
    items_add_frame(&showing->items, hf_tlsclose_initiated_in, conclusion->first_act_frame);
    if (conclusion->idle >= 0)
        items_add_time(&showing->items, hf_tlsclose_idle, conclusion->idle);
}

static void
show_loss(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;
    const struct direction_conclusion *direction = conclusion->direction;
    enum side lost_side = conclusion_lost_side(conclusion);
    const struct loss_judgement *worse = &direction[lost_side].loss;

    items_add_uint64(&showing->items, hf_tlsclose_client_bytes, conclusion->bytes[SIDE_CLIENT]);
    items_add_uint64(&showing->items, hf_tlsclose_server_bytes, conclusion->bytes[SIDE_SERVER]);
    if (worse->loss == LOSS_NOT_JUDGED)
        return;
    items_add_uint(&showing->items, hf_tlsclose_loss, worse->loss);
    items_add_uint(&showing->items, hf_tlsclose_client_loss, direction[SIDE_CLIENT].loss.loss);
    items_add_uint(&showing->items, hf_tlsclose_server_loss, direction[SIDE_SERVER].loss.loss);
    items_add_string(&showing->items, hf_tlsclose_loss_reason, loss_reason(worse->rule, lost_side));
}

static void
show_verdict(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!showing->statements->verdict)
        return;
    items_add_uint(&showing->items, hf_tlsclose_verdict, conclusion->verdict.closure);
    if (conclusion->verdict.evidence != EVIDENCE_NONE)
        items_add_uint(&showing->items, hf_tlsclose_verdict_evidence, conclusion->verdict.evidence);
    show_initiator(showing);
    show_loss(showing);
    items_add_string(&showing->items, hf_tlsclose_server_name, conclusion->server_name);
    items_add_string(&showing->items, hf_tlsclose_reason, showing->statements->verdict_reason);
    if (conclusion->application)
        application_items_show_end(&showing->items, conclusion->application,
                                   &conclusion->application_frames);
}

static void
show_http_end(const struct showing *showing)
{
    const struct conclusion *conclusion = showing->statements->conclusion;

    if (!showing->statements->http_end)
        return;
    items_add_uint(&showing->items, hf_tlsclose_http_framing, conclusion->http_framing);
    if (conclusion->http_complete != HTTP_COMPLETE_UNKNOWN)
        items_add_boolean(&showing->items, hf_tlsclose_http_complete,
                          conclusion->http_complete == HTTP_COMPLETE);
}

static void
show_session_event(const struct showing *showing, const struct session_statement *statement)
{
    const struct session_id *id = &statement->session->id;

    proto_item_set_generated(
        proto_tree_add_bytes_with_length(showing->items.tree, hf_tlsclose_session_id,
                                         showing->items.tvb, 0, 0, id->bytes, id->length));
    items_add_uint(&showing->items, hf_tlsclose_session_event, statement->event);
    items_add_frame(&showing->items, hf_tlsclose_session_established_in,
                    statement->established_frame);
    items_add_frame(&showing->items, hf_tlsclose_session_unresumable_in,
                    statement->unresumable_frame);
    if (statement->unresumable_reason != UNRESUMABLE_NOT)
        items_add_uint(&showing->items, hf_tlsclose_session_unresumable_reason,
                       statement->unresumable_reason);
}

/* Its explanation stands below it. */
static void
show_expert_info(const struct showing *showing, enum expert expert)
{
    expert_add_info(showing->items.pinfo, showing->items.item, &ei_tlsclose[expert]);
    items_add_string(&showing->items, hf_tlsclose_explanation, explain_meaning(expert));
}

static void
show_expert_infos(const struct showing *showing)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (showing->statements->experts & EXPERT_BIT(expert))
            show_expert_info(showing, expert);
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
    application_items_show_goodbye(&showing->items, &statements->goodbye);
    if (statements->evidence != EVIDENCE_NONE)
        items_add_uint(&showing->items, hf_tlsclose_evidence, statements->evidence);
    for (unsigned i = 0; i < statements->session_count; i++)
        show_session_event(showing, &statements->session[i]);
    items_add_frame(&showing->items, hf_tlsclose_http_close_announced_in,
                    statements->close_announced_frame);
    show_expert_infos(showing);
}

/* Where nobody sees it, as when only fields are asked for, it is not worth its words. */
static void
show_headline(const struct showing *showing)
{
    GString *text = headline(showing->statements);

    if (text->len > 0)
        proto_item_append_text(showing->items.item, ": %s", text->str);
    g_string_free(text, TRUE);
}

void
tree_show(int proto, packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
          const struct statements *statements)
{
    struct showing showing = { .items = { .pinfo = pinfo, .tvb = tvb }, .statements = statements };

    if (statements_are_empty(statements))
        return;
    if (tree) {
        struct items *items = &showing.items;
        items->item = proto_tree_add_item(tree, proto, tvb, 0, 0, ENC_NA);
        proto_item_set_generated(items->item);
        items->tree = proto_item_add_subtree(items->item, ett_tlsclose);
        if (PTREE_DATA(tree)->visible)
            show_headline(&showing);
        items_add_side(&showing.items, hf_tlsclose_sender, statements->sender);
    }
    show_statements(&showing);
}

void
tree_show_info_column(packet_info *pinfo, const struct statements *statements)
{
    if (statements->verdict)
        col_append_fstr(pinfo->cinfo, COL_INFO, " [TLS Closure: %s]",
                        val_to_str_const(statements->conclusion->verdict.closure,
                                         tlsclose_verdict_names, "Unknown"));
}

/* headline.c
 * Statements in one line. See headline.h. Knows the names of our fields' values; must not know trees.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/headline.h"

#include <string.h>

#include "show/explain.h"
#include "show/fields.h"

static const char *const side_words[] = { [SIDE_CLIENT] = "client", [SIDE_SERVER] = "server" };

/* What is lost of each side, by the rule that says so; those that say no more than the verdict are not
 * here. */
static const char *const loss_words[LOSS_RULE_COUNT][2] = {
    [LOSS_CUT_RECORD] = { "record cut", "record cut" },
    [LOSS_INCOMPLETE] = { "request cut", "response cut" },
    [LOSS_UNCONFIRMED] = { "end of the request unconfirmed", "end of the response unconfirmed" },
    [LOSS_OWED_RESPONSE] = { "", "request unanswered" },
    [LOSS_DISCARDED] = { "data discarded", "data discarded" },
};

static const char *const goodbye_words[GOODBYE_COUNT] = {
    [GOODBYE_GOAWAY] = "GOAWAY",
    [GOODBYE_WEBSOCKET_CLOSE] = "WebSocket Close",
    [GOODBYE_WORD] = "goodbye",
};

static const char *
name_of(const value_string *names, uint32_t value)
{
    return val_to_str_const(value, names, "");
}

/* The next of several things that are said. */
static void
append_next(GString *text, const char *what, const char *joint)
{
    g_string_append_printf(text, "%s%s", text->len > 0 ? joint : "", what);
}

/* Nothing, unless it is bad news. */
static void
append_loss(GString *text, const struct conclusion *conclusion)
{
    enum side side = conclusion_lost_side(conclusion);
    const struct loss_judgement *loss = &conclusion->direction[side].loss;
    const char *words = loss_words[loss->rule][side];

    if (loss->loss != LOSS_CERTAIN && loss->loss != LOSS_POSSIBLE)
        return;
    if (words && *words)
        g_string_append_printf(text, ", %s", words);
    char *name = g_ascii_strdown(name_of(tlsclose_loss_names, loss->loss), -1);
    g_string_append_printf(text, " (loss %s)", name);
    g_free(name);
}

static void
append_verdict(GString *text, const struct conclusion *conclusion)
{
    const struct judgement *verdict = &conclusion->verdict;

    g_string_append(text, name_of(tlsclose_verdict_names, verdict->closure));
    /* The initiator of an unanswered close_notify is not the one that gave no answer. */
    if (verdict->has_initiator)
        g_string_append_printf(text, "%s %s",
                               verdict->closure == CLOSURE_UNANSWERED ? " close_notify of" : " by",
                               side_words[verdict->initiator]);
    append_loss(text, conclusion);
}

static void
append_closure(GString *text, const struct statements *statements)
{
    const struct direction_conclusion *own = &statements->conclusion->direction[statements->sender];

    g_string_append_printf(text, "%s ends: %s", side_words[statements->sender],
                           name_of(tlsclose_closure_names, own->closure.closure));
}

static void
append_close_notify(GString *text, const struct statements *statements)
{
    uint32_t order = statements->close_notify
                         ? statements->conclusion->direction[statements->sender].close_notify_order
                         : ORDER_DUPLICATE;

    append_next(text, "close_notify", "; ");
    g_string_append_printf(text, " of %s (%s)", side_words[statements->sender],
                           name_of(tlsclose_order_names, order));
}

/* An alert or message of the sender that says that the end comes. */
static void
append_announcement(GString *text, const struct statements *statements, const char *what)
{
    append_next(text, what, "; ");
    g_string_append_printf(text, " of %s", side_words[statements->sender]);
}

static void
append_after_close(GString *text, const struct statements *statements)
{
    append_next(text, side_words[statements->sender], "; ");
    g_string_append_printf(text, " goes on after the alert in frame %u",
                           statements->after_close_alert_frame);
}

/* The first of the expert infos, in its own words. */
static void
append_expert(GString *text, expert_set experts)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++) {
        if (!(experts & EXPERT_BIT(expert)))
            continue;
        char *summary = explain_expert(expert);
        g_string_append_len(text, summary, strstr(summary, " (RFC ") - summary);
        g_free(summary);
        return;
    }
}

GString *
headline(const struct statements *statements)
{
    GString *text = g_string_new(NULL);

    if (statements->verdict)
        append_verdict(text, statements->conclusion);
    else if (statements->closure)
        append_closure(text, statements);
    if (statements->close_notify || statements->duplicate)
        append_close_notify(text, statements);
    if (statements->after_close_records != 0)
        append_after_close(text, statements);
    for (unsigned i = 0; i < statements->session_count; i++) {
        append_next(text, "session ", "; ");
        char *event = g_ascii_strdown(
            name_of(tlsclose_session_event_names, statements->session[i].event), -1);
        g_string_append(text, event);
        g_free(event);
    }
    if (statements->fatal_alert && !statements->closure && !statements->verdict)
        append_announcement(text, statements, "fatal alert");
    if (statements->goodbye.kind != GOODBYE_NONE)
        append_announcement(text, statements, goodbye_words[statements->goodbye.kind]);
    if (text->len == 0 && statements->close_announced_frame == statements->frame)
        g_string_append_printf(text, "%s announces the close in HTTP",
                               side_words[statements->sender]);
    if (text->len == 0)
        append_expert(text, statements->experts);
    return text;
}

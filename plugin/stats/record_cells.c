/* record_cells.c
 * One row of "tlsclose,records": conclusions and statements as texts. See record_cells.h. Must not know
 * tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/record_cells.h"

#include <epan/expert.h>

#include "facts/session.h"
#include "judge/loss.h"
#include "show/explain.h"
#include "show/fields.h"

const char *const record_names[RECORD_COLUMN_COUNT] = {
    [RECORD_STREAM] = "stream",
    [RECORD_CLIENT_ADDRESS] = "client.address",
    [RECORD_CLIENT_PORT] = "client.port",
    [RECORD_SERVER_ADDRESS] = "server.address",
    [RECORD_SERVER_PORT] = "server.port",
    [RECORD_SERVER_NAME] = "server_name",
    [RECORD_VERSION] = "version",
    [RECORD_VERDICT] = "verdict",
    [RECORD_INITIATOR] = "initiator",
    [RECORD_EVIDENCE] = "verdict.evidence",
    [RECORD_REASON] = "reason",
    [RECORD_START_FRAME] = "start.frame",
    [RECORD_START] = "start",
    [RECORD_FRAME] = "frame",
    [RECORD_TIME] = "time",
    [RECORD_INITIATED_IN] = "initiated_in",
    [RECORD_INITIATED] = "initiated",
    [RECORD_IDLE] = "idle",
    [RECORD_CLOSING_TIME] = "closing_time",
    [RECORD_CLIENT_CLOSURE] = "client.closure",
    [RECORD_SERVER_CLOSURE] = "server.closure",
    [RECORD_CLIENT_CLOSE_NOTIFY] = "client.close_notify",
    [RECORD_SERVER_CLOSE_NOTIFY] = "server.close_notify",
    [RECORD_CLIENT_LATE_RECORDS] = "client.after_close.records",
    [RECORD_SERVER_LATE_RECORDS] = "server.after_close.records",
    [RECORD_CLIENT_LATE_BYTES] = "client.after_close.bytes",
    [RECORD_SERVER_LATE_BYTES] = "server.after_close.bytes",
    [RECORD_CLIENT_BYTES] = "client.bytes",
    [RECORD_SERVER_BYTES] = "server.bytes",
    [RECORD_LOSS] = "loss",
    [RECORD_CLIENT_LOSS] = "client.loss",
    [RECORD_SERVER_LOSS] = "server.loss",
    [RECORD_LOSS_REASON] = "loss.reason",
    [RECORD_PROTOCOL] = "app.protocol",
    [RECORD_CLIENT_COMPLETE] = "client.complete",
    [RECORD_SERVER_COMPLETE] = "server.complete",
    [RECORD_GOODBYE_IN] = "app.goodbye_in",
    [RECORD_APP_SUMMARY] = "app.summary",
    [RECORD_CLOSE_ANNOUNCED_IN] = "http.close_announced_in",
    [RECORD_HTTP_FRAMING] = "http.framing",
    [RECORD_HTTP_COMPLETE] = "http.complete",
    [RECORD_SESSION_ID] = "session.id",
    [RECORD_SESSION_ESTABLISHED_IN] = "session.established_in",
    [RECORD_SESSION_UNRESUMABLE_IN] = "session.unresumable_in",
    [RECORD_SESSION_UNRESUMABLE_REASON] = "session.unresumable_reason",
    [RECORD_SESSION_EVENTS] = "session.events",
    [RECORD_FINDINGS] = "findings",
};

static const char *const scope_names[] = {
    [SCOPE_CLIENT] = "Client",
    [SCOPE_SERVER] = "Server",
    [SCOPE_CONNECTION] = "",
};

bool
record_is_list(enum record_column column)
{
    return column == RECORD_CLIENT_CLOSE_NOTIFY || column == RECORD_SERVER_CLOSE_NOTIFY ||
           column == RECORD_SESSION_EVENTS || column == RECORD_FINDINGS;
}

void
record_cells_init(struct record_cells *cells, record_time time, const void *user)
{
    *cells = (struct record_cells){ .time = time, .user = user };
    for (unsigned column = 0; column < RECORD_COLUMN_COUNT; column++)
        cells->text[column] = g_string_new(NULL);
}

void
record_cells_clear(struct record_cells *cells)
{
    for (unsigned column = 0; column < RECORD_COLUMN_COUNT; column++)
        g_string_free(cells->text[column], TRUE);
}

static void
set(struct record_cells *cells, enum record_column column, const char *text)
{
    g_string_assign(cells->text[column], text ? text : "");
}

static void
set_number(struct record_cells *cells, enum record_column column, uint64_t number)
{
    g_string_printf(cells->text[column], "%" G_GUINT64_FORMAT, number);
}

/* A frame's number; 0: there is none. */
static void
set_frame(struct record_cells *cells, enum record_column column, uint32_t frame)
{
    if (frame != 0)
        set_number(cells, column, frame);
}

/* The name that FIELD, without "tlsclose.", shows for VALUE; nothing if it has none. */
static void
set_name(struct record_cells *cells, enum record_column column, const char *field, uint32_t value)
{
    set(cells, column, value_name(field, value, ""));
}

static void
set_duration(struct record_cells *cells, enum record_column column, int64_t nanoseconds)
{
    uint64_t size = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;

    g_string_printf(cells->text[column], "%s%" G_GUINT64_FORMAT ".%09u", nanoseconds < 0 ? "-" : "",
                    size / 1000000000, (unsigned)(size % 1000000000));
}

static void
set_complete(struct record_cells *cells, enum record_column column, enum completeness complete)
{
    if (complete != COMPLETENESS_UNKNOWN)
        set(cells, column, complete == COMPLETE ? "True" : "False");
}

/* NUMBERED_ADDRESS ends with a port. */
static void
set_endpoint(struct record_cells *cells, enum record_column column, const char *numbered_address)
{
    const char *port = strrchr(numbered_address, ':') + 1;
    bool is_bracketed = numbered_address[0] == '[';

    g_string_append_len(cells->text[column], numbered_address + is_bracketed,
                        port - 1 - numbered_address - 2 * is_bracketed);
    set(cells, column + 1, port);
}

static void
begin_places(struct record_cells *cells, const struct listing *listing,
             const struct conclusion *conclusion)
{
    uint32_t frame = conclusion->verdict_frame ? conclusion->verdict_frame : listing->last_frame;

    set_frame(cells, RECORD_START_FRAME, conclusion->first_frame);
    cells->time(cells->user, conclusion->first_frame, cells->text[RECORD_START]);
    set_frame(cells, RECORD_FRAME, frame);
    cells->time(cells->user, frame, cells->text[RECORD_TIME]);
    if (conclusion->first_act_frame == 0)
        return;
    set_frame(cells, RECORD_INITIATED_IN, conclusion->first_act_frame);
    cells->time(cells->user, conclusion->first_act_frame, cells->text[RECORD_INITIATED]);
    set_duration(cells, RECORD_CLOSING_TIME, conclusion->closing_time);
    if (conclusion->idle >= 0)
        set_duration(cells, RECORD_IDLE, conclusion->idle);
}

static void
begin_verdict(struct record_cells *cells, const struct conclusion *conclusion)
{
    const struct judgement *verdict = &conclusion->verdict;

    set(cells, RECORD_VERDICT,
        value_name("tlsclose.verdict", verdict->closure, OPEN_AT_END_OF_CAPTURE));
    set_name(cells, RECORD_EVIDENCE, "tlsclose.evidence", verdict->evidence);
    if (verdict->has_initiator)
        set_name(cells, RECORD_INITIATOR, "tlsclose.initiator", (uint32_t)verdict->initiator + 1);
    if (verdict->closure == CLOSURE_UNKNOWN)
        set(cells, RECORD_REASON, explain_hidden(verdict->hidden, verdict->hidden_side));
}

static void
begin_loss(struct record_cells *cells, const struct conclusion *conclusion)
{
    enum side lost_side = conclusion_lost_side(conclusion);
    const struct loss_judgement *worse = &conclusion->direction[lost_side].loss;

    if (conclusion->verdict.closure == CLOSURE_NONE)
        return;
    set_name(cells, RECORD_LOSS, "tlsclose.loss", worse->loss);
    set(cells, RECORD_LOSS_REASON, loss_reason(worse->rule, lost_side));
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        set_name(cells, SIDE_COLUMN(RECORD_CLIENT_LOSS, side), "tlsclose.loss",
                 conclusion->direction[side].loss.loss);
        set_number(cells, SIDE_COLUMN(RECORD_CLIENT_BYTES, side), conclusion->bytes[side]);
    }
}

static void
begin_application(struct record_cells *cells, const struct conclusion *conclusion)
{
    const struct application_end *end = conclusion->application;

    set_frame(cells, RECORD_CLOSE_ANNOUNCED_IN, conclusion->application_frames.close_announced);
    if (!end)
        return;
    set(cells, RECORD_PROTOCOL, end->protocol);
    set(cells, RECORD_APP_SUMMARY, end->summary);
    set_frame(cells, RECORD_GOODBYE_IN, conclusion->application_frames.goodbye);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        set_complete(cells, SIDE_COLUMN(RECORD_CLIENT_COMPLETE, side), end->complete[side]);
}

void
record_begin(struct record_cells *cells, const struct listing *listing,
             const struct conclusion *conclusion)
{
    for (unsigned column = 0; column < RECORD_COLUMN_COUNT; column++)
        g_string_truncate(cells->text[column], 0);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        cells->late_records[side] = cells->late_bytes[side] = 0;
        set_name(cells, SIDE_COLUMN(RECORD_CLIENT_CLOSURE, side), "tlsclose.closure",
                 conclusion->direction[side].closure.closure);
    }
    set_number(cells, RECORD_STREAM, listing->stream);
    set_endpoint(cells, RECORD_CLIENT_ADDRESS, listing->client);
    set_endpoint(cells, RECORD_SERVER_ADDRESS, listing->server);
    set(cells, RECORD_SERVER_NAME, conclusion->server_name);
    set_name(cells, RECORD_VERSION, "tlsclose.version", conclusion->version);
    begin_places(cells, listing, conclusion);
    begin_verdict(cells, conclusion);
    begin_loss(cells, conclusion);
    begin_application(cells, conclusion);
}

/* The next item of a list. */
static GString *
next_item(struct record_cells *cells, enum record_column column)
{
    GString *text = cells->text[column];

    if (text->len > 0)
        g_string_append_c(text, ',');
    return text;
}

static void
add_close_notify(struct record_cells *cells, const struct statements *statements)
{
    enum record_column column = SIDE_COLUMN(RECORD_CLIENT_CLOSE_NOTIFY, statements->sender);
    uint32_t order = statements->conclusion->direction[statements->sender].close_notify_order;

    if (statements->close_notify)
        g_string_append(next_item(cells, column),
                        value_name("tlsclose.close_notify.order", order, ""));
    if (statements->duplicate)
        g_string_append(next_item(cells, column),
                        value_name("tlsclose.close_notify.order", ORDER_DUPLICATE, ""));
}

/* "Event|session|frame|time", and the session last spoken of. */
static void
add_session(struct record_cells *cells, uint32_t frame, const struct session_statement *statement)
{
    const struct session_id *id = &statement->session->id;
    GString *item = next_item(cells, RECORD_SESSION_EVENTS);

    g_string_append_printf(item, "%s|", value_name("tlsclose.session.event", statement->event, ""));
    set(cells, RECORD_SESSION_ID, "");
    for (unsigned i = 0; i < id->length; i++)
        g_string_append_printf(cells->text[RECORD_SESSION_ID], "%02x", id->bytes[i]);
    g_string_append_printf(item, "%s|%u|", cells->text[RECORD_SESSION_ID]->str, frame);
    cells->time(cells->user, frame, item);
    set_frame(cells, RECORD_SESSION_ESTABLISHED_IN, statement->established_frame);
    set_frame(cells, RECORD_SESSION_UNRESUMABLE_IN, statement->unresumable_frame);
    if (statement->unresumable_reason != UNRESUMABLE_NOT)
        set_name(cells, RECORD_SESSION_UNRESUMABLE_REASON, "tlsclose.session.unresumable_reason",
                 statement->unresumable_reason);
}

/* "Side|severity|name|frame|time"; the side is empty if it names none. */
static void
add_finding(struct record_cells *cells, const struct statements *statements, enum expert expert)
{
    GString *item = next_item(cells, RECORD_FINDINGS);

    g_string_append_printf(
        item, "%s|%s|%s|%u|", scope_names[statements_scope(statements, expert)],
        val_to_str_const((uint32_t)fields_severity(expert), expert_severity_vals, ""),
        explain_expert_name(expert), statements->frame);
    cells->time(cells->user, statements->frame, item);
}

static void
add_http_end(struct record_cells *cells, const struct conclusion *conclusion)
{
    set_name(cells, RECORD_HTTP_FRAMING, "tlsclose.http.framing", conclusion->http_framing);
    if (conclusion->http_complete != HTTP_COMPLETE_UNKNOWN)
        set(cells, RECORD_HTTP_COMPLETE,
            conclusion->http_complete == HTTP_COMPLETE ? "True" : "False");
}

void
record_add(struct record_cells *cells, const struct statements *statements)
{
    add_close_notify(cells, statements);
    cells->late_records[statements->sender] += statements->after_close_records;
    cells->late_bytes[statements->sender] += statements->after_close_bytes;
    if (statements->http_end)
        add_http_end(cells, statements->conclusion);
    for (unsigned i = 0; i < statements->session_count; i++)
        add_session(cells, statements->frame, &statements->session[i]);
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (statements->experts & EXPERT_BIT(expert))
            add_finding(cells, statements, expert);
}

void
record_end(struct record_cells *cells)
{
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        set_number(cells, SIDE_COLUMN(RECORD_CLIENT_LATE_RECORDS, side), cells->late_records[side]);
        set_number(cells, SIDE_COLUMN(RECORD_CLIENT_LATE_BYTES, side), cells->late_bytes[side]);
    }
}

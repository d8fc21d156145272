/* stats_servers.c
 * The table "tlsclose,servers": a row for each server name, or address where no name is known.
 * Must not know how the numbers come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_servers.h"

#include "stats/stats_table.h"

enum column {
    COLUMN_SERVER,
    COLUMN_CONNECTIONS,
    COLUMN_GRACEFUL,
    COLUMN_UNANSWERED,
    COLUMN_TRUNCATED,
    COLUMN_RESET,
    COLUMN_FATAL_ALERT,
    COLUMN_HANDSHAKE_INCOMPLETE,
    COLUMN_UNKNOWN,
    COLUMN_OPEN,
    COLUMN_UNRESUMABLE_SESSIONS,
    COLUMN_TRUNCATED_RESPONSES,
    COLUMN_NOT_GRACEFUL, /* the last: it can be empty */
    COLUMN_COUNT
};

#define COUNT_COLUMN(name)                           \
    {                                                \
        TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, name, "%u" \
    }

static stat_tap_table_item columns[COLUMN_COUNT] = {
    [COLUMN_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    [COLUMN_CONNECTIONS] = COUNT_COLUMN("Connections"),
    [COLUMN_GRACEFUL] = COUNT_COLUMN("Graceful"),
    [COLUMN_UNANSWERED] = COUNT_COLUMN("Unanswered"),
    [COLUMN_TRUNCATED] = COUNT_COLUMN("Truncated"),
    [COLUMN_RESET] = COUNT_COLUMN("Reset"),
    [COLUMN_FATAL_ALERT] = COUNT_COLUMN("Fatal alert"),
    [COLUMN_HANDSHAKE_INCOMPLETE] = COUNT_COLUMN("Handshake incomplete"),
    [COLUMN_UNKNOWN] = COUNT_COLUMN("Unknown"),
    [COLUMN_OPEN] = COUNT_COLUMN("Open at end"),
    [COLUMN_UNRESUMABLE_SESSIONS] = COUNT_COLUMN("Unresumable sessions"),
    [COLUMN_TRUNCATED_RESPONSES] = COUNT_COLUMN("Truncated responses"),
    [COLUMN_NOT_GRACEFUL] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Not graceful (%)", "%.1f" },
};

static const enum column verdict_columns[CLOSURE_COUNT] = {
    [CLOSURE_NONE] = COLUMN_OPEN,
    [CLOSURE_CLOSE_NOTIFY] = COLUMN_GRACEFUL,
    [CLOSURE_UNANSWERED] = COLUMN_UNANSWERED,
    [CLOSURE_TRUNCATED] = COLUMN_TRUNCATED,
    [CLOSURE_RESET] = COLUMN_RESET,
    [CLOSURE_FATAL_ALERT] = COLUMN_FATAL_ALERT,
    [CLOSURE_HANDSHAKE_INCOMPLETE] = COLUMN_HANDSHAKE_INCOMPLETE,
    [CLOSURE_UNKNOWN] = COLUMN_UNKNOWN,
};

/* The row of SERVER, a new one if there is none. Its first cell knows the name as it is in the table
 * of rows. */
static unsigned
server_row(struct table_view *view, const char *server)
{
    gpointer known;

    if (g_hash_table_lookup_extended(view->rows, server, NULL, &known))
        return GPOINTER_TO_UINT(known);
    unsigned row = table_append_row(view);
    char *name = g_strdup(server);
    table_set_string(view, row, COLUMN_SERVER, server);
    table_cell(view, row, COLUMN_SERVER)->user_data.ptr_value = name;
    for (unsigned column = COLUMN_CONNECTIONS; column < COLUMN_NOT_GRACEFUL; column++)
        table_set_uint(view, row, column, 0);
    g_hash_table_insert(view->rows, name, GUINT_TO_POINTER(row));
    return row;
}

static void
remove_server(struct table_view *view, unsigned row)
{
    g_hash_table_remove(view->rows, table_cell(view, row, COLUMN_SERVER)->user_data.ptr_value);
    table_remove_row(view, row);
    if (row == view->table->num_elements)
        return;
    const char *moved = table_cell(view, row, COLUMN_SERVER)->user_data.ptr_value;
    g_hash_table_insert(view->rows, g_strdup(moved), GUINT_TO_POINTER(row));
}

static uint32_t
count_of(const struct table_view *view, unsigned row, enum column column)
{
    return table_cell(view, row, column)->value.uint_value;
}

static void
add(const struct table_view *view, unsigned row, enum column column, int delta)
{
    table_set_uint(view, row, column, count_of(view, row, column) + (uint32_t)delta);
}

/* The share among the verdicts that could be given: what is open or unknown may be graceful. */
static void
write_share(const struct table_view *view, unsigned row)
{
    uint32_t judged = count_of(view, row, COLUMN_CONNECTIONS) - count_of(view, row, COLUMN_OPEN) -
                      count_of(view, row, COLUMN_UNKNOWN);
    uint32_t not_graceful = judged - count_of(view, row, COLUMN_GRACEFUL);

    if (judged == 0)
        table_clear_cell(view, row, COLUMN_NOT_GRACEFUL);
    else
        table_set_float(view, row, COLUMN_NOT_GRACEFUL, 100.0 * not_graceful / judged);
}

/* Adds what the summary says to the row of its server, or takes it away (DELTA -1). */
static void
add_summary(struct table_view *view, const struct listing *listing, const struct summary *summary,
            int delta)
{
    unsigned row =
        server_row(view, summary->server_name ? summary->server_name : listing->server_address);

    add(view, row, COLUMN_CONNECTIONS, delta);
    add(view, row, verdict_columns[summary->closure], delta);
    if (summary->made_session_unresumable)
        add(view, row, COLUMN_UNRESUMABLE_SESSIONS, delta);
    if (summary->response_truncated)
        add(view, row, COLUMN_TRUNCATED_RESPONSES, delta);
    write_share(view, row);
    if (count_of(view, row, COLUMN_CONNECTIONS) == 0)
        remove_server(view, row);
}

/* A connection moves to the row of its name once the ClientHello has arrived in full. */
static void
count_connection(struct view *view, struct listing *listing, const struct summary *was,
                 const struct summary *is)
{
    struct table_view *table_view = (struct table_view *)view;

    if (was)
        add_summary(table_view, listing, was, -1);
    if (is)
        add_summary(table_view, listing, is, 1);
}

void
stats_servers_register(void)
{
    static const struct view_kind kind = { .count = count_connection, .free = table_view_free };
    static struct table_type type = {
        .ui.title = "TLS Closure by Server",
        .ui.cli_string = "tlsclose,servers",
        .ui.nfields = COLUMN_COUNT,
        .ui.fields = columns,
        .kind = &kind,
        .view_size = sizeof(struct table_view),
    };

    table_register(&type);
}

/* stats_servers.c
 * The table "tlsclose,servers": a row for each address and port of a server, by name where one is known;
 * those that lost most come first. Must not know how the numbers come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_servers.h"

#include <string.h>

#include "stats/stats_table.h"

enum column {
    COLUMN_SERVER,
    COLUMN_CONNECTIONS,
    COLUMN_LOSS_CERTAIN,
    COLUMN_LOSS_POSSIBLE,
    COLUMN_LOSS_UNKNOWN,
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
    COLUMN_BY_CLIENT,
    COLUMN_BY_SERVER,
    COLUMN_BADLY_BY_CLIENT,
    COLUMN_BADLY_BY_SERVER,
    COLUMN_SHARE, /* the last: it can be empty */
    COLUMN_COUNT
};

#define COUNT_COLUMN(name)                           \
    {                                                \
        TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, name, "%u" \
    }

static stat_tap_table_item columns[COLUMN_COUNT] = {
    [COLUMN_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    [COLUMN_CONNECTIONS] = COUNT_COLUMN("Connections"),
    [COLUMN_LOSS_CERTAIN] = COUNT_COLUMN("Loss certain"),
    [COLUMN_LOSS_POSSIBLE] = COUNT_COLUMN("Loss possible"),
    [COLUMN_LOSS_UNKNOWN] = COUNT_COLUMN("Loss unknown"),
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
    [COLUMN_BY_CLIENT] = COUNT_COLUMN("Closed by client"),
    [COLUMN_BY_SERVER] = COUNT_COLUMN("Closed by server"),
    [COLUMN_BADLY_BY_CLIENT] = COUNT_COLUMN("Badly by client"),
    [COLUMN_BADLY_BY_SERVER] = COUNT_COLUMN("Badly by server"),
    [COLUMN_SHARE] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Badly by server (%)", "%.1f" },
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
    for (unsigned column = COLUMN_CONNECTIONS; column < COLUMN_SHARE; column++)
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

/* The share among the verdicts that could be given: what is open or unknown may have ended well. An end
 * by the client counts against the client. */
static void
write_share(const struct table_view *view, unsigned row)
{
    uint32_t judged = count_of(view, row, COLUMN_CONNECTIONS) - count_of(view, row, COLUMN_OPEN) -
                      count_of(view, row, COLUMN_UNKNOWN);

    if (judged == 0)
        table_clear_cell(view, row, COLUMN_SHARE);
    else
        table_set_float(view, row, COLUMN_SHARE,
                        100.0 * count_of(view, row, COLUMN_BADLY_BY_SERVER) / judged);
}

/* Whether the initiator ended the connection by less than a close_notify. */
static bool
ended_badly(const struct summary *summary)
{
    return summary->closure == CLOSURE_TRUNCATED || summary->closure == CLOSURE_RESET ||
           summary->closure == CLOSURE_FATAL_ALERT ||
           summary->closure == CLOSURE_HANDSHAKE_INCOMPLETE;
}

static void
add_initiator(const struct table_view *view, unsigned row, const struct summary *summary, int delta)
{
    if (summary->initiator == 0)
        return;
    bool by_server = summary->initiator == SIDE_SERVER + 1;
    add(view, row, by_server ? COLUMN_BY_SERVER : COLUMN_BY_CLIENT, delta);
    if (ended_badly(summary))
        add(view, row, by_server ? COLUMN_BADLY_BY_SERVER : COLUMN_BADLY_BY_CLIENT, delta);
}

static void
add_loss(const struct table_view *view, unsigned row, const struct summary *summary, int delta)
{
    if (summary->loss == LOSS_CERTAIN)
        add(view, row, COLUMN_LOSS_CERTAIN, delta);
    if (summary->loss == LOSS_POSSIBLE)
        add(view, row, COLUMN_LOSS_POSSIBLE, delta);
    if (summary->loss == LOSS_UNKNOWN)
        add(view, row, COLUMN_LOSS_UNKNOWN, delta);
}

/* The row of the summary's server: one name may have several addresses and ports. */
static unsigned
row_of(struct table_view *view, const struct listing *listing, const struct summary *summary)
{
    if (!summary->server_name)
        return server_row(view, listing->server);
    char *name = g_strdup_printf("%s (%s)", summary->server_name, listing->server);
    unsigned row = server_row(view, name);
    g_free(name);
    return row;
}

/* Adds what the summary says to the row of its server, or takes it away (DELTA -1). */
static void
add_summary(struct table_view *view, const struct listing *listing, const struct summary *summary,
            int delta)
{
    unsigned row = row_of(view, listing, summary);

    add(view, row, COLUMN_CONNECTIONS, delta);
    add(view, row, verdict_columns[summary->closure], delta);
    add_loss(view, row, summary, delta);
    add_initiator(view, row, summary, delta);
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

/* Certain losses first, then possible and unknown ones; then by name. */
static int
compare_rows(const void *a, const void *b)
{
    static const enum column losses[] = { COLUMN_LOSS_CERTAIN, COLUMN_LOSS_POSSIBLE,
                                          COLUMN_LOSS_UNKNOWN };
    const stat_tap_table_item_type *left = *(stat_tap_table_item_type *const *)a;
    const stat_tap_table_item_type *right = *(stat_tap_table_item_type *const *)b;

    for (unsigned i = 0; i < G_N_ELEMENTS(losses); i++) {
        uint32_t lefts = left[losses[i]].value.uint_value;
        uint32_t rights = right[losses[i]].value.uint_value;
        if (lefts != rights)
            return lefts > rights ? -1 : 1;
    }
    return strcmp(left[COLUMN_SERVER].user_data.ptr_value,
                  right[COLUMN_SERVER].user_data.ptr_value);
}

static void
sort_rows(void *user)
{
    struct table_view *view = user;
    stat_tap_table *table = view->table;

    if (table->num_elements == 0)
        return;
    qsort(table->elements, table->num_elements, sizeof(stat_tap_table_item_type *), compare_rows);
    for (unsigned row = 0; row < table->num_elements; row++)
        g_hash_table_insert(view->rows,
                            g_strdup(table_cell(view, row, COLUMN_SERVER)->user_data.ptr_value),
                            GUINT_TO_POINTER(row));
}

struct server_view {
    struct table_view table; /* the first member */
    bool is_listening;
};

static void
take_frame(struct view *view, const packet_info *pinfo _U_, const struct stats_frame *frame _U_)
{
    struct server_view *servers = (struct server_view *)view;

    if (!servers->is_listening)
        table_listen_for_drawing(&servers->table, sort_rows);
    servers->is_listening = true;
}

static void
free_view(struct view *view)
{
    struct server_view *servers = (struct server_view *)view;

    if (servers->is_listening)
        table_stop_listening(&servers->table);
    table_view_free(view);
}

void
stats_servers_register(void)
{
    static const struct view_kind kind = { .count = count_connection,
                                           .take_frame = take_frame,
                                           .discard = free_view };
    static struct table_type type = {
        .ui.title = "TLS Closure by Server",
        .ui.cli_string = "tlsclose,servers",
        .ui.nfields = COLUMN_COUNT,
        .ui.fields = columns,
        .kind = &kind,
        .view_size = sizeof(struct server_view),
    };

    table_register(&type);
}

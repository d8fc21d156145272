/* stats_connections.c
 * The table "tlsclose,connections": a row for each TLS connection. See stats_connections.h.
 * Must not know how what is in it comes about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_connections.h"

#include "stats/stats_table.h"

/* From the end on, columns can be empty: tshark ends a row at the first empty cell. */
enum column {
    COLUMN_STREAM,
    COLUMN_LOSS,
    COLUMN_VERDICT,
    COLUMN_CLIENT,
    COLUMN_SERVER,
    COLUMN_SERVER_NAME,
    COLUMN_VERSION,
    COLUMN_INITIATOR,
    COLUMN_EVIDENCE,
    COLUMN_START,
    COLUMN_END,
    COLUMN_FIRST_ACT,
    COLUMN_CLOSING_TIME,
    COLUMN_IDLE,
    COLUMN_COUNT
};

static stat_tap_table_item columns[COLUMN_COUNT] = {
    [COLUMN_STREAM] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    [COLUMN_LOSS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Loss", "%s" },
    [COLUMN_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [COLUMN_CLIENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%s" },
    [COLUMN_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    [COLUMN_SERVER_NAME] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server name", "%s" },
    [COLUMN_VERSION] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Version", "%s" },
    [COLUMN_INITIATOR] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Initiator", "%s" },
    [COLUMN_EVIDENCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Evidence", "%s" },
    [COLUMN_START] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Start in", "%u" },
    [COLUMN_END] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "End in", "%u" },
    [COLUMN_FIRST_ACT] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "First closing act in", "%u" },
    [COLUMN_CLOSING_TIME] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Closing time (s)", "%.6f" },
    [COLUMN_IDLE] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Idle before (s)", "%.6f" },
};

static void
write_ending(const struct table_view *view, unsigned row, const struct summary *summary)
{
    if (summary->end_frame != 0)
        table_set_uint(view, row, COLUMN_END, summary->end_frame);
    if (summary->first_act_frame == 0) {
        table_clear_cell(view, row, COLUMN_FIRST_ACT);
        table_clear_cell(view, row, COLUMN_CLOSING_TIME);
        table_clear_cell(view, row, COLUMN_IDLE);
        return;
    }
    table_set_uint(view, row, COLUMN_FIRST_ACT, summary->first_act_frame);
    table_set_float(view, row, COLUMN_CLOSING_TIME, (double)summary->closing_time / 1e9);
    if (summary->idle >= 0)
        table_set_float(view, row, COLUMN_IDLE, (double)summary->idle / 1e9);
    else
        table_clear_cell(view, row, COLUMN_IDLE);
}

static void
write_row(const struct table_view *view, const struct listing *listing, unsigned row)
{
    const struct summary *summary = &listing->summary;
    const struct {
        enum column column;
        const char *text;
    } texts[] = {
        { COLUMN_LOSS, value_name("tlsclose.loss", summary->loss, "") },
        { COLUMN_CLIENT, listing->client },
        { COLUMN_SERVER, listing->server },
        { COLUMN_SERVER_NAME, summary->server_name ? summary->server_name : "" },
        { COLUMN_VERSION, value_name("tlsclose.version", summary->version, "") },
        { COLUMN_VERDICT,
          value_name("tlsclose.verdict", summary->closure, OPEN_AT_END_OF_CAPTURE) },
        { COLUMN_INITIATOR, value_name("tlsclose.initiator", summary->initiator, "") },
        { COLUMN_EVIDENCE, value_name("tlsclose.evidence", summary->evidence, "") },
    };

    table_set_uint(view, row, COLUMN_STREAM, listing->stream);
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        table_set_string(view, row, texts[i].column, texts[i].text);
    table_set_uint(view, row, COLUMN_START, listing->first_frame);
    write_ending(view, row, summary);
}

/* Each row is of one connection: it is written anew, and nothing has to be taken away. */
static void
count_connection(struct view *view, struct listing *listing, const struct summary *was _U_,
                 const struct summary *is)
{
    struct table_view *table_view = (struct table_view *)view;

    if (!is)
        return;
    if (listing->row < 0)
        listing->row = (int)table_append_row(table_view);
    write_row(table_view, listing, (unsigned)listing->row);
}

void
stats_connections_register(void)
{
    static const struct view_kind kind = { .count = count_connection, .discard = table_view_free };
    static struct table_type type = {
        .ui.title = "TLS Closure by Connection",
        .ui.cli_string = "tlsclose,connections",
        .ui.nfields = COLUMN_COUNT,
        .ui.fields = columns,
        .kind = &kind,
        .view_size = sizeof(struct table_view),
    };

    table_register(&type);
}

/* stats_table.h
 * Tables of Wireshark's that a view fills: their rows and cells.
 * Must not know what is in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_TABLE_H
#define TLSCLOSE_STATS_TABLE_H

#include "stats/stats_view.h"

#include <epan/stat_tap_ui.h>

/* A view that fills a table. */
struct table_view {
    struct view view; /* the first member */
    stat_tap_table *table;
    unsigned row_count; /* rows allocated, of which the table shows the first */
    GHashTable *rows;   /* row by name, where rows have names */
};

/* What a table is. */
struct table_type {
    stat_tap_table_ui ui; /* the first member: title, cli_string, nfields, fields */
    const struct view_kind *kind;
    size_t view_size; /* of a struct that begins with a table_view */
};

/* Fills in the rest of TYPE's ui and registers it; TYPE must live as long as the program. */
void table_register(struct table_type *type);

/* For the view_kind of a table. */
void table_view_free(struct view *view);

/* From now on DRAW is called with VIEW before its table is drawn, until listening is stopped. To be called
 * as a frame is taken. */
void table_listen_for_drawing(struct table_view *view, void (*draw)(void *view));
void table_stop_listening(struct table_view *view);

/* A new row, all cells empty, or one left over from before the table was reset. */
unsigned table_append_row(struct table_view *view);

/* The last row takes the place of ROW. */
void table_remove_row(struct table_view *view, unsigned row);

/* The cell itself. Owned by the table. */
stat_tap_table_item_type *table_cell(const struct table_view *view, unsigned row, unsigned column);

/* An empty cell, and the columns after it, tshark does not show. */
void table_clear_cell(const struct table_view *view, unsigned row, unsigned column);
void table_set_uint(const struct table_view *view, unsigned row, unsigned column, uint32_t value);
void table_set_float(const struct table_view *view, unsigned row, unsigned column, double value);

/* Unprintable characters, as a server name may have, are escaped as in C; so is the bar between tshark's
 * columns, but for table_set_list(). */
void table_set_string(const struct table_view *view, unsigned row, unsigned column,
                      const char *value);
void table_set_list(const struct table_view *view, unsigned row, unsigned column,
                    const char *value);

#endif

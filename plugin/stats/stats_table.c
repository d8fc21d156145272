/* stats_table.c
 * Tables of Wireshark's that a view fills: their rows and cells. See stats_table.h.
 * Must not know what is in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_table.h"

#include <epan/tap.h>

stat_tap_table_item_type *
table_cell(const struct table_view *view, unsigned row, unsigned column)
{
    return stat_tap_get_field_data(view->table, row, column);
}

static void
free_content(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

void
table_clear_cell(const struct table_view *view, unsigned row, unsigned column)
{
    free_content(table_cell(view, row, column));
}

void
table_set_uint(const struct table_view *view, unsigned row, unsigned column, uint32_t value)
{
    stat_tap_table_item_type *cell = table_cell(view, row, column);

    free_content(cell);
    cell->type = TABLE_ITEM_UINT;
    cell->value.uint_value = value;
}

void
table_set_float(const struct table_view *view, unsigned row, unsigned column, double value)
{
    stat_tap_table_item_type *cell = table_cell(view, row, column);

    free_content(cell);
    cell->type = TABLE_ITEM_FLOAT;
    cell->value.float_value = value;
}

/* The bytes that are parts of a character beyond ASCII: they are not escaped. */
static const char *
beyond_ascii(void)
{
    static char bytes[0x80 + 1];

    for (unsigned i = 0; i < 0x80; i++)
        bytes[i] = (char)(0x80 + i);
    return bytes;
}

/* Owns TEXT from here on. */
static void
/* NOLINTNEXTLINE(readability-non-const-parameter) */
set_text(const struct table_view *view, unsigned row, unsigned column, char *text)
{
    stat_tap_table_item_type *cell = table_cell(view, row, column);

    free_content(cell);
    cell->type = TABLE_ITEM_STRING;
    cell->value.string_value = text;
}

void
table_set_list(const struct table_view *view, unsigned row, unsigned column, const char *value)
{
    set_text(view, row, column, g_strescape(value, beyond_ascii()));
}

void
table_set_string(const struct table_view *view, unsigned row, unsigned column, const char *value)
{
    char *escaped = g_strescape(value, beyond_ascii());
    char **parts = g_strsplit(escaped, "|", -1);

    set_text(view, row, column, g_strjoinv("\\174", parts));
    g_strfreev(parts);
    g_free(escaped);
}

static void
clear_row(const struct table_view *view, unsigned row)
{
    for (unsigned column = 0; column < view->table->num_fields; column++)
        table_clear_cell(view, row, column);
}

/* Wireshark's windows keep pointers to rows. So they are freed with the table only, and used
 * again. */
unsigned
table_append_row(struct table_view *view)
{
    static const stat_tap_table_item_type empty;
    unsigned row = view->table->num_elements;

    if (row < view->row_count) {
        view->table->num_elements++;
        return row;
    }
    stat_tap_init_table_row(view->table, row, 0, &empty);
    view->row_count = view->table->num_elements;
    return row;
}

void
table_remove_row(struct table_view *view, unsigned row)
{
    stat_tap_table *table = view->table;
    unsigned last = table->num_elements - 1;
    stat_tap_table_item_type *removed = table->elements[row];

    clear_row(view, row);
    table->elements[row] = table->elements[last];
    table->elements[last] = removed;
    table->num_elements = last;
}

static tap_packet_status
ask_for_drawing(void *view _U_, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                const void *frame _U_, tap_flags_t flags _U_)
{
    return TAP_PACKET_REDRAW;
}

/* Wireshark tells no table that it is about to be drawn, but draws its listeners from the newest to the
 * oldest: one that comes after the table's own listener is drawn before it. */
void
table_listen_for_drawing(struct table_view *view, void (*draw)(void *view))
{
    GString *error = register_tap_listener(STATS_TAP_NAME, view, NULL, TL_REQUIRES_NOTHING, NULL,
                                           ask_for_drawing, draw, NULL);

    if (error)
        g_string_free(error, TRUE);
}

void
table_stop_listening(struct table_view *view)
{
    remove_tap_listener(view);
}

/* Wireshark gives no sign when it frees an empty table: then its unused rows are lost. */
static void
free_unused_rows(const struct table_view *view)
{
    for (unsigned row = view->table->num_elements; row < view->row_count; row++)
        g_free(view->table->elements[row]);
}

void
table_view_free(struct view *view)
{
    g_hash_table_destroy(((struct table_view *)view)->rows);
    g_free(view);
}

/* Called for each window and each "-z"; those of one kind share their table. */
static void
init_table(stat_tap_table_ui *ui)
{
    const struct table_type *type = (const struct table_type *)ui;

    if (stat_tap_find_table(ui, ui->title))
        return;
    struct table_view *view = g_malloc0(type->view_size);
    view->table = stat_tap_init_table(ui->title, (int)ui->nfields, 0, NULL);
    view->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    stat_tap_add_table(ui, view->table);
    view_add(&view->view, type->kind, view->table);
}

static tap_packet_status
take_for_table(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *frame,
               tap_flags_t flags _U_)
{
    const stat_data_t *stat_data = data;

    view_take(view_find(g_array_index(stat_data->stat_tap_data->tables, stat_tap_table *, 0)),
              pinfo, frame);
    return TAP_PACKET_REDRAW;
}

static void
reset_table(stat_tap_table *table)
{
    struct table_view *view = (struct table_view *)view_find(table);

    for (unsigned row = 0; row < table->num_elements; row++)
        clear_row(view, row);
    table->num_elements = 0;
    g_hash_table_remove_all(view->rows);
    view_clear(&view->view);
}

/* Called for every cell before a table is freed. */
static void
free_cell(stat_tap_table *table, unsigned row, unsigned column, stat_tap_table_item_type *cell)
{
    if (row == 0 && column == 0) {
        free_unused_rows((const struct table_view *)view_find(table));
        view_remove(table);
    }
    free_content(cell);
}

void
table_register(struct table_type *type)
{
    static tap_param filter[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };

    type->ui.group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
    type->ui.tap_name = STATS_TAP_NAME;
    type->ui.stat_tap_init_cb = init_table;
    type->ui.packet_func = take_for_table;
    type->ui.stat_tap_reset_table_cb = reset_table;
    type->ui.stat_tap_free_table_item_cb = free_cell;
    type->ui.nparams = G_N_ELEMENTS(filter);
    type->ui.params = filter;
    register_stat_tap_table_ui(&type->ui);
}

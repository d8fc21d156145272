/* stats_records.c
 * The table "tlsclose,records". See stats_records.h. Its rows are written when it is drawn, by what is
 * known then: one pass is enough. Must not know how what is in it comes about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_records.h"

#include <string.h>

#include "stats/record_cells.h"
#include "stats/stats_table.h"

static stat_tap_table_item columns[RECORD_COLUMN_COUNT];

/* When a frame was captured. */
struct frame_time {
    int64_t seconds;
    int nanoseconds;
    uint32_t frame;
};

struct record_view {
    struct table_view table;              /* the first member */
    struct connection_table *connections; /* borrowed; NULL: nothing was taken yet */
    const struct notes *notes;            /* borrowed likewise */
    GArray *times;                        /* struct frame_time, by frame */
};

static int
compare_times(const void *a, const void *b)
{
    uint32_t left = ((const struct frame_time *)a)->frame;
    uint32_t right = ((const struct frame_time *)b)->frame;

    return (left > right) - (left < right);
}

static void
append_time(const void *user, uint32_t frame, GString *text)
{
    const struct record_view *view = user;
    const struct frame_time key = { .frame = frame };
    const struct frame_time *found = bsearch(&key, view->times->data, view->times->len,
                                             sizeof(struct frame_time), compare_times);

    if (found)
        g_string_append_printf(text, "%" G_GINT64_FORMAT ".%09d", found->seconds,
                               found->nanoseconds);
}

/* By connection, frame and segment. */
static gint
compare_places(gconstpointer a, gconstpointer b)
{
    const struct note_place *left = a;
    const struct note_place *right = b;

    if (left->connection != right->connection)
        return left->connection > right->connection ? 1 : -1;
    if (left->frame != right->frame)
        return left->frame > right->frame ? 1 : -1;
    return (left->segment > right->segment) - (left->segment < right->segment);
}

static gint
compare_listings(gconstpointer a, gconstpointer b)
{
    uint32_t left = (*(const struct listing *const *)a)->connection;
    uint32_t right = (*(const struct listing *const *)b)->connection;

    return (left > right) - (left < right);
}

/* Frames that may say something though nothing is noted of them: a close_notify that was known only
 * later, and the last data. */
static void
append_unnoted_places(GArray *places, uint32_t connection, const struct conclusion *conclusion)
{
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        const struct direction_conclusion *direction = &conclusion->direction[side];
        const uint32_t frames[] = { direction->close_notify_frame, direction->data_frame };
        for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
            const struct note_place place = { connection, frames[i], (uint8_t)side,
                                              NOTE_WITHOUT_SEGMENT };
            if (frames[i] != 0)
                g_array_append_val(places, place);
        }
    }
}

static bool
is_same_frame(const struct note_place *a, const struct note_place *b)
{
    return a->connection == b->connection && a->frame == b->frame && a->sender == b->sender;
}

static void
write_row(const struct record_view *view, const struct listing *listing,
          const struct record_cells *cells)
{
    for (unsigned column = 0; column < RECORD_COLUMN_COUNT; column++) {
        const char *text = cells->text[column]->str;
        if (record_is_list((enum record_column)column))
            table_set_list(&view->table, (unsigned)listing->row, column, text);
        else
            table_set_string(&view->table, (unsigned)listing->row, column, text);
    }
}

/* PLACES[*NEXT] is the first of the listing's connection, if it has any; *NEXT gets the first behind. */
static void
draw_record(struct record_view *view, const struct listing *listing, const GArray *places,
            unsigned *next, struct record_cells *cells)
{
    const struct conclusion *conclusion =
        connection_table_conclusion(view->connections, listing->connection);

    record_begin(cells, listing, conclusion);
    for (; *next < places->len; ++*next) {
        const struct note_place *place = &g_array_index(places, struct note_place, *next);
        struct frame_note note;
        if (place->connection != listing->connection)
            break;
        if (*next > 0 && place->segment == NOTE_WITHOUT_SEGMENT && is_same_frame(place - 1, place))
            continue;
        notes_recall(view->notes, place, &note);
        const struct statements statements =
            statements_of(place->frame, conclusion, &note.findings);
        record_add(cells, &statements);
    }
    record_end(cells);
    write_row(view, listing, cells);
}

/* The listings of VIEW by connection. */
static GPtrArray *
sorted_listings(const struct view *view)
{
    GPtrArray *listings = g_ptr_array_sized_new(g_hash_table_size(view->listings));
    GHashTableIter all;
    gpointer listing;

    g_hash_table_iter_init(&all, view->listings);
    while (g_hash_table_iter_next(&all, NULL, &listing))
        g_ptr_array_add(listings, listing);
    g_ptr_array_sort(listings, compare_listings);
    return listings;
}

static void
draw_records(void *user)
{
    struct record_view *view = user;

    if (!view->connections)
        return;
    GPtrArray *listings = sorted_listings(&view->table.view);
    GArray *places = notes_places(view->notes);
    struct record_cells cells;
    unsigned next = 0;

    for (unsigned i = 0; i < listings->len; i++) {
        uint32_t connection = ((const struct listing *)listings->pdata[i])->connection;
        append_unnoted_places(places, connection,
                              connection_table_conclusion(view->connections, connection));
    }
    g_array_sort(places, compare_places);
    record_cells_init(&cells, append_time, view);
    for (unsigned i = 0; i < listings->len; i++) {
        const struct listing *listing = listings->pdata[i];
        while (next < places->len &&
               g_array_index(places, struct note_place, next).connection < listing->connection)
            next++;
        draw_record(view, listing, places, &next, &cells);
    }
    record_cells_clear(&cells);
    g_array_free(places, TRUE);
    g_ptr_array_free(listings, TRUE);
}

static void
take_frame(struct view *view, const packet_info *pinfo, const struct stats_frame *frame)
{
    struct record_view *record_view = (struct record_view *)view;
    const struct frame_time time = { pinfo->abs_ts.secs, pinfo->abs_ts.nsecs, pinfo->num };

    if (!record_view->times) {
        record_view->times = g_array_new(FALSE, FALSE, sizeof(struct frame_time));
        table_listen_for_drawing(&record_view->table, draw_records);
    }
    record_view->connections = frame->connections;
    record_view->notes = frame->notes;
    g_array_append_val(record_view->times, time);
}

static void
count_connection(struct view *view, struct listing *listing, const struct summary *was _U_,
                 const struct summary *is _U_)
{
    if (listing->row < 0)
        listing->row = (int)table_append_row((struct table_view *)view);
}

static void
forget_frames(struct view *view)
{
    struct record_view *record_view = (struct record_view *)view;

    record_view->connections = NULL;
    record_view->notes = NULL;
    if (record_view->times)
        g_array_set_size(record_view->times, 0);
}

static void
free_view(struct view *view)
{
    struct record_view *record_view = (struct record_view *)view;

    if (record_view->times) {
        table_stop_listening(&record_view->table);
        g_array_free(record_view->times, TRUE);
    }
    table_view_free(view);
}

void
stats_records_register(void)
{
    static const struct view_kind kind = {
        .count = count_connection,
        .take_frame = take_frame,
        .clear = forget_frames,
        .discard = free_view,
    };
    static struct table_type type = {
        .ui.title = "TLS Closure Records",
        .ui.cli_string = "tlsclose,records",
        .ui.nfields = RECORD_COLUMN_COUNT,
        .ui.fields = columns,
        .kind = &kind,
        .view_size = sizeof(struct record_view),
    };

    for (unsigned column = 0; column < RECORD_COLUMN_COUNT; column++)
        columns[column] =
            (stat_tap_table_item){ TABLE_ITEM_STRING, TAP_ALIGN_LEFT, record_names[column], "%s" };
    table_register(&type);
}

/* stats.c
 * Statistics over the TLS connections of a capture. See stats.h.
 * Knows connections and how they are judged; must not know what is in a packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats.h"

#include <epan/expert.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>
#include <epan/to_str.h>
#include <string.h>

#include "annotate.h"
#include "closure.h"

#define TAP_NAME "tlsclose"

#define OPEN_AT_END "Open at end of capture"

static int tap_id = -1;

/* What the statistics say of a connection. Compared as bytes: no padding. */
struct facts {
    const char *server_name; /* the connection's own; NULL if unknown */
    int64_t closing_time;    /* nanoseconds from the first closing act to the end */
    uint32_t version;
    uint32_t closure; /* of the verdict; CLOSURE_NONE: still open */
    uint32_t evidence;
    uint32_t initiator;       /* as in tlsclose.initiator; 0: not known */
    uint32_t first_act_frame; /* 0: not known */
    uint32_t end_frame;       /* 0: still open */
    uint32_t made_session_unresumable;
    uint32_t response_truncated;
};

/* A connection that counts in a view. */
struct listing {
    const struct connection *connection;
    uint32_t stream;
    char *client; /* address and port */
    char *server;
    char *server_address;
    struct facts facts; /* as counted */
    int row;            /* in the table of connections; -1: none yet */
};

struct view;

/* Adds LISTING's facts to what is shown, or takes them away again: DELTA is 1 or -1. */
typedef void (*count_listing)(struct view *view, struct listing *listing, int delta);

enum group {
    GROUP_VERDICT,
    GROUP_VERSION,
    GROUP_EVIDENCE,
    GROUP_INITIATOR,
    GROUP_SEVERITY,
    GROUP_COUNT
};

/* A statistic that somebody looks at. Wireshark calls back for reading a packet and for resetting,
 * but neither before it shows a table nor when a frame fails the filter: therefore what is shown is
 * kept up to date with every frame. */
struct view {
    count_listing count;
    stats_tree *tree;      /* borrowed, or ... */
    stat_tap_table *table; /* ... borrowed */
    GHashTable *listings;  /* struct listing by connection */
    struct {
        int node;
        int count;
        GHashTable *items;   /* counts by name */
    } group[GROUP_COUNT];    /* of the tree */
    GHashTable *server_rows; /* of the table of servers: row by name */
    unsigned row_count;      /* rows allocated, of which the table shows the first */
};

static GHashTable *views; /* struct view by stats_tree or stat_tap_table */

/* The time of the end that the verdict rests on. */
static int64_t
end_time(const struct connection *connection)
{
    int64_t time = INT64_MIN;

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        const struct direction *direction = &connection->direction[side];
        if (direction->end_kind != END_NONE && direction->end.captured <= connection->verdict_frame)
            time = MAX(time, direction->end.time);
    }
    return time;
}

static bool
made_session_unresumable(const struct connection *connection)
{
    uint32_t raised =
        connection->direction[SIDE_CLIENT].raised | connection->direction[SIDE_SERVER].raised;

    return connection->unresumable_frame != 0 ||
           (raised & EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE)) != 0;
}

static bool
response_truncated(const struct connection *connection, const struct connection_options *options)
{
    bool ended = connection->verdict_frame != 0 || connection->direction[SIDE_SERVER].end_stated;

    return ended && judge_response(connection, options) == HTTP_INCOMPLETE;
}

static struct facts
facts_of(const struct connection *connection, const struct connection_options *options)
{
    const struct judgement *verdict = &connection->verdict;
    struct facts facts = {
        .server_name = connection->server_name,
        .version = connection->version,
        .closure = verdict->closure,
        .evidence = verdict->evidence,
        .end_frame = connection->verdict_frame,
        .made_session_unresumable = made_session_unresumable(connection),
        .response_truncated = response_truncated(connection, options),
    };
    const struct mark *first_act =
        verdict->has_initiator ? first_closing_act(connection, verdict->initiator, options) : NULL;

    if (verdict->has_initiator)
        facts.initiator = (uint32_t)verdict->initiator + 1;
    if (first_act) {
        facts.first_act_frame = first_act->frame;
        facts.closing_time = end_time(connection) - first_act->time;
    }
    return facts;
}

/* The name that FIELD shows for VALUE. */
static const char *
value_name(const char *field, uint32_t value, const char *otherwise)
{
    const header_field_info *info = proto_registrar_get_byname(field);
    const char *name = try_val_to_str(value, info->strings);

    return name ? name : otherwise;
}

static const char *
verdict_name(const struct facts *facts)
{
    return value_name("tlsclose.verdict", facts->closure, OPEN_AT_END);
}

/* Numeric, as in the packet list without name resolution. */
static char *
endpoint(const address *host, uint32_t port)
{
    char *text = address_to_str(NULL, host);
    char *result = g_strdup_printf(host->type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, port);

    wmem_free(NULL, text);
    return result;
}

static struct listing *
listing_new(const packet_info *pinfo, const struct stats_frame *frame)
{
    bool from_client = frame->sender == SIDE_CLIENT;
    const address *server = from_client ? &pinfo->dst : &pinfo->src;
    struct listing *listing = g_new0(struct listing, 1);
    char *source = endpoint(&pinfo->src, pinfo->srcport);
    char *destination = endpoint(&pinfo->dst, pinfo->destport);
    char *server_address = address_to_str(NULL, server);

    listing->connection = frame->connection;
    listing->stream = frame->stream;
    listing->client = from_client ? source : destination;
    listing->server = from_client ? destination : source;
    listing->server_address = g_strdup(server_address);
    listing->facts = facts_of(frame->connection, &frame->options);
    listing->row = -1;
    wmem_free(NULL, server_address);
    return listing;
}

static void
listing_free(gpointer data)
{
    struct listing *listing = data;

    g_free(listing->client);
    g_free(listing->server);
    g_free(listing->server_address);
    g_free(listing);
}

static void
view_free(gpointer data)
{
    struct view *view = data;

    g_hash_table_destroy(view->listings);
    g_hash_table_destroy(view->server_rows);
    for (enum group group = 0; group < GROUP_COUNT; group++)
        g_hash_table_destroy(view->group[group].items);
    g_free(view);
}

/* SHOWN is the tree or table. */
static struct view *
view_new(gpointer shown, count_listing count)
{
    struct view *view = g_new0(struct view, 1);

    view->count = count;
    view->listings = g_hash_table_new_full(NULL, NULL, NULL, listing_free);
    view->server_rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (enum group group = 0; group < GROUP_COUNT; group++)
        view->group[group].items = g_hash_table_new(NULL, NULL);
    g_hash_table_replace(views, shown, view);
    return view;
}

/* A frame of the connection has passed the view's filter. */
static void
list_connection(struct view *view, const packet_info *pinfo, const struct stats_frame *frame)
{
    if (g_hash_table_contains(view->listings, frame->connection))
        return;
    struct listing *listing = listing_new(pinfo, frame);
    g_hash_table_insert(view->listings, (gpointer)frame->connection, listing);
    view->count(view, listing, 1);
}

static void
update_view(struct view *view, const struct stats_frame *frame)
{
    struct listing *listing = g_hash_table_lookup(view->listings, frame->connection);

    if (!listing)
        return;
    struct facts facts = facts_of(frame->connection, &frame->options);
    if (memcmp(&facts, &listing->facts, sizeof facts) == 0)
        return;
    view->count(view, listing, -1);
    listing->facts = facts;
    view->count(view, listing, 1);
}

bool
stats_are_wanted(void)
{
    return have_tap_listener(tap_id);
}

void
stats_take(packet_info *pinfo, const struct stats_frame *frame)
{
    GHashTableIter all;
    gpointer view;

    g_hash_table_iter_init(&all, views);
    while (g_hash_table_iter_next(&all, NULL, &view))
        update_view(view, frame);
    tap_queue_packet(tap_id, pinfo, wmem_memdup(pinfo->pool, frame, sizeof *frame));
}

static void
forget_in_view(struct view *view)
{
    g_hash_table_remove_all(view->listings);
    for (enum group group = 0; group < GROUP_COUNT; group++) {
        g_hash_table_remove_all(view->group[group].items);
        view->group[group].count = 0;
    }
}

void
stats_forget(void)
{
    GHashTableIter all;
    gpointer view;

    g_hash_table_iter_init(&all, views);
    while (g_hash_table_iter_next(&all, NULL, &view))
        forget_in_view(view);
}

/* The tree. FIELD names a group's items; OTHERWISE: the item where that has no value, NULL if the
 * connection does not count then. */
static const struct {
    const char *title;
    const char *field;
    const char *otherwise;
} tree_groups[GROUP_COUNT] = {
    [GROUP_VERDICT] = { "Connections by verdict", "tlsclose.verdict", OPEN_AT_END },
    [GROUP_VERSION] = { "Connections by version", "tlsclose.version", "Unknown" },
    [GROUP_EVIDENCE] = { "Verdicts by evidence", "tlsclose.evidence", NULL },
    [GROUP_INITIATOR] = { "Verdicts by initiator", "tlsclose.initiator", NULL },
    [GROUP_SEVERITY] = { "Expert infos by severity", NULL, NULL },
};

static const int severities[] = { PI_ERROR, PI_WARN, PI_NOTE, PI_CHAT };

static const char *
severity_name(int severity)
{
    return val_to_str_const((uint32_t)severity, expert_severity_vals, "");
}

/* The counts are set, not increased: Wireshark would take increases and decreases for bursts. */
static void
add_to_tree(struct view *view, enum group group, const char *item, int delta)
{
    GHashTable *items = view->group[group].items;
    const char *title = tree_groups[group].title;
    int count = GPOINTER_TO_INT(g_hash_table_lookup(items, item)) + delta;

    g_hash_table_insert(items, (gpointer)item, GINT_TO_POINTER(count));
    view->group[group].count += delta;
    stats_tree_manip_node_int(MN_SET, view->tree, item, view->group[group].node, false, count);
    stats_tree_manip_node_int(MN_SET, view->tree, title, 0, true, view->group[group].count);
}

static void
count_in_tree(struct view *view, struct listing *listing, int delta)
{
    const uint32_t values[] = {
        [GROUP_VERDICT] = listing->facts.closure,
        [GROUP_VERSION] = listing->facts.version,
        [GROUP_EVIDENCE] = listing->facts.evidence,
        [GROUP_INITIATOR] = listing->facts.initiator,
    };

    for (enum group group = 0; group < G_N_ELEMENTS(values); group++) {
        const char *item =
            value_name(tree_groups[group].field, values[group], tree_groups[group].otherwise);
        if (item)
            add_to_tree(view, group, item, delta);
    }
}

/* Items are shown even if nothing counts for them. */
static void
create_group(struct view *view, enum group group)
{
    const char *field = tree_groups[group].field;
    const char *otherwise = tree_groups[group].otherwise;

    view->group[group].node =
        stats_tree_create_node(view->tree, tree_groups[group].title, 0, STAT_DT_INT, true);
    if (!field) {
        for (unsigned i = 0; i < G_N_ELEMENTS(severities); i++)
            add_to_tree(view, group, severity_name(severities[i]), 0);
        return;
    }
    for (const value_string *value = proto_registrar_get_byname(field)->strings; value->strptr;
         value++)
        add_to_tree(view, group, value->strptr, 0);
    if (otherwise)
        add_to_tree(view, group, otherwise, 0);
}

static void
init_tree(stats_tree *tree)
{
    struct view *view = view_new(tree, count_in_tree);

    view->tree = tree;
    for (enum group group = 0; group < GROUP_COUNT; group++)
        create_group(view, group);
}

static void
cleanup_tree(stats_tree *tree)
{
    g_hash_table_remove(views, tree);
}

static tap_packet_status
take_for_tree(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
              tap_flags_t flags _U_)
{
    struct view *view = g_hash_table_lookup(views, tree);
    const struct stats_frame *frame = data;

    list_connection(view, pinfo, frame);
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (frame->experts & EXPERT_BIT(expert))
            add_to_tree(view, GROUP_SEVERITY, severity_name(annotate_severity(expert)), 1);
    return TAP_PACKET_REDRAW;
}

/* Cells of a table. */

static stat_tap_table_item_type *
cell_at(const struct view *view, unsigned row, unsigned column)
{
    return stat_tap_get_field_data(view->table, row, column);
}

static void
clear_cell(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

static void
set_uint(const struct view *view, unsigned row, unsigned column, uint32_t value)
{
    stat_tap_table_item_type *cell = cell_at(view, row, column);

    cell->type = TABLE_ITEM_UINT;
    cell->value.uint_value = value;
}

static void
set_float(const struct view *view, unsigned row, unsigned column, double value)
{
    stat_tap_table_item_type *cell = cell_at(view, row, column);

    cell->type = TABLE_ITEM_FLOAT;
    cell->value.float_value = value;
}

static void
set_string(const struct view *view, unsigned row, unsigned column, const char *value)
{
    stat_tap_table_item_type *cell = cell_at(view, row, column);

    clear_cell(cell);
    cell->type = TABLE_ITEM_STRING;
    cell->value.string_value = g_strdup(value);
}

/* Rows of a table. Wireshark's windows keep pointers to them: they are freed with the table only,
 * and used again. */

static void
clear_row(const struct view *view, unsigned row)
{
    for (unsigned column = 0; column < view->table->num_fields; column++)
        clear_cell(cell_at(view, row, column));
}

static unsigned
append_row(struct view *view)
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

/* The last row takes its place. */
static void
remove_row(struct view *view, unsigned row)
{
    stat_tap_table *table = view->table;
    unsigned last = table->num_elements - 1;
    stat_tap_table_item_type *removed = table->elements[row];

    clear_row(view, row);
    table->elements[row] = table->elements[last];
    table->elements[last] = removed;
    table->num_elements = last;
}

/* The table of connections. From the end on, columns can be empty: tshark ends a row at the first
 * empty cell. */
enum connection_column {
    CONNECTION_STREAM,
    CONNECTION_CLIENT,
    CONNECTION_SERVER,
    CONNECTION_SERVER_NAME,
    CONNECTION_VERSION,
    CONNECTION_VERDICT,
    CONNECTION_INITIATOR,
    CONNECTION_EVIDENCE,
    CONNECTION_START,
    CONNECTION_END,
    CONNECTION_FIRST_ACT,
    CONNECTION_CLOSING_TIME,
    CONNECTION_COLUMN_COUNT
};

static stat_tap_table_item connection_columns[CONNECTION_COLUMN_COUNT] = {
    [CONNECTION_STREAM] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    [CONNECTION_CLIENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%s" },
    [CONNECTION_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    [CONNECTION_SERVER_NAME] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server name", "%s" },
    [CONNECTION_VERSION] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Version", "%s" },
    [CONNECTION_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [CONNECTION_INITIATOR] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Initiator", "%s" },
    [CONNECTION_EVIDENCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Evidence", "%s" },
    [CONNECTION_START] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Start in", "%u" },
    [CONNECTION_END] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "End in", "%u" },
    [CONNECTION_FIRST_ACT] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "First closing act in", "%u" },
    [CONNECTION_CLOSING_TIME] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Closing time (s)", "%.6f" },
};

/* A name comes from the wire: nothing unprintable may reach a terminal. */
static char *
printable(const char *server_name)
{
    return server_name ? g_strescape(server_name, NULL) : g_strdup("");
}

static void
write_ending(const struct view *view, unsigned row, const struct facts *facts)
{
    if (facts->end_frame != 0)
        set_uint(view, row, CONNECTION_END, facts->end_frame);
    if (facts->first_act_frame == 0) {
        clear_cell(cell_at(view, row, CONNECTION_FIRST_ACT));
        clear_cell(cell_at(view, row, CONNECTION_CLOSING_TIME));
        return;
    }
    set_uint(view, row, CONNECTION_FIRST_ACT, facts->first_act_frame);
    set_float(view, row, CONNECTION_CLOSING_TIME, (double)facts->closing_time / 1e9);
}

/* Each row is of one connection: it is written anew, and nothing has to be taken away. */
static void
write_connection(struct view *view, struct listing *listing, int delta)
{
    const struct facts *facts = &listing->facts;

    if (delta < 0)
        return;
    if (listing->row < 0)
        listing->row = (int)append_row(view);
    unsigned row = (unsigned)listing->row;
    char *server_name = printable(facts->server_name);
    set_uint(view, row, CONNECTION_STREAM, listing->stream);
    set_string(view, row, CONNECTION_CLIENT, listing->client);
    set_string(view, row, CONNECTION_SERVER, listing->server);
    set_string(view, row, CONNECTION_SERVER_NAME, server_name);
    set_string(view, row, CONNECTION_VERSION, value_name("tlsclose.version", facts->version, ""));
    set_string(view, row, CONNECTION_VERDICT, verdict_name(facts));
    set_string(view, row, CONNECTION_INITIATOR,
               value_name("tlsclose.initiator", facts->initiator, ""));
    set_string(view, row, CONNECTION_EVIDENCE,
               value_name("tlsclose.evidence", facts->evidence, ""));
    set_uint(view, row, CONNECTION_START, listing->connection->first_frame);
    write_ending(view, row, facts);
    g_free(server_name);
}

/* The table of servers. */
enum server_column {
    SERVER_NAME,
    SERVER_CONNECTIONS,
    SERVER_GRACEFUL,
    SERVER_UNANSWERED,
    SERVER_TRUNCATED,
    SERVER_RESET,
    SERVER_FATAL_ALERT,
    SERVER_HANDSHAKE_INCOMPLETE,
    SERVER_UNKNOWN,
    SERVER_OPEN,
    SERVER_UNRESUMABLE_SESSIONS,
    SERVER_TRUNCATED_RESPONSES,
    SERVER_NOT_GRACEFUL,
    SERVER_COLUMN_COUNT
};

static stat_tap_table_item server_columns[SERVER_COLUMN_COUNT] = {
    [SERVER_NAME] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    [SERVER_CONNECTIONS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Connections", "%u" },
    [SERVER_GRACEFUL] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Graceful", "%u" },
    [SERVER_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Unanswered", "%u" },
    [SERVER_TRUNCATED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Truncated", "%u" },
    [SERVER_RESET] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Reset", "%u" },
    [SERVER_FATAL_ALERT] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Fatal alert", "%u" },
    [SERVER_HANDSHAKE_INCOMPLETE] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Handshake incomplete",
                                      "%u" },
    [SERVER_UNKNOWN] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Unknown", "%u" },
    [SERVER_OPEN] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, OPEN_AT_END, "%u" },
    [SERVER_UNRESUMABLE_SESSIONS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Sessions made unresumable",
                                      "%u" },
    [SERVER_TRUNCATED_RESPONSES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Truncated responses",
                                     "%u" },
    [SERVER_NOT_GRACEFUL] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Not graceful (%)", "%.1f" },
};

static const enum server_column verdict_columns[CLOSURE_COUNT] = {
    [CLOSURE_NONE] = SERVER_OPEN,
    [CLOSURE_CLOSE_NOTIFY] = SERVER_GRACEFUL,
    [CLOSURE_UNANSWERED] = SERVER_UNANSWERED,
    [CLOSURE_TRUNCATED] = SERVER_TRUNCATED,
    [CLOSURE_RESET] = SERVER_RESET,
    [CLOSURE_FATAL_ALERT] = SERVER_FATAL_ALERT,
    [CLOSURE_HANDSHAKE_INCOMPLETE] = SERVER_HANDSHAKE_INCOMPLETE,
    [CLOSURE_UNKNOWN] = SERVER_UNKNOWN,
};

/* The row of SERVER, a new one if there is none. */
static unsigned
server_row(struct view *view, const char *server)
{
    gpointer known;

    if (g_hash_table_lookup_extended(view->server_rows, server, NULL, &known))
        return GPOINTER_TO_UINT(known);
    unsigned row = append_row(view);
    set_string(view, row, SERVER_NAME, server);
    for (unsigned column = SERVER_CONNECTIONS; column < SERVER_NOT_GRACEFUL; column++)
        set_uint(view, row, column, 0);
    g_hash_table_insert(view->server_rows, g_strdup(server), GUINT_TO_POINTER(row));
    return row;
}

static void
remove_server_row(struct view *view, unsigned row)
{
    g_hash_table_remove(view->server_rows, cell_at(view, row, SERVER_NAME)->value.string_value);
    remove_row(view, row);
    if (row < view->table->num_elements)
        g_hash_table_insert(view->server_rows,
                            g_strdup(cell_at(view, row, SERVER_NAME)->value.string_value),
                            GUINT_TO_POINTER(row));
}

static uint32_t
server_count(const struct view *view, unsigned row, enum server_column column)
{
    return cell_at(view, row, column)->value.uint_value;
}

/* The share among the verdicts that could be given: what is open or unknown may be graceful. */
static void
write_share(const struct view *view, unsigned row)
{
    uint32_t judged = server_count(view, row, SERVER_CONNECTIONS) -
                      server_count(view, row, SERVER_OPEN) -
                      server_count(view, row, SERVER_UNKNOWN);
    uint32_t not_graceful = judged - server_count(view, row, SERVER_GRACEFUL);

    if (judged == 0)
        clear_cell(cell_at(view, row, SERVER_NOT_GRACEFUL));
    else
        set_float(view, row, SERVER_NOT_GRACEFUL, 100.0 * not_graceful / judged);
}

static void
add_to_server(const struct view *view, unsigned row, enum server_column column, int delta)
{
    cell_at(view, row, column)->value.uint_value += (unsigned)delta;
}

/* A connection moves to the row of its name when the ClientHello has arrived in full. */
static void
count_for_server(struct view *view, struct listing *listing, int delta)
{
    const struct facts *facts = &listing->facts;
    char *server =
        facts->server_name ? printable(facts->server_name) : g_strdup(listing->server_address);
    unsigned row = server_row(view, server);

    add_to_server(view, row, SERVER_CONNECTIONS, delta);
    add_to_server(view, row, verdict_columns[facts->closure], delta);
    if (facts->made_session_unresumable)
        add_to_server(view, row, SERVER_UNRESUMABLE_SESSIONS, delta);
    if (facts->response_truncated)
        add_to_server(view, row, SERVER_TRUNCATED_RESPONSES, delta);
    write_share(view, row);
    if (server_count(view, row, SERVER_CONNECTIONS) == 0)
        remove_server_row(view, row);
    g_free(server);
}

/* What both tables have in common. */

static void
init_table(stat_tap_table_ui *ui, count_listing count)
{
    if (stat_tap_find_table(ui, ui->title))
        return;
    stat_tap_table *table = stat_tap_init_table(ui->title, (int)ui->nfields, 0, NULL);
    stat_tap_add_table(ui, table);
    view_new(table, count)->table = table;
}

static void
init_connections(stat_tap_table_ui *ui)
{
    init_table(ui, write_connection);
}

static void
init_servers(stat_tap_table_ui *ui)
{
    init_table(ui, count_for_server);
}

static tap_packet_status
take_for_table(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *frame,
               tap_flags_t flags _U_)
{
    const stat_data_t *stat_data = data;
    gpointer table = g_array_index(stat_data->stat_tap_data->tables, stat_tap_table *, 0);

    list_connection(g_hash_table_lookup(views, table), pinfo, frame);
    return TAP_PACKET_REDRAW;
}

static void
reset_table(stat_tap_table *table)
{
    struct view *view = g_hash_table_lookup(views, table);

    for (unsigned row = 0; row < table->num_elements; row++)
        clear_row(view, row);
    table->num_elements = 0;
    g_hash_table_remove_all(view->listings);
    g_hash_table_remove_all(view->server_rows);
}

/* Rows that were left over. */
static void
free_spare_rows(const struct view *view)
{
    for (unsigned row = view->table->num_elements; row < view->row_count; row++)
        g_free(view->table->elements[row]);
}

/* Called for every cell before a table is freed. */
static void
free_table_cell(stat_tap_table *table, unsigned row, unsigned column,
                stat_tap_table_item_type *cell)
{
    if (row == 0 && column == 0) {
        free_spare_rows(g_hash_table_lookup(views, table));
        g_hash_table_remove(views, table);
    }
    clear_cell(cell);
}

static void
register_tables(void)
{
    static tap_param filter[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_table_ui connections = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = "TLS Closure by Connection",
        .tap_name = TAP_NAME,
        .cli_string = "tlsclose,connections",
        .stat_tap_init_cb = init_connections,
        .packet_func = take_for_table,
        .stat_tap_reset_table_cb = reset_table,
        .stat_tap_free_table_item_cb = free_table_cell,
        .nfields = CONNECTION_COLUMN_COUNT,
        .fields = connection_columns,
        .nparams = G_N_ELEMENTS(filter),
        .params = filter,
    };
    static stat_tap_table_ui servers;

    servers = connections;
    servers.title = "TLS Closure by Server";
    servers.cli_string = "tlsclose,servers";
    servers.stat_tap_init_cb = init_servers;
    servers.nfields = SERVER_COLUMN_COUNT;
    servers.fields = server_columns;
    register_stat_tap_table_ui(&connections);
    register_stat_tap_table_ui(&servers);
}

void
stats_register(void)
{
    views = g_hash_table_new_full(NULL, NULL, NULL, view_free);
    tap_id = register_tap(TAP_NAME);
    stats_tree_register_plugin(TAP_NAME, "tlsclose", "TLS Closure", 0, take_for_tree, init_tree,
                               cleanup_tree);
    register_tables();
}

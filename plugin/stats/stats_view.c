/* stats_view.c
 * Which connections count in which view, and what the statistics say of them. See stats_view.h. Must
 * not know how a view shows them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_view.h"

#include <epan/to_str.h>
#include <string.h>

static GHashTable *views; /* struct view by what it fills */

static enum idle_class
idle_class_of(int64_t idle)
{
    static const int64_t seconds[] = { 1, 5, 30, 60, 120 };
    enum idle_class class = IDLE_UNDER_1_S;

    if (idle < 0)
        return IDLE_NOT_KNOWN;
    while (class < IDLE_LONGER && idle >= seconds[class] * 1000000000)
        class ++;
    return class;
}

static struct summary
summary_of(const struct listing *listing, struct connection_table *connections)
{
    const struct conclusion *conclusion =
        connection_table_conclusion(connections, listing->connection);
    const struct judgement *verdict = &conclusion->verdict;
    bool has_ended = conclusion->verdict_frame != 0;
    enum side lost_side = conclusion_lost_side(conclusion);

    return (struct summary){
        .server_name = conclusion->server_name,
        .closing_time = conclusion->closing_time,
        .idle = conclusion->idle,
        .idle_class = idle_class_of(conclusion->idle),
        .loss = has_ended ? conclusion->direction[lost_side].loss.loss : LOSS_NOT_JUDGED,
        .version = conclusion->version,
        .closure = verdict->closure,
        .evidence = verdict->evidence,
        .initiator = verdict->has_initiator ? (uint32_t)verdict->initiator + 1 : 0,
        .first_act_frame = conclusion->first_act_frame,
        .end_frame = conclusion->verdict_frame,
        .made_session_unresumable = conclusion->made_session_unresumable,
        .response_truncated = conclusion->response_truncated,
    };
}

const char *
value_name(const char *field, uint32_t value, const char *otherwise)
{
    const char *name = try_val_to_str(value, proto_registrar_get_byname(field)->strings);

    return name ? name : otherwise;
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

static void
name_endpoints(struct listing *listing, const packet_info *pinfo, const struct stats_frame *frame)
{
    bool from_client = frame->sender == SIDE_CLIENT;
    char *source = endpoint(&pinfo->src, pinfo->srcport);
    char *destination = endpoint(&pinfo->dst, pinfo->destport);

    listing->client = from_client ? source : destination;
    listing->server = from_client ? destination : source;
}

static void
free_names(struct listing *listing)
{
    g_free(listing->client);
    g_free(listing->server);
}

static void
set_connection(struct listing *listing, const struct stats_frame *frame)
{
    listing->connection = frame->connection;
    listing->first_frame =
        connection_table_conclusion(frame->connections, frame->connection)->first_frame;
}

static struct listing *
listing_new(const packet_info *pinfo, const struct stats_frame *frame)
{
    struct listing *listing = g_new0(struct listing, 1);

    set_connection(listing, frame);
    listing->last_frame = pinfo->num;
    listing->stream = frame->stream;
    listing->row = -1;
    name_endpoints(listing, pinfo, frame);
    return listing;
}

static void
listing_free(gpointer data)
{
    struct listing *listing = data;

    free_names(listing);
    g_free(listing);
}

static void
view_free(gpointer data)
{
    struct view *view = data;

    g_hash_table_destroy(view->listings);
    view->kind->discard(view);
}

void
view_add(struct view *view, const struct view_kind *kind, gconstpointer shown)
{
    view->kind = kind;
    view->listings = g_hash_table_new_full(NULL, NULL, NULL, listing_free);
    g_hash_table_replace(views, (gpointer)shown, view);
}

struct view *
view_find(gconstpointer shown)
{
    return g_hash_table_lookup(views, shown);
}

void
view_remove(gconstpointer shown)
{
    g_hash_table_remove(views, shown);
}

void
view_clear(struct view *view)
{
    g_hash_table_remove_all(view->listings);
    if (view->kind->clear)
        view->kind->clear(view);
}

static struct listing *
find_listing(const struct view *view, const struct stats_frame *frame)
{
    return g_hash_table_lookup(view->listings, GUINT_TO_POINTER(frame->stream));
}

/* The roles may turn out to have been guessed wrong: then the connection is another one. */
static void
turn_round(struct view *view, struct listing *listing, const packet_info *pinfo,
           const struct stats_frame *frame)
{
    view->kind->count(view, listing, &listing->summary, NULL);
    free_names(listing);
    name_endpoints(listing, pinfo, frame);
    set_connection(listing, frame);
    listing->summary = summary_of(listing, frame->connections);
    view->kind->count(view, listing, NULL, &listing->summary);
}

static void
update(struct view *view, struct listing *listing, const packet_info *pinfo,
       const struct stats_frame *frame)
{
    const struct summary was = listing->summary;

    listing->last_frame = pinfo->num;
    if (listing->connection != frame->connection) {
        turn_round(view, listing, pinfo, frame);
        return;
    }
    set_connection(listing, frame);
    listing->summary = summary_of(listing, frame->connections);
    if (memcmp(&listing->summary, &was, sizeof was) != 0)
        view->kind->count(view, listing, &was, &listing->summary);
}

static void
list_connection(struct view *view, const packet_info *pinfo, const struct stats_frame *frame)
{
    struct listing *listing = listing_new(pinfo, frame);

    g_hash_table_insert(view->listings, GUINT_TO_POINTER(frame->stream), listing);
    listing->summary = summary_of(listing, frame->connections);
    view->kind->count(view, listing, NULL, &listing->summary);
}

void
view_take(struct view *view, const packet_info *pinfo, const struct stats_frame *frame)
{
    struct listing *listing = find_listing(view, frame);

    if (listing)
        update(view, listing, pinfo, frame);
    else
        list_connection(view, pinfo, frame);
    if (view->kind->take_frame)
        view->kind->take_frame(view, pinfo, frame);
}

void
view_update_all(const packet_info *pinfo, const struct stats_frame *frame)
{
    GHashTableIter all;
    gpointer view;

    g_hash_table_iter_init(&all, views);
    while (g_hash_table_iter_next(&all, NULL, &view)) {
        struct listing *listing = find_listing(view, frame);
        if (listing)
            update(view, listing, pinfo, frame);
    }
}

void
view_clear_all(void)
{
    GHashTableIter all;
    gpointer view;

    g_hash_table_iter_init(&all, views);
    while (g_hash_table_iter_next(&all, NULL, &view))
        view_clear(view);
}

void
view_register(void)
{
    views = g_hash_table_new_full(NULL, NULL, NULL, view_free);
}

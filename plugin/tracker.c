/* tracker.c
 * Which TLS connection a TCP segment belongs to. See tracker.h.
 * Knows observations and connections; must not know what is found in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tracker.h"

#include <glib.h>

#include "early.h"

/* A TCP connection that carries TLS. */
struct entry {
    struct connection *connection;
    struct entry *earlier; /* the same, begun with the roles guessed wrong */
    bool client_is_higher; /* see struct observation */
    /* the TLS dissector took it, or a ServerHello answered the ClientHello */
    bool is_tls;
};

struct tracker {
    GHashTable *entries; /* struct entry by tcp.stream */
    struct session_table *sessions;
    struct early_segments *early;
};

static void
free_entry(gpointer data)
{
    struct entry *entry = data;

    while (entry) {
        struct entry *earlier = entry->earlier;
        connection_free(entry->connection);
        g_free(entry);
        entry = earlier;
    }
}

struct tracker *
tracker_new(void)
{
    struct tracker *tracker = g_new0(struct tracker, 1);

    tracker->entries = g_hash_table_new_full(NULL, NULL, NULL, free_entry);
    tracker->sessions = session_table_new();
    tracker->early = early_segments_new();
    return tracker;
}

void
tracker_free(struct tracker *tracker)
{
    g_hash_table_destroy(tracker->entries);
    session_table_free(tracker->sessions);
    early_segments_free(tracker->early);
    g_free(tracker);
}

static struct entry *
find_entry(const struct tracker *tracker, const struct observation *observation)
{
    return g_hash_table_lookup(tracker->entries, GUINT_TO_POINTER(observation->stream));
}

static enum side
side_of(const struct entry *entry, bool source_is_higher)
{
    return entry->client_is_higher == source_is_higher ? SIDE_CLIENT : SIDE_SERVER;
}

static enum side
sender_of(const struct entry *entry, const struct observation *observation)
{
    return side_of(entry, observation->source_is_higher);
}

static bool
is_tls(const struct entry *entry)
{
    return entry->is_tls || entry->connection->client_hello_seen ||
           entry->connection->server_hello_seen;
}

bool
tracker_is_tls(const struct tracker *tracker, const struct observation *observation)
{
    const struct entry *entry = find_entry(tracker, observation);

    return entry && is_tls(entry);
}

/* The entry that had begun by the frame of OBSERVATION. */
static const struct entry *
find_entry_then(const struct tracker *tracker, const struct observation *observation)
{
    const struct entry *entry = find_entry(tracker, observation);

    while (entry && entry->connection->first_frame > observation->dissected.segment.frame)
        entry = entry->earlier;
    return entry;
}

static const struct connection *
connection_of(const struct entry *entry, const struct observation *observation, enum side *sender)
{
    if (!entry || !is_tls(entry))
        return NULL;
    *sender = sender_of(entry, observation);
    return entry->connection;
}

const struct connection *
tracker_find(const struct tracker *tracker, const struct observation *observation,
             enum side *sender)
{
    return connection_of(find_entry_then(tracker, observation), observation, sender);
}

const struct connection *
tracker_find_corrected(const struct tracker *tracker, const struct observation *observation,
                       enum side *sender)
{
    if (!find_entry_then(tracker, observation))
        return NULL;
    return connection_of(find_entry(tracker, observation), observation, sender);
}

static bool
begins_with_record(const struct segment *segment)
{
    return segment->captured_length >= TLS_RECORD_HEADER_LENGTH &&
           stream_is_record_header(segment->payload, segment->captured_length);
}

/* The type of the handshake message that the segment begins with, or -1. In clear text for certain
 * only where a hello can stand. */
static int
handshake_type(const struct segment *segment)
{
    if (!begins_with_record(segment) || segment->captured_length <= TLS_RECORD_HEADER_LENGTH ||
        segment->payload[0] != TLS_HANDSHAKE)
        return -1;
    return segment->payload[TLS_RECORD_HEADER_LENGTH];
}

/* RFC 8446 section 4.1.2: the message's length has three bytes, of which a ClientHello never needs
 * the first. */
static bool
begins_with_client_hello(const struct segment *segment)
{
    if (handshake_type(segment) != TLS_CLIENT_HELLO)
        return false;
    if (segment->captured_length == TLS_RECORD_HEADER_LENGTH + 1)
        return true;
    return segment->payload[TLS_RECORD_HEADER_LENGTH + 1] == 0;
}

/* A segment too short to hold a handshake message's type, but with the beginning of a handshake
 * record. */
static bool
may_begin_with_client_hello(const struct segment *segment)
{
    return segment->captured_length > 0 && segment->captured_length == segment->length &&
           segment->captured_length <= TLS_RECORD_HEADER_LENGTH &&
           segment->payload[0] == TLS_HANDSHAKE &&
           stream_is_record_header(segment->payload, segment->captured_length);
}

static enum connection_start
start_of(const struct segment *segment)
{
    if (begins_with_client_hello(segment))
        return START_AT_CLIENT_HELLO;
    return may_begin_with_client_hello(segment) ? START_MAYBE_AT_CLIENT_HELLO : START_IN_THE_MIDDLE;
}

/* Messages that only one side sends tell who that is. */
static bool
side_by_handshake(const struct segment *segment, enum side *sender)
{
    switch (handshake_type(segment)) {
    case TLS_CLIENT_HELLO:
    case TLS_CLIENT_KEY_EXCHANGE:
        *sender = SIDE_CLIENT;
        return true;
    case TLS_SERVER_HELLO:
    case TLS_SERVER_KEY_EXCHANGE:
    case TLS_CERTIFICATE_REQUEST:
    case TLS_SERVER_HELLO_DONE:
        *sender = SIDE_SERVER;
        return true;
    default:
        return false;
    }
}

/* No handshake captured: who was called by SYN is the server; failing that the lower port; with
 * equal ports the first sender is the client. */
static enum side
side_by_ports(packet_info *pinfo, const struct observation *observation)
{
    uint16_t called = observe_called_port(pinfo);

    if (observation->source_port == observation->destination_port)
        return SIDE_CLIENT;
    if (called == observation->source_port)
        return SIDE_SERVER;
    if (called == observation->destination_port)
        return SIDE_CLIENT;
    return observation->source_port > observation->destination_port ? SIDE_CLIENT : SIDE_SERVER;
}

static struct entry *
begin(struct tracker *tracker, packet_info *pinfo, const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    struct entry *entry = g_new0(struct entry, 1);
    enum side sender;

    if (!side_by_handshake(segment, &sender))
        sender = side_by_ports(pinfo, observation);
    entry->client_is_higher = observation->source_is_higher == (sender == SIDE_CLIENT);
    entry->is_tls = observation->is_tls;
    entry->connection = connection_new(segment, sender, start_of(segment), tracker->sessions);
    entry->earlier = find_entry(tracker, observation);
    g_hash_table_steal(tracker->entries, GUINT_TO_POINTER(observation->stream));
    g_hash_table_insert(tracker->entries, GUINT_TO_POINTER(observation->stream), entry);
    return entry;
}

/* What was captured of the connection before its beginning. */
static void
keep_early(struct tracker *tracker, const struct entry *entry, uint32_t stream)
{
    GPtrArray *early = early_segments_take(tracker->early, stream);

    for (unsigned i = 0; early && i < early->len; i++) {
        const struct early_segment *segment = early->pdata[i];
        enum side sender = side_of(entry, segment->source_is_higher);
        connection_keep_early(entry->connection, sender, &segment->segment);
    }
    if (early)
        g_ptr_array_free(early, TRUE);
}

static bool
can_begin(const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;

    if (start_of(segment) != START_IN_THE_MIDDLE)
        return true;
    return observation->is_tls && begins_with_record(segment);
}

/* A ClientHello from the side that was taken for the server, though no hello had been captured: the
 * roles were guessed wrong. They are corrected once: whoever goes on like this is no TLS client. */
static bool
shows_wrong_roles(const struct entry *entry, const struct observation *observation)
{
    const struct connection *connection = entry->connection;

    return begins_with_client_hello(&observation->dissected.segment) &&
           sender_of(entry, observation) == SIDE_SERVER && !connection->client_hello_seen &&
           !connection->server_hello_seen && !entry->earlier;
}

struct connection *
tracker_connection(struct tracker *tracker, packet_info *pinfo,
                   const struct observation *observation, enum side *sender)
{
    struct entry *entry = find_entry(tracker, observation);

    if (!entry || shows_wrong_roles(entry, observation)) {
        if (!can_begin(observation)) {
            early_segments_offer(tracker->early, pinfo, observation);
            return NULL;
        }
        entry = begin(tracker, pinfo, observation);
        keep_early(tracker, entry, observation->stream);
    }
    entry->is_tls |= observation->is_tls && begins_with_record(&observation->dissected.segment);
    *sender = sender_of(entry, observation);
    return entry->connection;
}

void
tracker_foreach(const struct tracker *tracker, tracker_visit visit, void *data)
{
    GHashTableIter iterator;
    gpointer stream;
    gpointer entry;

    g_hash_table_iter_init(&iterator, tracker->entries);
    while (g_hash_table_iter_next(&iterator, &stream, &entry))
        visit(GPOINTER_TO_UINT(stream), ((const struct entry *)entry)->connection, data);
}

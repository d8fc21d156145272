/* tracker.c
 * Which TLS connection a TCP segment belongs to. See tracker.h.
 * Knows observations and connections; must not know what is found in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "track/tracker.h"

#include <glib.h>

#include "read/connection.h"
#include "track/early.h"
#include "track/ftp_hosts.h"

/* The TLS connection in a TCP connection. Four bytes, for there is one of each TCP connection, TLS or
 * not. */
struct entry {
    uint32_t number : 29;          /* in the connection table */
    unsigned exists : 1;           /* there is one */
    unsigned client_is_higher : 1; /* see struct observation */
    /* the TLS dissector took it, or a ServerHello answered the ClientHello */
    unsigned is_tls : 1;
};

#define NUMBER_MAX ((UINT32_C(1) << 29) - 1) /* more connections fit into no memory */

struct tracker {
    GArray *entries;     /* struct entry by tcp.stream, which counts from 0 */
    GHashTable *earlier; /* entries by tcp.stream, of those begun with the roles guessed wrong */
    struct connection_table *connections; /* borrowed */
    struct session_table *sessions;       /* borrowed */
    struct early_segments *early;
    struct ftp_hosts *ftp_hosts;
};

struct tracker *
tracker_new(struct connection_table *connections, struct session_table *sessions)
{
    struct tracker *tracker = g_new0(struct tracker, 1);

    tracker->entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
    tracker->earlier = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    tracker->connections = connections;
    tracker->sessions = sessions;
    tracker->early = early_segments_new();
    tracker->ftp_hosts = ftp_hosts_new();
    return tracker;
}

void
tracker_free(struct tracker *tracker)
{
    g_array_free(tracker->entries, TRUE);
    g_hash_table_destroy(tracker->earlier);
    early_segments_free(tracker->early);
    ftp_hosts_free(tracker->ftp_hosts);
    g_free(tracker);
}

/* NULL if there is none. */
static struct entry *
find_entry(const struct tracker *tracker, const struct observation *observation)
{
    if (observation->stream >= tracker->entries->len)
        return NULL;
    struct entry *entry = &g_array_index(tracker->entries, struct entry, observation->stream);
    return entry->exists ? entry : NULL;
}

static struct entry *
find_earlier(const struct tracker *tracker, const struct observation *observation)
{
    return g_hash_table_lookup(tracker->earlier, GUINT_TO_POINTER(observation->stream));
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

static const struct conclusion *
conclusion_of(const struct tracker *tracker, const struct entry *entry)
{
    return connection_table_conclusion(tracker->connections, entry->number);
}

static bool
is_tls(const struct tracker *tracker, const struct entry *entry)
{
    return entry->is_tls || conclusion_of(tracker, entry)->hello_seen;
}

bool
tracker_is_tls(const struct tracker *tracker, const struct observation *observation)
{
    const struct entry *entry = find_entry(tracker, observation);

    return entry && is_tls(tracker, entry);
}

static bool
had_begun(const struct tracker *tracker, const struct entry *entry,
          const struct observation *observation)
{
    return entry &&
           conclusion_of(tracker, entry)->first_frame <= observation->dissected.segment.frame;
}

/* The entry that had begun by the frame of OBSERVATION. */
static const struct entry *
find_entry_then(const struct tracker *tracker, const struct observation *observation)
{
    const struct entry *entry = find_entry(tracker, observation);

    if (had_begun(tracker, entry, observation))
        return entry;
    entry = find_earlier(tracker, observation);
    return had_begun(tracker, entry, observation) ? entry : NULL;
}

static bool
place_in(const struct tracker *tracker, const struct entry *entry,
         const struct observation *observation, struct tracked *tracked)
{
    if (!entry || !is_tls(tracker, entry))
        return false;
    *tracked = (struct tracked){ entry->number, sender_of(entry, observation) };
    return true;
}

bool
tracker_find(const struct tracker *tracker, const struct observation *observation,
             struct tracked *tracked)
{
    return place_in(tracker, find_entry_then(tracker, observation), observation, tracked);
}

bool
tracker_find_corrected(const struct tracker *tracker, const struct observation *observation,
                       struct tracked *tracked)
{
    return find_entry_then(tracker, observation) &&
           place_in(tracker, find_entry(tracker, observation), observation, tracked);
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
side_by_ports(const struct observation *observation)
{
    uint16_t called = observe_called_port(observation);

    if (observation->source_port == observation->destination_port)
        return SIDE_CLIENT;
    if (called == observation->source_port)
        return SIDE_SERVER;
    if (called == observation->destination_port)
        return SIDE_CLIENT;
    return observation->source_port > observation->destination_port ? SIDE_CLIENT : SIDE_SERVER;
}

/* What was captured of the connection before its beginning. */
static void
keep_early(struct tracker *tracker, const struct entry *entry, uint32_t stream)
{
    GPtrArray *early = early_segments_take(tracker->early, stream);
    struct connection *connection = connection_table_facts(tracker->connections, entry->number);

    for (unsigned i = 0; early && i < early->len; i++) {
        const struct early_segment *segment = early->pdata[i];
        enum side sender = side_of(entry, segment->source_is_higher);
        connection_keep_early(connection, sender, &segment->segment);
    }
    if (early)
        g_ptr_array_free(early, TRUE);
}

/* The peer had ended its direction before the connection began. */
static void
take_bare_fin(const struct tracker *tracker, struct connection *connection, enum side sender,
              const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;

    if (start_of(segment) != START_IN_THE_MIDDLE || !observe_acknowledges_bare_fin(observation))
        return;
    const struct bare_fin *fin = early_segments_bare_fin(tracker->early, observation);
    if (fin)
        connection_take_bare_fin(connection, other_side(sender), segment, fin->frame, fin->time);
}

static struct entry *
put_in(struct tracker *tracker, const struct observation *observation, const struct entry *entry)
{
    const struct entry *known = find_entry(tracker, observation);

    if (known)
        g_hash_table_insert(tracker->earlier, GUINT_TO_POINTER(observation->stream),
                            g_memdup2(known, sizeof *known));
    if (observation->stream >= tracker->entries->len)
        g_array_set_size(tracker->entries, observation->stream + 1);
    struct entry *place = &g_array_index(tracker->entries, struct entry, observation->stream);
    *place = *entry;
    return place;
}

/* A callback of ftp_hosts_hint(). */
static bool
is_open(uint32_t stream, void *data)
{
    const struct tracker *tracker = data;

    if (stream >= tracker->entries->len)
        return false;
    const struct entry *entry = &g_array_index(tracker->entries, struct entry, stream);
    return entry->exists && conclusion_of(tracker, entry)->verdict_frame == 0;
}

static struct entry *
begin(struct tracker *tracker, const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    enum side sender;

    if (!side_by_handshake(segment, &sender))
        sender = side_by_ports(observation);
    struct connection *connection =
        connection_new(segment, sender, start_of(segment), tracker->sessions);
    connection_expect(connection,
                      ftp_hosts_hint(tracker->ftp_hosts, observation, is_open, tracker));
    const struct entry entry = {
        .number = connection_table_add(tracker->connections, connection) & NUMBER_MAX,
        .exists = true,
        .client_is_higher = observation->source_is_higher == (sender == SIDE_CLIENT),
        .is_tls = observation->is_tls || (start_of(segment) == START_AT_CLIENT_HELLO &&
                                          observe_was_given_to_tls(observation)),
    };
    keep_early(tracker, &entry, observation->stream);
    take_bare_fin(tracker, connection, sender, observation);
    return put_in(tracker, observation, &entry);
}

/* The first data of a side, captured behind their acknowledgement, pass for a retransmission with the
 * TCP dissector, which withholds them from TLS. */
static bool
may_be_withheld(const struct observation *observation)
{
    return observe_offset_from_start(observation) == 0;
}

static bool
can_begin(const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;

    if (start_of(segment) != START_IN_THE_MIDDLE)
        return true;
    return begins_with_record(segment) && (observation->is_tls || may_be_withheld(observation));
}

/* A ClientHello from the side that was taken for the server, though no hello had been captured: the
 * roles were guessed wrong. They are corrected once: whoever goes on like this is no TLS client. */
static bool
shows_wrong_roles(const struct tracker *tracker, const struct entry *entry,
                  const struct observation *observation)
{
    return begins_with_client_hello(&observation->dissected.segment) &&
           sender_of(entry, observation) == SIDE_SERVER &&
           connection_table_facts(tracker->connections, entry->number) &&
           !conclusion_of(tracker, entry)->hello_seen && !find_earlier(tracker, observation);
}

bool
tracker_connection(struct tracker *tracker, const struct observation *observation,
                   struct tracked *tracked)
{
    struct entry *entry = find_entry(tracker, observation);

    if (!entry || shows_wrong_roles(tracker, entry, observation)) {
        if (!can_begin(observation)) {
            ftp_hosts_take_clear_text(tracker->ftp_hosts, observation);
            early_segments_offer(tracker->early, observation);
            return false;
        }
        entry = begin(tracker, observation);
    }
    if (observation->is_tls && begins_with_record(&observation->dissected.segment))
        entry->is_tls = true;
    *tracked = (struct tracked){ entry->number, sender_of(entry, observation) };
    return true;
}

void
tracker_foreach(const struct tracker *tracker, tracker_visit visit, void *data)
{
    for (uint32_t stream = 0; stream < tracker->entries->len; stream++) {
        const struct entry *entry = &g_array_index(tracker->entries, struct entry, stream);
        if (entry->exists)
            visit(stream, connection_table_conclusion(tracker->connections, entry->number), data);
    }
}

void
tracker_expect_ftp_data(struct tracker *tracker, const struct observation *observation,
                        uint16_t port)
{
    ftp_hosts_expect(tracker->ftp_hosts, observation, port);
}

/* ftp_hosts.c
 * Pairs of hosts with an FTP control connection. See ftp_hosts.h.
 * Knows addresses, ports and the AUTH command; must not know TLS records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "track/ftp_hosts.h"

#include <glib.h>
#include <string.h>

#define ADDRESS_LENGTH_MAX 16

/* Below are well-known services: none of them is a data connection but FTP's own. */
#define WELL_KNOWN_PORTS_END 1024

/* RFC 959 section 3.2, and RFC 4217 section 1 of ftps-data. */
#define PORT_FTP_DATA 20
#define PORT_FTPS_DATA 989

/* Two addresses, the lower one first: of both directions the same. */
struct pair {
    uint8_t address[2][ADDRESS_LENGTH_MAX];
    uint8_t length[2];
};

/* The last FTP_CONTROLS_MAX and FTP_PORTS_MAX, in rings. A port of 0 is none. */
struct ftp_pair {
    struct pair hosts;
    uint32_t control[FTP_CONTROLS_MAX]; /* tcp.stream */
    unsigned control_count;
    uint16_t port[FTP_PORTS_MAX];
    unsigned port_count;
};

struct ftp_hosts {
    GHashTable *pairs; /* struct ftp_pair by its hosts */
    GQueue *order;     /* the same, borrowed, the oldest first */
};

static guint
hash_pair(gconstpointer key)
{
    const uint8_t *bytes = key;
    guint hash = 2166136261U;

    for (size_t i = 0; i < sizeof(struct pair); i++)
        hash = (hash ^ bytes[i]) * 16777619U;
    return hash;
}

static gboolean
equal_pairs(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct pair)) == 0;
}

struct ftp_hosts *
ftp_hosts_new(void)
{
    struct ftp_hosts *hosts = g_new0(struct ftp_hosts, 1);

    hosts->pairs = g_hash_table_new_full(hash_pair, equal_pairs, NULL, g_free);
    hosts->order = g_queue_new();
    return hosts;
}

void
ftp_hosts_free(struct ftp_hosts *hosts)
{
    g_hash_table_destroy(hosts->pairs);
    g_queue_free(hosts->order);
    g_free(hosts);
}

static void
put_address(struct pair *pair, unsigned index, const address *from)
{
    pair->length[index] = (uint8_t)MIN(from->len, ADDRESS_LENGTH_MAX);
    if (pair->length[index] > 0)
        memcpy(pair->address[index], from->data, pair->length[index]);
}

static struct pair
hosts_of(const struct observation *observation)
{
    const packet_info *pinfo = observation->packet->pinfo;
    bool source_first = cmp_address(&pinfo->src, &pinfo->dst) <= 0;
    struct pair pair;

    memset(&pair, 0, sizeof pair);
    put_address(&pair, 0, source_first ? &pinfo->src : &pinfo->dst);
    put_address(&pair, 1, source_first ? &pinfo->dst : &pinfo->src);
    return pair;
}

/* NULL if there is none. */
static struct ftp_pair *
find(const struct ftp_hosts *hosts, const struct observation *observation)
{
    struct pair pair;

    if (g_hash_table_size(hosts->pairs) == 0)
        return NULL;
    pair = hosts_of(observation);
    return g_hash_table_lookup(hosts->pairs, &pair);
}

static struct ftp_pair *
find_or_add(struct ftp_hosts *hosts, const struct observation *observation)
{
    struct ftp_pair *pair = find(hosts, observation);

    if (pair)
        return pair;
    if (g_hash_table_size(hosts->pairs) == FTP_PAIRS_MAX)
        g_hash_table_remove(hosts->pairs, g_queue_pop_head(hosts->order));
    pair = g_new0(struct ftp_pair, 1);
    pair->hosts = hosts_of(observation);
    g_hash_table_insert(hosts->pairs, &pair->hosts, pair);
    g_queue_push_tail(hosts->order, pair);
    return pair;
}

/* RFC 4217 section 4.1, and what RFC 2228 clients said before it. */
static bool
is_auth(const struct segment *segment)
{
    static const char *const commands[] = { "AUTH TLS", "AUTH SSL" };

    if (segment->captured_length == 0 || (segment->payload[0] | 0x20) != 'a')
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        if (segment->captured_length >= strlen(commands[i]) &&
            g_ascii_strncasecmp((const char *)segment->payload, commands[i], strlen(commands[i])) ==
                0)
            return true;
    return false;
}

static bool
is_control(const struct ftp_pair *pair, uint32_t stream)
{
    for (unsigned i = 0; i < MIN(pair->control_count, FTP_CONTROLS_MAX); i++)
        if (pair->control[i] == stream)
            return true;
    return false;
}

void
ftp_hosts_take_clear_text(struct ftp_hosts *hosts, const struct observation *observation)
{
    if (!is_auth(&observation->dissected.segment))
        return;
    struct ftp_pair *pair = find_or_add(hosts, observation);
    if (!is_control(pair, observation->stream))
        pair->control[pair->control_count++ % FTP_CONTROLS_MAX] = observation->stream;
}

void
ftp_hosts_expect(struct ftp_hosts *hosts, const struct observation *observation, uint16_t port)
{
    struct ftp_pair *pair = find_or_add(hosts, observation);

    pair->port[pair->port_count++ % FTP_PORTS_MAX] = port;
}

/* A port serves one data connection: RFC 959 section 3.2 asks for a new one for each. */
static bool
take_expected(struct ftp_pair *pair, const struct observation *observation)
{
    for (unsigned i = 0; i < FTP_PORTS_MAX; i++)
        if (pair->port[i] != 0 && (pair->port[i] == observation->source_port ||
                                   pair->port[i] == observation->destination_port)) {
            pair->port[i] = 0;
            return true;
        }
    return false;
}

static bool
may_be_data_port(uint16_t port)
{
    return port >= WELL_KNOWN_PORTS_END || port == PORT_FTP_DATA || port == PORT_FTPS_DATA;
}

static bool
may_be_data(const struct ftp_pair *pair, const struct observation *observation,
            ftp_hosts_is_open is_open, void *data)
{
    if (!may_be_data_port(observation->source_port) ||
        !may_be_data_port(observation->destination_port))
        return false;
    for (unsigned i = 0; i < MIN(pair->control_count, FTP_CONTROLS_MAX); i++)
        if (is_open(pair->control[i], data))
            return true;
    return false;
}

enum application_hint
ftp_hosts_hint(struct ftp_hosts *hosts, const struct observation *observation,
               ftp_hosts_is_open is_open, void *data)
{
    struct ftp_pair *pair = find(hosts, observation);

    if (pair && is_control(pair, observation->stream))
        return HINT_FTP_CONTROL;
    if (observe_is_ftp_data(observation) || (pair && take_expected(pair, observation)))
        return HINT_FTP_DATA;
    return pair && may_be_data(pair, observation, is_open, data) ? HINT_FTP_DATA_INFERRED
                                                                 : HINT_NONE;
}

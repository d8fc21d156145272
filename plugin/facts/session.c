/* session.c
 * TLS sessions across connections, found by their identifiers: see session.h.
 * Knows identifiers and frame numbers; must not know how a connection ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "facts/session.h"

#include <gcrypt.h>
#include <stddef.h>
#include <string.h>

/* Sessions lie one behind the other in blocks: memory of its own would cost each 20 bytes more. */
#define SESSIONS_PER_BLOCK 256

/* Of a ticket's digest an alias needs as much as nobody finds twice. */
#define ALIAS_LENGTH 16

/* What a session with an ID is found by, too. */
struct alias {
    uint8_t bytes[ALIAS_LENGTH]; /* first: an alias is its own key */
    struct session *session;
};

_Static_assert(sizeof(struct session) == 44, "a session is no longer than it must be");
_Static_assert(offsetof(struct session, id) == 0, "a session is its own key");

struct session_table {
    GHashTable *by_id;                 /* set of struct session; they are in the blocks */
    GHashTable *aliases;               /* owned: set of struct alias */
    GPtrArray *blocks;                 /* owned: SESSIONS_PER_BLOCK struct session each */
    struct server_names *server_names; /* owned */
};

#define WORD_LENGTH sizeof(uint32_t)
#define WORDS_MAX (TLS_SESSION_ID_LENGTH_MAX / WORD_LENGTH)

/* The secret of the hash function: one multiplier of the length, one of each word, one summand. */
static uint64_t multipliers[WORDS_MAX + 2];

static void
draw_multipliers(void)
{
    static gsize drawn;

    if (!g_once_init_enter(&drawn))
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(multipliers); i++)
        multipliers[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    g_once_init_leave(&drawn, 1);
}

/* The peers choose the identifiers, and must not be able to make them collide. So this is
 * multilinear hashing, strongly universal as long as they don't know the multipliers: D. Lemire and
 * O. Kaser, "Strongly universal string hashing is fast", The Computer Journal 57 (2014). */
static guint
hash_words(uint8_t length, const uint8_t *bytes, unsigned words)
{
    uint64_t sum = multipliers[WORDS_MAX + 1] + multipliers[WORDS_MAX] * length;

    for (unsigned i = 0; i < words; i++) {
        uint32_t word;
        memcpy(&word, bytes + i * WORD_LENGTH, sizeof word);
        sum += multipliers[i] * word;
    }
    return (guint)(sum >> 32);
}

static guint
hash_id(gconstpointer key)
{
    const struct session_id *id = key;

    return hash_words(id->length, id->bytes, WORDS_MAX);
}

static gboolean
same_id(gconstpointer a, gconstpointer b)
{
    return session_id_equal(a, b);
}

static guint
hash_alias(gconstpointer key)
{
    return hash_words(ALIAS_LENGTH, key, ALIAS_LENGTH / WORD_LENGTH);
}

static gboolean
same_alias(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, ALIAS_LENGTH) == 0;
}

bool
session_id_equal(const struct session_id *a, const struct session_id *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

struct session_table *
session_table_new(void)
{
    struct session_table *table = g_new(struct session_table, 1);

    draw_multipliers();
    table->by_id = g_hash_table_new(hash_id, same_id);
    table->aliases = g_hash_table_new_full(hash_alias, same_alias, g_free, NULL);
    table->blocks = g_ptr_array_new_with_free_func(g_free);
    table->server_names = server_names_new();
    return table;
}

void
session_table_free(struct session_table *table)
{
    g_hash_table_destroy(table->by_id);
    g_hash_table_destroy(table->aliases);
    g_ptr_array_free(table->blocks, TRUE);
    server_names_free(table->server_names);
    g_free(table);
}

struct server_names *
session_table_server_names(const struct session_table *table)
{
    return table->server_names;
}

struct session_id
session_id_of_bytes(struct byte_view bytes)
{
    struct session_id id = { .length = (uint8_t)MIN(bytes.length, TLS_SESSION_ID_LENGTH_MAX) };

    if (id.length > 0)
        memcpy(id.bytes, bytes.bytes, id.length);
    return id;
}

struct session_id
session_id_of_ticket(struct byte_view ticket)
{
    struct session_id id = { .length = sizeof id.bytes };

    gcry_md_hash_buffer(GCRY_MD_SHA256, id.bytes, ticket.bytes, ticket.length);
    return id;
}

struct session *
session_find(struct session_table *table, const struct session_id *id)
{
    const struct alias *alias = NULL;

    if (id->length == sizeof id->bytes)
        alias = g_hash_table_lookup(table->aliases, id->bytes);
    return alias ? alias->session : g_hash_table_lookup(table->by_id, id);
}

static struct session *
new_session(struct session_table *table)
{
    unsigned place = g_hash_table_size(table->by_id) % SESSIONS_PER_BLOCK;

    if (place == 0)
        g_ptr_array_add(table->blocks, g_new0(struct session, SESSIONS_PER_BLOCK));
    struct session *block = g_ptr_array_index(table->blocks, table->blocks->len - 1);
    return &block[place];
}

struct session *
session_get(struct session_table *table, const struct session_id *id)
{
    struct session *session = session_find(table, id);

    if (!session) {
        session = new_session(table);
        session->id = *id;
        g_hash_table_add(table->by_id, session);
    }
    return session;
}

static struct alias *
new_alias(const struct session_id *ticket, struct session *session)
{
    struct alias *alias = g_new(struct alias, 1);

    memcpy(alias->bytes, ticket->bytes, sizeof alias->bytes);
    alias->session = session;
    return alias;
}

void
session_alias(struct session_table *table, struct session *session, const struct session_id *ticket)
{
    g_hash_table_add(table->aliases, new_alias(ticket, session)); /* frees an equal one */
}

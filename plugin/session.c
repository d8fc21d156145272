/* session.c
 * TLS sessions across connections, found by their identifiers: see session.h.
 * Knows identifiers and frame numbers; must not know how a connection ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "session.h"

#include <string.h>

struct session_table {
    /* Of struct session_id to struct session. An ordered tree, since the peers choose the
     * identifiers and could make those of a hash table collide. */
    GTree *by_id;
    GPtrArray *blocks; /* owned: the sessions, each with its identifier, and their other ones */
};

static gint
compare_ids(gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
    const struct session_id *left = a, *right = b;

    if (left->length != right->length)
        return left->length < right->length ? -1 : 1;
    return memcmp(left->bytes, right->bytes, left->length);
}

bool
session_id_equal(const struct session_id *a, const struct session_id *b)
{
    return compare_ids(a, b, NULL) == 0;
}

struct session_table *
session_table_new(void)
{
    struct session_table *table = g_new(struct session_table, 1);

    table->by_id = g_tree_new_full(compare_ids, NULL, NULL, NULL);
    table->blocks = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void
session_table_free(struct session_table *table)
{
    g_tree_destroy(table->by_id);
    g_ptr_array_free(table->blocks, TRUE);
    g_free(table);
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
    struct session_id id = { .length = 0 };
    gsize digest_length = sizeof id.bytes;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);

    if (ticket.length > 0)
        g_checksum_update(checksum, ticket.bytes, (gssize)ticket.length);
    g_checksum_get_digest(checksum, id.bytes, &digest_length);
    g_checksum_free(checksum);
    id.length = (uint8_t)digest_length;
    return id;
}

struct session *
session_find(struct session_table *table, const struct session_id *id)
{
    return g_tree_lookup(table->by_id, id);
}

struct session *
session_get(struct session_table *table, const struct session_id *id)
{
    struct session *session = session_find(table, id);

    if (!session) {
        session = g_new0(struct session, 1);
        session->id = *id;
        g_ptr_array_add(table->blocks, session);
        g_tree_insert(table->by_id, &session->id, session);
    }
    return session;
}

void
session_alias(struct session_table *table, struct session *session, const struct session_id *id)
{
    gpointer known = NULL;

    if (!g_tree_lookup_extended(table->by_id, id, &known, NULL)) {
        known = g_memdup2(id, sizeof *id);
        g_ptr_array_add(table->blocks, known);
    }
    g_tree_insert(table->by_id, known, session);
}

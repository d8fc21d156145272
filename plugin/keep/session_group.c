/* session_group.c
 * The way back from a session to the full handshake behind it. See session_group.h.
 * Plain C and GLib; must not know how connections ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/session_group.h"

#include <glib.h>

#include "facts/session.h"

/* A frame holds one segment, but for those of tunnels. */
#define FIRST_SEGMENT 0

struct session_groups {
    const struct notes *notes;            /* borrowed */
    struct connection_table *connections; /* borrowed */
    GHashTable *origins;                  /* what a session goes back to, by session */
};

struct session_groups *
session_groups_new(const struct notes *notes, struct connection_table *connections)
{
    struct session_groups *groups = g_new(struct session_groups, 1);

    groups->notes = notes;
    groups->connections = connections;
    groups->origins = g_hash_table_new(NULL, NULL);
    return groups;
}

void
session_groups_free(struct session_groups *groups)
{
    g_hash_table_destroy(groups->origins);
    g_free(groups);
}

/* The conclusion of the connection that established SESSION; NULL if that was not captured. */
static const struct conclusion *
establisher(const struct session_groups *groups, const struct session *session)
{
    struct frame_note note;

    if (session->established_frame == 0 ||
        !notes_find(groups->notes, session->established_frame, FIRST_SEGMENT, &note))
        return NULL;
    return connection_table_conclusion(groups->connections, note.connection);
}

/* The session that the connection with the conclusion FOUND, which established SESSION, was resumed
 * from; NULL if none is known. Its frame is an earlier one, so that a chain of them comes to an end. */
static const struct session *
parent(const struct conclusion *found, const struct session *session)
{
    if (!found || !found->session || found->session == session ||
        found->session->established_frame >= session->established_frame)
        return NULL;
    return found->session;
}

/* The connection with the full handshake; if it was not captured, the first session known. */
static const void *
origin(struct session_groups *groups, const struct session *session)
{
    GPtrArray *chain = g_ptr_array_new();
    const void *found = NULL;

    while (session) {
        found = g_hash_table_lookup(groups->origins, session);
        if (found)
            break;
        g_ptr_array_add(chain, (gpointer)session);
        const struct conclusion *conclusion = establisher(groups, session);
        found = conclusion ? (const void *)conclusion : session;
        session = parent(conclusion, session);
    }
    for (unsigned i = 0; i < chain->len; i++)
        g_hash_table_insert(groups->origins, chain->pdata[i], (gpointer)found);
    g_ptr_array_free(chain, TRUE);
    return found;
}

const void *
session_group_of(struct session_groups *groups, const struct conclusion *conclusion)
{
    if (conclusion->session)
        return origin(groups, conclusion->session);
    if (conclusion->issued_tickets)
        return conclusion;
    return conclusion->offered ? origin(groups, conclusion->offered) : NULL;
}

bool
session_group_has(struct session_groups *groups, const void *group,
                  const struct conclusion *conclusion)
{
    return session_group_of(groups, conclusion) == group ||
           (conclusion->offered && origin(groups, conclusion->offered) == group);
}

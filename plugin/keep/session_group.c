/* session_group.c
 * The way back from a session to the full handshake behind it. See session_group.h.
 * Plain C and GLib; must not know how connections ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/session_group.h"

#include <stddef.h>

#include "facts/session.h"

/* A frame holds one segment, but for those of tunnels. */
#define FIRST_SEGMENT 0

/* The conclusion of the connection that established SESSION; NULL if that was not captured. */
static const struct conclusion *
establisher(const struct notes *notes, struct connection_table *connections,
            const struct session *session)
{
    struct frame_note note;

    if (session->established_frame == 0 ||
        !notes_find(notes, session->established_frame, FIRST_SEGMENT, &note))
        return NULL;
    return connection_table_conclusion(connections, note.connection);
}

/* The connection with the full handshake; if it was not captured, the first session known. */
static const void *
origin(const struct notes *notes, struct connection_table *connections,
       const struct session *session)
{
    const struct conclusion *found = establisher(notes, connections, session);

    /* Only ever to earlier frames, so it comes to an end. */
    while (found && found->session && found->session != session &&
           found->session->established_frame < session->established_frame) {
        session = found->session;
        found = establisher(notes, connections, session);
    }
    return found ? (const void *)found : session;
}

const void *
session_group_of(const struct notes *notes, struct connection_table *connections,
                 const struct conclusion *conclusion)
{
    if (conclusion->session)
        return origin(notes, connections, conclusion->session);
    if (conclusion->issued_tickets)
        return conclusion;
    return conclusion->offered ? origin(notes, connections, conclusion->offered) : NULL;
}

bool
session_group_has(const struct notes *notes, struct connection_table *connections,
                  const void *group, const struct conclusion *conclusion)
{
    return session_group_of(notes, connections, conclusion) == group ||
           (conclusion->offered && origin(notes, connections, conclusion->offered) == group);
}

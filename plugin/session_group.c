/* session_group.c
 * The way back from a session to the full handshake behind it. See session_group.h.
 * Plain C and GLib; must not know how connections ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "session_group.h"

#include <stddef.h>

/* A frame holds one segment, but for those of tunnels. */
#define FIRST_SEGMENT 0

/* The connection that established SESSION; NULL if that was not captured. */
static const struct connection *
establisher(const struct notes *notes, const struct session *session)
{
    struct frame_note note;

    if (session->established_frame == 0 ||
        !notes_find(notes, session->established_frame, FIRST_SEGMENT, &note))
        return NULL;
    return note.connection;
}

/* The connection with the full handshake; if it was not captured, the first session known. */
static const void *
origin(const struct notes *notes, const struct session *session)
{
    const struct connection *connection = establisher(notes, session);

    /* Only ever to earlier frames, so it comes to an end. */
    while (connection && connection->session && connection->session != session &&
           connection->session->established_frame < session->established_frame) {
        session = connection->session;
        connection = establisher(notes, session);
    }
    return connection ? (const void *)connection : session;
}

const void *
session_group_of(const struct notes *notes, const struct connection *connection)
{
    if (connection->session)
        return origin(notes, connection->session);
    if (connection->issued_tickets)
        return connection;
    return connection->offered ? origin(notes, connection->offered) : NULL;
}

bool
session_group_has(const struct notes *notes, const void *group, const struct connection *connection)
{
    return session_group_of(notes, connection) == group ||
           (connection->offered && origin(notes, connection->offered) == group);
}

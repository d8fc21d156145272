/* session_group.h
 * Which connections belong together because they go back to one full handshake.
 * Plain C and GLib; must not know how they ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SESSION_GROUP_H
#define TLSCLOSE_SESSION_GROUP_H

#include <stdbool.h>

#include "keep/connection_table.h"
#include "keep/notes.h"

/* What all connections have in common that go back to the same full handshake as CONCLUSION's, by
 * resumption of its session or, in TLS 1.3, of any ticket that itself or a connection resumed from
 * it has issued (RFC 8446 section 2.2). Compare it only. NULL if no session is known. NOTES are
 * those of the capture file's frames, CONNECTIONS the table with CONCLUSION. */
const void *session_group_of(const struct notes *notes, struct connection_table *connections,
                             const struct conclusion *conclusion);

/* Whether CONCLUSION's connection is of GROUP, or its ClientHello has offered a session of it in vain. */
bool session_group_has(const struct notes *notes, struct connection_table *connections,
                       const void *group, const struct conclusion *conclusion);

#endif

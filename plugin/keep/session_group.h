/* session_group.h
 * Which connections go back to the same full handshake, through sessions and tickets. Plain C and
 * GLib; must not know how connections ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SESSION_GROUP_H
#define TLSCLOSE_SESSION_GROUP_H

#include <stdbool.h>

#include "keep/connection_table.h"
#include "keep/notes.h"

/* The groups of a capture file's connections. Where a session comes from is looked up once: a chain
 * of tickets takes as long as it has links, however many of its connections are asked about. */
struct session_groups;

/* NOTES are those of the capture file's frames; both are borrowed and must not change as long as the
 * groups live. Owned by the caller; free with session_groups_free(). */
struct session_groups *session_groups_new(const struct notes *notes,
                                          struct connection_table *connections);
void session_groups_free(struct session_groups *groups);

/* What all connections have in common that go back to the same full handshake as CONCLUSION's, by
 * resumption of its session or, in TLS 1.3, of any ticket that itself or a connection resumed from
 * it has issued (RFC 8446 section 2.2). Compare it only. NULL if no session is known. */
const void *session_group_of(struct session_groups *groups, const struct conclusion *conclusion);

/* Whether CONCLUSION's connection is of GROUP, or its ClientHello has offered a session of it in vain. */
bool session_group_has(struct session_groups *groups, const void *group,
                       const struct conclusion *conclusion);

#endif

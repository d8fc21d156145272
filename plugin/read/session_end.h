/* session_end.h
 * What the end of a connection does to its session. Must not know the rules (resumption.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SESSION_END_H
#define TLSCLOSE_SESSION_END_H

#include "read/reading.h"

/* The verdict is given in the reading's frame, and is a REASON not to resume the session. */
void session_end_by_verdict(struct reading *reading, enum unresumable_reason reason);

/* A revised verdict takes back what the first one did to the session. */
void session_end_take_back(struct connection *connection);

/* The side sent a fatal alert: it ends the session in its own frame, unless it was not known then that
 * the handshake had finished. */
void session_end_by_fatal_alert(struct reading *reading);

#endif

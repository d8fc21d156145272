/* stats.h
 * Statistics over the TLS connections of a capture: a tree, a table of servers, a table of
 * connections. Knows the conclusions of connections; must not know what is in a packet, nor the facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_H
#define TLSCLOSE_STATS_H

#include <epan/packet.h>
#include <stdbool.h>

#include "stats/stats_frame.h"

/* Registers the tap, the tree and the tables. The fields must be registered before: the statistics
 * use their names for values. */
void stats_register(void);

/* Whether anybody looks at statistics; if not, nothing needs to be given. */
bool stats_are_wanted(void);

/* Gives the packet's FRAME, which is copied, to whoever listens; their filters decide which
 * connections count. Those that count already are brought up to date, whatever the filters say of
 * this frame: so one pass comes to the same numbers as two. */
void stats_take(packet_info *pinfo, const struct stats_frame *frame);

/* No connection given so far may be looked at any more. */
void stats_forget(void);

#endif

/* stats_servers.h
 * The table "tlsclose,servers": a row for each server name, or address where no name is known.
 * Must not know how the numbers come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_SERVERS_H
#define TLSCLOSE_STATS_SERVERS_H

/* Registers the table. */
void stats_servers_register(void);

#endif

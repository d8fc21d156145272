/* stats_connections.h
 * The table "tlsclose,connections": a row for each TLS connection.
 * Must not know how the facts in it come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_CONNECTIONS_H
#define TLSCLOSE_STATS_CONNECTIONS_H

/* Registers the table. */
void stats_connections_register(void);

#endif

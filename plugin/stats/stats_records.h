/* stats_records.h
 * The table "tlsclose,records": all that is known of each TLS connection, for programs to read.
 * Must not know how what is in it comes about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_RECORDS_H
#define TLSCLOSE_STATS_RECORDS_H

/* Registers the table. */
void stats_records_register(void);

#endif

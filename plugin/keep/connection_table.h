/* connection_table.h
 * The TLS connections of a capture, by number: the facts of those that can still change, and the
 * conclusions of all. Plain C and GLib; must not know what the conclusions say, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CONNECTION_TABLE_H
#define TLSCLOSE_CONNECTION_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "facts/finding.h"
#include "judge/conclusion.h"

struct dissected_segment;

struct connection_table;

/* A connection with a complete end is settled when so many have ended after it: only its conclusion is
 * kept, and what is captured of it later is too late to change it. */
#ifndef SETTLED_LATE_MAX
#define SETTLED_LATE_MAX 4096
#endif

/* OPTIONS, which are copied, hold for all of its connections; LATE_MAX is SETTLED_LATE_MAX but in
 * tests. Owned by the caller; free with connection_table_free(). */
struct connection_table *connection_table_new(const struct connection_options *options,
                                              unsigned late_max);
void connection_table_free(struct connection_table *table);

/* Puts in CONNECTION, which TABLE owns from now on. Returns its number: they count from 0. */
uint32_t connection_table_add(struct connection_table *table, struct connection *connection);

/* The facts of the connection with that NUMBER, one that was returned before; NULL if it is settled.
 * Owned by TABLE; valid until the next connection_table_take(). */
struct connection *connection_table_facts(const struct connection_table *table, uint32_t number);

/* Takes the next captured segment of connection NUMBER, see connection_take_segment(). Returns false, and
 * leaves FINDINGS as it is, if the connection is settled. May settle others. */
bool connection_table_take(struct connection_table *table, uint32_t number, enum side sender,
                           const struct dissected_segment *dissected,
                           struct frame_findings *findings);

/* What the segment last taken of connection NUMBER brought to light of earlier frames: an array of struct
 * late_finding, or NULL. Owned by TABLE; valid until the next connection_table_take(). */
const GArray *connection_table_late(const struct connection_table *table, uint32_t number);

/* What connection NUMBER comes to by now. Owned by TABLE, at the same address as long as it lives; what
 * is there is brought up to date by asking again. */
const struct conclusion *connection_table_conclusion(struct connection_table *table,
                                                     uint32_t number);

#endif

/* tracker.h
 * Which TLS connection a TCP segment belongs to: recognizes where one begins, and who is client and
 * who is server. Knows observations and connections; must not know what is found in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TRACKER_H
#define TLSCLOSE_TRACKER_H

#include <stdbool.h>

#include "connection.h"
#include "observe.h"

/* All TLS connections of a capture file, and their sessions. Of TCP connections without TLS
 * one bit is kept, or payload that bytes before it are missing from (early.h). */
struct tracker;

struct tracker *tracker_new(void);
void tracker_free(struct tracker *tracker);

/* The connection that the segment belongs to or begins, and its sender's role; NULL if there is
 * none in the plugin's scope. Owned by TRACKER, lives as long. PINFO is the packet's. */
struct connection *tracker_connection(struct tracker *tracker, packet_info *pinfo,
                                      const struct observation *observation, enum side *sender);

/* Whether the segment's connection is certain to be TLS: the TLS dissector took it, or it began
 * with a hello that is well formed. */
bool tracker_is_tls(const struct tracker *tracker, const struct observation *observation);

/* The connection that the segment belongs to, by its frame, if it had begun by then and is certain
 * to be TLS. */
const struct connection *tracker_find(const struct tracker *tracker,
                                      const struct observation *observation, enum side *sender);

/* The same, as it is known by now: if its roles were guessed wrong at first, the one with the right
 * ones. */
const struct connection *tracker_find_corrected(const struct tracker *tracker,
                                                const struct observation *observation,
                                                enum side *sender);

typedef void (*tracker_visit)(uint32_t stream, const struct connection *connection, void *data);

/* Calls VISIT, with DATA, for each connection and its tcp.stream, in no order. */
void tracker_foreach(const struct tracker *tracker, tracker_visit visit, void *data);

#endif

/* tracker.h
 * Which TLS connection a TCP segment belongs to: recognizes where one begins, and who is client and
 * who is server. Knows observations and connections; must not know what is found in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TRACKER_H
#define TLSCLOSE_TRACKER_H

#include <stdbool.h>

#include "keep/connection_table.h"
#include "observe/packet.h"

/* The roles of all TLS connections of a capture file. Of each TCP connection four
 * bytes are kept, or payload that bytes before it are missing from (early.h). */
struct tracker;

struct session_table;

/* A segment's place. */
struct tracked {
    uint32_t connection; /* its number in the connection table */
    enum side sender;
};

/* CONNECTIONS, into which what is recognized is put, and SESSIONS, which they share, are borrowed.
 * Owned by the caller; free with tracker_free(). */
struct tracker *tracker_new(struct connection_table *connections, struct session_table *sessions);
void tracker_free(struct tracker *tracker);

/* The connection that the segment belongs to or begins, and its sender's role. False if there is none
 * in the plugin's scope. */
bool tracker_connection(struct tracker *tracker, const struct observation *observation,
                        struct tracked *tracked);

/* The segment's connection, one of FTP, named PORT for a data connection between the same hosts. */
void tracker_expect_ftp_data(struct tracker *tracker, const struct observation *observation,
                             uint16_t port);

/* Whether the segment's connection is certain to be TLS: the TLS dissector took it, or it began
 * with a hello that is well formed. */
bool tracker_is_tls(const struct tracker *tracker, const struct observation *observation);

/* The connection that the segment belongs to, by its frame. False unless it had begun by then and is
 * certain to be TLS. */
bool tracker_find(const struct tracker *tracker, const struct observation *observation,
                  struct tracked *tracked);

/* The same, as it is known by now: if its roles were guessed wrong at first, the one with the right
 * ones. */
bool tracker_find_corrected(const struct tracker *tracker, const struct observation *observation,
                            struct tracked *tracked);

typedef void (*tracker_visit)(uint32_t stream, const struct conclusion *conclusion, void *data);

/* Calls VISIT, with DATA, for each TCP connection that carries TLS, in the order of tcp.stream. */
void tracker_foreach(const struct tracker *tracker, tracker_visit visit, void *data);

#endif

/* connection.h
 * One TLS connection: takes its TCP segments and what the dissectors made of their records, keeps
 * the facts (facts.h) and finds what each frame has to say. Plain C and GLib; must not know Wireshark
 * or fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CONNECTION_H
#define TLSCLOSE_CONNECTION_H

#include "facts/facts.h"
#include "facts/finding.h"
#include "facts/session.h"
#include "wire/segment.h"
#include "wire/tls.h"

/* Where the capture of a connection begins. */
enum connection_start {
    START_IN_THE_MIDDLE,
    START_AT_CLIENT_HELLO,
    /* the segment is too short to tell, but may be the first of a ClientHello */
    START_MAYBE_AT_CLIENT_HELLO,
};

/* A new connection whose first captured record begins with SEGMENT, sent by SENDER. SESSIONS is
 * borrowed. Owned by the caller; free with connection_free(). The segment itself is not taken yet. */
struct connection *connection_new(const struct segment *segment, enum side sender,
                                  enum connection_start start, struct session_table *sessions);
void connection_free(struct connection *connection);

/* Tells what is known of the connection's application before it is read. To be called before the first
 * segment is taken. */
void connection_expect(struct connection *connection, enum application_hint hint);

/* Keeps the payload of a segment that SENDER sent behind the one the connection was made with, but
 * that was captured before it. To be called before that one is taken. */
void connection_keep_early(struct connection *connection, enum side sender,
                           const struct segment *segment);

/* SIDE had sent a FIN, in FRAME and at TIME, and no byte before it when its peer sent FIRST: the segment that
 * the connection was made with, which acknowledges the FIN. To be called before it is taken. */
void connection_take_bare_fin(struct connection *connection, enum side side,
                              const struct segment *first, uint32_t frame, int64_t time);

/* Takes the next captured segment, sent by SENDER. FINDINGS gets what its frame has to say (it is
 * initialized here). */
void connection_take_segment(struct connection *connection, enum side sender,
                             const struct dissected_segment *dissected,
                             const struct connection_options *options,
                             struct frame_findings *findings);

#endif

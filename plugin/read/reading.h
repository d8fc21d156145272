/* reading.h
 * The reading of one side's records while one segment is taken: what record.c, negotiation.c and
 * alert.c share. Must not know what the records mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_READING_H
#define TLSCLOSE_READING_H

#include "facts/facts.h"
#include "wire/segment.h"

struct reading {
    struct connection *connection;
    enum side side; /* sender of the records */
    uint32_t now;   /* the frame being taken */
    bool is_sender; /* the side sent that frame: it speaks of what is found */
    const struct dissected_record *records; /* what the dissector decrypted in it */
    unsigned record_count;
    unsigned cursor;   /* next of the records to look at */
    bool only_control; /* of the record being taken: application data of control frames only */
    const struct connection_options *options;
    struct frame_findings *findings;
};

/* What the side, and its peer, sent. Owned by the connection. */
struct direction *own_direction(const struct reading *reading);
struct direction *peer_direction(const struct reading *reading);

/* Raises EXPERT for SIDE's direction, once. */
void raise_expert(struct reading *reading, enum side side, enum expert expert);

/* The place of a record's last byte as a mark. */
struct mark record_mark(const struct reading *reading, const struct stream_record *record);

/* An event of SESSION in the reading's frame. */
void add_session_event(struct frame_findings *findings, enum session_event event,
                       const struct session *session);

#endif

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
    uint32_t about; /* the side's frame that speaks of the record being read */
    const struct dissected_record *records; /* what the dissector decrypted in it */
    unsigned record_count;
    unsigned cursor;   /* next of the records to look at */
    bool only_control; /* of the record being taken: application data of control frames only */
    const struct connection_options *options;
    struct frame_findings *findings; /* of the frame being taken */
};

/* What the side, and its peer, sent. Owned by the connection. */
struct direction *own_direction(const struct reading *reading);
struct direction *peer_direction(const struct reading *reading);

/* Where findings about SIDE go that FRAME, one of that side, speaks of. Borrowed until the next call. */
struct frame_findings *findings_about(struct reading *reading, enum side side, uint32_t frame);

/* The same for the record being read. */
struct frame_findings *findings_of_record(struct reading *reading);

/* Raises EXPERT for SIDE's direction, once, in FRAME, one of that side. */
void raise_expert(struct reading *reading, enum side side, enum expert expert, uint32_t frame);

/* The same for the record being read and its side. */
void raise_expert_of_record(struct reading *reading, enum expert expert);

/* The same for each of a set. */
void raise_experts_of_record(struct reading *reading, expert_set experts);

/* The frame that speaks of a record: the one being taken, if its side sent that too, else the one that
 * holds its last byte. */
uint32_t speaking_frame(const struct reading *reading, const struct stream_record *record);

/* The place of a record's last byte as a mark. */
struct mark record_mark(const struct reading *reading, const struct stream_record *record);

/* An event of SESSION; of more than a frame has room for, nothing is said. */
void add_session_event(struct frame_findings *findings, enum session_event event,
                       const struct session *session);

#endif

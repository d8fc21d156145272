/* record.h
 * What a TLS record means for its connection: updates the facts in struct connection and raises
 * what is wrong with it. Knows RFC 5246 and RFC 8446 records, sessions and HTTP by their modules;
 * must not know how the end is judged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RECORD_H
#define TLSCLOSE_RECORD_H

#include "connection.h"

/* The reading of one side's records while one segment is taken. */
struct reading {
    struct connection *connection;
    enum side side; /* sender of the records */
    uint32_t now;   /* the frame being taken */
    bool is_sender; /* the side sent that frame: it speaks of what is found */
    const struct dissected_record *records; /* what the dissector showed in it */
    unsigned record_count;
    unsigned cursor; /* next of the records to look at */
    const struct connection_options *options;
    struct frame_findings *findings;
};

/* The callbacks of struct stream_reader; USER is a struct reading. */
bool record_is_wanted(void *user, uint8_t type, uint16_t length);
void record_take(void *user, const struct stream_record *record);

/* Looks whether the dissector has now decrypted an alert that was taken undecrypted before. */
void record_take_late_plaintext(struct reading *reading);

/* Raises EXPERT for SIDE's direction, once. */
void raise_expert(struct reading *reading, enum side side, enum expert expert);

/* The place of a record's last byte as a mark. */
struct mark record_mark(const struct reading *reading, const struct stream_record *record);

/* An event of SESSION in the reading's frame. */
void add_session_event(struct frame_findings *findings, enum session_event event,
                       const struct session *session);

#endif

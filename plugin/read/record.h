/* record.h
 * What a TLS record means for its connection: updates the facts in struct connection and raises
 * what is wrong with it. Knows RFC 5246 and RFC 8446 records, sessions and HTTP by their modules;
 * must not know how the end is judged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RECORD_H
#define TLSCLOSE_RECORD_H

#include "read/reading.h"

/* The callbacks of struct stream_reader; USER is a struct reading. */
bool record_is_wanted(void *user, uint8_t type, uint16_t length);
void record_take_complete(void *user, const struct stream_record *record);

/* Takes alerts that the dissector has decrypted only now: they were read undecrypted, or with bytes
 * missing. RUN: the payload of the frame. READ_BEFORE: up to where had been read before it. */
void record_take_late_alerts(struct reading *reading, const struct stream_bytes *run,
                             uint64_t read_before);

#endif

/* taking.h
 * One record of a side, and a connection to take it into, without any TCP: for tests of what single records
 * mean. Must not know what they mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TAKING_H
#define TLSCLOSE_TAKING_H

#include <glib.h>

#include "read/reading.h"

#define START (STREAM_FIRST_OFFSET + 5000)
#define ACKNOWLEDGED (STREAM_FIRST_OFFSET + 7000)

struct taking {
    struct connection connection; /* of AES-128-GCM, unless changed */
    struct connection_options options;
    struct frame_findings findings;
    struct reading reading;
    struct stream_record record;
};

/* TAKING must not be moved from now on. The record is one of application data with LENGTH bytes, in frame 9;
 * its sender had received the bytes before ACKNOWLEDGED. */
static inline void
begin_taking(struct taking *taking, enum tls_version version, enum side side, uint16_t length)
{
    static const uint16_t frame = 9;
    const struct capture_point point = { .acknowledgement = ACKNOWLEDGED, .frame = frame };

    *taking = (struct taking){
        .connection = { .version = version,
                        .cipher_suite = version == TLS_1_3               ? 0x1301
                                        : version == TLS_VERSION_UNKNOWN ? 0
                                                                         : 0xC02F },
        .options = { .infer = true },
        .findings = { .sender = side },
        .reading = { .side = side, .now = frame, .is_sender = true, .about = frame },
        .record = { .start = START,
                    .end = START + TLS_RECORD_HEADER_LENGTH + (uint64_t)length,
                    .type = TLS_APPLICATION_DATA,
                    .length = length,
                    .first = point,
                    .last = point },
    };
    taking->reading.connection = &taking->connection;
    taking->reading.options = &taking->options;
    taking->reading.findings = &taking->findings;
}

#endif

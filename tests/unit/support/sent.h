/* sent.h
 * Segments of one record of zeros each, for tests of numbers and order. Must not know what is to be said of
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SENT_H
#define TLSCLOSE_SENT_H

#include <glib.h>

#include "conversation.h"

/* The length of a record on the wire. */
#define WIRE(length) (TLS_RECORD_HEADER_LENGTH + (length))

/* Alerts with AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS12_ALERT (8 + 2 + 16)
#define TLS13_ALERT (2 + 1 + 16)

/* A segment of one record, or of none if its type is zero. */
struct sent {
    enum side sender;
    uint32_t ahead, received; /* as in struct loose_segment */
    uint8_t type;
    uint16_t length;
    bool fin, rst, without_acknowledgement;
    uint8_t inner_type; /* not zero: the TLS dissector shows it decrypted */
    const uint8_t *plaintext;
    uint32_t plaintext_length;
};

/* Appends a record of LENGTH zeros to BYTES. */
void put_record(GByteArray *bytes, uint8_t type, uint16_t length);

/* Captures SENT. What its side has sent in order stays as it is. */
void capture(struct conversation *conversation, struct sent sent);

/* Whether the last segment raises EXPERT. */
bool raises(const struct conversation *conversation, enum expert expert);

#endif

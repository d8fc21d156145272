/* application_data.h
 * Which records are application data, and what is known of them: fills in struct traffic ("Data" of
 * the public interface). Must not know what was lost, nor application protocols.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_DATA_H
#define TLSCLOSE_APPLICATION_DATA_H

#include "read/reading.h"

/* Takes a record of application data that was decrypted to PLAINTEXT_LENGTH bytes, at least 1. */
void application_data_take_decrypted(struct reading *reading, const struct stream_record *record,
                                     uint32_t plaintext_length);

/* Takes one that was not decrypted, up to TLS 1.2. */
void application_data_take_encrypted(struct reading *reading, const struct stream_record *record);

/* Takes a record of TLS 1.3, or of an unknown version, that was not decrypted: it may be data, a
 * message of the handshake (RFC 8446 section 4) or a NewSessionTicket (section 4.6.1).
 * FINISHED_LENGTH: of an unpadded record that holds Finished. */
void application_data_take_opaque(struct reading *reading, const struct stream_record *record,
                                  unsigned finished_length);

/* Takes a record of TLS 1.3 that was decrypted and holds messages of the handshake: the records behind it
 * that are not decrypted are told by its length. */
void application_data_take_handshake(struct reading *reading, const struct stream_record *record);

/* The record of the side's candidate is no alert: takes it as what it is then. */
void application_data_take_withdrawn(struct reading *reading, unsigned finished_length);

/* Takes a RST of the side. ACKNOWLEDGED_BEFORE: the peer's offset that it had acknowledged before. */
void application_data_take_reset(struct reading *reading, uint64_t acknowledged_before);

#endif

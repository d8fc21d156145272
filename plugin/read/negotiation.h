/* negotiation.h
 * What handshake messages negotiate: version, cipher suite and session, and when the handshake is
 * finished. Must not know how the connection ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_NEGOTIATION_H
#define TLSCLOSE_NEGOTIATION_H

#include "read/reading.h"

/* Takes a handshake record: BYTES are its messages in clear text or decrypted, NULL if they can't be read. */
void negotiation_take_messages(struct reading *reading, const struct stream_record *record,
                               struct byte_view messages);

/* The side's handshake is finished with RECORD, if it was not before. */
void negotiation_finish(struct reading *reading, const struct stream_record *record);

#endif

/* records.h
 * Single records of any length for a conversation (conversation.h), and acknowledgements at will. Must not
 * know what is to be said of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RECORDS_H
#define TLSCLOSE_RECORDS_H

#include "conversation.h"

/* SIDE acknowledges with its next segment all that its peer has sent. */
void hear(struct conversation *conversation, enum side side);

/* SIDE sends a record of application data of LENGTH bytes of plaintext, in a segment of its own. */
void send_data(struct conversation *conversation, enum side side, uint16_t length);

/* SIDE sends the first CAPTURED bytes of a record of TYPE with a fragment of LENGTH bytes that nobody
 * decrypts. */
void send_raw(struct conversation *conversation, enum side side, uint8_t type, uint16_t length,
              uint32_t captured);

/* SIDE sends a record of TLS_APPLICATION_DATA that is EXPANSION longer than its plaintext, of INNER_TYPE and
 * LENGTH BYTES (NULL: zeros), which Wireshark shows. */
void send_shown(struct conversation *conversation, enum side side, uint8_t inner_type,
                const void *bytes, uint16_t length, uint16_t expansion);

/* A request of the client that the server answers, of so many bytes of plaintext each; both are received. */
void exchange(struct conversation *conversation, uint16_t request, uint16_t response);

/* SIDE sends a close_notify, FIN or RST in a segment of its own. */
void send_event(struct conversation *conversation, enum side side, enum kind kind);

#endif

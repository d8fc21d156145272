/* handshake_reader.h
 * Puts the handshake messages of one direction together over the borders of records.
 * Knows the message header only; must not know connections, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HANDSHAKE_READER_H
#define TLSCLOSE_HANDSHAKE_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/byte_view.h"

/* Handshake messages of one direction, put together over record borders. Starts zeroed. */
struct handshake_reader {
    uint8_t header[4];
    uint8_t header_length; /* bytes of the message header read, 0 to 4 */
    uint32_t left;         /* bytes of the message body still to come */
    GByteArray *body;      /* owned; of a message that is kept and spans records */
};

/* Longer messages than this are passed over. */
#define HANDSHAKE_MESSAGE_MAX (64 * 1024)

typedef void (*handshake_callback)(void *user, uint8_t type, struct byte_view message);

/* Takes the fragment of the next handshake record. CALLBACK gets the hellos and tickets whole, with
 * their body, of other messages the type only, as they begin. It must not clear READER. */
void handshake_read(struct handshake_reader *reader, const uint8_t *bytes, uint32_t length,
                    handshake_callback callback, void *user);

/* Whether READER stands between two messages, as a new one does. */
bool handshake_reader_is_idle(const struct handshake_reader *reader);

/* A record's fragment is missing: starts anew with the next one. Frees what the reader owns. */
void handshake_reader_clear(struct handshake_reader *reader);

#endif

/* plaintext.h
 * Decrypted application data on its way to the application's reader, and back what that says of the end.
 * Must not know any application protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_PLAINTEXT_H
#define TLSCLOSE_PLAINTEXT_H

#include "facts/application_end.h"
#include "read/reading.h"

/* Takes the plaintext of RECORD, the next application data of the side, and raises what is wrong with it. */
void plaintext_take(struct reading *reading, const struct stream_record *record,
                    struct byte_view plaintext);

/* Application data of SIDE was not decrypted or not captured: messages that went with it can't be told from
 * what follows. */
void plaintext_lose(struct connection *connection, enum side side);

/* Takes note of records that are proven lost; gives up what is only needed for reading on when nothing more
 * can be read. */
void plaintext_settle(struct connection *connection);

/* What the application had finished and what not, as far as it was read. Owned by the caller
 * (application_end_free()); NULL if nothing was decrypted, or nothing recognised. */
struct application_end *plaintext_end(const struct connection *connection,
                                      const struct connection_options *options);

#endif

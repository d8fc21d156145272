/* handshake_talk.h
 * A handshake with messages of the test's choice, each in a record and a segment of its own, on top of
 * conversation.h. Must not know what is to be said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HANDSHAKE_TALK_H
#define TLSCLOSE_HANDSHAKE_TALK_H

#include "conversation.h"
#include "hello_builder.h"

struct handshake {
    struct conversation conversation;
    uint32_t sent[2]; /* by enum side */
};

void handshake_begin(struct handshake *handshake, enum connection_start start);

void handshake_finish(struct handshake *handshake);

/* Sends a record, of which the TLS dissector shows SHOWN if that is not NULL. */
void handshake_send_record(struct handshake *handshake, enum side sender, uint8_t type,
                           const GByteArray *fragment, const struct dissected_record *shown);

/* BODY as a message of TYPE. BODY is freed, the caller frees the result. */
GByteArray *handshake_message(uint8_t type, GByteArray *body);

/* Sends a message in clear text. BODY is freed. */
void handshake_send(struct handshake *handshake, enum side sender, uint8_t type, GByteArray *body);

/* The same in TLS 1.3, decrypted. */
void handshake_send_decrypted(struct handshake *handshake, enum side sender, uint8_t type,
                              GByteArray *body);

/* Sends ChangeCipherSpec and an encrypted Finished. */
void handshake_send_finished(struct handshake *handshake, enum side sender);

/* Hellos with the session that they name, for the caller to send. */
GByteArray *client_hello(const char *session_id);
GByteArray *client_hello_with_ticket(const char *ticket);
GByteArray *client_hello_of_tls13(const char *session_id, unsigned second_version);
GByteArray *server_hello(const char *session_id);
GByteArray *server_hello_of_tls13(void);

/* Whether the last segment speaks of EVENT. */
bool handshake_says(const struct handshake *handshake, enum session_event event);

#endif

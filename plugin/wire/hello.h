/* hello.h
 * Reads the clear-text handshake messages that decide version, cipher suite and session, from their
 * bytes. Knows RFC 5246 and RFC 8446 message layouts; must not know connections, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HELLO_H
#define TLSCLOSE_HELLO_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/tls.h"

/* Bytes inside a message: borrowed, valid as long as the message's. */
struct byte_view {
    const uint8_t *bytes;
    uint32_t length;
};

/* RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2. */
struct client_hello {
    uint16_t legacy_version;
    bool offers_tls13; /* in supported_versions */
    struct byte_view session_id;
    struct byte_view server_name;  /* RFC 6066 section 3; empty if absent */
    struct byte_view ticket;       /* RFC 5077: the session ticket offered; empty if none */
    struct byte_view psk_identity; /* RFC 8446 section 4.2.11: the first one; empty if none */
};

/* RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3. */
struct server_hello {
    uint16_t version; /* negotiated; TLS 1.3 and its drafts: TLS_1_3 */
    uint16_t cipher_suite;
    bool hello_retry_request;
    bool selects_psk;
    struct byte_view session_id;
};

/* MESSAGE is the body behind the four-byte handshake header. False, and HELLO unspecified, if it is
 * malformed, or a ServerHello of a version that is none of enum tls_version. What an extension
 * holds is read leniently, since only the peer's opinion of it counts: contents that make no sense
 * count as absent. */
bool client_hello_parse(struct byte_view message, struct client_hello *hello);
bool server_hello_parse(struct byte_view message, struct server_hello *hello);

/* The ticket of a NewSessionTicket (RFC 5077 section 3.3, RFC 8446 section 4.6.1); false if
 * malformed or empty. */
bool new_session_ticket_parse(struct byte_view message, uint16_t version, struct byte_view *ticket);

/* Length of the authentication tag of a cipher suite in TLS 1.3 (RFC 8446 appendix B.4, RFC 6655);
 * 16 for unknown ones. */
unsigned cipher_suite_tag_length(uint16_t cipher_suite);

/* Length of the hash of a TLS 1.3 cipher suite, which is the length of Finished; 32 for unknown
 * ones. */
unsigned cipher_suite_hash_length(uint16_t cipher_suite);

/* Bytes by which a record of no plaintext is longer in an AEAD cipher suite up to TLS 1.2 (RFC
 * 5288, 6655, 7905); 0: not an AEAD. */
unsigned cipher_suite_aead_expansion(uint16_t cipher_suite);

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

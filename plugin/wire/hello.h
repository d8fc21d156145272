/* hello.h
 * Reads the clear-text handshake messages that decide version, cipher suite and session, from their
 * bytes. Knows the layouts of RFC 5246 and RFC 8446; must not know connections, records or
 * Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HELLO_H
#define TLSCLOSE_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/byte_view.h"
#include "wire/tls.h"

/* RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2. */
struct client_hello {
    uint16_t legacy_version;
    bool offers_tls13; /* in supported_versions */
    bool offers_h2;    /* HTTP/2, in application_layer_protocol_negotiation: RFC 7301 section 3.1 */
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
    bool selects_h2; /* RFC 7301 section 3.1; TLS 1.3 says so in an encrypted message only */
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

#endif

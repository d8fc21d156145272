/* session.h
 * TLS sessions across connections: which was established where, and what made one unresumable.
 * Knows identifiers and frame numbers; must not know how a connection ended, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SESSION_H
#define TLSCLOSE_SESSION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "facts/finding.h"
#include "facts/server_names.h"
#include "wire/byte_view.h"
#include "wire/tls.h"

/* A session ID of up to 32 bytes, or the SHA-256 of a ticket or PSK identity. */
struct session_id {
    uint8_t length;
    uint8_t bytes[TLS_SESSION_ID_LENGTH_MAX]; /* behind the length: zeros */
};

struct session {
    struct session_id id;
    uint8_t unresumable_reason; /* enum unresumable_reason */
    uint32_t established_frame; /* 0: not captured */
    uint32_t unresumable_frame; /* 0: it is not */
};

/* All sessions of a capture, by identifier. An empty identifier names no session and must not be
 * put in. */
struct session_table;

/* Owned by the caller; free with session_table_free(). */
struct session_table *session_table_new(void);
void session_table_free(struct session_table *table);

/* The names of the servers that the sessions of a capture are with. Owned by TABLE. */
struct server_names *session_table_server_names(const struct session_table *table);

/* Whether A and B are the same bytes. */
bool session_id_equal(const struct session_id *a, const struct session_id *b);

/* The identifier that BYTES of a session ID make; longer ones are cut at 32 bytes. */
struct session_id session_id_of_bytes(struct byte_view bytes);

/* The identifier of a ticket or PSK identity: its SHA-256. */
struct session_id session_id_of_ticket(struct byte_view ticket);

/* The session known by ID, or NULL. Owned by TABLE. */
struct session *session_find(struct session_table *table, const struct session_id *id);

/* The session known by ID; a new one if there is none. Owned by TABLE, lives as long. */
struct session *session_get(struct session_table *table, const struct session_id *id);

/* From now on SESSION, which has an ID, is found by TICKET too, the identifier of a ticket (RFC 5077
 * section 3.3). What TICKET led to before, it no longer does. */
void session_alias(struct session_table *table, struct session *session,
                   const struct session_id *ticket);

#endif

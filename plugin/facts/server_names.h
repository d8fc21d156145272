/* server_names.h
 * The names of servers that a capture's ClientHellos hold, each kept once: many connections go to
 * few servers. Must not know connections, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SERVER_NAMES_H
#define TLSCLOSE_SERVER_NAMES_H

#include "wire/byte_view.h"

struct server_names;

/* Owned by the caller; free with server_names_free(). */
struct server_names *server_names_new(void);
void server_names_free(struct server_names *names);

/* The name that BYTES of a ClientHello make (RFC 6066 section 3), as wire_text() shows it.
 * The same pointer for the same name. Owned by NAMES, lives as long. */
const char *server_names_get(struct server_names *names, struct byte_view bytes);

#endif

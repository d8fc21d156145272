/* http1.h
 * HTTP/1.x on one connection, a row of the table in application.c: where each request and response ends
 * (RFC 9112 section 6.3), which requests were answered, who announced the close. Must not know TLS
 * records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP1_H
#define TLSCLOSE_HTTP1_H

#include "app/application.h"

/* It hands over to "websocket" behind a 101 response that says so (RFC 6455 section 4.2.2), to "tunnel"
 * behind any other 101 (RFC 9110 section 15.2.2) and a successful CONNECT (section 9.3.6). */
extern const struct application_protocol http1_protocol;

#endif

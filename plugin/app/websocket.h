/* websocket.h
 * The row of WebSocket (RFC 6455): HTTP/1.x hands the connection over after a response 101. Must not
 * know HTTP, TLS records or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_WEBSOCKET_H
#define TLSCLOSE_WEBSOCKET_H

#include "app/application.h"

/* It recognises nothing by itself, since its first bytes can be anything. What it takes begins with
 * the first byte of each side behind the opening handshake (RFC 6455 section 4). */
extern const struct application_protocol websocket_protocol;

#endif

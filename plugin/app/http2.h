/* http2.h
 * HTTP/2 (RFC 9113) with gRPC: a row of the table of application protocols (application.h).
 * Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_H
#define TLSCLOSE_HTTP2_H

#include "app/application.h"

extern const struct application_protocol http2_protocol;

#endif

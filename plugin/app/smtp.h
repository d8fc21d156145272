/* smtp.h
 * SMTP on one connection, a row of the table in application.c: commands and messages, and whether they were
 * answered (RFC 5321). Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SMTP_H
#define TLSCLOSE_SMTP_H

#include "app/application.h"

/* Recognised by the client's EHLO, HELO or LHLO (RFC 2033): behind STARTTLS (RFC 3207 section 4.2) as well
 * as with TLS from the start. */
extern const struct application_protocol smtp_protocol;

#endif

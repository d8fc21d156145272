/* ftp.h
 * The rows of FTP over TLS (RFC 959, RFC 4217): the control connection, and a data connection,
 * which holds one file or listing. Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FTP_H
#define TLSCLOSE_FTP_H

#include "app/application.h"

/* Commands and their replies. Names the ports of the data connections as they come. */
extern const struct application_protocol ftp_protocol;

/* A file ends with its connection, so only the sender's close_notify says that it is whole. Reads no
 * byte: the hint chooses it, one row for each. */
extern const struct application_protocol ftp_data_protocol;
extern const struct application_protocol ftp_data_inferred_protocol;

#endif

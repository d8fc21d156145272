/* ftp_hosts.h
 * Pairs of hosts with an FTP control connection (RFC 4217), and the ports that it named: which TLS
 * connections between them are data connections. Must not know TLS records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FTP_HOSTS_H
#define TLSCLOSE_FTP_HOSTS_H

#include <stdbool.h>

#include "facts/application_end.h"
#include "observe/packet.h"

/* At most so many pairs are remembered, and of each so many control connections and ports that no data
 * connection has used yet: the oldest ones go. */
#define FTP_PAIRS_MAX 1024
#define FTP_CONTROLS_MAX 8
#define FTP_PORTS_MAX 32

struct ftp_hosts;

/* Owned by the caller; free with ftp_hosts_free(). */
struct ftp_hosts *ftp_hosts_new(void);
void ftp_hosts_free(struct ftp_hosts *hosts);

/* Takes clear text of a TCP connection that carries no TLS yet: AUTH makes it a control connection.
 * Anything else costs next to nothing. */
void ftp_hosts_take_clear_text(struct ftp_hosts *hosts, const struct observation *observation);

/* A decrypted control connection, which OBSERVATION belongs to, named PORT for a data connection. */
void ftp_hosts_expect(struct ftp_hosts *hosts, const struct observation *observation,
                      uint16_t port);

/* Whether the TCP connection tcp.stream is an open TLS connection by now. */
typedef bool (*ftp_hosts_is_open)(uint32_t stream, void *data);

/* What is known of the TLS connection that begins with OBSERVATION. IS_OPEN is asked, with DATA, about
 * control connections of the same hosts. */
enum application_hint ftp_hosts_hint(struct ftp_hosts *hosts, const struct observation *observation,
                                     ftp_hosts_is_open is_open, void *data);

#endif

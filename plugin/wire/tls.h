/* tls.h
 * The numbers of the TLS protocol that the analysis needs, named as in the RFCs.
 * Knows nothing of connections, captures or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TLS_H
#define TLSCLOSE_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 8446 section 5.1, RFC 6520 for heartbeat. */
enum tls_content_type {
    TLS_CHANGE_CIPHER_SPEC = 20,
    TLS_ALERT = 21,
    TLS_HANDSHAKE = 22,
    TLS_APPLICATION_DATA = 23,
    TLS_HEARTBEAT = 24,
};

/* RFC 8446 section 4, RFC 5246 section 7.4. */
enum tls_handshake_type {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_NEW_SESSION_TICKET = 4,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY_EXCHANGE = 12,
    TLS_CERTIFICATE_REQUEST = 13,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_CLIENT_KEY_EXCHANGE = 16,
    TLS_FINISHED = 20,
};

/* RFC 8446 section 6, RFC 5246 section 7.2. */
enum tls_alert_level {
    TLS_ALERT_WARNING = 1,
    TLS_ALERT_FATAL = 2,
};

enum tls_alert_description {
    TLS_CLOSE_NOTIFY = 0,
    TLS_USER_CANCELED = 90,
};

enum tls_version {
    TLS_VERSION_UNKNOWN = 0,
    SSL_3_0 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
};

#define TLS_RECORD_HEADER_LENGTH 5

/* 2^14 bytes of plaintext and 2048 of expansion: RFC 5246 section 6.2.3. */
#define TLS_RECORD_LENGTH_MAX (16384 + 2048)

#define TLS_SESSION_ID_LENGTH_MAX 32

#endif

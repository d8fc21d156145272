/* padding.c
 * The padding of TLS 1.3 records that were not decrypted. See padding.h. Pure functions over struct
 * connection; must not know what follows for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/padding.h"

#include "wire/cipher_suite.h"

/* Java pads every record by this much: its alerts are known by their length. */
#define JAVA_PADDING 16

#define HANDSHAKE_HEADER_LENGTH 4
#define ALERT_LENGTH 2

static unsigned
expansion_of(const struct connection *connection)
{
    return cipher_suite_expansion_min(TLS_1_3, connection->cipher_suite);
}

unsigned
padding_of(const struct connection *connection, enum side side)
{
    unsigned length = direction_of(connection, side)->traffic.finished_length;
    unsigned unpadded = HANDSHAKE_HEADER_LENGTH +
                        cipher_suite_hash_length(connection->cipher_suite) +
                        expansion_of(connection);

    return connection->version == TLS_1_3 && length > unpadded ? length - unpadded : 0;
}

bool
may_hide_padded_alert(const struct connection *connection, enum side side)
{
    const struct traffic *traffic = &direction_of(connection, side)->traffic;
    unsigned padding = padding_of(connection, side);

    if (padding == 0 || padding == JAVA_PADDING)
        return false;
    /* Other messages may have gone with a Finished in one record. A padding makes both equally long. */
    if (padding_of(connection, other_side(side)) != padding)
        return false;
    return traffic->smallest_length > ALERT_LENGTH + expansion_of(connection) &&
           traffic->last_length == traffic->smallest_length;
}

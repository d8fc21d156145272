/* open_record.c
 * The data record that a direction stands inside. See open_record.h. Must not know what follows from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/open_record.h"

#include "judge/evidence.h"
#include "judge/padding.h"

/* Whether RECORD of SIDE, encrypted, comes behind the handshake. */
static bool
is_behind_handshake(const struct connection *connection, enum side side,
                    const struct stream_record *record)
{
    const struct direction *client = direction_of(connection, SIDE_CLIENT);

    if (starts_after_hellos(connection))
        return true;
    if (is_before_tls13(connection))
        return direction_of(connection, side)->finished_end != 0;
    if (client->finished_end == 0)
        return false;
    if (side == SIDE_CLIENT)
        return record->start >= MAX(client->finished_end, client->traffic.finished_end);
    return record->first.frame > client->traffic.finished_frame;
}

bool
opened_data_record(const struct connection *connection, enum side side,
                   struct stream_record *record)
{
    const struct stream *stream = &direction_of(connection, side)->stream;

    return stream_open_record(stream, record) && record->type == TLS_APPLICATION_DATA &&
           (is_before_tls13(connection) || record->length > PADDED_ALERT_LENGTH_MAX) &&
           is_behind_handshake(connection, side, record);
}

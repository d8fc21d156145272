/* grpc.c
 * gRPC's content-type and the lengths of its messages. See grpc.h.
 * Must not know frames, header compression or streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/grpc.h"

#include <glib.h>
#include <string.h>

/* Compressed-Flag, Message-Length */
#define PREFIX_LENGTH 5

/* Content-Type: "application/grpc" [("+proto" / "+json" / {custom})]; parameters may follow. */
bool
grpc_is_content_type(const uint8_t *value, size_t length)
{
    static const char type[] = "application/grpc";
    const size_t type_length = sizeof type - 1;

    if (length < type_length || g_ascii_strncasecmp((const char *)value, type, type_length) != 0)
        return false;
    return length == type_length ||
           (value[type_length] != '\0' && strchr("+; ", value[type_length]));
}

/* The first byte of the prefix tells whether the message is compressed, the others its length. */
static void
take_prefix_byte(struct grpc_place *place, uint8_t byte)
{
    place->left = place->prefix_read == 0 ? 0 : place->left << 8 | byte;
    place->prefix_read = (uint8_t)((place->prefix_read + 1) % PREFIX_LENGTH);
}

void
grpc_take(struct grpc_place *place, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t taken = 0; taken < length;) {
        if (place->prefix_read > 0 || place->left == 0) {
            take_prefix_byte(place, bytes[taken++]);
            continue;
        }
        uint32_t message = MIN(place->left, length - taken);
        place->left -= message;
        taken += message;
    }
}

bool
grpc_is_inside_message(const struct grpc_place *place)
{
    return place->prefix_read > 0 || place->left > 0;
}

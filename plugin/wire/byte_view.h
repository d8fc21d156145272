/* byte_view.h
 * Bytes that belong to somebody else, and how to take some off their front.
 * Must not know what the bytes mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_BYTE_VIEW_H
#define TLSCLOSE_BYTE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/* Borrowed: valid as long as what they lie in. */
struct byte_view {
    const uint8_t *bytes;
    uint32_t length;
};

/* Takes COUNT bytes off the front of REST. False, and nothing taken, if it has fewer. */
static inline bool
byte_view_take(struct byte_view *rest, uint32_t count, struct byte_view *taken)
{
    if (count > rest->length)
        return false;
    taken->bytes = rest->bytes;
    taken->length = count;
    rest->bytes += count;
    rest->length -= count;
    return true;
}

#endif

/* items.h
 * Generated tree items of our fields. Knows fields by Wireshark's identifiers; must not know what they say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_ITEMS_H
#define TLSCLOSE_ITEMS_H

#include <epan/packet.h>

#include "facts/finding.h"

/* Where items go. */
struct items {
    packet_info *pinfo;
    tvbuff_t *tvb;
    proto_tree *tree; /* our subtree; NULL: nothing is shown */
    proto_item *item; /* our protocol item; NULL likewise */
};

/* Each adds an item of FIELD, marked as generated: no bytes of the packet are its own. */
void items_add_uint(const struct items *items, int field, uint32_t value);
void items_add_uint64(const struct items *items, int field, uint64_t value);
void items_add_boolean(const struct items *items, int field, bool value);

/* VALUE may be NULL: then there is none. */
void items_add_string(const struct items *items, int field, const char *value);

/* A length of time. */
void items_add_time(const struct items *items, int field, int64_t nanoseconds);

/* A link to another frame; that frame is kept when this one is exported. FRAME 0: there is none. */
void items_add_frame(const struct items *items, int field, uint32_t frame);

/* Sides are one higher in the fields, so that 0 never stands for one. */
void items_add_side(const struct items *items, int field, enum side side);

#endif

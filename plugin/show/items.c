/* items.c
 * Generated tree items of our fields. See items.h. Must not know what they say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/items.h"

#include "compat.h"

void
items_add_uint(const struct items *items, int field, uint32_t value)
{
    proto_item_set_generated(proto_tree_add_uint(items->tree, field, items->tvb, 0, 0, value));
}

void
items_add_uint64(const struct items *items, int field, uint64_t value)
{
    proto_item_set_generated(proto_tree_add_uint64(items->tree, field, items->tvb, 0, 0, value));
}

void
items_add_boolean(const struct items *items, int field, bool value)
{
    proto_item_set_generated(proto_tree_add_boolean(items->tree, field, items->tvb, 0, 0, value));
}

void
items_add_string(const struct items *items, int field, const char *value)
{
    if (value)
        proto_item_set_generated(
            proto_tree_add_string(items->tree, field, items->tvb, 0, 0, value));
}

void
items_add_time(const struct items *items, int field, int64_t nanoseconds)
{
    nstime_t time =
        NSTIME_INIT_SECS_NSECS((time_t)(nanoseconds / 1000000000), (int)(nanoseconds % 1000000000));

    proto_item_set_generated(proto_tree_add_time(items->tree, field, items->tvb, 0, 0, &time));
}

void
items_add_frame(const struct items *items, int field, uint32_t frame)
{
    if (frame == 0)
        return;
    items_add_uint(items, field, frame);
    depend_on_frame(items->pinfo, frame);
}

void
items_add_side(const struct items *items, int field, enum side side)
{
    items_add_uint(items, field, (uint32_t)side + 1);
}

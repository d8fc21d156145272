/* after_reset.c
 * What a side sends after its RST. See after_reset.h. Knows numbers only; must not know what the segments
 * carry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/after_reset.h"

#include <string.h>

struct after_reset {
    GPtrArray *segments; /* owned; of struct kept_segment */
    uint32_t bytes;
    uint64_t sent;         /* after the highest byte of them */
    uint64_t acknowledged; /* of them, by the peer */
    unsigned rounds;
    bool is_fresh; /* bytes came since the peer's last acknowledgement */
};

/* The bytes follow the struct. */
struct kept_segment {
    struct segment segment;
    uint8_t bytes[];
};

static struct kept_segment *
copy_of(const struct segment *segment)
{
    struct kept_segment *copy = g_malloc(sizeof *copy + segment->captured_length);

    copy->segment = *segment;
    copy->segment.payload = copy->bytes;
    if (segment->captured_length > 0)
        memcpy(copy->bytes, segment->payload, segment->captured_length);
    return copy;
}

static struct after_reset *
after_reset_of(struct direction *direction)
{
    if (!direction->after_reset) {
        direction->after_reset = g_new0(struct after_reset, 1);
        direction->after_reset->segments = g_ptr_array_new_with_free_func(g_free);
        direction->after_reset->sent = direction->captured_before_reset;
        direction->after_reset->acknowledged = direction->captured_before_reset;
    }
    return direction->after_reset;
}

void
after_reset_keep(struct direction *direction, const struct segment *segment)
{
    uint64_t end = stream_offset(&direction->stream, segment->sequence) + segment->length;

    if (direction->end_kind != END_RST || segment->rst || segment->syn ||
        (segment->length == 0 && !segment->fin) || end < direction->captured_before_reset)
        return;
    struct after_reset *after = after_reset_of(direction);
    if (after->segments->len >= AFTER_RESET_SEGMENTS_MAX ||
        after->bytes + segment->captured_length > AFTER_RESET_BYTES_MAX)
        return;
    g_ptr_array_add(after->segments, copy_of(segment));
    after->bytes += segment->captured_length;
    after->is_fresh |= end > after->sent;
    after->sent = MAX(after->sent, end);
}

bool
after_reset_acknowledge(struct direction *direction, uint64_t offset)
{
    struct after_reset *after = direction->after_reset;

    if (direction->end_kind != END_RST || !after || !after->is_fresh ||
        offset <= after->acknowledged || offset > after->sent)
        return false;
    after->acknowledged = offset;
    after->is_fresh = false;
    return ++after->rounds >= AFTER_RESET_ROUNDS;
}

GPtrArray *
after_reset_revive(struct direction *direction)
{
    GPtrArray *segments = g_steal_pointer(&direction->after_reset->segments);

    after_reset_clear(direction);
    direction->end_kind = END_NONE;
    memset(&direction->end, 0, sizeof direction->end);
    direction->old_reset = false;
    direction->end_acknowledges = false;
    direction->reset_answers = false;
    direction->end_stated = false;
    direction->traffic.rst_frame = 0;
    return segments;
}

void
after_reset_clear(struct direction *direction)
{
    if (direction->after_reset && direction->after_reset->segments)
        g_ptr_array_free(direction->after_reset->segments, TRUE);
    g_clear_pointer(&direction->after_reset, g_free);
}

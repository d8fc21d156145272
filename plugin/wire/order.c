/* order.c
 * Sequence numbers and late segments of one TCP direction: see order.h.
 * Must not know what the bytes mean, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/order.h"

#include <glib.h>
#include <string.h>

/* A segment's payload kept for later; the bytes follow the struct. */
struct late_segment {
    struct stream_bytes run;
    uint8_t bytes[];
};

struct late_segments {
    GQueue queue; /* of struct late_segment, by offset */
    uint32_t bytes;
};

void
order_start(struct tcp_order *order, uint32_t sequence)
{
    order->reached = STREAM_FIRST_OFFSET;
    order->sequence_origin = sequence - (uint32_t)STREAM_FIRST_OFFSET;
}

uint64_t
order_offset(const struct tcp_order *order, uint32_t sequence)
{
    uint32_t here = order->sequence_origin + (uint32_t)order->reached;

    return order->reached + (uint64_t)(int64_t)(int32_t)(sequence - here);
}

void
order_reach(struct tcp_order *order, uint64_t offset)
{
    order->reached = MAX(order->reached, offset);
}

static bool
holds(const struct stream_bytes *kept, const struct stream_bytes *run)
{
    return kept->offset + kept->captured_length >= run->offset + run->captured_length;
}

static struct late_segment *
late_segment_new(const struct stream_bytes *run)
{
    struct late_segment *segment = g_malloc(sizeof *segment + run->captured_length);

    segment->run = *run;
    segment->run.bytes = segment->bytes;
    if (run->captured_length > 0)
        memcpy(segment->bytes, run->bytes, run->captured_length);
    return segment;
}

/* The last kept segment that begins no later than OFFSET, or NULL. */
static GList *
last_before(const struct late_segments *late, uint64_t offset)
{
    GList *before = late->queue.tail;

    while (before && ((struct late_segment *)before->data)->run.offset > offset)
        before = before->prev;
    return before;
}

void
order_keep(struct tcp_order *order, const struct stream_bytes *run)
{
    if (!order->late) {
        order->late = g_new0(struct late_segments, 1);
        g_queue_init(&order->late->queue);
    }
    GList *before = last_before(order->late, run->offset);
    if (before && holds(&((struct late_segment *)before->data)->run, run))
        return;
    order->late->bytes += run->captured_length;
    if (before)
        g_queue_insert_after(&order->late->queue, before, late_segment_new(run));
    else
        g_queue_push_head(&order->late->queue, late_segment_new(run));
}

const struct stream_bytes *
order_first_late(const struct tcp_order *order)
{
    if (!order->late)
        return NULL;
    return &((const struct late_segment *)order->late->queue.head->data)->run;
}

void
order_drop_first_late(struct tcp_order *order)
{
    struct late_segment *segment = g_queue_pop_head(&order->late->queue);

    order->late->bytes -= segment->run.captured_length;
    g_free(segment);
    if (g_queue_is_empty(&order->late->queue)) {
        g_free(order->late);
        order->late = NULL;
    }
}

unsigned
order_late_count(const struct tcp_order *order)
{
    return order->late ? order->late->queue.length : 0;
}

bool
order_is_overfull(const struct tcp_order *order)
{
    return order->late && (order->late->bytes > STREAM_LATE_BYTES_MAX ||
                           order->late->queue.length > STREAM_LATE_SEGMENTS_MAX);
}

void
order_clear(struct tcp_order *order)
{
    while (order->late)
        order_drop_first_late(order);
    memset(order, 0, sizeof *order);
}

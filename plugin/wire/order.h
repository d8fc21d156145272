/* order.h
 * Puts the captured segments of one TCP direction in sequence: numbers their bytes, and keeps those
 * that came too early. Must not know what the bytes mean, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_ORDER_H
#define TLSCLOSE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Sequence numbers are 32 bits long and wrap around (RFC 9293 section 3.4). Offsets are 64 bits long
 * and never do: the first byte of a direction has STREAM_FIRST_OFFSET, so that earlier ones are still
 * positive. Ranges are half open. */
#define STREAM_FIRST_OFFSET (UINT64_C(1) << 32)

/* So much is kept of one direction at most. Memory: GLib. */
#define STREAM_LATE_BYTES_MAX (1024 * 1024)
#define STREAM_LATE_SEGMENTS_MAX 1024

/* Where and when a byte was captured. */
struct capture_point {
    uint64_t acknowledgement; /* the peer's offset that the byte's segment acknowledges */
    int64_t time;             /* nanoseconds since the epoch */
    uint32_t frame;           /* frame number */
};

/* A run of payload bytes, as one segment brings them. */
struct stream_bytes {
    uint64_t offset;
    const uint8_t *bytes; /* borrowed */
    uint32_t captured_length;
    /* bytes on the wire: more than captured_length if the snapshot length cut them */
    uint32_t length;
    struct capture_point point;
};

struct late_segments;

/* Zeroed, it is not started and keeps nothing. */
struct tcp_order {
    uint64_t reached;           /* sequence numbers mean the offsets nearest to this one */
    uint32_t sequence_origin;   /* sequence number of offset 0, modulo 2^32 */
    struct late_segments *late; /* owned; NULL if nothing is late */
};

/* The byte numbered SEQUENCE has STREAM_FIRST_OFFSET. */
void order_start(struct tcp_order *order, uint32_t sequence);

/* The offset of the byte numbered SEQUENCE, never less than 2^31. ORDER must be started. */
uint64_t order_offset(const struct tcp_order *order, uint32_t sequence);

/* The direction has come as far as OFFSET. What lies less than 2^31 bytes before or behind the
 * highest one is told apart from now on. */
void order_reach(struct tcp_order *order, uint64_t offset);

/* Keeps a copy of RUN for later, unless one kept run holds all of it already. */
void order_keep(struct tcp_order *order, const struct stream_bytes *run);

/* The kept run that begins first, or NULL. It is ORDER's until it is dropped. */
const struct stream_bytes *order_first_late(const struct tcp_order *order);

/* Gives up what order_first_late() returned. */
void order_drop_first_late(struct tcp_order *order);

/* The number of segments kept. */
unsigned order_late_count(const struct tcp_order *order);

/* Whether more is kept than the limits above allow: the caller has to take the first run now. */
bool order_is_overfull(const struct tcp_order *order);

/* Frees what ORDER owns and zeroes it. */
void order_clear(struct tcp_order *order);

#endif

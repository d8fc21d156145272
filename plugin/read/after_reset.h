/* after_reset.h
 * What a side sends after its RST, kept until its peer's acknowledgements show that the RST ended nothing:
 * it was forged, or stale. Knows numbers only; must not know what the segments carry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_AFTER_RESET_H
#define TLSCLOSE_AFTER_RESET_H

#include "facts/facts.h"
#include "wire/segment.h"

/* At most so many segments and bytes are kept of a direction. */
#define AFTER_RESET_SEGMENTS_MAX 64
#define AFTER_RESET_BYTES_MAX (128 * 1024)

/* So many times the sender has to go on with new bytes that its peer then acknowledges: once may be bytes
 * that were captured late. */
#define AFTER_RESET_ROUNDS 2

/* Keeps a copy of a segment that DIRECTION's side sent, if it brings bytes or a FIN that come after its
 * RST. */
void after_reset_keep(struct direction *direction, const struct segment *segment);

/* The peer acknowledges the bytes before OFFSET. Returns whether the RST ended nothing. */
bool after_reset_acknowledge(struct direction *direction, uint64_t offset);

/* The segments kept of DIRECTION, struct segment in the order of capture, which has not ended any more.
 * Owned by the caller. */
GPtrArray *after_reset_revive(struct direction *direction);

/* Frees what DIRECTION owns of it. */
void after_reset_clear(struct direction *direction);

#endif

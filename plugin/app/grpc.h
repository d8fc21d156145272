/* grpc.h
 * gRPC over HTTP/2: which bodies carry it, and where its messages end (Length-Prefixed-Message of
 * "gRPC over HTTP2"). Must not know frames, header compression or streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_GRPC_H
#define TLSCLOSE_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The place in a run of messages; zeroed at its start. */
struct grpc_place {
    uint32_t left; /* bytes of the message still to come; while the prefix is read: its length */
    uint8_t prefix_read; /* bytes of a prefix that is only begun */
};

/* Whether a content-type of LENGTH bytes is gRPC's. gRPC-Web is not: it frames its trailers as a
 * message. */
bool grpc_is_content_type(const uint8_t *value, size_t length);

/* Takes the next LENGTH bytes of the body. */
void grpc_take(struct grpc_place *place, const uint8_t *bytes, uint32_t length);

/* Whether a message has begun and not ended. */
bool grpc_is_inside_message(const struct grpc_place *place);

#endif

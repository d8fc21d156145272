/* early.h
 * Payload captured before the segment that begins its TCP connection: the rest of a ClientHello,
 * which may be longer than a segment, ahead of its beginning. Knows sequence numbers; must not know
 * what is in the payload.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_EARLY_H
#define TLSCLOSE_EARLY_H

#include <glib.h>

#include "observe/packet.h"

/* At most so many segments and bytes are kept of a TCP connection. */
#define EARLY_SEGMENTS_MAX 8
#define EARLY_BYTES_MAX (16 * 1024)

/* A copy of a segment. Free with g_free(). */
struct early_segment {
    struct segment segment; /* its payload is the bytes below */
    bool source_is_higher;  /* see struct observation */
    uint8_t bytes[];
};

/* FINs without a byte before them: so many are remembered of all TCP connections, the last ones. */
#define BARE_FINS_MAX 64

/* A FIN right behind its sender's SYN, as port probes send it. */
struct bare_fin {
    uint32_t stream; /* tcp.stream */
    uint32_t frame;  /* 0: there is none */
    int64_t time;    /* nanoseconds since the epoch */
    bool source_is_higher;
};

/* What is kept of all TCP connections: of most of them one bit. */
struct early_segments;

/* Owned by the caller; free with early_segments_free(). */
struct early_segments *early_segments_new(void);
void early_segments_free(struct early_segments *early);

/* The FIN that the peer of the segment's sender sent before any byte; NULL if none is remembered. Owned by
 * EARLY. */
const struct bare_fin *early_segments_bare_fin(const struct early_segments *early,
                                               const struct observation *observation);

/* Keeps a copy of the segment if bytes between the SYN and it have not been captured, in a TCP
 * connection of which no others have. */
void early_segments_offer(struct early_segments *early, const struct observation *observation);

/* What is kept of the TCP connection STREAM, struct early_segment in the order of capture; NULL if
 * nothing is. Owned by the caller. */
GPtrArray *early_segments_take(struct early_segments *early, uint32_t stream);

#endif

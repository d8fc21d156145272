/* segment.h
 * What a frame brings to a connection: a TCP segment, and what the TLS dissector decrypted with it.
 * Plain C; must not know the connection, Wireshark or fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SEGMENT_H
#define TLSCLOSE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 7323 section 2.3: no window is shifted by more. */
#define WINDOW_SHIFT_MAX 14

/* A TCP segment as captured. */
struct segment {
    uint32_t sequence; /* of its first payload byte, or of its FIN or RST if it has none */
    uint32_t acknowledgement;
    uint16_t window; /* as in the header, not shifted */
    /* of a RST: by how many bits the windows that its peer opens are shifted, RFC 7323 section 2.2 */
    uint8_t peer_window_shift;
    bool has_acknowledgement;
    bool syn;
    bool fin;
    bool rst;
    const uint8_t *payload;
    uint32_t captured_length; /* bytes readable at payload */
    uint32_t length;          /* payload bytes on the wire */
    uint32_t frame;
    int64_t time; /* nanoseconds since the epoch */
};

/* A record that the TLS dissector decrypted and showed in the frame of the segment. */
struct dissected_record {
    uint8_t type;             /* of the record header */
    uint16_t length;          /* of the record header */
    uint32_t sequence;        /* of the record header */
    uint8_t inner_type;       /* enum tls_content_type, TLS 1.3's inner one */
    const uint8_t *plaintext; /* valid during the call */
    uint32_t plaintext_length;
};

/* The segment and the records that the TLS dissector decrypted with it, in stream order. */
struct dissected_segment {
    struct segment segment;
    const struct dissected_record *records;
    unsigned record_count;
};

#endif

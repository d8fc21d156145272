/* partial_record.h
 * One TLS record put together from the segments that bring it, byte by byte if need be.
 * Knows the record header (RFC 8446 section 5.1); must not know what is in a fragment, nor TCP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_PARTIAL_RECORD_H
#define TLSCLOSE_PARTIAL_RECORD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/order.h"
#include "wire/tls.h"

/* A complete TLS record, as handed to the reader. */
struct stream_record {
    uint64_t start;   /* offset of its header */
    uint64_t end;     /* offset after its last byte */
    uint8_t type;     /* enum tls_content_type, from the header */
    uint16_t version; /* of the record header */
    uint16_t length;  /* of the fragment behind the header */
    /* its bytes, if it was wanted and captured in full; valid during the call */
    const uint8_t *fragment;
    bool fragment_missing;      /* the capture lacks a part of the fragment */
    struct capture_point first; /* segment of its first byte */
    struct capture_point last;  /* segment of its last byte */
};

struct stream_reader {
    /* Whether the fragment of a record of this type and length is to be handed out. Asked once a
     * record, as its fragment begins. */
    bool (*wanted)(void *user, uint8_t type, uint16_t length);
    /* Called for each record completed, in stream order. */
    void (*record)(void *user, const struct stream_record *record);
    void *user;
};

/* A record of which the end has not been read. */
struct partial_record {
    uint64_t start;
    struct capture_point first; /* segment of its first byte */
    struct capture_point last;  /* segment of its last byte so far */
    const uint8_t *at_once;     /* borrowed; the fragment, if one segment brought all of it */
    GByteArray *kept;           /* owned; what was read of it so far, if wanted; else NULL */
    uint32_t fragment_left;     /* bytes of the fragment still to come */
    bool fragment_wanted;
    bool fragment_missing; /* a part of it is missing for good */
    uint8_t header_length; /* bytes of the header read, 0 to 5 */
    uint8_t header[TLS_RECORD_HEADER_LENGTH];
};

/* Whether BYTES begin with a plausible record header (RFC 8446 section 5.1); LENGTH may be less
 * than five, then what is there decides. */
bool stream_is_record_header(const uint8_t *bytes, uint32_t length);

/* A record whose header begins at START, in a segment captured at POINT. To be freed. */
struct partial_record *partial_record_new(uint64_t start, const struct capture_point *point);
void partial_record_free(struct partial_record *partial); /* NULL: nothing */

/* PARTIAL may be NULL in these two: then there is neither. */
bool partial_record_has_header(const struct partial_record *partial);
bool partial_record_is_complete(const struct partial_record *partial);

/* The length of its fragment, once it has a header. */
uint16_t partial_record_length(const struct partial_record *partial);

/* Takes bytes of the header; returns how many. They may turn out to be none: see
 * stream_is_record_header(). */
uint32_t partial_record_take_header(struct partial_record *partial, const uint8_t *bytes,
                                    uint32_t length);

/* Takes bytes of the fragment; returns how many. What does not come at once is kept, if READER wants
 * it. */
uint32_t partial_record_take_fragment(struct partial_record *partial, const uint8_t *bytes,
                                      uint32_t length, const struct stream_reader *reader);

/* The next COUNT bytes of the fragment, at most those left, are missing for good, as the segment at
 * POINT shows. Returns how many. */
uint32_t partial_record_miss(struct partial_record *partial, uint64_t count,
                             const struct capture_point *point);

/* The complete record. Valid as long as PARTIAL and the bytes taken last. */
struct stream_record partial_record_finish(const struct partial_record *partial);

#endif

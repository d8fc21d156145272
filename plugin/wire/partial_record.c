/* partial_record.c
 * One TLS record put together from the segments that bring it: see partial_record.h.
 * Knows the record header; must not know what is in a fragment, nor TCP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/partial_record.h"

#include <string.h>

bool
stream_is_record_header(const uint8_t *bytes, uint32_t length)
{
    if (length >= 1 && (bytes[0] < TLS_CHANGE_CIPHER_SPEC || bytes[0] > TLS_HEARTBEAT))
        return false;
    if (length >= 2 && bytes[1] != 3)
        return false;
    if (length >= 3 && bytes[2] > 4)
        return false;
    if (length >= TLS_RECORD_HEADER_LENGTH) {
        unsigned fragment_length = (unsigned)bytes[3] << 8 | bytes[4];
        /* RFC 8446 section 5.1: only application data may be empty. */
        return fragment_length <= TLS_RECORD_LENGTH_MAX &&
               (fragment_length > 0 || bytes[0] == TLS_APPLICATION_DATA);
    }
    return true;
}

struct partial_record *
partial_record_new(uint64_t start, const struct capture_point *point)
{
    struct partial_record *partial = g_new0(struct partial_record, 1);

    partial->start = start;
    partial->first = *point;
    partial->last = *point;
    return partial;
}

static void
drop_kept(struct partial_record *partial)
{
    if (partial->kept)
        g_byte_array_free(partial->kept, TRUE);
    partial->kept = NULL;
}

void
partial_record_free(struct partial_record *partial)
{
    if (partial)
        drop_kept(partial);
    g_free(partial);
}

bool
partial_record_has_header(const struct partial_record *partial)
{
    return partial && partial->header_length == TLS_RECORD_HEADER_LENGTH;
}

bool
partial_record_is_complete(const struct partial_record *partial)
{
    return partial_record_has_header(partial) && partial->fragment_left == 0;
}

uint16_t
partial_record_length(const struct partial_record *partial)
{
    return (uint16_t)(partial->header[3] << 8 | partial->header[4]);
}

uint32_t
partial_record_take_header(struct partial_record *partial, const uint8_t *bytes, uint32_t length)
{
    uint32_t missing = (uint32_t)TLS_RECORD_HEADER_LENGTH - partial->header_length;
    uint32_t taken = MIN(missing, length);

    memcpy(partial->header + partial->header_length, bytes, taken);
    partial->header_length = (uint8_t)(partial->header_length + taken);
    if (partial_record_has_header(partial))
        partial->fragment_left = partial_record_length(partial);
    return taken;
}

static void
keep(struct partial_record *partial, const uint8_t *bytes, uint32_t length)
{
    if (!partial->kept)
        partial->kept = g_byte_array_sized_new(partial_record_length(partial));
    g_byte_array_append(partial->kept, bytes, length);
}

uint32_t
partial_record_take_fragment(struct partial_record *partial, const uint8_t *bytes, uint32_t length,
                             const struct stream_reader *reader)
{
    uint16_t whole = partial_record_length(partial);
    uint32_t taken = MIN(partial->fragment_left, length);

    if (partial->fragment_left == whole)
        partial->fragment_wanted = reader->wanted(reader->user, partial->header[0], whole);
    partial->fragment_left -= taken;
    if (!partial->fragment_wanted || partial->fragment_missing)
        return taken;
    if (taken == whole)
        partial->at_once = bytes;
    else
        keep(partial, bytes, taken);
    return taken;
}

uint32_t
partial_record_miss(struct partial_record *partial, uint64_t count,
                    const struct capture_point *point)
{
    uint32_t missed = (uint32_t)MIN(count, partial->fragment_left);

    partial->fragment_left -= missed;
    partial->fragment_missing = true;
    partial->last = *point;
    drop_kept(partial);
    return missed;
}

struct stream_record
partial_record_finish(const struct partial_record *partial)
{
    uint16_t length = partial_record_length(partial);
    struct stream_record record = {
        .start = partial->start,
        .end = partial->start + TLS_RECORD_HEADER_LENGTH + length,
        .type = partial->header[0],
        .version = (uint16_t)(partial->header[1] << 8 | partial->header[2]),
        .length = length,
        .fragment = partial->kept ? partial->kept->data : partial->at_once,
        .fragment_missing = partial->fragment_missing,
        .first = partial->first,
        .last = partial->last,
    };

    if (length == 0)
        record.fragment = partial->header;
    return record;
}

/* stream.c
 * One TCP direction put into sequence and cut into TLS records: see stream.h.
 * Knows bytes and sequence numbers only; must not know what an alert means, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/stream.h"

#include <string.h>

/* A record of which the end has not been read. */
struct partial_record {
    uint64_t start;
    struct capture_point first; /* segment of its first byte */
    struct capture_point last;  /* segment of its last byte before position */
    GByteArray *fragment;       /* owned; what was read, if wanted and not all in one segment */
    uint32_t fragment_left;     /* bytes of the fragment still to come */
    bool fragment_missing;      /* a part of it is missing for good */
    uint8_t header_length;      /* bytes of the header read, 1 to 5 */
    uint8_t header[TLS_RECORD_HEADER_LENGTH];
};

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
stream_start(struct stream *stream, uint32_t sequence, bool framed)
{
    stream->position = STREAM_FIRST_OFFSET;
    stream->captured_end = stream->position;
    stream->sequence_origin = sequence;
    stream->started = true;
    stream->state = framed ? STREAM_FRAMED : STREAM_UNSYNCED;
}

uint64_t
stream_offset(const struct stream *stream, uint32_t sequence)
{
    uint32_t here = stream->sequence_origin + (uint32_t)stream->position;
    int32_t distance = (int32_t)(sequence - here);
    int64_t offset = (int64_t)stream->position + distance;

    return offset > 0 ? (uint64_t)offset : 0;
}

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

static uint16_t
fragment_length(const struct partial_record *partial)
{
    return (uint16_t)(partial->header[3] << 8 | partial->header[4]);
}

static bool
has_header(const struct partial_record *partial)
{
    return partial->header_length == TLS_RECORD_HEADER_LENGTH;
}

static void
drop_fragment(struct partial_record *partial)
{
    if (partial->fragment)
        g_byte_array_free(partial->fragment, TRUE);
    partial->fragment = NULL;
}

static void
drop_partial(struct partial_record *partial)
{
    if (partial)
        drop_fragment(partial);
    g_free(partial);
}

/* WHOLE: the fragment, if it lies in one segment. */
static void
complete_record(struct stream *stream, const uint8_t *whole, const struct stream_reader *reader)
{
    struct partial_record *partial = stream->partial;
    struct stream_record record = {
        .start = partial->start,
        .end = stream->position,
        .type = partial->header[0],
        .version = (uint16_t)(partial->header[1] << 8 | partial->header[2]),
        .length = fragment_length(partial),
        .fragment = whole,
        .fragment_missing = partial->fragment_missing,
        .first = partial->first,
        .last = partial->last,
    };

    if (!whole && partial->fragment && !partial->fragment_missing)
        record.fragment = partial->fragment->data;
    stream->partial = NULL;
    reader->record(reader->user, &record);
    drop_partial(partial);
}

/* A record that lies in one segment needs nothing to be kept. False, and nothing done, if the next
 * one does not. */
static bool
read_whole_record(struct stream *stream, const uint8_t *bytes, uint32_t length,
                  const struct capture_point *point, const struct stream_reader *reader)
{
    if (length < TLS_RECORD_HEADER_LENGTH || !stream_is_record_header(bytes, length))
        return false;
    struct stream_record record = {
        .start = stream->position,
        .type = bytes[0],
        .version = (uint16_t)(bytes[1] << 8 | bytes[2]),
        .length = (uint16_t)(bytes[3] << 8 | bytes[4]),
        .first = *point,
        .last = *point,
    };
    if (length - TLS_RECORD_HEADER_LENGTH < record.length)
        return false;
    if (record.length == 0 || reader->wanted(reader->user, record.type, record.length))
        record.fragment = bytes + TLS_RECORD_HEADER_LENGTH;
    stream->position += TLS_RECORD_HEADER_LENGTH + (uint32_t)record.length;
    record.end = stream->position;
    reader->record(reader->user, &record);
    return true;
}

static struct partial_record *
begin_record(const struct stream *stream, const struct capture_point *point)
{
    struct partial_record *partial = g_new0(struct partial_record, 1);

    partial->start = stream->position;
    partial->first = *point;
    return partial;
}

/* Returns the number of bytes taken. */
static uint32_t
read_header(struct stream *stream, const uint8_t *bytes, uint32_t length,
            const struct stream_reader *reader)
{
    struct partial_record *partial = stream->partial;
    uint32_t missing = (uint32_t)(TLS_RECORD_HEADER_LENGTH - partial->header_length);
    uint32_t taken = MIN(missing, length);

    memcpy(partial->header + partial->header_length, bytes, taken);
    partial->header_length = (uint8_t)(partial->header_length + taken);
    if (!stream_is_record_header(partial->header, partial->header_length)) {
        stream->state = STREAM_NOT_TLS;
        stream->position = partial->start;
        stream->partial = NULL;
        drop_partial(partial);
        return length;
    }
    stream->position += taken;
    if (has_header(partial)) {
        partial->fragment_left = fragment_length(partial);
        if (partial->fragment_left == 0)
            complete_record(stream, partial->header, reader);
    }
    return taken;
}

/* Returns the number of bytes taken. */
static uint32_t
read_fragment(struct stream *stream, const uint8_t *bytes, uint32_t length,
              const struct stream_reader *reader)
{
    struct partial_record *partial = stream->partial;
    uint32_t taken = MIN(partial->fragment_left, length);
    uint16_t whole = fragment_length(partial);
    bool at_start = partial->fragment_left == whole;
    bool wanted = reader->wanted(reader->user, partial->header[0], whole);

    partial->fragment_left -= taken;
    stream->position += taken;
    if (at_start && partial->fragment_left == 0) {
        complete_record(stream, wanted ? bytes : NULL, reader);
        return taken;
    }
    if (wanted && !partial->fragment_missing) {
        if (!partial->fragment)
            partial->fragment = g_byte_array_sized_new(whole);
        g_byte_array_append(partial->fragment, bytes, taken);
    }
    if (partial->fragment_left == 0)
        complete_record(stream, NULL, reader);
    return taken;
}

static void
lose_framing(struct stream *stream, uint64_t until)
{
    if (stream->lost_from == 0) {
        stream->lost_from = stream->position;
        stream->lost_acknowledgement = stream->read_acknowledgement;
    }
    stream->last_lost_from = stream->position;
    stream->state = STREAM_LOST;
    stream->position = until;
    drop_partial(stream->partial);
    stream->partial = NULL;
}

/* The bytes up to UNTIL are missing for good. POINT: the segment that shows it. */
static void
step_over_until(struct stream *stream, uint64_t until, const struct capture_point *point,
                const struct stream_reader *reader)
{
    struct partial_record *partial = stream->partial;

    if (partial && has_header(partial)) {
        uint64_t step = MIN(until - stream->position, partial->fragment_left);
        stream->position += step;
        partial->fragment_left -= (uint32_t)step;
        partial->fragment_missing = true;
        partial->last = *point;
        stream->read_acknowledgement = point->acknowledgement;
        drop_fragment(partial);
        if (partial->fragment_left == 0)
            complete_record(stream, NULL, reader);
    }
    if (stream->position < until)
        lose_framing(stream, until);
}

/* Framing is found again where a segment begins with a record header. */
static void
look_for_framing(struct stream *stream, const struct stream_bytes *run)
{
    uint64_t run_end = run->offset + run->length;

    if (run_end <= stream->position)
        return;
    if (run->captured_length >= TLS_RECORD_HEADER_LENGTH &&
        stream_is_record_header(run->bytes, run->captured_length)) {
        stream->lacks_beginning |=
            stream->state == STREAM_UNSYNCED && run->offset > STREAM_FIRST_OFFSET;
        stream->state = STREAM_FRAMED;
        stream->position = run->offset;
    } else {
        stream->position = run_end;
    }
}

/* RUN begins at or before position. */
static void
read_run(struct stream *stream, const struct stream_bytes *run, const struct stream_reader *reader)
{
    uint64_t run_end = run->offset + run->length;

    while (stream->state == STREAM_FRAMED) {
        uint64_t skip = stream->position - run->offset;
        if (skip >= run->captured_length)
            break;
        const uint8_t *bytes = run->bytes + skip;
        uint32_t length = run->captured_length - (uint32_t)skip;
        stream->read_acknowledgement = run->point.acknowledgement;
        if (!stream->partial && read_whole_record(stream, bytes, length, &run->point, reader))
            continue;
        if (!stream->partial)
            stream->partial = begin_record(stream, &run->point);
        stream->partial->last = run->point;
        if (has_header(stream->partial))
            read_fragment(stream, bytes, length, reader);
        else
            read_header(stream, bytes, length, reader);
    }
    if (stream->state == STREAM_FRAMED && stream->position < run_end)
        step_over_until(stream, run_end, &run->point, reader);
}

unsigned
stream_late_count(const struct stream *stream)
{
    return stream->late ? g_queue_get_length((GQueue *)&stream->late->queue) : 0;
}

static void
drop_late(struct stream *stream)
{
    if (!stream->late)
        return;
    g_queue_clear_full(&stream->late->queue, g_free);
    g_free(stream->late);
    stream->late = NULL;
}

static void
keep_late(struct stream *stream, const struct stream_bytes *run)
{
    if (!stream->late) {
        stream->late = g_new0(struct late_segments, 1);
        g_queue_init(&stream->late->queue);
    }
    GList *before = stream->late->queue.tail;
    while (before && ((struct late_segment *)before->data)->run.offset > run->offset)
        before = before->prev;
    if (before) {
        const struct stream_bytes *kept = &((struct late_segment *)before->data)->run;
        if (kept->offset + kept->captured_length >= run->offset + run->captured_length)
            return;
    }

    struct late_segment *segment = g_malloc(sizeof *segment + run->captured_length);
    segment->run = *run;
    segment->run.bytes = segment->bytes;
    if (run->captured_length > 0)
        memcpy(segment->bytes, run->bytes, run->captured_length);
    stream->late->bytes += run->captured_length;
    if (before)
        g_queue_insert_after(&stream->late->queue, before, segment);
    else
        g_queue_push_head(&stream->late->queue, segment);
}

/* RUN is next: it begins at or before position, or there is no framing that bytes before it could
 * be missing from. */
static void
take_run(struct stream *stream, const struct stream_bytes *run, const struct stream_reader *reader)
{
    if (run->offset + run->length <= stream->position)
        return;
    if (stream->state == STREAM_UNSYNCED || stream->state == STREAM_LOST)
        look_for_framing(stream, run);
    if (stream->state == STREAM_FRAMED && run->offset <= stream->position)
        read_run(stream, run, reader);
}

static void
read_late(struct stream *stream, const struct stream_reader *reader)
{
    while (stream->late) {
        struct late_segment *segment = g_queue_peek_head(&stream->late->queue);
        if (!segment) {
            drop_late(stream);
            return;
        }
        if (stream->state == STREAM_FRAMED && segment->run.offset > stream->position)
            return;
        g_queue_pop_head(&stream->late->queue);
        stream->late->bytes -= segment->run.captured_length;
        take_run(stream, &segment->run, reader);
        g_free(segment);
    }
}

/* Gives up what is missing before the first late segment. */
static void
step_over_hole(struct stream *stream, const struct stream_reader *reader)
{
    const struct stream_bytes next =
        ((struct late_segment *)g_queue_peek_head(&stream->late->queue))->run;

    step_over_until(stream, next.offset, &next.point, reader);
    read_late(stream, reader);
}

void
stream_step_over(struct stream *stream, uint64_t limit, const struct stream_reader *reader)
{
    while (stream->late && stream->position < limit)
        step_over_hole(stream, reader);
}

static bool
carries_across_hole(const struct stream *stream)
{
    const struct late_segment *next = g_queue_peek_head(&stream->late->queue);

    return stream->partial && has_header(stream->partial) &&
           next->run.offset - stream->position <= stream->partial->fragment_left;
}

void
stream_step_over_inside(struct stream *stream, uint64_t limit, const struct stream_reader *reader)
{
    while (stream->late && stream->position < limit && carries_across_hole(stream))
        step_over_hole(stream, reader);
}

static void
keep_late_bounded(struct stream *stream, const struct stream_reader *reader)
{
    while (stream->late && (stream->late->bytes > STREAM_LATE_BYTES_MAX ||
                            stream_late_count(stream) > STREAM_LATE_SEGMENTS_MAX))
        step_over_hole(stream, reader);
}

void
stream_keep(struct stream *stream, const struct stream_bytes *run)
{
    if (stream->state != STREAM_FRAMED || run->offset <= stream->position)
        return;
    stream->captured_end = MAX(stream->captured_end, run->offset + run->length);
    stream->captured_any |= run->captured_length > 0;
    keep_late(stream, run);
}

void
stream_take(struct stream *stream, const struct stream_bytes *run, uint64_t acknowledged,
            const struct stream_reader *reader)
{
    if (run->length == 0)
        return;
    if (stream->state == STREAM_UNSYNCED && !stream->captured_any)
        stream->position = MIN(stream->position, run->offset);
    stream->captured_end = MAX(stream->captured_end, run->offset + run->length);
    stream->captured_any |= run->captured_length > 0;
    if (stream->state == STREAM_NOT_TLS || run->offset + run->length <= stream->position)
        return;
    if (stream->state == STREAM_FRAMED && run->offset > stream->position)
        keep_late(stream, run);
    else
        take_run(stream, run, reader);
    read_late(stream, reader);
    if (stream_late_count(stream) >= STREAM_LATE_PATIENCE)
        stream_step_over(stream, acknowledged, reader);
    keep_late_bounded(stream, reader);
}

uint64_t
stream_known_until(const struct stream *stream)
{
    const struct partial_record *partial = stream->partial;

    if (!partial)
        return stream->position;
    if (!has_header(partial) || fragment_length(partial) <= STREAM_ALERT_LENGTH_MAX)
        return partial->start;
    return stream->position + partial->fragment_left;
}

void
stream_step_over_tail(struct stream *stream, uint64_t end, const struct stream_reader *reader)
{
    const struct partial_record *partial = stream->partial;

    if (partial && has_header(partial) && stream->position + partial->fragment_left <= end &&
        stream_late_count(stream) == 0)
        step_over_until(stream, stream->position + partial->fragment_left, &partial->last, reader);
}

bool
stream_is_read(const struct stream *stream, uint64_t end)
{
    return stream->state == STREAM_NOT_TLS || stream->position >= end;
}

bool
stream_inside_record(const struct stream *stream)
{
    return stream->partial && !stream->partial->fragment_missing;
}

void
stream_clear(struct stream *stream)
{
    drop_partial(stream->partial);
    drop_late(stream);
    memset(stream, 0, sizeof *stream);
}

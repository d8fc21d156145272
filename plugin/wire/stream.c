/* stream.c
 * TLS framing of one direction: see stream.h.
 * Knows where records begin and end; must not know what is in them, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/stream.h"

#include <glib.h>
#include <string.h>

void
stream_start(struct stream *stream, uint32_t sequence, bool framed)
{
    order_start(&stream->order, sequence);
    stream->position = STREAM_FIRST_OFFSET;
    stream->captured_end = stream->position;
    stream->started = true;
    stream->state = framed ? STREAM_FRAMED : STREAM_UNSYNCED;
}

uint64_t
stream_offset(const struct stream *stream, uint32_t sequence)
{
    return order_offset(&stream->order, sequence);
}

uint64_t
stream_acknowledge(struct stream *stream, uint32_t sequence)
{
    uint64_t offset = order_offset(&stream->order, sequence);

    if (offset > stream->captured_end + STREAM_AHEAD_MAX &&
        offset > stream->order.reached + STREAM_AHEAD_MAX)
        return 0;
    order_reach(&stream->order, offset);
    return offset;
}

static void
drop_partial(struct stream *stream)
{
    partial_record_free(stream->partial);
    stream->partial = NULL;
}

/* Where framing was lost, it may be found again in a segment that is sent a second time and begins
 * with records that were handed out before. */
static void
hand_out(struct stream *stream, const struct stream_record *record,
         const struct stream_reader *reader)
{
    if (record->start < stream->handed_out_end)
        return;
    stream->handed_out_end = record->end;
    reader->record(reader->user, record);
}

static void
hand_out_if_complete(struct stream *stream, const struct stream_reader *reader)
{
    struct partial_record *partial = stream->partial;

    if (!partial_record_is_complete(partial))
        return;
    const struct stream_record record = partial_record_finish(partial);
    stream->partial = NULL;
    hand_out(stream, &record, reader);
    partial_record_free(partial);
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
    hand_out(stream, &record, reader);
    return true;
}

/* Bytes that were taken for the beginning of a record header are none. */
static void
leave_tls(struct stream *stream)
{
    stream->state = STREAM_NOT_TLS;
    stream->position = MAX(stream->partial->start, stream->handed_out_end);
    drop_partial(stream);
}

/* A record that comes in pieces: takes what BYTES have of its header, or else of its fragment. */
static void
read_piece(struct stream *stream, const uint8_t *bytes, uint32_t length,
           const struct capture_point *point, const struct stream_reader *reader)
{
    if (!stream->partial)
        stream->partial = partial_record_new(stream->position, point);
    struct partial_record *partial = stream->partial;

    partial->last = *point;
    if (partial_record_has_header(partial)) {
        stream->position += partial_record_take_fragment(partial, bytes, length, reader);
    } else {
        stream->position += partial_record_take_header(partial, bytes, length);
        if (!stream_is_record_header(partial->header, partial->header_length)) {
            leave_tls(stream);
            return;
        }
    }
    hand_out_if_complete(stream, reader);
}

static void
lose_framing(struct stream *stream, uint64_t until)
{
    if (stream->lost_from == 0) {
        stream->lost_from = stream->position;
        stream->lost_acknowledgement = stream->read_acknowledgement;
    }
    stream->last_lost_from = MAX(stream->last_lost_from, stream->position);
    stream->state = STREAM_LOST;
    stream->position = until;
    drop_partial(stream);
}

/* The bytes up to UNTIL are missing for good. POINT: the segment that shows it. */
static void
step_over_until(struct stream *stream, uint64_t until, const struct capture_point *point,
                const struct stream_reader *reader)
{
    if (partial_record_has_header(stream->partial)) {
        stream->position += partial_record_miss(stream->partial, until - stream->position, point);
        stream->read_acknowledgement = point->acknowledgement;
        hand_out_if_complete(stream, reader);
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
        read_piece(stream, bytes, length, &run->point, reader);
    }
    if (stream->state == STREAM_FRAMED && stream->position < run_end)
        step_over_until(stream, run_end, &run->point, reader);
}

unsigned
stream_late_count(const struct stream *stream)
{
    return order_late_count(&stream->order);
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
    const struct stream_bytes *first;

    while ((first = order_first_late(&stream->order))) {
        if (stream->state == STREAM_FRAMED && first->offset > stream->position)
            return;
        take_run(stream, first, reader);
        order_drop_first_late(&stream->order);
    }
}

/* Gives up what is missing before the first late segment. */
static void
step_over_hole(struct stream *stream, const struct stream_reader *reader)
{
    const struct stream_bytes *next = order_first_late(&stream->order);

    step_over_until(stream, next->offset, &next->point, reader);
    read_late(stream, reader);
}

void
stream_step_over(struct stream *stream, uint64_t limit, const struct stream_reader *reader)
{
    while (order_first_late(&stream->order) && stream->position < limit)
        step_over_hole(stream, reader);
    order_reach(&stream->order, stream->position);
}

/* The length of the record that was begun leads across what is missing before the first late
 * segment. */
static bool
carries_across_hole(const struct stream *stream)
{
    const struct stream_bytes *next = order_first_late(&stream->order);

    return next && stream->partial && partial_record_has_header(stream->partial) &&
           next->offset - stream->position <= stream->partial->fragment_left;
}

void
stream_step_over_inside(struct stream *stream, uint64_t limit, const struct stream_reader *reader)
{
    while (stream->position < limit && carries_across_hole(stream))
        step_over_hole(stream, reader);
    order_reach(&stream->order, stream->position);
}

void
stream_keep(struct stream *stream, const struct stream_bytes *run)
{
    if (stream->state != STREAM_FRAMED || run->offset <= stream->position)
        return;
    stream->captured_end = MAX(stream->captured_end, run->offset + run->length);
    stream->captured_any |= run->captured_length > 0;
    order_keep(&stream->order, run);
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
    if (stream->state == STREAM_NOT_TLS)
        order_reach(&stream->order, run->offset + run->length);
    if (stream->state == STREAM_NOT_TLS || run->offset + run->length <= stream->position)
        return;
    if (stream->state == STREAM_FRAMED && run->offset > stream->position)
        order_keep(&stream->order, run);
    else
        take_run(stream, run, reader);
    read_late(stream, reader);
    if (stream_late_count(stream) >= STREAM_LATE_PATIENCE)
        stream_step_over(stream, acknowledged, reader);
    while (order_is_overfull(&stream->order))
        step_over_hole(stream, reader);
    order_reach(&stream->order, stream->position);
}

uint64_t
stream_known_until(const struct stream *stream)
{
    const struct partial_record *partial = stream->partial;

    if (!partial)
        return stream->position;
    if (!partial_record_has_header(partial) ||
        partial_record_length(partial) <= STREAM_ALERT_LENGTH_MAX)
        return partial->start;
    return stream->position + partial->fragment_left;
}

void
stream_step_over_tail(struct stream *stream, uint64_t end, const struct stream_reader *reader)
{
    const struct partial_record *partial = stream->partial;

    if (partial_record_has_header(partial) && stream->position + partial->fragment_left <= end &&
        stream_late_count(stream) == 0)
        step_over_until(stream, stream->position + partial->fragment_left, &partial->last, reader);
}

bool
stream_is_read(const struct stream *stream, uint64_t end)
{
    return stream->state == STREAM_NOT_TLS || stream->position >= end;
}

bool
stream_is_between_records(const struct stream *stream)
{
    return stream->state == STREAM_FRAMED && !stream->partial &&
           stream->position == stream->captured_end && stream_late_count(stream) == 0;
}

bool
stream_inside_record(const struct stream *stream)
{
    return stream->partial && !stream->partial->fragment_missing;
}

bool
stream_open_record(const struct stream *stream, struct stream_record *record)
{
    const struct partial_record *partial = stream->partial;

    if (!partial_record_has_header(partial))
        return false;
    *record = (struct stream_record){
        .start = partial->start,
        .end = stream->position + partial->fragment_left,
        .type = partial->header[0],
        .length = partial_record_length(partial),
        .fragment_missing = partial->fragment_missing,
        .first = partial->first,
        .last = partial->last,
    };
    return true;
}

void
stream_clear(struct stream *stream)
{
    drop_partial(stream);
    order_clear(&stream->order);
    memset(stream, 0, sizeof *stream);
}

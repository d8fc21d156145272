/* stream.h
 * TLS framing: cuts what one direction of a TCP connection brings, in order, into records; loses the
 * framing where a header is missing, and finds it again. Must not know what an alert means, nor
 * Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STREAM_H
#define TLSCLOSE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/order.h"
#include "wire/partial_record.h"

/* Bytes that the peer has acknowledged were not lost on the way: the capture lacks them, or has
 * them a little late. So many segments behind them are waited for before they are given up. */
#define STREAM_LATE_PATIENCE 4

/* Numbers further ahead of what is known of a direction than this, the largest window of RFC 7323
 * section 2.3, are not of the connection's making. */
#define STREAM_AHEAD_MAX (UINT64_C(1) << 30)

/* A record whose length is at most this may be an alert, however encrypted and padded. */
#define STREAM_ALERT_LENGTH_MAX 512

enum stream_state {
    /* no record header found yet, the capture starts in the middle: the same */
    STREAM_UNSYNCED = 0,
    STREAM_FRAMED,  /* record headers follow each other */
    STREAM_NOT_TLS, /* from position on: bytes that are no TLS records */
    /* a record header is missing for good: the next segment that begins with one is looked for */
    STREAM_LOST,
};

struct stream {
    uint64_t position;             /* everything before is read or stepped over */
    uint64_t captured_end;         /* after the highest byte captured */
    uint64_t handed_out_end;       /* after the last record handed out */
    uint64_t lost_from;            /* where framing was lost for the first time; 0: never */
    uint64_t last_lost_from;       /* and for the last time */
    uint64_t lost_acknowledgement; /* the peer's offset acknowledged by the segment before that */
    uint64_t read_acknowledgement; /* and by the segment of the last byte before position */
    enum stream_state state;
    bool started;                   /* the offsets of sequence numbers are known */
    bool captured_any;              /* at least one payload byte was captured */
    bool lacks_beginning;           /* framing was first found behind the first offset */
    struct partial_record *partial; /* owned; the record being read, NULL between two records */
    struct tcp_order order;         /* owns what is late */
};

/* Starts with sequence number SEQUENCE at STREAM_FIRST_OFFSET. FRAMED: a record header is known to
 * be expected there; otherwise the first segment that begins with one is looked for. STREAM must be
 * zeroed or cleared. */
void stream_start(struct stream *stream, uint32_t sequence, bool framed);

/* The offset of a TCP sequence number: see order_offset(). STREAM must be started. */
uint64_t stream_offset(const struct stream *stream, uint32_t sequence);

/* The peer has acknowledged all bytes before SEQUENCE, captured or not. Returns its offset; 0, and
 * takes nothing, if it is too far ahead to be believed. STREAM must be started. */
uint64_t stream_acknowledge(struct stream *stream, uint32_t sequence);

/* Takes a captured segment's payload. Duplicates are ignored, late bytes kept until their turn.
 * ACKNOWLEDGED: the highest offset that the peer has acknowledged so far. READER's callbacks are
 * called for what gets complete. */
void stream_take(struct stream *stream, const struct stream_bytes *run, uint64_t acknowledged,
                 const struct stream_reader *reader);

/* Keeps a segment that was captured before the stream was started, until its turn. */
void stream_keep(struct stream *stream, const struct stream_bytes *run);

/* Missing bytes before LIMIT, behind which later ones were captured, are given up: reads on behind
 * them, where the length in a record header carries across, or where a segment begins with the next
 * record header. */
void stream_step_over(struct stream *stream, uint64_t limit, const struct stream_reader *reader);

/* The same, but only inside of a record, where nothing but its fragment is lost. */
void stream_step_over_inside(struct stream *stream, uint64_t limit,
                             const struct stream_reader *reader);

/* The number of segments kept because bytes before them are missing. */
unsigned stream_late_count(const struct stream *stream);

/* Nothing is known of records that begin at or after the offset returned, and of the incomplete one
 * there that is short enough to be an alert. */
uint64_t stream_known_until(const struct stream *stream);

/* The direction has ended at END and the bytes before it are missing for good: completes the record
 * that ends no later. */
void stream_step_over_tail(struct stream *stream, uint64_t end, const struct stream_reader *reader);

/* The direction has ended at END. Whether nothing more of it can be read: what is captured from now
 * on was there before, or is no TLS. */
bool stream_is_read(const struct stream *stream, uint64_t end);

/* Whether nothing is missing of what was captured, and it ends with a whole record. */
bool stream_is_between_records(const struct stream *stream);

/* Whether the direction stands inside a record: all of it up to here was captured, the rest not
 * (yet). */
bool stream_inside_record(const struct stream *stream);

/* The record that STREAM stands in, of which the header was read and the end was not, without its
 * fragment. False, and RECORD unspecified, if there is none. */
bool stream_open_record(const struct stream *stream, struct stream_record *record);

/* Frees what the stream owns and zeroes it. */
void stream_clear(struct stream *stream);

#endif

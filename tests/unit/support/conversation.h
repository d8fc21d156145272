/* conversation.h
 * Plays the events of a history (reference.h) to the engine: a TCP connection with a TLS handshake,
 * then one segment an event. Knows bytes and sequence numbers; must not know what is to be said of
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CONVERSATION_H
#define TLSCLOSE_CONVERSATION_H

#include "read/connection.h"
#include "reference.h"

/* How events become segments. It makes no difference to what is to be said. */
enum manner {
    ONE_BY_ONE,
    COALESCED,  /* a side's consecutive events share a segment where TCP would let them */
    REPEATED,   /* every segment is retransmitted at once */
    BARE_RESETS /* a RST acknowledges nothing itself, a segment without payload before it does */
};

struct conversation {
    struct connection *connection;
    struct session_table *sessions;
    struct frame_findings findings; /* of the last segment */
    expert_set late_experts;        /* of other frames, brought to light by the same segment */
    enum visibility visibility;
    enum manner manner;
    enum connection_start start;
    struct connection_options
        options;                 /* conversation_options, unless changed after the beginning */
    uint32_t sequence[2];        /* by enum side: of its next byte */
    uint32_t acknowledgement[2]; /* what that side acknowledges */
    uint32_t frame;
    uint32_t data_length; /* bytes of plaintext in each DATA */
    struct event events[HISTORY_EVENTS_MAX];
    uint32_t sequence_after[HISTORY_EVENTS_MAX]; /* the sender's, after each event */
    unsigned event_count;
};

extern const struct connection_options conversation_options;

/* Bytes of plaintext in each DATA, unless changed after conversation_begin_bare(). */
#define CONVERSATION_DATA_LENGTH 9

/* Begins with the handshake and, if DATA_BEFORE, with application data from both sides, all of it
 * received. */
void conversation_begin(struct conversation *conversation, enum visibility visibility,
                        enum manner manner, bool data_before);

/* The same with DATA of DATA_BEFORE bytes, now and later; 0: with none now. */
void conversation_begin_with(struct conversation *conversation, enum visibility visibility,
                             enum manner manner, uint32_t data_before);

/* Begins with nothing captured yet. */
void conversation_begin_bare(struct conversation *conversation, enum connection_start start);

/* Sends record NUMBER of the handshake, which acknowledges all before. False if there is none: in TLS 1.2
 * there are 8, the client's Finished is number 5 and the server's 7; in TLS 1.3 there are 5, 4 and 3. */
bool conversation_send_handshake(struct conversation *conversation, unsigned number);

/* The number of events at EVENTS, of COUNT, that the next segment carries. */
unsigned conversation_segment_events(const struct conversation *conversation,
                                     const struct event *events, unsigned count);

/* Sends that segment. */
void conversation_send(struct conversation *conversation, const struct event *events,
                       unsigned count);

/* A segment with bytes of the caller's: what it carries begins AHEAD bytes behind what its sender
 * has sent in order, and it acknowledges so many bytes more than its sender had RECEIVED. */
struct loose_segment {
    enum side sender;
    uint32_t ahead;
    uint32_t received;
    bool fin;
    bool rst;
    bool without_acknowledgement;
    const uint8_t *payload;
    uint32_t length;
    uint32_t captured_length;               /* 0: all */
    const struct dissected_record *records; /* what the TLS dissector shows of it */
    unsigned record_count;
};

/* Captures it. It leaves alone what the sides have sent and received in order. */
void conversation_capture(struct conversation *conversation, const struct loose_segment *loose);

void conversation_finish(struct conversation *conversation);

#endif

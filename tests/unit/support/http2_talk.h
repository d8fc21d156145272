/* http2_talk.h
 * HTTP/2 between two sides for the tests of its reader: frames are made as RFC 9113 and RFC 7541 say
 * and given to the reader in pieces of a chosen size. Must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_TALK_H
#define TLSCLOSE_HTTP2_TALK_H

#include <glib.h>

#include "app/application.h"

#define FRAME_DATA 0
#define FRAME_HEADERS 1
#define FRAME_PRIORITY 2
#define FRAME_RST_STREAM 3
#define FRAME_SETTINGS 4
#define FRAME_PUSH_PROMISE 5
#define FRAME_PING 6
#define FRAME_GOAWAY 7
#define FRAME_WINDOW_UPDATE 8
#define FRAME_CONTINUATION 9

#define END_STREAM 0x01
#define END_HEADERS 0x04
#define PADDED 0x08
#define PRIORITY 0x20

#define CODE_NO_ERROR 0
#define CODE_PROTOCOL_ERROR 1
#define CODE_INTERNAL_ERROR 2
#define CODE_REFUSED_STREAM 7
#define CODE_CANCEL 8

struct talk {
    const struct application_protocol *protocol;
    void *reader;
    uint32_t piece; /* the reader gets so many bytes at a time; 0: a record at a time */
    bool batching;  /* frames are gathered into one record */
    GByteArray *record;
    uint32_t frame;                 /* number of the last captured one */
    uint64_t end[2];                /* by enum side: offset after what it has sent */
    uint64_t acknowledged[2];       /* the peer's offset that it acknowledges; UINT64_MAX: all */
    struct application_event event; /* of the last record */
    expert_set experts[2];          /* of all records, by their sender */
    struct application_context context; /* of the end */
};

/* Starts with the client's preface and SETTINGS, and the server's SETTINGS. */
void talk_start(struct talk *talk, const struct application_protocol *protocol, uint32_t piece);
/* The same without a byte sent. */
void talk_start_silent(struct talk *talk, const struct application_protocol *protocol,
                       uint32_t piece);
void talk_end(struct talk *talk);

/* Sends LENGTH bytes as one record. */
void talk_send(struct talk *talk, enum side side, const void *bytes, size_t length);

/* Sends one frame: a record, or, between talk_begin_record() and talk_end_record(), a part of one. */
void talk_frame(struct talk *talk, enum side side, uint8_t type, uint8_t flags, uint32_t stream,
                const void *payload, size_t length);
void talk_begin_record(struct talk *talk);
void talk_end_record(struct talk *talk, enum side side);

/* A header block of literal fields (RFC 7541 section 6.2.2) from lines "name: value\n". */
GByteArray *talk_block(const char *lines);
void talk_headers(struct talk *talk, enum side side, uint8_t flags, uint32_t stream,
                  const char *lines);

/* A request without body; LINES may add to it. */
void talk_request(struct talk *talk, uint32_t stream, const char *method);
/* The head of a response; LENGTH < 0: without content-length. */
void talk_response(struct talk *talk, uint32_t stream, unsigned status, int64_t length);
/* LENGTH bytes of DATA. */
void talk_data(struct talk *talk, enum side side, uint8_t flags, uint32_t stream, size_t length);
void talk_reset(struct talk *talk, enum side side, uint32_t stream, uint32_t code);
void talk_goaway(struct talk *talk, enum side side, uint32_t last, uint32_t code,
                 const char *debug);

/* The first closing act of SIDE: behind what it has sent so far. */
void talk_close(struct talk *talk, enum side side);

/* What the reader says in the end; free with talk_end_free(). A side that was not
 * closed is closed now. */
struct application_end *talk_finish(struct talk *talk);
void talk_end_free(struct application_end *end);

#endif

/* application.h
 * The readers of application protocols, one a protocol, behind one table of rows: recognise, take,
 * lose, finish. A reader gets decrypted application data, in stream order for each side, and says
 * whether each side had finished what it had begun. Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_H
#define TLSCLOSE_APPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/application_end.h"
#include "facts/finding.h"

/* A piece of decrypted application data. */
struct application_data {
    const uint8_t *bytes; /* valid during the call */
    uint32_t length;
    uint64_t end;          /* offset of its record's end in the sender's direction */
    uint64_t acknowledged; /* the peer's offset that its segment acknowledges */
    uint32_t frame;
};

/* What a piece of data brings: statements about the frame that carries it, and about its sender. Readers
 * only add to it: it may have been filled by data that was held back. */
struct application_event {
    expert_set experts;   /* of the sender, in this frame */
    bool close_announced; /* carries an HTTP/1.x message that announces the close */
    uint16_t data_port;   /* FTP: a data connection will use this port; 0: none is named */
    bool only_control;    /* holds whole control frames and nothing else (HTTP/2, WebSocket) */
    bool has_goodbye;     /* FTP, SMTP: carries QUIT, or a reply that says that the server closes */
    /* HTTP/2: carries a GOAWAY (RFC 9113 section 6.8) */
    bool has_goaway;
    uint32_t goaway_last_stream;
    uint32_t goaway_error;
    /* WebSocket: carries a Close frame (RFC 6455 section 5.5.1) */
    bool has_close_frame;
    uint16_t close_code; /* 0: the frame has none */
    /* debug data of the GOAWAY, or reason of the Close: as sent, not zero-terminated, cut to the room */
    uint8_t text_length;
    uint8_t text[255];
    /* Bytes at the end of the data that the reader left. They are held back until the other side was
     * heard, then given again; a SUCCESSOR gets them at once. Of more than HELD_MAX, the rest is lost. */
    uint32_t untaken;
    /* Constant name of the row that takes over from both sides behind what was taken (HTTP/1.x after
     * Upgrade); of a row that there is not: nothing more is read. NULL: the reader stays. */
    const char *successor;
};

/* Bytes of a side that are held back at most: an opening that has not been recognised yet, or what a
 * reader left. */
#define HELD_MAX 8192

enum recognition {
    RECOGNITION_NO,
    RECOGNITION_MAYBE, /* more bytes are needed to tell */
    RECOGNITION_YES,
};

/* A row of the table. What READER points to belongs to the row's functions. */
struct application_protocol {
    const char *name; /* tlsclose.app.protocol */
    /* The hint by which the row is chosen before, or without, a byte of the connection; HINT_NONE: by
     * its bytes only. An inferred hint yields to a row that recognises the bytes. */
    enum application_hint hint;
    /* Whether BYTES, the first that SIDE sent (captured from the start of its data), are of this
     * protocol. */
    enum recognition (*recognise)(enum side side, const uint8_t *bytes, uint32_t length);
    void *(*reader_new)(void);
    void (*reader_free)(void *reader);
    /* Takes the next data of SIDE, and adds to EVENT. */
    void (*take)(void *reader, enum side side, const struct application_data *data,
                 struct application_event *event);
    /* A record of SIDE's was not decrypted or not captured: nothing more of SIDE is given. */
    void (*lose)(void *reader, enum side side);
    /* Nothing more of either side is given: what only reading on needs is given up. NULL: nothing is. */
    void (*stop)(void *reader);
    /* The answers by now; END is zeroed, with its protocol set, which a reader that finds itself wrong sets
     * to NULL. More data may follow. */
    void (*finish)(void *reader, const struct application_context *context,
                   struct application_end *end);
};

/* The application on one connection: recognised by the first bytes of either side or by a hint, then
 * read by its row, or ignored. */
struct application;

/* Owned by the caller; free with application_free(), which takes NULL. */
struct application *application_new(enum application_hint hint);
void application_free(struct application *application);

/* Takes the next decrypted data of SIDE, in stream order. EVENT is initialized here. */
void application_take(struct application *application, enum side side,
                      const struct application_data *data, struct application_event *event);

/* A record of SIDE's was not decrypted or not captured. */
void application_lose(struct application *application, enum side side);

/* Nothing more comes from either side: memory shrinks, the answers stay. */
void application_stop(struct application *application);

/* The answers by now, owned by the caller (application_end_free()); NULL if nothing was recognised. */
struct application_end *application_finish(const struct application *application,
                                           const struct application_context *context);

#endif

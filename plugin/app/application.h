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

/* What a piece of data brings: statements about the frame that carries it, and about its sender. */
struct application_event {
    expert_set experts;   /* of the sender, in this frame */
    bool close_announced; /* carries an HTTP/1.x message that announces the close */
    uint16_t data_port;   /* FTP: a data connection will use this port; 0: none is named */
    bool only_control;    /* holds whole control frames and nothing else (HTTP/2, WebSocket) */
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
};

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
    /* Takes the next data of SIDE. EVENT is zeroed. */
    void (*take)(void *reader, enum side side, const struct application_data *data,
                 struct application_event *event);
    /* A record of SIDE's was not decrypted or not captured: what follows can't be placed. */
    void (*lose)(void *reader, enum side side);
    /* The answers by now; END is zeroed, with its protocol set. More data may follow. */
    void (*finish)(void *reader, const struct application_context *context,
                   struct application_end *end);
};

#endif

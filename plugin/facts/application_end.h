/* application_end.h
 * What the reader of an application protocol says of the end of a connection: the answers that are
 * kept and shown ("The application's own end" of the public interface). Must not know any protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_END_H
#define TLSCLOSE_APPLICATION_END_H

#include "facts/finding.h"

/* What is known of a connection's protocol before a byte of it is decrypted. */
enum application_hint {
    HINT_NONE = 0,
    HINT_FTP_CONTROL, /* RFC 4217 section 4: it began after AUTH in clear text */
    /* RFC 4217 section 7: Wireshark says so, or its port was named in a control connection */
    HINT_FTP_DATA,
    /* the same two hosts have a control connection open: counts if only one side sends data, and the
     * bytes are not recognised as anything else */
    HINT_FTP_DATA_INFERRED,
};

/* Streams of class cut that are remembered by number. */
#define CUT_STREAMS_MAX 5

/* The streams that an HTTP/2 client opened, by how each ended (RFC 9113 section 5.1). */
struct http2_end {
    uint32_t streams; /* opened by the client */
    uint32_t cut;
    uint32_t malformed;
    uint32_t unprocessed;
    uint32_t canceled;
    uint32_t cut_stream[CUT_STREAMS_MAX]; /* the first of them, by number */
};

/* Where the application spoke of the end; 0: nowhere. */
struct application_frames {
    uint32_t goodbye;         /* tlsclose.app.goodbye_in */
    uint32_t close_announced; /* HTTP/1.x message that announces the close */
    uint32_t goaway;          /* the last GOAWAY of HTTP/2 */
};

struct application_end {
    const char *protocol; /* constant: tlsclose.app.protocol; NULL: not recognised */
    char *summary;        /* owned: tlsclose.app.summary; NULL: nothing to say */
    struct application_frames frames;
    enum completeness complete[2]; /* by enum side */
    expert_set experts[2];         /* raised where the side's direction, or the connection, ends */
    bool is_inferred;              /* the protocol, and what follows from it */
    bool server_announced_close;
    enum http_framing http_framing; /* of the server's last HTTP/1.x response */
    enum http_completeness http_complete;
    struct http2_end http2;
};

/* Frees END, which may be NULL, with what it owns. */
void application_end_free(struct application_end *end);

/* What a reader has to know of TLS and TCP to say so. */
struct application_context {
    enum application_hint hint; /* HINT_NONE as well: it is inferred, and nothing may be */
    bool sent_data[2]; /* by enum side: application data, decrypted or not, and no ticket */
    bool ended[2];     /* by enum side: the direction, or the connection, has ended */
    bool
        vouched[2]; /* a close_notify of that side, before its end, is known: nothing was cut off */
    /* the offset after that side's first closing act, which the peer acknowledges when it has received
     * it; UINT64_MAX: none is known, or it is a RST */
    uint64_t first_act_end[2];
    /* the peer's offset that the side had acknowledged by then; UINT64_MAX likewise: what comes behind it
     * found the side closed */
    uint64_t first_act_received[2];
    bool has_initiator; /* which side's first closing act came first is known ... */
    enum side initiator;
    bool unknown
        [2]; /* the closure of that side is Unknown, or it has none and went on: a gap may hide what
                     would complete it */
};

#endif

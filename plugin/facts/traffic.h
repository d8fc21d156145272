/* traffic.h
 * The application data that one side of a connection sent: how much, up to where, and what its
 * segments acknowledged. Plain C; must not know which records are data, nor what follows from them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TRAFFIC_H
#define TLSCLOSE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* The last records are kept one by one, those before them as one. */
#define DATA_RUNS_MAX 6

/* HTTP/2: SETTINGS, WINDOW_UPDATE, PING and GOAWAY (RFC 9113 section 6) are no longer than this; what is
 * longer carries a message. */
#define HTTP2_CONTROL_LENGTH_MAX 34

/* One data record, or several that follow each other. Lengths are of plaintext: where they are not
 * known, the least that they can be; sums end at UINT32_MAX. */
struct data_run {
    uint64_t end;     /* the sender's offset after the last byte */
    uint64_t answers; /* the peer's offset that it acknowledged in answer; 0: it answers nothing */
    int64_t time;     /* nanoseconds since the epoch, of the last byte */
    uint32_t bytes;   /* in sum */
    uint32_t longest; /* record */
};

/* What one side sent. Starts zeroed. */
struct traffic {
    struct data_run runs[DATA_RUNS_MAX]; /* in stream order */
    uint64_t bytes;     /* of plaintext; where that is not known, the most it can be */
    uint64_t first_end; /* after the first data record; 0: none */
    /* where the first data record begins that was sent with the peer's FIN received; 0: none */
    uint64_t after_peer_fin;
    uint64_t finished_end;     /* TLS 1.3, not decrypted: after what counts as Finished; 0: none */
    uint64_t rst_acknowledged; /* by its first RST, or else before it: the peer's offset */
    uint64_t acknowledged;     /* the same before its first RST */
    uint32_t last_frame;       /* of the last data record's last byte; 0: none */
    uint32_t finished_frame;   /* frame of the Finished's last byte */
    uint32_t rst_frame;        /* frame of its first RST, even behind its FIN; 0: none */
    uint16_t ticket_length;    /* of the first record that looks like a NewSessionTicket; 0: none */
    /* of the record that holds Finished, in TLS 1.3 without keys; 0: not known. The server's is its last
     * before the client's */
    uint16_t finished_length;
    uint16_t smallest_length; /* of the records behind the handshake: the shortest, ... */
    uint16_t last_length;     /* ... and the last */
    uint8_t run_count;
    uint8_t ticket_count;
    unsigned tickets_over : 1; /* what comes now is none */
    /* a server's record came while records of the client's handshake were missing: it may be data */
    unsigned may_lack_data : 1;
    /* a client that may have begun its flight with Certificate: its Finished may be yet to come */
    unsigned in_first_flight : 1;
};

/* A sum of data, of plaintext. */
struct data_sum {
    uint64_t bytes;
    uint32_t longest; /* record */
};

/* Adds a data record of one run. MOST: as many bytes of plaintext it has at most. */
void traffic_add(struct traffic *traffic, const struct data_run *record, uint32_t most);

/* What was taken for data was none. */
void traffic_forget_data(struct traffic *traffic);

/* The data of records that end behind FROM, and no later than UNTIL. Those that are kept as one count
 * by the last of them. */
struct data_sum traffic_between(const struct traffic *traffic, uint64_t from, uint64_t until);

/* The peer's offset up to which data of this side that ends no later than UNTIL answers the peer; 0:
 * nothing is answered. */
uint64_t traffic_answers(const struct traffic *traffic, uint64_t until);

/* The time of the last data record captured no later than UNTIL; INT64_MIN: there is none. */
int64_t traffic_last_time(const struct traffic *traffic, int64_t until);

/* The time of the last data record that ends no later than the offset END, in whichever order they were
 * captured; INT64_MIN: there is none. */
int64_t traffic_time_before(const struct traffic *traffic, uint64_t end);

/* Whether all that counts as data is one record of a server that may be a NewSessionTicket (RFC 8446
 * section 4.6.1) that came with an acknowledgement of the client's data. */
bool traffic_may_be_ticket(const struct traffic *traffic);

/* The offset after the last data record; 0: there is none. */
uint64_t traffic_end(const struct traffic *traffic);

#endif

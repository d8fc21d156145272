/* connection.h
 * One TLS connection: takes its TCP segments and what the dissectors made of their records, keeps
 * the facts from which its end is judged (closure.h), and notes what each frame has to say. Plain C
 * and GLib; must not know Wireshark or fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CONNECTION_H
#define TLSCLOSE_CONNECTION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "finding.h"
#include "handshake.h"
#include "http.h"
#include "session.h"
#include "stream.h"
#include "tls.h"

/* A TCP segment as captured. */
struct segment {
    uint32_t sequence; /* of its first payload byte, or of its FIN or RST if it has none */
    uint32_t acknowledgement;
    bool has_acknowledgement;
    bool syn;
    bool fin;
    bool rst;
    const uint8_t *payload;
    uint32_t captured_length; /* bytes readable at payload */
    uint32_t length;          /* payload bytes on the wire */
    uint32_t frame;
    int64_t time; /* nanoseconds since the epoch */
};

/* A record that the TLS dissector decrypted and showed in the frame of the segment. */
struct dissected_record {
    uint8_t type;             /* of the record header */
    uint16_t length;          /* of the record header */
    uint32_t sequence;        /* of the record header */
    uint8_t inner_type;       /* enum tls_content_type, TLS 1.3's inner one */
    const uint8_t *plaintext; /* valid during the call */
    uint32_t plaintext_length;
};

/* The segment and the records that the TLS dissector decrypted with it, in stream order. */
struct dissected_segment {
    struct segment segment;
    const struct dissected_record *records;
    unsigned record_count;
};

/* The place of an alert, or of a FIN or RST. */
struct mark {
    uint64_t end;          /* the sender's offset after its last byte; of a FIN or RST: its own */
    uint64_t acknowledged; /* the peer's offset that the sender had acknowledged then */
    int64_t time;
    uint32_t captured; /* frame that holds it; 0: there is none */
    /* frame that speaks of it: captured, or where the bytes before it had arrived */
    uint32_t frame;
};

/* An encrypted alert that may be a close_notify: closure.h decides. */
struct candidate {
    struct mark mark;
    uint16_t length;        /* of its record, and ... */
    uint8_t type;           /* ... the type in the record header */
    bool is_unreadable : 1; /* it stands where the client's Finished should be */
    bool is_partial : 1;    /* some of its bytes were not captured */
};

enum end_kind { END_NONE = 0, END_FIN, END_RST };

/* What one side sent. */
struct direction {
    struct stream stream;
    uint64_t acknowledged;  /* the highest offset of the peer's that this side has acknowledged */
    uint64_t announced_end; /* bytes before were sent, as its empty segments' numbers tell */
    uint64_t last_data_end; /* after the last data record; 0: none */
    uint64_t last_data_acknowledged; /* the peer's offset that its sender had acknowledged */
    /* after the last alert in clear text: its sender had not finished the handshake; 0: none */
    uint64_t clear_alert_end;
    uint64_t missing_alert;   /* offset of a clear-text alert whose body is missing; 0: none */
    struct mark close_notify; /* the first one that could be read */
    struct candidate candidate;
    /* up to TLS 1.2, the encrypted alert behind it: counts if the candidate turns out to be none */
    struct candidate next_candidate;
    struct mark fatal;     /* the first fatal alert */
    struct mark end;       /* the first FIN or RST */
    uint64_t finished_end; /* after the record of the handshake's last message; 0: none */
    /* expert infos raised for this direction so far, bits of enum expert */
    uint32_t raised;
    /* TLS 1.3: of the client's first record in answer to the ServerHello; 0: none */
    uint16_t first_encrypted_length;
    uint8_t split_alert_level; /* first byte of an alert split over two records */
    bool has_split_alert : 1;
    enum end_kind end_kind : 2;
    bool change_cipher_spec : 1; /* was sent */
    bool undecrypted : 1;        /* TLS 1.3 or version unknown: a record was not decrypted */
    /* up to TLS 1.2: an encrypted alert was no close_notify, as what came after it shows */
    bool withdrawn : 1;
    bool user_canceled : 1; /* was sent */
    bool fatal_after_close_notify : 1;
    bool old_reset : 1;        /* its RST is numbered below bytes captured before, as kernels do */
    bool fin_below_data : 1;   /* its FIN is numbered below bytes captured before */
    bool end_acknowledges : 1; /* its FIN or RST has an acknowledgement number */
    /* a frame has said how it ended, with all bytes before the end at hand or lost */
    bool end_stated : 1;
};

struct connection {
    struct direction direction[2]; /* by enum side */
    uint64_t last_hello_end; /* offset after the record of the ServerHello or HelloRetryRequest */
    const char *server_name; /* borrowed: outlives the connection; NULL if unknown */
    struct session_table *sessions; /* borrowed: outlives the connection */
    /* the session it runs on; NULL if none that could be resumed is known */
    struct session *session;
    struct session *offered; /* the session its ClientHello offered to resume; NULL if none */
    /* owned; of the ClientHello, whatever it means, until the ServerHello; NULL: none */
    struct session_id *hello_session_id;
    struct http *http;                     /* owned; NULL as long as nothing was decrypted */
    struct handshake_reader *handshake[2]; /* owned; by enum side, NULL between messages */
    struct judgement verdict;              /* as last given */
    uint32_t first_frame;
    uint32_t verdict_frame; /* frame that carries it; 0: none given */
    /* frame in which this connection made its session unresumable; 0: it did not */
    uint32_t unresumable_frame;
    /* negotiated, enum tls_version; TLS_VERSION_UNKNOWN if not captured */
    uint16_t version;
    uint16_t cipher_suite; /* if version is known */
    uint8_t ticket_count;  /* tickets remembered as sessions */
    bool client_hello_seen : 1;
    bool server_hello_seen : 1;
    bool in_the_middle : 1; /* the capture starts after the handshake began */
    bool data_flowed : 1;   /* application data was sent by either side */
    bool was_reset : 1;     /* a RST was captured, even after the FIN of its side */
    bool resumed : 1;
    bool issued_tickets : 1; /* TLS 1.3: the server sent a ticket, or resumed by PSK */
    /* why its session must not be resumed, as said with the verdict */
    enum unresumable_reason unresumable_reason : 2;
};

struct connection_options {
    bool infer; /* use the inference without keys */
    /* the session rule of TLS 1.0 for every version up to 1.2, close_notify demanded from both
     * sides */
    bool strict_rfc2246;
};

/* Where the capture of a connection begins. */
enum connection_start {
    START_IN_THE_MIDDLE,
    START_AT_CLIENT_HELLO,
    /* the segment is too short to tell, but may be the first of a ClientHello */
    START_MAYBE_AT_CLIENT_HELLO,
};

/* Whether the capture starts too late to tell whether the handshake was finished: behind the hellos,
 * all that finishes it is sent. */
static inline bool
starts_after_hellos(const struct connection *connection)
{
    return connection->in_the_middle && connection->last_hello_end == 0;
}

/* What SIDE sent. */
static inline const struct direction *
direction_of(const struct connection *connection, enum side side)
{
    return &connection->direction[side];
}

/* A new connection whose first captured record begins with SEGMENT, sent by SENDER. SESSIONS is
 * borrowed. Owned by the caller; free with connection_free(). The segment itself is not taken yet. */
struct connection *connection_new(const struct segment *segment, enum side sender,
                                  enum connection_start start, struct session_table *sessions);
void connection_free(struct connection *connection);

/* Keeps the payload of a segment that SENDER sent behind the one the connection was made with, but
 * that was captured before it. To be called before that one is taken. */
void connection_keep_early(struct connection *connection, enum side sender,
                           const struct segment *segment);

/* Takes the next captured segment, sent by SENDER. FINDINGS gets what its frame has to say (it is
 * initialized here). */
void connection_take(struct connection *connection, enum side sender,
                     const struct dissected_segment *dissected,
                     const struct connection_options *options, struct frame_findings *findings);

#endif

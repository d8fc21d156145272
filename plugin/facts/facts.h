/* facts.h
 * What is known of one TLS connection: the facts from which its end is judged (closure.h). Only what
 * reads the segments writes them (connection.h). Plain C and GLib; must not know Wireshark or fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FACTS_H
#define TLSCLOSE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/application_end.h"
#include "facts/finding.h"
#include "facts/session.h"
#include "facts/traffic.h"
#include "wire/stream.h"
#include "wire/tls.h"

struct application;
struct after_reset;
struct handshake_reader;

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
    uint16_t length;            /* of its record, and ... */
    uint8_t type;               /* ... the type in the record header */
    unsigned is_unreadable : 1; /* it stands where the client's Finished should be */
    unsigned is_partial : 1;    /* some of its bytes were not captured */
};

/* The last application data record of a kind. */
struct data_place {
    uint64_t end;          /* after it; 0: none */
    uint64_t acknowledged; /* the peer's offset that its sender had acknowledged */
    uint32_t frame;        /* that speaks of it */
};

enum end_kind { END_NONE = 0, END_FIN, END_RST };

/* What one side sent. */
struct direction {
    struct stream stream;
    struct traffic traffic;
    uint64_t acknowledged;  /* the highest offset of the peer's that this side has acknowledged */
    uint64_t announced_end; /* bytes before were sent, as its empty segments' numbers tell */
    struct data_place last_data;    /* that is more than control frames, or was not read */
    struct data_place last_control; /* of whole control frames and nothing else */
    /* after the last alert in clear text: its sender had not finished the handshake; 0: none */
    uint64_t clear_alert_end;
    uint64_t missing_alert;   /* offset of a clear-text alert whose body is missing; 0: none */
    struct mark close_notify; /* the first one that could be read */
    struct candidate candidate;
    /* up to TLS 1.2, the encrypted alert behind it: counts if the candidate turns out to be none */
    struct candidate next_candidate;
    struct mark fatal; /* the first fatal alert */
    struct mark end;   /* the first FIN or RST */
    /* of a RST: after the highest byte captured before it */
    uint64_t captured_before_reset;
    struct after_reset *after_reset; /* owned; what was captured after it, NULL: nothing */
    uint64_t finished_end;           /* after the record of the handshake's last message; 0: none */
    /* expert infos raised for this direction so far, bits of enum expert */
    expert_set raised;
    /* TLS 1.3: of the client's first record in answer to the ServerHello, and of the server's last before
     * that: what they begin or end with is Finished; 0: none */
    uint16_t finished_record_length;
    uint16_t window; /* opened with what it acknowledged last, as the segment's header says */
    uint8_t split_alert_level; /* first byte of an alert split over two records */
    unsigned has_split_alert : 1;
    enum end_kind end_kind;
    unsigned change_cipher_spec : 1; /* was sent */
    unsigned undecrypted : 1;        /* TLS 1.3 or version unknown: a record was not decrypted */
    /* up to TLS 1.2: an encrypted alert was no close_notify, as what came after it shows */
    unsigned withdrawn : 1;
    unsigned user_canceled : 1; /* was sent */
    unsigned fatal_after_close_notify : 1;
    unsigned old_reset : 1; /* its RST is numbered below bytes captured before, as kernels do */
    /* its FIN was not captured, a RST is numbered behind it: the end's place is that of the FIN, its
     * frame that of the RST */
    unsigned fin_inferred : 1;
    unsigned fin_below_data : 1;   /* its FIN is numbered below bytes captured before */
    unsigned end_acknowledges : 1; /* its FIN or RST has an acknowledgement number */
    /* a RST of it has none: it answers a segment of the peer (RFC 9293 section 3.10.7.1) */
    unsigned reset_answers : 1;
    /* a frame has said how it ended, with all bytes before the end at hand or lost */
    unsigned end_stated : 1;
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
    struct application *application; /* owned; NULL as long as nothing was decrypted */
    enum application_hint application_hint;
    struct handshake_reader *handshake[2]; /* owned; by enum side, NULL between messages */
    GArray *late; /* owned; struct late_finding, of the segment last taken; NULL: none */
    struct judgement verdict; /* as last given */
    uint32_t first_frame;
    uint32_t verdict_frame; /* frame that carries it; 0: none given */
    /* frame in which this connection made its session unresumable; 0: it did not */
    uint32_t unresumable_frame;
    /* negotiated, enum tls_version; TLS_VERSION_UNKNOWN if not captured */
    uint16_t version;
    uint16_t cipher_suite; /* 0 as long as version is not known */
    uint8_t ticket_count;  /* tickets remembered as sessions */
    unsigned client_hello_seen : 1;
    unsigned server_hello_seen : 1;
    unsigned in_the_middle : 1; /* the capture starts after the handshake began */
    unsigned data_flowed : 1;   /* application data was sent by either side */
    /* segments with numbers that are not of this connection were set aside */
    unsigned two_numberings : 1;
    unsigned http2 : 1;     /* chosen up to TLS 1.2, offered in TLS 1.3 */
    unsigned was_reset : 1; /* a RST was captured, even after the FIN of its side */
    unsigned resumed : 1;
    unsigned issued_tickets : 1; /* TLS 1.3: the server sent a ticket, or resumed by PSK */
    /* why its session must not be resumed, as said with the verdict */
    enum unresumable_reason unresumable_reason;
};

struct connection_options {
    bool infer; /* use the inference without keys */
    /* the session rule of TLS 1.0 for every version up to 1.2, close_notify demanded from both
     * sides */
    bool strict_rfc2246;
};

/* Whether the capture starts too late to tell whether the handshake was finished: behind the hellos,
 * all that finishes it is sent. */
static inline bool
starts_after_hellos(const struct connection *connection)
{
    return connection->in_the_middle && connection->last_hello_end == 0;
}

/* Whether it may be HTTP/2: so it is, or the hello that would tell was not captured. */
static inline bool
may_be_http2(const struct connection *connection)
{
    bool told_by_client = connection->version == TLS_1_3 || !connection->server_hello_seen;

    return connection->http2 ||
           !(told_by_client ? connection->client_hello_seen : connection->server_hello_seen);
}

/* What SIDE sent. */
static inline const struct direction *
direction_of(const struct connection *connection, enum side side)
{
    return &connection->direction[side];
}

#endif

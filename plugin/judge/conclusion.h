/* conclusion.h
 * What is said of a TLS connection, as answers: all that is shown of it, counted and compared. They
 * are small, and stay when the facts they were drawn from are given up. Plain C and GLib; its readers
 * must not know those facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CONCLUSION_H
#define TLSCLOSE_CONCLUSION_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/application_end.h"
#include "facts/finding.h"

struct connection;
struct connection_options;

/* Of what one side sent. */
struct direction_conclusion {
    uint32_t close_notify_frame;    /* frame that speaks of its close_notify; 0: none is known */
    uint32_t close_notify_captured; /* frame that holds it */
    uint32_t data_frame;            /* of its last data record; 0: none */
    uint32_t end_frame;             /* that holds its FIN or RST; 0: it has not ended */
    struct judgement closure;
    struct loss_judgement loss;
    unsigned close_notify_evidence : 2; /* enum evidence */
    unsigned close_notify_order : 3;    /* enum close_notify_order, as by judge_order() */
    unsigned fatal_alert : 1;           /* was sent */
    unsigned reset_is_abortive : 1;     /* see closure.h */
    unsigned ended_inside_record : 1;   /* likewise */
    unsigned user_canceled_alone : 1;   /* user_canceled was sent, and certainly no close_notify */
    unsigned
        end_stated : 1; /* a frame has said how it ended, with all bytes before the end known */
    /* the bytes before its end have arrived or are lost, but none of its frames has said so */
    unsigned ended_unspoken : 1;
};

struct conclusion {
    struct direction_conclusion direction[2]; /* by enum side */
    /* Borrowed from the session table, since what becomes of a session is known later: the one it
     * runs on, and the one its ClientHello offered to resume; NULL: none */
    const struct session *session;
    const struct session *offered;
    struct application_end *application; /* as given to conclude(); its frames are below */
    const char *server_name;             /* borrowed likewise; NULL if unknown */
    uint64_t bytes[2];                   /* of data, by enum side, as struct traffic counts them */
    /* nanoseconds from the last data record to the first closing act; -1: not known, or no data */
    int64_t idle;
    int64_t closing_time; /* nanoseconds from the first closing act to the verdict's end */
    /* nanoseconds from the server's close_notify to the client's, if both are known */
    int64_t client_delay;
    struct judgement verdict; /* as last given */
    uint32_t verdict_frame;   /* frame that carries it; 0: none given */
    uint32_t first_frame;
    uint32_t first_act_frame; /* of the initiator's first closing act; 0: not known */
    struct application_frames application_frames;
    uint16_t version;          /* enum tls_version */
    unsigned http_framing : 3; /* enum http_framing, of the server's last response */
    /* enum http_completeness, of the same, by its own framing */
    unsigned http_complete : 2;
    /* the server announced the close in HTTP, then sent certainly no close_notify */
    unsigned http_close_without_close_notify : 1;
    unsigned response_truncated : 1; /* at the end of the server's direction or of the connection */
    unsigned made_session_unresumable : 1;
    unsigned issued_tickets : 1; /* TLS 1.3: the server sent a ticket, or resumed by PSK */
    unsigned hello_seen : 1;     /* a well-formed one of either side */
};

/* Thousands of these are kept for each hundred connections that are still open. */
#ifdef _WIN32 /* where bit-fields are never laid into the rest of a member before them */
_Static_assert(sizeof(struct conclusion) <= 176, "a conclusion is small");
#else
_Static_assert(sizeof(struct conclusion) <= 152, "a conclusion is small");
#endif

/* What CONNECTION's facts come to by now, and APPLICATION, what its application says of the end (NULL:
 * nothing). The result borrows from the session table, and APPLICATION, which stays the caller's. */
struct conclusion conclude(const struct connection *connection, struct application_end *application,
                           const struct connection_options *options);

/* The side whose loss is that of the connection: the worse of both. */
enum side conclusion_lost_side(const struct conclusion *conclusion);

/* Nanoseconds from the peer's close_notify to SIDE's. Both are known. */
int64_t conclusion_response_time(const struct conclusion *conclusion, enum side side);

#endif

/* http1_exchange.h
 * The requests and responses of one HTTP/1.x connection as far as they were read: what http1.c writes and
 * http1_end.c judges. Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP1_EXCHANGE_H
#define TLSCLOSE_HTTP1_EXCHANGE_H

#include <glib.h>

#include "app/application.h"
#include "app/http1_head.h"

/* Requests waiting for their response; RFC 9112 section 9.3.2 allows any number, few clients
 * pipeline any. */
#define HTTP1_REQUESTS_MAX 32

enum http1_state {
    HTTP1_START_LINE = 0,
    HTTP1_FIELDS,
    HTTP1_BODY,       /* so many bytes left */
    HTTP1_CHUNK_SIZE, /* RFC 9112 section 7.1 */
    HTTP1_CHUNK_DATA, /* so many bytes left, CR LF included */
    HTTP1_TRAILERS,
    HTTP1_UNTIL_CLOSE,
    HTTP1_WAITING, /* for the response that may turn the connection to another protocol */
    HTTP1_LOST,    /* a piece is missing, or where the message ends can't be told */
    HTTP1_IGNORED, /* not HTTP/1.x, or no longer */
};

/* The message of one side that is being read. */
struct http1_message {
    enum http1_state state;
    GString *line;  /* owned; the line being read; NULL: nothing of it has come */
    GString *field; /* owned; the field line before it, which may go on (obs-fold); NULL: none */
    uint64_t left;  /* bytes of the body or chunk still to come */
    uint64_t body;  /* bytes of the body that have come */
    uint64_t raw;   /* the same with the framing of the chunks */
    struct http1_head head;
};

/* A request without a response. */
struct http1_request {
    uint64_t end; /* offset in the client's direction after the record in which it was last read */
    unsigned kind : 2;     /* enum http1_request_kind */
    unsigned is_whole : 1; /* its body has come */
    unsigned is_late : 1;  /* sent after the client itself had announced the close: RFC 9112 9.6 */
};

struct http1_exchange {
    struct http1_message message[2];                  /* by enum side */
    struct http1_request request[HTTP1_REQUESTS_MAX]; /* a ring of those without a response */
    unsigned first_request;
    unsigned waiting_requests;
    uint32_t requests;  /* whose head was read in full */
    uint32_t responses; /* the same; interim ones do not count */
    /* responses captured before the request that they answer, and what the last of them acknowledges */
    uint32_t early_responses;
    uint64_t early_acknowledged;
    bool requests_unknown;  /* those behind the ones that wait: they were lost, or are too many */
    bool in_final_response; /* the head of the last one was read in full */
    bool has_handed_over;   /* what comes behind is of another protocol */
    enum http_framing framing;        /* of the last final response */
    enum http1_request_kind answered; /* the request that it answers */
    unsigned minor_version;           /* the highest that a side named */
    uint32_t close_announced_frame;
    bool client_announced_close;
    bool server_announced_close;
    /* offset after the record that completed the response announcing it */
    uint64_t server_announcement_end;
};

/* The Nth request without a response, the oldest being 0. N is less than their number. */
static inline const struct http1_request *
http1_waiting_request(const struct http1_exchange *exchange, unsigned n)
{
    return &exchange->request[(exchange->first_request + n) % HTTP1_REQUESTS_MAX];
}

/* The row's finish: see struct application_protocol. */
void http1_finish(void *reader, const struct application_context *context,
                  struct application_end *end);

#endif

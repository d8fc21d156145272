/* http1_exchange.h
 * HTTP/1.x exchanges told to a reader, piece by piece, and what it says of them. Must not know how messages
 * are read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TEST_HTTP1_EXCHANGE_H
#define TLSCLOSE_TEST_HTTP1_EXCHANGE_H

#include <glib.h>
#include <string.h>

#include "app/application.h"

#define GET "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\n"

/* Both sides' data, with offsets as TLS records would give them: each piece ends LENGTH further. */
struct exchange {
    struct application *application;
    uint64_t sent[2];         /* by enum side */
    uint64_t acknowledged[2]; /* ... and what that side has received */
    uint32_t frame;
    struct application_event event; /* of the last piece */
};

static inline void
begin(struct exchange *exchange)
{
    *exchange = (struct exchange){ .application = application_new(HINT_NONE) };
}

static inline void
finish(struct exchange *exchange)
{
    application_free(exchange->application);
}

/* LENGTH bytes in a block of exactly that size, sent without having received more than before. */
static inline void
send_bytes(struct exchange *exchange, enum side side, const char *bytes, size_t length)
{
    uint8_t *copy = g_malloc(length);
    struct application_data data = {
        .bytes = copy,
        .length = (uint32_t)length,
        .end = exchange->sent[side] += length,
        .acknowledged = exchange->acknowledged[side],
        .frame = ++exchange->frame,
    };

    if (length > 0)
        memcpy(copy, bytes, length);
    application_take(exchange->application, side, &data, &exchange->event);
    g_free(copy);
}

/* TEXT in one piece, sent after everything the peer sent was received. */
static inline void
send_text(struct exchange *exchange, enum side side, const char *text)
{
    exchange->acknowledged[side] = exchange->sent[other_side(side)];
    send_bytes(exchange, side, text, strlen(text));
}

/* Both sides have ended, and nobody knows how; VOUCHED: with a close_notify. */
static inline struct application_context
context_of(bool vouched)
{
    return (struct application_context){
        .ended = { true, true },
        .vouched = { vouched, vouched },
        .first_act_end = { UINT64_MAX, UINT64_MAX },
        .first_act_received = { UINT64_MAX, UINT64_MAX },
    };
}

/* Without the summary; zeroed if nothing was recognised. */
static inline struct application_end
answers_of(const struct exchange *exchange, bool vouched)
{
    struct application_context context = context_of(vouched);
    struct application_end *end = application_finish(exchange->application, &context);
    struct application_end answers = { 0 };

    if (end)
        answers = *end;
    answers.summary = NULL;
    application_end_free(end);
    return answers;
}

static inline enum http_framing
framing_of(const struct exchange *exchange)
{
    return answers_of(exchange, true).http_framing;
}

static inline enum http_completeness
complete_of(const struct exchange *exchange, bool vouched)
{
    return answers_of(exchange, vouched).http_complete;
}

static inline uint32_t
announced_in(const struct exchange *exchange)
{
    return answers_of(exchange, true).frames.close_announced;
}

static inline bool
server_announced(const struct exchange *exchange)
{
    return answers_of(exchange, true).server_announced_close;
}

static inline enum completeness
server_complete(const struct exchange *exchange)
{
    return answers_of(exchange, false).complete[SIDE_SERVER];
}

static inline const char *
protocol_of(const struct exchange *exchange)
{
    return answers_of(exchange, false).protocol;
}

static inline bool
requests_after_close(const struct exchange *exchange)
{
    return (exchange->event.experts & EXPERT_BIT(EXPERT_HTTP_REQUEST_AFTER_CLOSE)) != 0;
}

#endif

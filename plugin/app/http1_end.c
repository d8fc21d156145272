/* http1_end.c
 * What an HTTP/1.x exchange comes to: which side had finished what it had begun, and what is missing. See
 * http1_exchange.h. Must not know how messages are read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http1_exchange.h"
#include "app/summary.h"

/* RFC 9112 section 6.3: what answers a HEAD looks the same, and has no body. */
static bool
may_answer_head(const struct http1_exchange *exchange)
{
    return exchange->answered == HTTP1_REQUEST_UNKNOWN && exchange->message[SIDE_SERVER].raw == 0 &&
           exchange->message[SIDE_SERVER].body == 0 && exchange->framing != HTTP_FRAMING_NO_BODY;
}

/* Of the last final response; none if what it answers can't be told from a HEAD. */
static enum http_framing
last_framing(const struct http1_exchange *exchange)
{
    if (exchange->message[SIDE_SERVER].state == HTTP1_IGNORED || exchange->has_handed_over ||
        !exchange->in_final_response || may_answer_head(exchange))
        return HTTP_FRAMING_NONE;
    return exchange->framing;
}

/* Cut inside chunks; but by a Content-Length beside them it may be whole. */
static enum completeness
cut_in_chunks(const struct http1_message *message)
{
    bool may_be_whole = message->head.has_length && (message->raw >= message->head.length ||
                                                     message->body >= message->head.length);

    return may_be_whole ? COMPLETENESS_UNKNOWN : INCOMPLETE;
}

/* Of the last final response, by its own framing. VOUCHED: a close_notify vouches for its end. */
static enum completeness
last_complete(const struct http1_exchange *exchange, bool vouched)
{
    const struct http1_message *message = &exchange->message[SIDE_SERVER];

    if (last_framing(exchange) == HTTP_FRAMING_NONE)
        return COMPLETENESS_UNKNOWN;
    switch (message->state) {
    case HTTP1_START_LINE:
        return message->line ? COMPLETENESS_UNKNOWN : COMPLETE;
    case HTTP1_BODY:
        return INCOMPLETE;
    case HTTP1_CHUNK_SIZE:
    case HTTP1_CHUNK_DATA:
    case HTTP1_TRAILERS:
        return cut_in_chunks(message);
    case HTTP1_UNTIL_CLOSE:
        if (vouched)
            return COMPLETE;
        /* What answers a CONNECT looks the same, but for the tunnel behind it. */
        return exchange->answered == HTTP1_REQUEST_UNKNOWN ? COMPLETENESS_UNKNOWN
                                                           : INCOMPLETE_UNCONFIRMED;
    default:
        return COMPLETENESS_UNKNOWN;
    }
}

/* RFC 9112 section 9.6: nothing behind a response that announces the close is answered; one that ends with
 * the connection is the last as well. */
static bool
has_sent_its_last(const struct http1_exchange *exchange)
{
    return exchange->server_announced_close ||
           exchange->message[SIDE_SERVER].state == HTTP1_UNTIL_CLOSE;
}

/* Whether the server had to answer REQUEST: it had come before the server closed. Of a request without an
 * end, only if the client had no part in that. */
static bool
is_owed(const struct http1_request *request, const struct application_context *context)
{
    bool server_closed_first = context->has_initiator && context->initiator == SIDE_SERVER;

    return !request->is_late && (request->is_whole || server_closed_first) &&
           request->end <= context->first_act_received[SIDE_SERVER];
}

static unsigned
owed_responses(const struct http1_exchange *exchange, const struct application_context *context)
{
    unsigned count = 0;

    if (has_sent_its_last(exchange))
        return 0;
    for (unsigned n = 0; n < exchange->waiting_requests; n++)
        count += is_owed(http1_waiting_request(exchange, n), context);
    return count;
}

/* What the bytes of a side end in, behind its last whole message. */
enum tail {
    TAIL_NONE,
    TAIL_HEAD,    /* the beginning of a head */
    TAIL_BODY,    /* a message whose head was read */
    TAIL_UNKNOWN, /* something else, or it can't be told */
};

static enum tail
tail_of(const struct http1_exchange *exchange, enum side side)
{
    const struct http1_message *message = &exchange->message[side];
    const GString *line = message->line;

    switch (message->state) {
    case HTTP1_FIELDS:
        return TAIL_HEAD;
    case HTTP1_WAITING:
        return TAIL_NONE;
    case HTTP1_START_LINE:
        if (!line || g_strcmp0(line->str, "\r") == 0)
            return TAIL_NONE;
        return http1_recognise(side, (const uint8_t *)line->str, (uint32_t)line->len) ==
                       RECOGNITION_NO
                   ? TAIL_UNKNOWN
                   : TAIL_HEAD;
    case HTTP1_LOST:
    case HTTP1_IGNORED:
        return TAIL_UNKNOWN;
    default:
        return TAIL_BODY;
    }
}

/* Whether all responses that were begun have ended. Behind the last one it does not matter what it answered.
 */
static bool
responses_are_whole(const struct http1_exchange *exchange,
                    const struct application_context *context)
{
    if (exchange->has_handed_over)
        return false;
    return tail_of(exchange, SIDE_SERVER) == TAIL_NONE ||
           last_complete(exchange, context->vouched[SIDE_SERVER]) == COMPLETE;
}

static enum completeness
server_complete(const struct http1_exchange *exchange, const struct application_context *context)
{
    enum tail tail = tail_of(exchange, SIDE_SERVER);
    enum completeness last = last_complete(exchange, context->vouched[SIDE_SERVER]);

    if (tail == TAIL_UNKNOWN || context->unknown[SIDE_SERVER])
        return COMPLETENESS_UNKNOWN;
    if (last == INCOMPLETE || last == INCOMPLETE_UNCONFIRMED)
        return last;
    if (owed_responses(exchange, context) > 0 || tail == TAIL_HEAD)
        return INCOMPLETE;
    if (exchange->requests_unknown || context->unknown[SIDE_CLIENT] ||
        !responses_are_whole(exchange, context))
        return COMPLETENESS_UNKNOWN;
    return COMPLETE;
}

/* Whether the server has answered the request that the client's bytes end in: nothing more of it was
 * needed (RFC 9110 section 10.1.1), or the server had waited for it too long. */
static bool
is_answered_in_full(const struct http1_exchange *exchange,
                    const struct application_context *context, enum tail tail)
{
    return exchange->waiting_requests == 0 && exchange->responses > 0 &&
           (tail == TAIL_BODY || exchange->early_responses > 0) &&
           responses_are_whole(exchange, context);
}

/* Whether the client's last request found the server closed: then what is missing of it is no fault of the
 * client's. */
static bool
met_closed_server(const struct http1_exchange *exchange, const struct application_context *context)
{
    unsigned waiting = exchange->waiting_requests;

    return waiting > 0 && http1_waiting_request(exchange, waiting - 1)->end >
                              context->first_act_received[SIDE_SERVER];
}

/* Whether the server may have answered, unread, the request that the client's bytes end in. */
static bool
may_be_answered(const struct http1_exchange *exchange, const struct application_context *context)
{
    return tail_of(exchange, SIDE_SERVER) == TAIL_UNKNOWN || context->unknown[SIDE_SERVER];
}

static enum completeness
client_complete(const struct http1_exchange *exchange, const struct application_context *context)
{
    enum tail tail = tail_of(exchange, SIDE_CLIENT);

    if (tail == TAIL_UNKNOWN || context->unknown[SIDE_CLIENT])
        return COMPLETENESS_UNKNOWN;
    if (tail == TAIL_NONE || is_answered_in_full(exchange, context, tail))
        return COMPLETE;
    return met_closed_server(exchange, context) || may_be_answered(exchange, context)
               ? COMPLETENESS_UNKNOWN
               : INCOMPLETE;
}

static void
raise_experts(const struct http1_exchange *exchange, const struct application_context *context,
              struct application_end *end)
{
    bool server_incomplete = end->complete[SIDE_SERVER] == INCOMPLETE;
    bool unanswered = server_incomplete && owed_responses(exchange, context) > 0;

    if (end->http_complete == HTTP_INCOMPLETE)
        end->experts[SIDE_SERVER] |= EXPERT_BIT(EXPERT_HTTP_TRUNCATED);
    if (unanswered)
        end->experts[SIDE_SERVER] |= EXPERT_BIT(EXPERT_REQUEST_UNANSWERED);
    else if (server_incomplete && end->experts[SIDE_SERVER] == 0)
        end->experts[SIDE_SERVER] |= EXPERT_BIT(EXPERT_APP_TRUNCATED);
    if (end->complete[SIDE_CLIENT] == INCOMPLETE && !unanswered && context->ended[SIDE_SERVER])
        end->experts[SIDE_CLIENT] |= EXPERT_BIT(EXPERT_APP_TRUNCATED);
}

/* "cut after 16,384 of 1,000,000 bytes" */
static void
append_cut(GString *text, const struct http1_message *message)
{
    g_string_append(text, "cut after ");
    if (message->state == HTTP1_BODY) {
        summary_append_number(text, message->body);
        g_string_append(text, " of ");
        summary_append_count(text, message->head.length, "byte");
    } else {
        summary_append_count(text, message->body, "byte");
        g_string_append(text, ", before its last chunk");
    }
}

static void
append_server_end(GString *text, const struct http1_exchange *exchange,
                  const struct application_context *context, enum completeness complete)
{
    unsigned owed = owed_responses(exchange, context);
    enum tail tail = tail_of(exchange, SIDE_SERVER);

    if (complete == INCOMPLETE_UNCONFIRMED)
        g_string_append(text, "; no close_notify confirms the end of the last");
    if (complete != INCOMPLETE)
        return;
    if (tail == TAIL_BODY) {
        g_string_append(text, "; the last is ");
        append_cut(text, &exchange->message[SIDE_SERVER]);
    }
    if (tail == TAIL_HEAD)
        g_string_append(text, "; the next is cut in its header");
    else if (owed == 1)
        g_string_append(text, "; the last is missing");
    else if (owed > 1)
        g_string_append_printf(text, "; the last %u are missing", owed);
}

static void
append_client_end(GString *text, const struct http1_exchange *exchange, enum completeness complete)
{
    if (complete != INCOMPLETE)
        return;
    if (tail_of(exchange, SIDE_CLIENT) == TAIL_HEAD) {
        g_string_append(text, "; a further request is cut in its header");
        return;
    }
    g_string_append(text, "; the last request is ");
    append_cut(text, &exchange->message[SIDE_CLIENT]);
}

/* Requests that found the server closed, or that it had said it would not answer. */
static void
append_too_late(GString *text, const struct http1_exchange *exchange,
                const struct application_context *context)
{
    unsigned late = 0;

    for (unsigned n = 0; n < exchange->waiting_requests; n++) {
        const struct http1_request *request = http1_waiting_request(exchange, n);
        late += has_sent_its_last(exchange) || request->is_late ||
                request->end > context->first_act_received[SIDE_SERVER];
    }
    if (late > 0) {
        g_string_append(text, "; ");
        summary_append_count(text, late, "request");
        g_string_append(text, " came too late to be answered");
    }
}

static char *
summarize(const struct http1_exchange *exchange, const struct application_context *context,
          const struct application_end *end)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "HTTP/1.%u: ", exchange->minor_version);
    summary_append_count(text, exchange->requests, "request");
    g_string_append(text, ", ");
    summary_append_count(text, exchange->responses, "response");
    append_server_end(text, exchange, context, end->complete[SIDE_SERVER]);
    append_client_end(text, exchange, end->complete[SIDE_CLIENT]);
    append_too_late(text, exchange, context);
    if (exchange->has_handed_over)
        g_string_append(text, "; then a tunnel");
    return g_string_free(text, FALSE);
}

static bool
is_http(const struct http1_exchange *exchange)
{
    return exchange->message[SIDE_CLIENT].state != HTTP1_IGNORED;
}

void
http1_finish(void *reader, const struct application_context *context, struct application_end *end)
{
    static const enum http_completeness completeness[] = {
        [COMPLETENESS_UNKNOWN] = HTTP_COMPLETE_UNKNOWN,
        [COMPLETE] = HTTP_COMPLETE,
        [INCOMPLETE] = HTTP_INCOMPLETE,
        [INCOMPLETE_UNCONFIRMED] = HTTP_INCOMPLETE,
    };
    const struct http1_exchange *exchange = reader;
    enum completeness last = last_complete(exchange, context->vouched[SIDE_SERVER]);

    if (exchange->minor_version == 0)
        end->protocol = "http/1.0";
    end->frames.close_announced = exchange->close_announced_frame;
    end->server_announced_close = exchange->server_announced_close;
    end->frames.goodbye = exchange->close_announced_frame;
    end->http_framing = last_framing(exchange);
    if (!context->unknown[SIDE_SERVER] ||
        last == COMPLETE) /* a gap may hide what would complete it */
        end->http_complete = completeness[last];
    end->complete[SIDE_CLIENT] = client_complete(exchange, context);
    end->complete[SIDE_SERVER] = server_complete(exchange, context);
    raise_experts(exchange, context, end);
    if (is_http(exchange))
        end->summary = summarize(exchange, context, end);
}

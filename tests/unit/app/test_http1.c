/* test_http1.c
 * HTTP/1.x exchanges whole, cut short and in pieces: where responses end, who announced the close,
 * what came after it. Expected values come from RFC 9110 and RFC 9112; must not know how it is
 * read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

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

static void
begin(struct exchange *exchange)
{
    *exchange = (struct exchange){ .application = application_new(HINT_NONE) };
}

static void
finish(struct exchange *exchange)
{
    application_free(exchange->application);
}

/* LENGTH bytes in a block of exactly that size, sent without having received more than before. */
static void
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
static void
send_text(struct exchange *exchange, enum side side, const char *text)
{
    exchange->acknowledged[side] = exchange->sent[other_side(side)];
    send_bytes(exchange, side, text, strlen(text));
}

/* Both sides have ended, and nobody knows how; VOUCHED: with a close_notify. */
static struct application_context
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
static struct application_end
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

static enum http_framing
framing_of(const struct exchange *exchange)
{
    return answers_of(exchange, true).http_framing;
}

static enum http_completeness
complete_of(const struct exchange *exchange, bool vouched)
{
    return answers_of(exchange, vouched).http_complete;
}

static bool
requests_after_close(const struct exchange *exchange)
{
    return (exchange->event.experts & EXPERT_BIT(EXPERT_HTTP_REQUEST_AFTER_CLOSE)) != 0;
}

struct response_case {
    const char *request, *response;
    enum http_framing framing;
    enum http_completeness vouched, unvouched; /* with a close_notify behind it, and without */
};

static const struct response_case responses[] = {
    /* RFC 9112 section 6.3, rule 6: Content-Length. */
    { GET, OK "Content-Length: 5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE,
      HTTP_COMPLETE },
    { GET, OK "Content-Length: 5\r\n\r\nhell", HTTP_FRAMING_CONTENT_LENGTH, HTTP_INCOMPLETE,
      HTTP_INCOMPLETE },
    { GET, OK "Content-Length: 5\r\n\r\n", HTTP_FRAMING_CONTENT_LENGTH, HTTP_INCOMPLETE,
      HTTP_INCOMPLETE },
    { GET, OK "Content-Length: 0\r\n\r\n", HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE,
      HTTP_COMPLETE },
    { GET, OK "content-length:5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE,
      HTTP_COMPLETE },
    /* Rule 4: chunked, with extension, upper-case size and trailer (section 7.1). */
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_INCOMPLETE, HTTP_INCOMPLETE },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_INCOMPLETE, HTTP_INCOMPLETE },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", HTTP_FRAMING_CHUNKED, HTTP_INCOMPLETE,
      HTTP_INCOMPLETE },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n", HTTP_FRAMING_CHUNKED, HTTP_INCOMPLETE,
      HTTP_INCOMPLETE },
    { GET,
      OK "Transfer-Encoding: gzip, Chunked\r\n\r\nA;name=value\r\n0123456789\r\n000\r\nTrailer: "
         "x\r\n\r\n",
      HTTP_FRAMING_CHUNKED, HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_INCOMPLETE, HTTP_INCOMPLETE },
    /* Rule 3: Transfer-Encoding overrides Content-Length; but readers of one that contradicts it may
     * have found the end elsewhere. */
    { GET, OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      HTTP_FRAMING_CHUNKED, HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Content-Length: 999\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      HTTP_FRAMING_CHUNKED, HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhel",
      HTTP_FRAMING_CHUNKED, HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Content-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhel",
      HTTP_FRAMING_CHUNKED, HTTP_INCOMPLETE, HTTP_INCOMPLETE },
    /* RFC 9112 section 5.2: folded lines; RFC 9110 section 5.6.1: empty members of a list. */
    { GET, OK "Transfer-Encoding:\r\n chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Transfer-Encoding: gzip,\r\n\tchunked\r\nX: y\r\n\r\n5\r\nhello\r\n",
      HTTP_FRAMING_CHUNKED, HTTP_INCOMPLETE, HTTP_INCOMPLETE },
    { GET, OK "X: y\r\n Content-Length: 9\r\nContent-Length: 5\r\n\r\nhello",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Transfer-Encoding: ,chunked, ,\r\n\r\n5\r\nhello\r\n0\r\n\r\n", HTTP_FRAMING_CHUNKED,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK "Content-Length: 5, 5\r\n\r\nhell", HTTP_FRAMING_CONTENT_LENGTH, HTTP_INCOMPLETE,
      HTTP_INCOMPLETE },
    /* Section 5.1: white space before the colon; section 2.2: behind the start line; section 7.1:
     * chunked has no parameters; section 6.1: HTTP/1.0 has no codings. Readers differ. */
    { GET, OK "Content-Length : 50\r\n\r\nhello", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
    { GET, OK "X-Other : y\r\nContent-Length: 5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, OK " folded\r\nContent-Length: 50\r\n\r\nhello", HTTP_FRAMING_NONE,
      HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Transfer-Encoding: chunked;a=b\r\n\r\n5\r\nhello\r\n", HTTP_FRAMING_NONE,
      HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Transfer-Encoding: ,\r\n\r\nhello", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
    { GET, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", HTTP_FRAMING_NONE,
      HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    /* Rule 4: a last coding other than chunked ends with the connection. */
    { GET, OK "Transfer-Encoding: chunked, gzip\r\n\r\nbody", HTTP_FRAMING_CLOSE_DELIMITED,
      HTTP_COMPLETE, HTTP_INCOMPLETE },
    /* Rule 8: neither. */
    { GET, OK "\r\nbody", HTTP_FRAMING_CLOSE_DELIMITED, HTTP_COMPLETE, HTTP_INCOMPLETE },
    { "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nbody", HTTP_FRAMING_CLOSE_DELIMITED,
      HTTP_COMPLETE, HTTP_INCOMPLETE },
    /* Rule 5: lengths that are no numbers or differ; the same one twice is one. */
    { GET, OK "Content-Length: five\r\n\r\nhello", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", HTTP_FRAMING_NONE,
      HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { GET, OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { GET GET, OK "Content-Length: 0\r\n\r\n" OK "Content-Length: x\r\n\r\nhello",
      HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    /* Section 5: what is no field is passed over, and a name is told by all of its letters. */
    { GET, OK "no field\r\nConnectiom: close\r\nContent-Length: 5\r\n\r\nhello",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    /* Section 2.2: an empty line before a message is ignored. */
    { "\r\n" GET, "\r\n" OK "Content-Length: 5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH,
      HTTP_COMPLETE, HTTP_COMPLETE },
    /* Requests with bodies: chunked, and of a length nobody can tell. */
    { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
      OK "Content-Length: 5\r\n\r\nhello", HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE,
      HTTP_COMPLETE },
    { "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nhi", OK "Content-Length: 5\r\n\r\nhello",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    { "POST / HTTP/1.1\r\nContent-Length: two\r\n\r\nhi", OK "Content-Length: 5\r\n\r\nhello",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    /* RFC 9110 section 9.3.6: a CONNECT that was refused has an ordinary answer. */
    { "CONNECT a:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    /* Rule 1: no body, whatever the fields say. */
    { GET, "HTTP/1.1 204 No Content\r\n\r\n", HTTP_FRAMING_NO_BODY, HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", HTTP_FRAMING_NO_BODY,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { "HEAD / HTTP/1.1\r\n\r\n", OK "Content-Length: 5\r\n\r\n", HTTP_FRAMING_NO_BODY,
      HTTP_COMPLETE, HTTP_COMPLETE },
    { "HEAD / HTTP/1.1\r\n\r\n", OK "Transfer-Encoding: chunked\r\n\r\n", HTTP_FRAMING_NO_BODY,
      HTTP_COMPLETE, HTTP_COMPLETE },
    /* RFC 9110 section 15.2: an interim response is not the answer. */
    { GET, "HTTP/1.1 103 Early Hints\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi",
      HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE, HTTP_COMPLETE },
    { GET, "HTTP/1.1 100 Continue\r\n\r\n", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
    /* RFC 9112 section 2.2: a single LF ends a line too. */
    { "GET / HTTP/1.1\n\n", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", HTTP_FRAMING_CONTENT_LENGTH,
      HTTP_COMPLETE, HTTP_COMPLETE },
    /* Not HTTP/1.x. */
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OK "Content-Length: 5\r\n\r\nhello", HTTP_FRAMING_NONE,
      HTTP_COMPLETE_UNKNOWN, HTTP_COMPLETE_UNKNOWN },
    { "EHLO example.org\r\n", "250 OK\r\n", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
    { "\x01\x02\x03", "\x04\x05\x06", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN,
      HTTP_COMPLETE_UNKNOWN },
};

static void
expect_response(const struct exchange *exchange, const struct response_case *expected)
{
    g_assert_cmpint(framing_of(exchange), ==, expected->framing);
    g_assert_cmpint(complete_of(exchange, true), ==, expected->vouched);
    g_assert_cmpint(complete_of(exchange, false), ==, expected->unvouched);
}

static void
test_responses(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(responses); i++) {
        struct exchange exchange;

        g_test_message("response: %s", responses[i].response);
        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, responses[i].request);
        send_text(&exchange, SIDE_SERVER, responses[i].response);
        expect_response(&exchange, &responses[i]);
        application_stop(exchange.application);
        expect_response(&exchange, &responses[i]);
        finish(&exchange);
    }
}

static void
test_responses_byte_by_byte(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(responses); i++) {
        struct exchange exchange;

        g_test_message("response: %s", responses[i].response);
        begin(&exchange);
        for (const char *byte = responses[i].request; *byte; byte++)
            send_bytes(&exchange, SIDE_CLIENT, byte, 1);
        for (const char *byte = responses[i].response; *byte; byte++)
            send_bytes(&exchange, SIDE_SERVER, byte, 1);
        expect_response(&exchange, &responses[i]);
        finish(&exchange);
    }
}

/* A message, and whether it announces the close: RFC 9112 section 9.3. */
static const struct {
    const char *response;
    bool close;
} announcements[] = {
    { OK "Content-Length: 0\r\nConnection: close\r\n\r\n", true },
    { OK "Content-Length: 0\r\nconnection: keep-alive, CLOSE\r\n\r\n", true },
    { OK "Content-Length: 0\r\nConnection: Upgrade\r\nConnection: close\r\n\r\n", true },
    { OK "Content-Length: 0\r\nConnection: closed\r\n\r\n", false },
    { OK "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n", false },
    { OK "Content-Length: 0\r\nX-Connection: close\r\n\r\n", false },
    { OK "Content-Length: 0\r\n\r\n", false },
    { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true },
    { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", false },
    { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n\r\n", true },
};

static void
test_announcements(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(announcements); i++) {
        struct exchange exchange;

        g_test_message("response: %s", announcements[i].response);
        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, GET);
        g_assert_false(exchange.event.close_announced);
        send_text(&exchange, SIDE_SERVER, announcements[i].response);
        g_assert_cmpint(exchange.event.close_announced, ==, announcements[i].close);
        g_assert_cmpuint(answers_of(&exchange, true).close_announced_frame, ==,
                         announcements[i].close ? 2 : 0);
        g_assert_cmpint(answers_of(&exchange, true).server_announced_close, ==,
                        announcements[i].close);
        finish(&exchange);
    }
}

static void
test_client_announces(void)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    g_assert_true(exchange.event.close_announced);
    g_assert_cmpuint(answers_of(&exchange, true).close_announced_frame, ==, 1);
    g_assert_false(answers_of(&exchange, true).server_announced_close);
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 0\r\nConnection: close\r\n\r\n");
    g_assert_cmpuint(answers_of(&exchange, true).close_announced_frame, ==, 1);
    g_assert_true(answers_of(&exchange, true).server_announced_close);
    finish(&exchange);
}

/* RFC 9112 section 9.6: no request after the client itself announced the close. */
static void
test_request_after_own_announcement(void)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    g_assert_false(requests_after_close(&exchange));
    send_text(&exchange, SIDE_CLIENT, GET);
    g_assert_true(requests_after_close(&exchange));
    finish(&exchange);
}

/* Nor after it received the server's announcement; a request that crossed it is none. */
static void
test_request_after_response(void)
{
    static const char response[] = OK "Content-Length: 0\r\nConnection: close\r\n\r\n";

    for (int received = 0; received <= 1; received++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, GET);
        send_text(&exchange, SIDE_SERVER, response);
        exchange.acknowledged[SIDE_CLIENT] = exchange.sent[SIDE_SERVER] - (received ? 0 : 1);
        send_bytes(&exchange, SIDE_CLIENT, GET, strlen(GET));
        g_assert_cmpint(requests_after_close(&exchange), ==, received);
        finish(&exchange);
    }
}

static void
test_keep_alive(void)
{
    struct exchange exchange;

    begin(&exchange);
    for (unsigned i = 0; i < 200; i++) {
        send_text(&exchange, SIDE_CLIENT, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
        g_assert_false(requests_after_close(&exchange));
        send_text(&exchange, SIDE_SERVER, OK "Content-Length: 5\r\n\r\nhello");
        g_assert_cmpint(complete_of(&exchange, false), ==, HTTP_COMPLETE);
    }
    send_text(&exchange, SIDE_SERVER,
              "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno");
    g_assert_true(exchange.event.close_announced);
    g_assert_cmpint(complete_of(&exchange, false), ==, HTTP_INCOMPLETE);
    finish(&exchange);
}

/* Responses come in the order of their requests (RFC 9112 section 9.3.2): only the first has no
 * body. */
static void
test_pipelined(void)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, "HEAD / HTTP/1.1\r\n\r\n" GET);
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 5\r\n\r\n");
    g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_NO_BODY);
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 5\r\n\r\nhel");
    g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_CONTENT_LENGTH);
    g_assert_cmpint(complete_of(&exchange, true), ==, HTTP_INCOMPLETE);
    finish(&exchange);
}

/* RFC 9112 section 6.3 rule 2 and RFC 9110 section 15.2.2: what follows is a tunnel, or another
 * protocol. */
static void
test_tunnels(void)
{
    static const struct {
        const char *request, *response;
    } cases[] = {
        { "CONNECT example.org:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 Connected\r\n\r\n" },
        { "GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, cases[i].request);
        send_text(&exchange, SIDE_SERVER, cases[i].response);
        send_text(&exchange, SIDE_SERVER, OK "Connection: close\r\nContent-Length: 5\r\n\r\nhel");
        g_assert_false(exchange.event.close_announced);
        g_assert_cmpint(complete_of(&exchange, false), !=, HTTP_INCOMPLETE);
        g_assert_cmpint(answers_of(&exchange, false).complete[SIDE_SERVER], ==,
                        COMPLETENESS_UNKNOWN);
        send_text(&exchange, SIDE_CLIENT, GET);
        g_assert_false(requests_after_close(&exchange));
        finish(&exchange);
    }
}

/* RFC 6455 section 4: frames begin directly behind the head of the response. */
static void
test_websocket(void)
{
    static const char response[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                   "Connection: Upgrade\r\n\r\n\x88\x02\x03\xE8";
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT,
              "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    send_bytes(&exchange, SIDE_SERVER, response, sizeof response - 1);
    g_assert_true(exchange.event.has_close_frame);
    g_assert_cmpuint(exchange.event.close_code, ==, 1000);
    g_assert_cmpstr(answers_of(&exchange, false).protocol, ==, "websocket");
    g_assert_cmpint(answers_of(&exchange, false).complete[SIDE_SERVER], ==, COMPLETE);
    finish(&exchange);
}

/* A piece that is missing hides where the body ends if the body itself says so; a close_notify says
 * it anyway. */
static void
test_missing_piece(void)
{
    static const struct {
        const char *head;
        enum http_completeness vouched;
    } cases[] = {
        { OK "Content-Length: 50\r\n\r\n", HTTP_COMPLETE_UNKNOWN },
        { OK "Transfer-Encoding: chunked\r\n\r\n30\r\n", HTTP_COMPLETE_UNKNOWN },
        { OK "\r\n", HTTP_COMPLETE },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, GET);
        send_text(&exchange, SIDE_SERVER, cases[i].head);
        application_lose(exchange.application, SIDE_SERVER);
        send_text(&exchange, SIDE_SERVER, "the rest\r\n0\r\n\r\n");
        g_assert_cmpint(complete_of(&exchange, true), ==, cases[i].vouched);
        g_assert_cmpint(complete_of(&exchange, false), !=, HTTP_COMPLETE);
        finish(&exchange);
    }
}

/* What only looks like HTTP/1.x from afar is left alone, whichever side begins. */
static void
test_not_http(void)
{
    static const char *const requests[] = {
        "GET\r\n",           "get / HTTP/1.1\r\n", "/ HTTP/1.1\r\n",
        "GET/ HTTP/1.1\r\n", "GET / HTTP/2.0\r\n", "GET / HTTP/1.x\r\n",
    };
    static const char *const status_lines[] = {
        "HTTP/1.1-200 OK\r\n",  "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 20\r\n",
        "HTTP/1.1 099 Low\r\n", "HTTP/1.x 200 OK\r\n", "ICY 200 OK\r\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, requests[i]);
        send_text(&exchange, SIDE_CLIENT, "Connection: close\r\n\r\n");
        g_assert_false(exchange.event.close_announced);
        send_text(&exchange, SIDE_SERVER, OK "Content-Length: 5\r\n\r\n");
        g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_NONE);
        finish(&exchange);
    }
    for (guint i = 0; i < G_N_ELEMENTS(status_lines); i++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, GET);
        send_text(&exchange, SIDE_SERVER, status_lines[i]);
        send_text(&exchange, SIDE_SERVER, "Content-Length: 5\r\n\r\n");
        g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_NONE);
        /* A piece that is missing makes it no more readable. */
        application_lose(exchange.application, SIDE_SERVER);
        send_text(&exchange, SIDE_SERVER, OK "Content-Length: 5\r\n\r\n");
        g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_NONE);
        finish(&exchange);
    }
}

/* Of a long pipeline not every request is remembered: then nobody knows which was a HEAD. */
static void
test_long_pipeline(void)
{
    struct exchange exchange;

    begin(&exchange);
    for (unsigned i = 0; i < 1000; i++)
        send_text(&exchange, SIDE_CLIENT, i == 999 ? "HEAD / HTTP/1.1\r\n\r\n" : GET);
    for (unsigned i = 0; i < 999; i++)
        send_text(&exchange, SIDE_SERVER, OK "Content-Length: 2\r\n\r\nhi");
    g_assert_cmpint(complete_of(&exchange, false), ==, HTTP_COMPLETE);
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 2\r\n\r\n");
    g_assert_cmpint(complete_of(&exchange, false), !=, HTTP_INCOMPLETE);
    finish(&exchange);
}

/* RFC 9112 section 6.3: the answer to a HEAD has no body, whatever its fields say, and that to a
 * CONNECT is followed by a tunnel. If the request is missing it may have been one of them, unless a
 * body of the right kind came. */
static void
test_missing_request(void)
{
    static const struct {
        const char *response;
        enum http_framing framing;
        enum http_completeness complete;
    } cases[] = {
        { OK "Content-Length: 50\r\n\r\n", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN },
        { OK "Transfer-Encoding: chunked\r\n\r\n", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN },
        { OK "\r\n", HTTP_FRAMING_NONE, HTTP_COMPLETE_UNKNOWN },
        { "HTTP/1.1 204 No Content\r\n\r\n", HTTP_FRAMING_NO_BODY, HTTP_COMPLETE },
        { OK "Content-Length: 50\r\n\r\nshort", HTTP_FRAMING_CONTENT_LENGTH, HTTP_INCOMPLETE },
        { OK "Content-Length: 4\r\n\r\nfull", HTTP_FRAMING_CONTENT_LENGTH, HTTP_COMPLETE },
        { OK "Transfer-Encoding: chunked\r\n\r\n9\r\nshort", HTTP_FRAMING_CHUNKED,
          HTTP_INCOMPLETE },
        { OK "\r\nany", HTTP_FRAMING_CLOSE_DELIMITED, HTTP_COMPLETE_UNKNOWN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct exchange exchange;

        begin(&exchange);
        application_lose(exchange.application, SIDE_CLIENT);
        send_text(&exchange, SIDE_SERVER, cases[i].response);
        g_assert_cmpint(framing_of(&exchange), ==, cases[i].framing);
        g_assert_cmpint(complete_of(&exchange, false), ==, cases[i].complete);
        finish(&exchange);
    }
}

/* What is missing behind a whole response may be another one. */
static void
test_missing_response(void)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, GET);
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 2\r\n\r\nhi");
    g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_CONTENT_LENGTH);
    application_lose(exchange.application, SIDE_SERVER);
    g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_NONE);
    g_assert_cmpint(complete_of(&exchange, true), ==, HTTP_COMPLETE_UNKNOWN);
    finish(&exchange);
}

/* Data without end where a line should be: nothing is said, and nothing grows without bounds. */
static void
test_endless_line(void)
{
    char *piece = g_strnfill(16384, 'x');
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, GET);
    send_text(&exchange, SIDE_SERVER, OK "X-Long: ");
    for (unsigned i = 0; i < 256; i++)
        send_text(&exchange, SIDE_SERVER, piece);
    send_text(&exchange, SIDE_SERVER, "\r\nContent-Length: 2\r\n\r\nhi");
    g_assert_cmpint(complete_of(&exchange, false), ==, HTTP_COMPLETE);
    finish(&exchange);
    g_free(piece);
}

/* Lengths beyond 64 bits must not wrap around to a small number. */
static void
test_huge_lengths(void)
{
    static const char *const heads[] = {
        OK "Content-Length: 18446744073709551618\r\n\r\nhi",
        OK "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\nhi\r\n0\r\n\r\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
        struct exchange exchange;

        begin(&exchange);
        send_text(&exchange, SIDE_CLIENT, GET);
        send_text(&exchange, SIDE_SERVER, heads[i]);
        g_assert_cmpint(complete_of(&exchange, true), !=, HTTP_COMPLETE);
        finish(&exchange);
    }
}

/* What comes after all was said to have come changes no answer. */
static void
test_finished(void)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, GET);
    send_text(&exchange, SIDE_SERVER, OK "Connection: close\r\nContent-Length: 5\r\n\r\nhell");
    for (int times = 0; times < 2; times++) {
        application_stop(exchange.application);
        send_text(&exchange, SIDE_CLIENT, GET);
        g_assert_false(requests_after_close(&exchange));
        send_text(&exchange, SIDE_SERVER, "o" OK "Connection: close\r\n\r\n");
        g_assert_false(exchange.event.close_announced);
        application_lose(exchange.application, SIDE_SERVER);
        g_assert_cmpuint(answers_of(&exchange, true).close_announced_frame, ==, 2);
        g_assert_true(answers_of(&exchange, true).server_announced_close);
        g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_CONTENT_LENGTH);
        g_assert_cmpint(complete_of(&exchange, true), ==, HTTP_INCOMPLETE);
    }
    finish(&exchange);
}

/* A whole connection, and what each side had finished. */
struct exchange_case {
    const char *request, *response, *late_request;
    enum completeness client, server; /* without a close_notify */
    expert_set client_experts, server_experts;
    const char *summary;
};

#define UNKNOWN COMPLETENESS_UNKNOWN
#define TRUNCATED EXPERT_BIT(EXPERT_HTTP_TRUNCATED)
#define UNANSWERED EXPERT_BIT(EXPERT_REQUEST_UNANSWERED)
#define CUT EXPERT_BIT(EXPERT_APP_TRUNCATED)
#define ANSWER OK "Content-Length: 2\r\n\r\nhi"
#define POST "POST / HTTP/1.1\r\nContent-Length: 4\r\n"

static const struct exchange_case exchanges[] = {
    { GET, ANSWER, NULL, COMPLETE, COMPLETE, 0, 0, "HTTP/1.1: 1 request, 1 response" },
    { "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nhi", NULL, COMPLETE, INCOMPLETE_UNCONFIRMED,
      0, TRUNCATED,
      "HTTP/1.0: 1 request, 1 response; no close_notify confirms the end of the last" },
    /* Requests without a response. */
    { GET, NULL, NULL, COMPLETE, INCOMPLETE, 0, UNANSWERED,
      "HTTP/1.1: 1 request, 0 responses; the last is missing" },
    { GET GET, ANSWER, GET, COMPLETE, INCOMPLETE, 0, UNANSWERED,
      "HTTP/1.1: 3 requests, 1 response; the last 2 are missing" },
    { GET, "HTTP/1.1 100 Continue\r\n\r\n", NULL, COMPLETE, INCOMPLETE, 0, UNANSWERED,
      "HTTP/1.1: 1 request, 0 responses; the last is missing" },
    { GET, OK "Content-", NULL, COMPLETE, INCOMPLETE, 0, UNANSWERED,
      "HTTP/1.1: 1 request, 0 responses; the next is cut in its header" },
    { GET, "HTT", NULL, COMPLETE, INCOMPLETE, 0, UNANSWERED,
      "HTTP/1.1: 1 request, 0 responses; the next is cut in its header" },
    /* RFC 9112 section 9.6: nothing behind a response that announces the close is answered. */
    { GET, OK "Connection: close\r\nContent-Length: 2\r\n\r\nhi", GET, COMPLETE, COMPLETE, 0, 0,
      "HTTP/1.1: 2 requests, 1 response; 1 request came too late to be answered" },
    { "GET / HTTP/1.1\r\nConnection: close\r\n\r\n" GET, ANSWER, NULL, COMPLETE, COMPLETE, 0, 0,
      "HTTP/1.1: 2 requests, 1 response; 1 request came too late to be answered" },
    /* Responses cut. */
    { GET, OK "Content-Length: 1000000\r\n\r\nhi", NULL, COMPLETE, INCOMPLETE, 0, TRUNCATED,
      "HTTP/1.1: 1 request, 1 response; the last is cut after 2 of 1,000,000 bytes" },
    { GET, OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", NULL, COMPLETE, INCOMPLETE, 0,
      TRUNCATED,
      "HTTP/1.1: 1 request, 1 response; the last is cut after 2 bytes, before its last chunk" },
    { GET GET, OK "Content-Length: 5\r\n\r\nhi", NULL, COMPLETE, INCOMPLETE, 0,
      TRUNCATED | UNANSWERED,
      "HTTP/1.1: 2 requests, 1 response; the last is cut after 2 of 5 bytes; the last is missing" },
    /* Requests cut: the client's affair, unless the server answered in full. */
    { POST "\r\nab", NULL, NULL, INCOMPLETE, COMPLETE, CUT, 0,
      "HTTP/1.1: 1 request, 0 responses; the last request is cut after 2 of 4 bytes" },
    { POST "\r\nab", "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", NULL, COMPLETE, COMPLETE, 0, 0,
      "HTTP/1.1: 1 request, 1 response" },
    { POST "\r\nab", "HTTP/1.1 413 No\r\nContent-Length: 9\r\n\r\n", NULL, INCOMPLETE, INCOMPLETE,
      CUT, TRUNCATED,
      "HTTP/1.1: 1 request, 1 response; the last is cut after 0 of 9 bytes; the last request is "
      "cut "
      "after 2 of 4 bytes" },
    { GET, ANSWER, "GET / HT", INCOMPLETE, COMPLETE, CUT, 0,
      "HTTP/1.1: 1 request, 1 response; a further request is cut in its header" },
    { GET, ANSWER, "\r\n", COMPLETE, COMPLETE, 0, 0, "HTTP/1.1: 1 request, 1 response" },
    { GET, ANSWER, "\x16\x03", UNKNOWN, COMPLETE, 0, 0, "HTTP/1.1: 1 request, 1 response" },
    { GET, ANSWER "extra", NULL, COMPLETE, UNKNOWN, 0, 0, "HTTP/1.1: 1 request, 1 response" },
    /* RFC 9110 section 15.5.9: the server closes a connection on which it waited too long. */
    { GET, ANSWER "HTTP/1.1 408 Late\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", NULL,
      COMPLETE, COMPLETE, 0, 0, "HTTP/1.1: 1 request, 2 responses" },
    /* A tunnel: what it carries is not read. */
    { "CONNECT a:1 HTTP/1.1\r\n\r\n", OK "\r\nxyz", "xyz", UNKNOWN, UNKNOWN, 0, 0,
      "HTTP/1.1: 1 request, 1 response; then a tunnel" },
    { "CONNECT a:1 HTTP/1.1\r\n\r\n" GET, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno" ANSWER,
      NULL, COMPLETE, COMPLETE, 0, 0, "HTTP/1.1: 2 requests, 2 responses" },
};

static struct exchange
hold_exchange(const struct exchange_case *expected)
{
    struct exchange exchange;

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, expected->request);
    if (expected->response)
        send_text(&exchange, SIDE_SERVER, expected->response);
    if (expected->late_request)
        send_text(&exchange, SIDE_CLIENT, expected->late_request);
    return exchange;
}

static void
test_completeness(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(exchanges); i++) {
        const struct exchange_case *expected = &exchanges[i];
        struct exchange exchange = hold_exchange(expected);
        const struct application_context context = context_of(false);

        g_test_message("%s | %s", expected->request, expected->response);
        struct application_end *end = application_finish(exchange.application, &context);
        g_assert_cmpstr(end->summary, ==, expected->summary);
        g_assert_cmpint(end->complete[SIDE_CLIENT], ==, expected->client);
        g_assert_cmpint(end->complete[SIDE_SERVER], ==, expected->server);
        g_assert_cmphex(end->experts[SIDE_CLIENT], ==, expected->client_experts);
        g_assert_cmphex(end->experts[SIDE_SERVER], ==, expected->server_experts);
        application_end_free(end);
        finish(&exchange);
    }
}

/* What a gap may hide makes nobody incomplete; a server that has closed owes nothing any more. */
static void
test_hidden(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(exchanges); i++) {
        struct exchange exchange = hold_exchange(&exchanges[i]);
        struct application_context context = context_of(false);

        context.unknown[SIDE_CLIENT] = context.unknown[SIDE_SERVER] = true;
        struct application_end *end = application_finish(exchange.application, &context);
        for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
            g_assert_cmpint(end->complete[side], ==, UNKNOWN);
            g_assert_cmphex(end->experts[side], ==, 0);
        }
        application_end_free(end);
        finish(&exchange);
    }
}

/* The keep-alive race: the request was under way when the server closed. */
static void
test_request_meets_closed_server(void)
{
    struct exchange exchange;
    struct application_context context = context_of(true);

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, GET);
    send_text(&exchange, SIDE_SERVER, ANSWER);
    context.first_act_received[SIDE_SERVER] = exchange.sent[SIDE_CLIENT];
    send_text(&exchange, SIDE_CLIENT, GET);
    struct application_end *end = application_finish(exchange.application, &context);
    g_assert_cmpint(end->complete[SIDE_SERVER], ==, COMPLETE);
    g_assert_cmpstr(end->summary, ==,
                    "HTTP/1.1: 2 requests, 1 response; 1 request came too late to be answered");
    application_end_free(end);
    finish(&exchange);
}

/* A server that closes while the client uploads owed an answer. */
static void
test_upload_meets_closed_server(void)
{
    struct exchange exchange;
    struct application_context context = context_of(true);

    begin(&exchange);
    send_text(&exchange, SIDE_CLIENT, POST "\r\nab");
    context.has_initiator = true;
    context.initiator = SIDE_SERVER;
    struct application_end *end = application_finish(exchange.application, &context);
    g_assert_cmpint(end->complete[SIDE_CLIENT], ==, INCOMPLETE);
    g_assert_cmpint(end->complete[SIDE_SERVER], ==, INCOMPLETE);
    g_assert_cmphex(end->experts[SIDE_CLIENT], ==, 0);
    g_assert_cmphex(end->experts[SIDE_SERVER], ==, UNANSWERED);
    application_end_free(end);
    finish(&exchange);
}

/* Captured at two places, or with a segment late: the response stands before its request. */
static void
test_response_captured_first(void)
{
    struct exchange exchange;
    const struct application_context context = context_of(true);

    begin(&exchange);
    exchange.acknowledged[SIDE_SERVER] = strlen(GET);
    send_bytes(&exchange, SIDE_SERVER, ANSWER, strlen(ANSWER));
    send_text(&exchange, SIDE_CLIENT, GET);
    struct application_end *end = application_finish(exchange.application, &context);
    g_assert_cmpint(end->complete[SIDE_SERVER], ==, COMPLETE);
    application_end_free(end);
    finish(&exchange);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/responses", test_responses);
    g_test_add_func("/http1/responses_byte_by_byte", test_responses_byte_by_byte);
    g_test_add_func("/http1/announcements", test_announcements);
    g_test_add_func("/http1/client_announces", test_client_announces);
    g_test_add_func("/http1/request_after_own_announcement", test_request_after_own_announcement);
    g_test_add_func("/http1/request_after_response", test_request_after_response);
    g_test_add_func("/http1/keep_alive", test_keep_alive);
    g_test_add_func("/http1/pipelined", test_pipelined);
    g_test_add_func("/http1/tunnels", test_tunnels);
    g_test_add_func("/http1/websocket", test_websocket);
    g_test_add_func("/http1/missing_piece", test_missing_piece);
    g_test_add_func("/http1/not_http", test_not_http);
    g_test_add_func("/http1/long_pipeline", test_long_pipeline);
    g_test_add_func("/http1/missing_response", test_missing_response);
    g_test_add_func("/http1/missing_request", test_missing_request);
    g_test_add_func("/http1/endless_line", test_endless_line);
    g_test_add_func("/http1/huge_lengths", test_huge_lengths);
    g_test_add_func("/http1/finished", test_finished);
    g_test_add_func("/http1/completeness", test_completeness);
    g_test_add_func("/http1/hidden", test_hidden);
    g_test_add_func("/http1/request_meets_closed_server", test_request_meets_closed_server);
    g_test_add_func("/http1/upload_meets_closed_server", test_upload_meets_closed_server);
    g_test_add_func("/http1/response_captured_first", test_response_captured_first);
    return g_test_run();
}

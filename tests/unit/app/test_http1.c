/* test_http1.c
 * HTTP/1.x exchanges whole, cut short and in pieces: where responses end, who announced the close,
 * what came after it. Expected values come from RFC 9110 and RFC 9112; must not know how it is
 * read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http1_exchange.h"

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
        g_assert_cmpuint(announced_in(&exchange), ==, announcements[i].close ? 2 : 0);
        g_assert_cmpint(server_announced(&exchange), ==, announcements[i].close);
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
    g_assert_cmpuint(announced_in(&exchange), ==, 1);
    g_assert_false(server_announced(&exchange));
    send_text(&exchange, SIDE_SERVER, OK "Content-Length: 0\r\nConnection: close\r\n\r\n");
    g_assert_cmpuint(announced_in(&exchange), ==, 1);
    g_assert_true(server_announced(&exchange));
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
        g_assert_cmpint(server_complete(&exchange), ==, COMPLETENESS_UNKNOWN);
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
    g_assert_cmpstr(protocol_of(&exchange), ==, "websocket");
    g_assert_cmpint(server_complete(&exchange), ==, COMPLETE);
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
    return g_test_run();
}

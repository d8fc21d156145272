/* test_http1_limits.c
 * HTTP/1.x with pieces missing, endless, too large, or none at all: nothing is said that can't be known. Expected
 * values come from RFC 9112; must not know how messages are read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http1_exchange.h"

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

/* RFC 9110 section 10.1.1: a server may answer before it has all of a request, and the client then stops. A
 * response that can't be read may be such an answer: the client is not blamed. */
static void
test_request_cut_beside_missing_response(void)
{
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\nhello",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST / HTTP/1.1\r\nContent-Le",
    };

    for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
        for (int hidden = 0; hidden < 3; hidden++) {
            struct application_context context = context_of(false);
            struct exchange exchange;
            begin(&exchange);
            send_text(&exchange, SIDE_CLIENT, requests[i]);
            context.unknown[SIDE_SERVER] = hidden == 1;
            if (hidden == 2)
                application_lose(exchange.application, SIDE_SERVER);
            struct application_end *end = application_finish(exchange.application, &context);
            g_assert_cmpint(end->complete[SIDE_CLIENT], ==,
                            hidden ? COMPLETENESS_UNKNOWN : INCOMPLETE);
            g_assert_cmphex(end->experts[SIDE_CLIENT], ==,
                            hidden ? 0 : EXPERT_BIT(EXPERT_APP_TRUNCATED));
            application_end_free(end);
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
        g_assert_cmpuint(announced_in(&exchange), ==, 2);
        g_assert_true(server_announced(&exchange));
        g_assert_cmpint(framing_of(&exchange), ==, HTTP_FRAMING_CONTENT_LENGTH);
        g_assert_cmpint(complete_of(&exchange, true), ==, HTTP_INCOMPLETE);
    }
    finish(&exchange);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/missing_piece", test_missing_piece);
    g_test_add_func("/http1/not_http", test_not_http);
    g_test_add_func("/http1/long_pipeline", test_long_pipeline);
    g_test_add_func("/http1/missing_response", test_missing_response);
    g_test_add_func("/http1/missing_request", test_missing_request);
    g_test_add_func("/http1/endless_line", test_endless_line);
    g_test_add_func("/http1/huge_lengths", test_huge_lengths);
    g_test_add_func("/http1/finished", test_finished);
    g_test_add_func("/http1/request_cut_beside_missing_response",
                    test_request_cut_beside_missing_response);
    return g_test_run();
}

/* test_http1_end.c
 * HTTP/1.x connections at their end: which side had finished what it had begun. Expected values come from RFC 9110,
 * RFC 9112 and the public interface; must not know how messages are read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http1_exchange.h"

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

/* The same, with an upload that the client gives up when it learns of it. */
static void
test_upload_begun_too_late(void)
{
    struct exchange exchange;
    struct application_context context = context_of(true);

    begin(&exchange);
    context.has_initiator = true;
    context.initiator = SIDE_SERVER;
    context.first_act_received[SIDE_SERVER] = 0;
    send_text(&exchange, SIDE_CLIENT, POST "\r\nab");
    struct application_end *end = application_finish(exchange.application, &context);
    g_assert_cmpint(end->complete[SIDE_CLIENT], ==, UNKNOWN);
    g_assert_cmpint(end->complete[SIDE_SERVER], ==, COMPLETE);
    g_assert_cmphex(end->experts[SIDE_CLIENT], ==, 0);
    g_assert_cmphex(end->experts[SIDE_SERVER], ==, 0);
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
    g_test_add_func("/http1/completeness", test_completeness);
    g_test_add_func("/http1/hidden", test_hidden);
    g_test_add_func("/http1/request_meets_closed_server", test_request_meets_closed_server);
    g_test_add_func("/http1/upload_begun_too_late", test_upload_begun_too_late);
    g_test_add_func("/http1/upload_meets_closed_server", test_upload_meets_closed_server);
    g_test_add_func("/http1/response_captured_first", test_response_captured_first);
    return g_test_run();
}

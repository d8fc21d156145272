/* test_application.c
 * Which protocol is recognised, by which side's bytes, and how one hands over to another. Expected values come
 * from the public interface and RFC 6455; must not know how the table is gone through.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "app/application.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define UPGRADE "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

/* RFC 6455 section 5: the client's frames are masked, here with zeros. */
#define CLIENT_CLOSE "\x88\x82\x00\x00\x00\x00\x03\xe8"
#define SERVER_CLOSE "\x88\x02\x03\xe8"
#define SERVER_TEXT "\x81\x02hi"

struct talk {
    struct application *application;
    uint64_t sent[2]; /* by enum side */
    uint32_t frame;
    struct application_event event; /* of the last piece */
};

static void
say_bytes(struct talk *talk, enum side side, const void *bytes, size_t length)
{
    uint8_t *copy = g_memdup2(bytes, length);
    const struct application_data data = {
        .bytes = copy,
        .length = (uint32_t)length,
        .end = talk->sent[side] += length,
        .acknowledged = talk->sent[other_side(side)],
        .frame = ++talk->frame,
    };

    application_take(talk->application, side, &data, &talk->event);
    g_free(copy);
}

/* TEXT is a literal: zero bytes count. */
#define SAY(talk, side, text) say_bytes(talk, side, text, sizeof(text) - 1)

static struct application_end *
end_of(const struct talk *talk)
{
    const struct application_context context = {
        .ended = { true, true },
        .first_act_end = { UINT64_MAX, UINT64_MAX },
        .first_act_received = { UINT64_MAX, UINT64_MAX },
    };

    return application_finish(talk->application, &context);
}

static void
expect_end(struct talk *talk, const char *protocol, enum completeness client,
           enum completeness server)
{
    struct application_end *end = end_of(talk);

    g_assert_cmpstr(end ? end->protocol : NULL, ==, protocol);
    g_assert_cmpint(end ? end->complete[SIDE_CLIENT] : COMPLETENESS_UNKNOWN, ==, client);
    g_assert_cmpint(end ? end->complete[SIDE_SERVER] : COMPLETENESS_UNKNOWN, ==, server);
    application_end_free(end);
    application_free(talk->application);
}

static struct talk
begin(void)
{
    return (struct talk){ .application = application_new(HINT_NONE) };
}

static void
test_recognised_by_client(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, GET);
    SAY(&talk, SIDE_SERVER, ANSWER);
    expect_end(&talk, "http/1.1", COMPLETE, COMPLETE);
}

/* The client's first bytes were not decrypted, as early data may be. */
static void
test_recognised_by_server(void)
{
    struct talk talk = begin();

    application_lose(talk.application, SIDE_CLIENT);
    SAY(&talk, SIDE_SERVER, ANSWER);
    expect_end(&talk, "http/1.1", COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
}

/* What came before the protocol was recognised counts. */
static void
test_server_speaks_first(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_SERVER, "220 a\r\n");
    SAY(&talk, SIDE_CLIENT, "EH");
    SAY(&talk, SIDE_CLIENT, "LO a\r\n");
    SAY(&talk, SIDE_SERVER, "250 ok\r\n");
    expect_end(&talk, "smtp", COMPLETE, COMPLETE);
}

static void
test_not_recognised(void)
{
    static const char *const openings[] = { "\x01\x02", "get / HTTP/1.1\r\n", "* OK IMAP\r\n",
                                            "GET /\r\n" };

    for (unsigned i = 0; i < G_N_ELEMENTS(openings); i++) {
        struct talk talk = begin();
        say_bytes(&talk, SIDE_CLIENT, openings[i], strlen(openings[i]));
        SAY(&talk, SIDE_SERVER, ANSWER);
        SAY(&talk, SIDE_CLIENT, GET);
        expect_end(&talk, NULL, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
    }
}

static void
test_nothing_said(void)
{
    struct talk talk = begin();

    expect_end(&talk, NULL, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
}

/* The first record is longer than what is held back of an opening. */
static void
test_long_first_record(void)
{
    GString *request = g_string_new("POST / HTTP/1.1\r\nContent-Length: 16000\r\n\r\n");
    struct talk talk = begin();

    for (unsigned i = 0; i < 16000; i++)
        g_string_append_c(request, 'x');
    say_bytes(&talk, SIDE_CLIENT, request->str, request->len);
    SAY(&talk, SIDE_SERVER, ANSWER);
    expect_end(&talk, "http/1.1", COMPLETE, COMPLETE);
    g_string_free(request, TRUE);
}

/* A line without end: nothing grows without bounds, and nothing is recognised. */
static void
test_endless_opening(void)
{
    char *piece = g_strnfill(16000, 'G');
    struct talk talk = begin();

    for (unsigned i = 0; i < 100; i++)
        say_bytes(&talk, SIDE_CLIENT, piece, 16000);
    expect_end(&talk, NULL, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
    g_free(piece);
}

/* RFC 6455 section 4: the frames of both sides begin behind the heads, wherever records end. */
static void
test_hand_over_to_websocket(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, UPGRADE);
    SAY(&talk, SIDE_SERVER, SWITCHING SERVER_TEXT);
    SAY(&talk, SIDE_CLIENT, CLIENT_CLOSE);
    g_assert_true(talk.event.has_close_frame);
    g_assert_cmpuint(talk.event.close_code, ==, 1000);
    SAY(&talk, SIDE_SERVER, SERVER_CLOSE);
    g_assert_true(talk.event.only_control);
    expect_end(&talk, "websocket", COMPLETE, COMPLETE);
}

/* The client's frame is captured before the response that it answers. */
static void
test_hand_over_with_bytes_held_back(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, UPGRADE CLIENT_CLOSE);
    SAY(&talk, SIDE_SERVER, SWITCHING SERVER_CLOSE);
    g_assert_true(talk.event.has_close_frame);
    g_assert_false(talk.event.only_control);
    expect_end(&talk, "websocket", COMPLETE, COMPLETE);
}

/* The server ends inside its frame; of the client nobody knows, without a Close frame. */
static void
test_message_cut_behind_hand_over(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, UPGRADE);
    SAY(&talk, SIDE_SERVER, SWITCHING "\x81\x05hi");
    expect_end(&talk, "websocket", COMPLETENESS_UNKNOWN, INCOMPLETE);
}

/* More than can be held back while the server is silent: nothing more is known of the client. */
static void
test_too_much_held_back(void)
{
    char *piece = g_strnfill(16000, 'x');
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, "CONNECT a:1 HTTP/1.1\r\n\r\n");
    say_bytes(&talk, SIDE_CLIENT, piece, 16000);
    SAY(&talk, SIDE_SERVER, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    expect_end(&talk, "http/1.1", COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
    g_free(piece);
}

/* What is held back has been read by nobody, whether or not the other side is heard later. */
static void
test_held_back_to_the_end(void)
{
    for (int stopped = 0; stopped < 2; stopped++) {
        struct talk talk = begin();
        SAY(&talk, SIDE_CLIENT, UPGRADE);
        application_lose(talk.application, SIDE_SERVER);
        SAY(&talk, SIDE_CLIENT, CLIENT_CLOSE);
        if (stopped)
            application_stop(talk.application);
        expect_end(&talk, "http/1.1", COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
    }
}

/* Whoever takes over has to know which side is not read any more. */
static void
test_hand_over_behind_a_loss(void)
{
    static const char switching[] = SWITCHING SERVER_TEXT;

    for (size_t piece = 1; piece < sizeof switching; piece++) {
        struct talk talk = begin();
        application_lose(talk.application, SIDE_CLIENT);
        for (size_t start = 0; start < sizeof switching - 1; start += piece)
            say_bytes(&talk, SIDE_SERVER, switching + start,
                      MIN(piece, sizeof switching - 1 - start));
        struct application_end *end = end_of(&talk);
        g_assert_cmpstr(end->summary, ==, "WebSocket: its end was not read");
        g_assert_cmphex(end->experts[SIDE_SERVER], ==, 0);
        application_end_free(end);
        application_free(talk.application);
    }
}

static void
test_stopped(void)
{
    struct talk talk = begin();

    SAY(&talk, SIDE_CLIENT, GET);
    application_stop(talk.application);
    SAY(&talk, SIDE_SERVER, ANSWER);
    application_lose(talk.application, SIDE_SERVER);
    expect_end(&talk, "http/1.1", COMPLETE, INCOMPLETE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/application/recognised_by_client", test_recognised_by_client);
    g_test_add_func("/application/recognised_by_server", test_recognised_by_server);
    g_test_add_func("/application/server_speaks_first", test_server_speaks_first);
    g_test_add_func("/application/not_recognised", test_not_recognised);
    g_test_add_func("/application/nothing_said", test_nothing_said);
    g_test_add_func("/application/long_first_record", test_long_first_record);
    g_test_add_func("/application/endless_opening", test_endless_opening);
    g_test_add_func("/application/hand_over_to_websocket", test_hand_over_to_websocket);
    g_test_add_func("/application/hand_over_with_bytes_held_back",
                    test_hand_over_with_bytes_held_back);
    g_test_add_func("/application/message_cut_behind_hand_over", test_message_cut_behind_hand_over);
    g_test_add_func("/application/too_much_held_back", test_too_much_held_back);
    g_test_add_func("/application/held_back_to_the_end", test_held_back_to_the_end);
    g_test_add_func("/application/hand_over_behind_a_loss", test_hand_over_behind_a_loss);
    g_test_add_func("/application/stopped", test_stopped);
    return g_test_run();
}

/* test_http2.c
 * How each stream of an HTTP/2 connection ended, who had finished, and what is said where. Expected
 * values come from RFC 9113 and the public interface; must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "http2_scenario.h"

static void
play_nothing(struct talk *talk)
{
    (void)talk;
}

static void
play_complete(struct talk *talk)
{
    play_get(talk, 1, 1000);
    play_get(talk, 3, 0);
    talk_request(talk, 5, "GET");
    talk_response(talk, 5, 200, -1);
    talk_data(talk, SIDE_SERVER, 0, 5, 10);
    talk_headers(talk, SIDE_SERVER, END_STREAM, 5, "checksum: 1\n");
}

/* The example of the public interface. */
static void
play_many(struct talk *talk)
{
    for (uint32_t stream = 1; stream <= 11; stream += 2)
        talk_request(talk, stream, "GET");
    talk_response(talk, 1, 200, 1000);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 1000);
    talk_response(talk, 3, 200, 0);
    talk_data(talk, SIDE_SERVER, END_STREAM, 3, 0);
    talk_response(talk, 7, 200, 1000000);
    talk_data(talk, SIDE_SERVER, 0, 7, 16384);
    talk_reset(talk, SIDE_SERVER, 7, CODE_CANCEL);
    talk_response(talk, 9, 204, -1);
    talk_data(talk, SIDE_SERVER, END_STREAM, 9, 0);
    talk_response(talk, 11, 200, 1000000);
    talk_data(talk, SIDE_SERVER, 0, 11, 16384);
    talk_goaway(talk, SIDE_SERVER, 11, CODE_NO_ERROR, "");
    talk_goaway(talk, SIDE_CLIENT, 0, CODE_NO_ERROR, "");
    talk_close(talk, SIDE_SERVER);
}

static void
play_unprocessed(struct talk *talk)
{
    for (uint32_t stream = 1; stream <= 9; stream += 2)
        talk_request(talk, stream, "POST");
    for (uint32_t stream = 1; stream <= 5; stream += 2) {
        talk_response(talk, stream, 200, 5);
        talk_data(talk, SIDE_SERVER, END_STREAM, stream, 5);
    }
    talk_goaway(talk, SIDE_SERVER, 5, CODE_NO_ERROR, "");
    talk_close(talk, SIDE_SERVER);
}

/* REFUSED_STREAM behind an interim response, and behind a final one. */
static void
play_refused(struct talk *talk)
{
    talk_request(talk, 1, "POST");
    talk_request(talk, 3, "POST");
    talk_response(talk, 1, 103, -1);
    talk_reset(talk, SIDE_SERVER, 1, CODE_REFUSED_STREAM);
    talk_response(talk, 3, 200, -1);
    talk_reset(talk, SIDE_SERVER, 3, CODE_REFUSED_STREAM);
}

/* The first GOAWAY of a shutdown in two steps lets new streams begin, the second does not. */
static void
play_two_steps(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_goaway(talk, SIDE_SERVER, 0x7FFFFFFF, CODE_NO_ERROR, "");
    play_get(talk, 3, 1);
    g_assert_cmphex(talk->experts[SIDE_CLIENT], ==, 0);
    talk_goaway(talk, SIDE_SERVER, 3, CODE_NO_ERROR, "");
    talk->acknowledged[SIDE_CLIENT] = 0; /* on its way when the second one came */
    talk_request(talk, 5, "GET");
    g_assert_cmphex(talk->experts[SIDE_CLIENT], ==, 0);
    talk->acknowledged[SIDE_CLIENT] = UINT64_MAX;
    talk_request(talk, 7, "GET");
    talk_close(talk, SIDE_SERVER);
}

/* The lowest number counts, also for streams that were reset before it was told, by either side. */
static void
play_lower_goaway(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_request(talk, 3, "GET");
    talk_request(talk, 5, "GET");
    talk_request(talk, 7, "GET");
    talk_reset(talk, SIDE_CLIENT, 3, CODE_CANCEL);
    talk_reset(talk, SIDE_SERVER, 5, CODE_INTERNAL_ERROR);
    talk_goaway(talk, SIDE_SERVER, 1, CODE_NO_ERROR, "");
    talk_goaway(talk, SIDE_SERVER, 9, CODE_NO_ERROR, "");
}

static void
play_canceled(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 100);
    talk_data(talk, SIDE_SERVER, 0, 1, 10);
    talk_reset(talk, SIDE_CLIENT, 1, CODE_CANCEL);
    talk_headers(talk, SIDE_CLIENT, 0, 3, ":method: POST\n");
    talk_data(talk, SIDE_CLIENT, 0, 3, 10);
    talk_reset(talk, SIDE_CLIENT, 3, CODE_CANCEL);
}

/* A client that resets what the server's end has cut anyway cancels nothing. */
static void
play_reset_after_close(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 100);
    talk_data(talk, SIDE_SERVER, 0, 1, 10);
    talk_close(talk, SIDE_SERVER);
    talk_reset(talk, SIDE_CLIENT, 1, CODE_CANCEL);
}

/* The same, but it had not received the server's end. */
static void
play_reset_crossing_close(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 100);
    talk->acknowledged[SIDE_CLIENT] = talk->end[SIDE_SERVER];
    talk_close(talk, SIDE_SERVER);
    talk_reset(talk, SIDE_CLIENT, 1, CODE_CANCEL);
}

/* Both reset it: the client before it had received the server's, and after. */
static void
play_both_reset(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_request(talk, 3, "GET");
    talk_reset(talk, SIDE_CLIENT, 1, CODE_CANCEL);
    talk_reset(talk, SIDE_SERVER, 1, CODE_INTERNAL_ERROR);
    talk_reset(talk, SIDE_SERVER, 3, CODE_INTERNAL_ERROR);
    talk_reset(talk, SIDE_CLIENT, 3, CODE_CANCEL);
}

/* RFC 9113 section 8.1: a server may end its response, then ask for no more of the request. */
static void
play_reset_after_end(struct talk *talk)
{
    talk_headers(talk, SIDE_CLIENT, 0, 1, ":method: POST\n");
    talk_data(talk, SIDE_CLIENT, 0, 1, 10);
    talk_response(talk, 1, 413, 0);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 0);
    talk_reset(talk, SIDE_SERVER, 1, CODE_NO_ERROR);
    talk_reset(talk, SIDE_CLIENT, 1, CODE_CANCEL);
}

/* Six times RST_STREAM with an error; five are remembered, and raised. */
static void
play_many_resets(struct talk *talk)
{
    for (uint32_t stream = 1; stream <= 11; stream += 2) {
        talk_request(talk, stream, "GET");
        talk_reset(talk, SIDE_SERVER, stream, stream == 1 ? 0x12345678 : CODE_INTERNAL_ERROR);
        g_assert_cmphex(talk->event.experts, ==, stream <= 9 ? CUT : 0);
    }
}

static void
play_cut_in_frame(struct talk *talk)
{
    static const uint8_t frame[] = { 0, 0, 20, FRAME_DATA, END_STREAM, 0, 0, 0, 1, 'h', 'a', 'l' };

    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 20);
    talk_send(talk, SIDE_SERVER, frame, sizeof frame);
    talk_close(talk, SIDE_SERVER);
}

/* A request that found the server closed: nobody answers it, but that is not the server's fault. */
static void
play_late_request(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_close(talk, SIDE_SERVER);
    talk_request(talk, 3, "GET");
}

static void
play_cut_request(struct talk *talk)
{
    talk_headers(talk, SIDE_CLIENT, 0, 1, ":method: POST\n");
    talk_data(talk, SIDE_CLIENT, 0, 1, 10);
    talk_close(talk, SIDE_CLIENT);
}

/* The header of a second request is cut: the server has never heard of it. */
static void
play_cut_request_header(struct talk *talk)
{
    static const uint8_t frame[] = { 0, 0, 20, FRAME_HEADERS, END_HEADERS, 0, 0, 0, 3, 0, 3, 'a' };

    play_get(talk, 1, 1);
    talk_send(talk, SIDE_CLIENT, frame, sizeof frame);
    talk_close(talk, SIDE_CLIENT);
}

/* Request bodies that need not have ended: answered in full, refused, reset by the server. */
static void
play_settled_requests(struct talk *talk)
{
    for (uint32_t stream = 1; stream <= 5; stream += 2) {
        talk_headers(talk, SIDE_CLIENT, 0, stream, ":method: POST\n");
        talk_data(talk, SIDE_CLIENT, 0, stream, 10);
    }
    talk_response(talk, 1, 200, 0);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 0);
    talk_reset(talk, SIDE_SERVER, 3, CODE_REFUSED_STREAM);
    talk_reset(talk, SIDE_SERVER, 5, CODE_INTERNAL_ERROR);
}

static void
play_server_error(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_goaway(talk, SIDE_SERVER, 1, CODE_PROTOCOL_ERROR, "invalid frame");
    g_assert_true(talk->event.has_goaway);
    g_assert_cmpuint(talk->event.goaway_last_stream, ==, 1);
    g_assert_cmpuint(talk->event.goaway_error, ==, CODE_PROTOCOL_ERROR);
    g_assert_cmpuint(talk->event.text_length, ==, strlen("invalid frame"));
    g_assert_true(memcmp(talk->event.text, "invalid frame", strlen("invalid frame")) == 0);
}

static void
play_client_error(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_goaway(talk, SIDE_SERVER, 1, CODE_NO_ERROR, "");
    talk_goaway(talk, SIDE_CLIENT, 0, CODE_PROTOCOL_ERROR, "");
}

static void
play_client_goodbye(struct talk *talk)
{
    play_get(talk, 1, 1);
    talk_goaway(talk, SIDE_CLIENT, 0, CODE_NO_ERROR, "");
}

/* What comes late for streams that are over opens none, and changes nothing. */
static void
play_late_frames(struct talk *talk)
{
    play_get(talk, 1, 10);
    play_get(talk, 5, 10);
    talk_data(talk, SIDE_SERVER, 0, 1, 10);
    talk_response(talk, 3, 200, 5); /* never opened: lower than one that was */
    talk_request(talk, 3, "GET");
    talk_reset(talk, SIDE_SERVER, 3, CODE_INTERNAL_ERROR);
    talk_reset(talk, SIDE_CLIENT, 7, CODE_CANCEL);
    talk_data(talk, SIDE_CLIENT, END_STREAM, 9, 3);
    talk_frame(talk, SIDE_CLIENT, FRAME_HEADERS, END_HEADERS, 0, "", 1);
    talk_request(talk, 2, "GET");
}

static const struct http2_scenario scenarios[] = {
    { "nothing", play_nothing, { "HTTP/2: 0 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "complete", play_complete, { "HTTP/2: 3 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "many",
      play_many,
      { "HTTP/2: 6 streams, 3 cut (5: no response; 7: RST_STREAM CANCEL by server after 16,384 of "
        "1,000,000 bytes; 11: no END_STREAM after 16,384 of 1,000,000 bytes); GOAWAY NO_ERROR last "
        "11 "
        "by server",
        { COMPLETE, INCOMPLETE },
        { 0, CUT },
        { 0, CUT | UNANSWERED } } },
    { "unprocessed",
      play_unprocessed,
      { "HTTP/2: 5 streams, 2 not processed, safe to retry (7, 9); GOAWAY NO_ERROR last 5 by "
        "server",
        { COMPLETE, COMPLETE },
        { 0, UNPROCESSED },
        { 0 } } },
    { "refused",
      play_refused,
      { "HTTP/2: 2 streams, 1 cut (3: RST_STREAM REFUSED_STREAM by server after 0 bytes), 1 not "
        "processed, safe to retry (1)",
        { COMPLETE, INCOMPLETE },
        { 0, UNPROCESSED | CUT },
        { 0 } } },
    { "two_steps",
      play_two_steps,
      { "HTTP/2: 4 streams, 2 not processed, safe to retry (5, 7); GOAWAY NO_ERROR last 3 by "
        "server",
        { COMPLETE, COMPLETE },
        { AFTER_GOAWAY, 0 },
        { 0, UNPROCESSED } } },
    { "lower_goaway",
      play_lower_goaway,
      { "HTTP/2: 4 streams, 3 not processed, safe to retry (3, 5, 7); GOAWAY NO_ERROR last 9 by "
        "server",
        { COMPLETE, COMPLETE },
        { 0, UNPROCESSED | CUT },
        { 0 } } },
    { "canceled",
      play_canceled,
      { "HTTP/2: 2 streams, 2 canceled", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "reset_after_close",
      play_reset_after_close,
      { "HTTP/2: 1 stream, 1 cut (1: no END_STREAM after 10 of 100 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0 },
        { 0, CUT | NO_GOAWAY } } },
    { "reset_crossing_close",
      play_reset_crossing_close,
      { "HTTP/2: 1 stream, 1 canceled", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "both_reset",
      play_both_reset,
      { "HTTP/2: 2 streams, 1 cut (3: RST_STREAM INTERNAL_ERROR by server before a response), 1 "
        "canceled",
        { COMPLETE, INCOMPLETE },
        { 0, CUT },
        { 0 } } },
    { "reset_after_end",
      play_reset_after_end,
      { "HTTP/2: 1 stream", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "many_resets",
      play_many_resets,
      { "HTTP/2: 6 streams, 6 cut (1: RST_STREAM 0x12345678 by server before a response; 3: "
        "RST_STREAM INTERNAL_ERROR by server before a response; 5: RST_STREAM INTERNAL_ERROR by "
        "server "
        "before a response; 7: RST_STREAM INTERNAL_ERROR by server before a response; 9: "
        "RST_STREAM "
        "INTERNAL_ERROR by server before a response; ...)",
        { COMPLETE, INCOMPLETE },
        { 0, CUT },
        { 0 } } },
    { "cut_in_frame",
      play_cut_in_frame,
      { "HTTP/2: 1 stream, 1 cut (1: no END_STREAM after 3 of 20 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0 },
        { 0, CUT | NO_GOAWAY } } },
    { "late_request",
      play_late_request,
      { "HTTP/2: 2 streams, 1 cut (3: no response)", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "cut_request",
      play_cut_request,
      { "HTTP/2: 1 stream, 1 cut (1: no response)",
        { INCOMPLETE, INCOMPLETE },
        { 0 },
        { REQUEST_CUT, CUT | UNANSWERED } } },
    { "cut_request_header",
      play_cut_request_header,
      { "HTTP/2: 1 stream", { INCOMPLETE, COMPLETE }, { 0 }, { REQUEST_CUT, 0 } } },
    { "settled_requests",
      play_settled_requests,
      { "HTTP/2: 3 streams, 1 cut (5: RST_STREAM INTERNAL_ERROR by server before a response), 1 "
        "not "
        "processed, safe to retry (3)",
        { COMPLETE, INCOMPLETE },
        { 0, UNPROCESSED | CUT },
        { 0 } } },
    { "server_error",
      play_server_error,
      { "HTTP/2: 1 stream; GOAWAY PROTOCOL_ERROR last 1 by server",
        { COMPLETE, COMPLETE },
        { 0, GOAWAY_ERROR },
        { 0 } } },
    { "client_error",
      play_client_error,
      { "HTTP/2: 1 stream; GOAWAY NO_ERROR last 1 by server; GOAWAY PROTOCOL_ERROR last 0 by "
        "client",
        { COMPLETE, COMPLETE },
        { GOAWAY_ERROR, 0 },
        { 0 } } },
    { "client_goodbye",
      play_client_goodbye,
      { "HTTP/2: 1 stream; GOAWAY NO_ERROR last 0 by client",
        { COMPLETE, COMPLETE },
        { 0 },
        { 0 } } },
    { "late_frames",
      play_late_frames,
      { "HTTP/2: 2 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
};

int
main(int argc, char **argv)
{
    return run_http2_scenarios(argc, argv, scenarios, G_N_ELEMENTS(scenarios));
}

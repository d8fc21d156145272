/* test_http2_messages.c
 * How long a message of HTTP/2 is, and what frames carry of it: content-length, gRPC, pushed streams,
 * padding, continued headers. Expected values come from RFC 9110, RFC 9113 and gRPC's protocol document;
 * must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2_scenario.h"

#define GRPC_HEAD ":status: 200\ncontent-type: application/grpc\n"

static void
play_short(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 1000);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 500);
    talk_reset(talk, SIDE_CLIENT, 1, CODE_PROTOCOL_ERROR);
    talk_request(talk, 3, "GET");
    talk_response(talk, 3, 200, 10);
    talk_data(talk, SIDE_SERVER, END_STREAM, 3, 11);
}

/* RFC 9110 sections 8.6, 9.3.2 and 9.3.6: a content-length that announces no body. */
static void
play_no_length(struct talk *talk)
{
    static const struct {
        const char *method;
        unsigned status;
    } cases[] = { { "HEAD", 200 }, { "GET", 204 }, { "GET", 304 }, { "CONNECT", 200 } };

    for (uint32_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        talk_request(talk, 2 * i + 1, cases[i].method);
        talk_response(talk, 2 * i + 1, cases[i].status, 100);
        talk_data(talk, SIDE_SERVER, END_STREAM, 2 * i + 1, 0);
    }
}

/* RFC 8441: WebSocket by CONNECT. */
static void
play_extended_connect(struct talk *talk)
{
    talk_headers(talk, SIDE_CLIENT, 0, 1, ":method: CONNECT\n:protocol: websocket\n:path: /\n");
    talk_response(talk, 1, 200, 2);
    talk_data(talk, SIDE_CLIENT, 0, 1, 60);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 4);
    talk_data(talk, SIDE_CLIENT, END_STREAM, 1, 6);
}

/* A content-length that is no number, or two that differ, announces nothing (RFC 9110 section 8.6). */
static void
play_odd_lengths(struct talk *talk)
{
    static const char *const lines[] = {
        ":status: 200\ncontent-length: 5, 5\n",
        ":status: 200\ncontent-length: -1\n",
        ":status: 200\ncontent-length: 99999999999999999999\n",
        ":status: 200\ncontent-length: 1\ncontent-length: 2\n",
    };

    for (uint32_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        talk_request(talk, 2 * i + 1, "GET");
        talk_headers(talk, SIDE_SERVER, 0, 2 * i + 1, lines[i]);
        talk_data(talk, SIDE_SERVER, END_STREAM, 2 * i + 1, 3);
    }
}

/* Two early hints before the response, and a content-length in trailers that says nothing. */
static void
play_interim(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    talk_headers(talk, SIDE_SERVER, 0, 1, ":status: 103\ncontent-length: 7\n");
    talk_response(talk, 1, 103, -1);
    talk_response(talk, 1, 200, 2);
    talk_data(talk, SIDE_SERVER, 0, 1, 2);
    talk_headers(talk, SIDE_SERVER, END_STREAM, 1, "content-length: 9\n");
}

/* PUSH_PROMISE of stream PROMISED, with END_HEADERS. */
static void
play_promise(struct talk *talk, uint8_t promised)
{
    const uint8_t number[] = { 0, 0, 0, promised };
    GByteArray *block = talk_block(":method: GET\n:path: /pushed\n");

    g_byte_array_prepend(block, number, sizeof number);
    talk_frame(talk, SIDE_SERVER, FRAME_PUSH_PROMISE, END_HEADERS, 1, block->data, block->len);
    g_byte_array_free(block, TRUE);
}

/* One pushed stream is complete, one the client does not want. The server's GOAWAY is not about them. */
static void
play_pushed(struct talk *talk)
{
    talk_request(talk, 1, "GET");
    play_promise(talk, 2);
    play_promise(talk, 4);
    talk_response(talk, 2, 200, 3);
    talk_data(talk, SIDE_SERVER, END_STREAM, 2, 3);
    talk_reset(talk, SIDE_CLIENT, 4, CODE_CANCEL);
    talk_response(talk, 1, 200, 0);
    talk_data(talk, SIDE_SERVER, END_STREAM, 1, 0);
    talk_goaway(talk, SIDE_SERVER, 1, CODE_NO_ERROR, "");
}

static void
play_pushed_short(struct talk *talk)
{
    play_get(talk, 1, 1);
    play_promise(talk, 2);
    talk_response(talk, 2, 200, 3);
    talk_data(talk, SIDE_SERVER, END_STREAM, 2, 2);
}

static void
play_pushed_cut(struct talk *talk)
{
    play_get(talk, 1, 1);
    play_promise(talk, 2);
    talk_response(talk, 2, 200, 3);
}

/* Messages of a length prefix each; a whole one, then trailers. */
static void
play_grpc(struct talk *talk)
{
    static const uint8_t messages[] = {
        0, 0, 0, 0, 2, 'h', 'i', 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, '!'
    };

    talk_request(talk, 1, "POST");
    talk_headers(talk, SIDE_SERVER, 0, 1, GRPC_HEAD);
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, 0, 1, messages, 8);
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, 0, 1, messages + 8, sizeof messages - 8);
    talk_headers(talk, SIDE_SERVER, END_STREAM, 1, "grpc-status: 0\n");
    talk_request(talk, 3, "POST");
    talk_headers(talk, SIDE_SERVER, END_STREAM, 3, GRPC_HEAD "grpc-status: 14\n");
    talk_request(talk, 5, "POST");
    talk_headers(talk, SIDE_SERVER, 0, 5, ":status: 200\ncontent-type: application/grpc-web\n");
    talk_data(talk, SIDE_SERVER, END_STREAM, 5, 3);
    talk_request(talk, 7, "POST");
    talk_headers(talk, SIDE_SERVER, 0, 7, ":status: 502\ncontent-type: application/grpc\n");
    talk_data(talk, SIDE_SERVER, END_STREAM, 7, 3);
}

static void
play_grpc_no_status(struct talk *talk)
{
    static const uint8_t message[] = { 0, 0, 0, 0, 2, 'h', 'i' };

    talk_request(talk, 1, "POST");
    talk_headers(talk, SIDE_SERVER, 0, 1, ":status: 200\ncontent-type: application/grpc+proto\n");
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, END_STREAM, 1, message, sizeof message);
}

static void
play_grpc_message_cut(struct talk *talk)
{
    static const uint8_t message[] = { 0, 0, 0, 1, 0, 'h', 'i' };

    for (uint32_t stream = 1; stream <= 3; stream += 2) {
        talk_request(talk, stream, "POST");
        talk_headers(talk, SIDE_SERVER, 0, stream, GRPC_HEAD);
        talk_frame(talk, SIDE_SERVER, FRAME_DATA, 0, stream, message, stream == 1 ? 7 : 4);
        talk_headers(talk, SIDE_SERVER, END_STREAM, stream, "grpc-status: 0\n");
    }
}

/* RFC 9113 sections 6.1 and 6.2: padding is no content, and priority no header. */
static void
play_padding(struct talk *talk)
{
    static const uint8_t data[] = { 3, 'h', 'i', 0, 0, 0 };
    GByteArray *block = talk_block(":method: GET\n");
    static const uint8_t before[] = { 2, 0, 0, 0, 0, 16 };

    g_byte_array_prepend(block, before, sizeof before);
    g_byte_array_append(block, (const uint8_t *)"\xFF\xFF", 2);
    talk_frame(talk, SIDE_CLIENT, FRAME_HEADERS, END_STREAM | END_HEADERS | PADDED | PRIORITY, 1,
               block->data, block->len);
    g_byte_array_free(block, TRUE);
    talk_response(talk, 1, 200, 2);
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, END_STREAM | PADDED, 1, data, sizeof data);
}

/* Padding as long as the frame, or longer: an error of the connection (section 6.1), so that the stream
 * is not ended by it. */
static void
play_long_padding(struct talk *talk)
{
    static const uint8_t data[] = { 6, 'h', 'i', 0, 0, 0 };

    talk_request(talk, 1, "GET");
    talk_response(talk, 1, 200, 0);
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, END_STREAM | PADDED, 1, data, sizeof data);
    talk_frame(talk, SIDE_SERVER, FRAME_DATA, END_STREAM | PADDED, 1, NULL, 0);
    talk_close(talk, SIDE_SERVER);
}

/* A header block in many frames, some of them empty; END_STREAM counts at its end. */
static void
play_continuation(struct talk *talk)
{
    GByteArray *block = talk_block(":status: 200\ncontent-length: 3\n");

    talk_request(talk, 1, "HEAD");
    talk_frame(talk, SIDE_SERVER, FRAME_HEADERS, END_STREAM, 1, block->data, 5);
    talk_frame(talk, SIDE_SERVER, FRAME_CONTINUATION, 0, 1, NULL, 0);
    talk_frame(talk, SIDE_SERVER, FRAME_CONTINUATION, 0, 1, block->data + 5, 7);
    talk_frame(talk, SIDE_SERVER, FRAME_CONTINUATION, END_HEADERS, 1, block->data + 12,
               block->len - 12);
    talk_request(talk, 3, "GET");
    talk_frame(talk, SIDE_SERVER, FRAME_HEADERS, END_STREAM, 3, block->data, 5);
    g_byte_array_free(block, TRUE);
    talk_close(talk, SIDE_SERVER);
}

static const struct http2_scenario scenarios[] = {
    { "short",
      play_short,
      { "HTTP/2: 2 streams, 2 malformed (1: END_STREAM after 500 of 1,000 bytes; 3: END_STREAM "
        "after "
        "11 of 10 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0, MALFORMED },
        { 0 } } },
    { "no_length", play_no_length, { "HTTP/2: 4 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "extended_connect",
      play_extended_connect,
      { "HTTP/2: 1 stream", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "odd_lengths",
      play_odd_lengths,
      { "HTTP/2: 4 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "interim", play_interim, { "HTTP/2: 1 stream", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "pushed",
      play_pushed,
      { "HTTP/2: 1 stream; GOAWAY NO_ERROR last 1 by server",
        { COMPLETE, COMPLETE },
        { 0 },
        { 0 } } },
    { "pushed_short",
      play_pushed_short,
      { "HTTP/2: 1 stream, 1 pushed and malformed (2: END_STREAM after 2 of 3 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0, MALFORMED },
        { 0 } } },
    { "pushed_cut",
      play_pushed_cut,
      { "HTTP/2: 1 stream, 1 pushed and cut (2: no END_STREAM after 0 of 3 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0 },
        { 0, CUT } } },
    { "grpc", play_grpc, { "HTTP/2: 4 streams", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "grpc_no_status",
      play_grpc_no_status,
      { "HTTP/2: 1 stream, 1 malformed (1: no grpc-status)",
        { COMPLETE, INCOMPLETE },
        { 0, NO_STATUS },
        { 0 } } },
    { "grpc_message_cut",
      play_grpc_message_cut,
      { "HTTP/2: 2 streams, 2 malformed (1: gRPC message cut; 3: gRPC message cut)",
        { COMPLETE, INCOMPLETE },
        { 0, MESSAGE_CUT },
        { 0 } } },
    { "padding", play_padding, { "HTTP/2: 1 stream", { COMPLETE, COMPLETE }, { 0 }, { 0 } } },
    { "long_padding",
      play_long_padding,
      { "HTTP/2: 1 stream, 1 cut (1: no END_STREAM after 0 of 0 bytes)",
        { COMPLETE, INCOMPLETE },
        { 0 },
        { 0, CUT | NO_GOAWAY } } },
    { "continuation",
      play_continuation,
      { "HTTP/2: 2 streams, 1 cut (3: no response)",
        { COMPLETE, INCOMPLETE },
        { 0 },
        { 0, CUT | UNANSWERED | NO_GOAWAY } } },
};

int
main(int argc, char **argv)
{
    return run_http2_scenarios(argc, argv, scenarios, G_N_ELEMENTS(scenarios));
}

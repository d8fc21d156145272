/* test_http2_limits.c
 * The reader of HTTP/2 where not all is known, and where a side is hostile: nothing is claimed, and
 * what is kept is bounded. Expected values come from RFC 9113, RFC 7541 and the public interface; must
 * not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2.h"

#include <string.h>

#include "app/http2_header.h"
#include "app/http2_streams.h"
#include "http2_talk.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#define CUT EXPERT_BIT(EXPERT_HTTP2_STREAM_CUT)

static void
check_complete(struct talk *talk, enum completeness client, enum completeness server)
{
    struct application_end *end = talk_finish(talk);

    g_assert_cmpint(end->complete[SIDE_CLIENT], ==, client);
    g_assert_cmpint(end->complete[SIDE_SERVER], ==, server);
    talk_end_free(end);
}

static void
check_summary(struct talk *talk, const char *expected)
{
    struct application_end *end = talk_finish(talk);

    g_assert_cmpstr(end->summary, ==, expected);
    talk_end_free(end);
}

static void
test_recognise(void)
{
    static const uint8_t settings[] = { 0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3 };
    static const uint8_t data[] = { 0, 0, 12, 0, 0, 0, 0, 0, 1 };
    const uint8_t *bytes = (const uint8_t *)preface;

    for (uint32_t length = 0; length < strlen(preface); length++)
        g_assert_cmpint(http2_protocol.recognise(SIDE_CLIENT, bytes, length), ==,
                        RECOGNITION_MAYBE);
    g_assert_cmpint(http2_protocol.recognise(SIDE_CLIENT, bytes, 24), ==, RECOGNITION_YES);
    bytes = (const uint8_t *)"PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n";
    g_assert_cmpint(http2_protocol.recognise(SIDE_CLIENT, bytes, 24), ==, RECOGNITION_NO);
    g_assert_cmpint(http2_protocol.recognise(SIDE_SERVER, settings, sizeof settings), ==,
                    RECOGNITION_MAYBE);
    g_assert_cmpint(http2_protocol.recognise(SIDE_SERVER, data, sizeof data), ==, RECOGNITION_NO);
    bytes = (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n";
    g_assert_cmpint(http2_protocol.recognise(SIDE_SERVER, bytes, 26), ==, RECOGNITION_NO);
}

/* Where in a connection bytes are lost. */
static void
play_and_lose(struct talk *talk, enum side side, bool with_fault)
{
    talk_start(talk, &http2_protocol, 0);
    talk_request(talk, 1, "GET");
    if (with_fault)
        talk_reset(talk, SIDE_SERVER, 1, CODE_INTERNAL_ERROR);
    else
        talk_response(talk, 1, 200, 100);
    http2_protocol.lose(talk->reader, side);
    talk_goaway(talk, side, 0, CODE_INTERNAL_ERROR, "not read any more");
}

static void
test_lost(void)
{
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct talk talk;
        play_and_lose(&talk, (enum side)side, false);
        g_assert_false(talk.event.has_goaway);
        check_complete(&talk, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
        check_summary(&talk, "HTTP/2: 1 stream");
        talk_end(&talk);
        play_and_lose(&talk, (enum side)side, true);
        check_complete(&talk, COMPLETENESS_UNKNOWN, INCOMPLETE);
        talk_end(&talk);
    }
}

/* A gap at the end of either side may hide what completes both. */
static void
test_unknown_closure(void)
{
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct talk talk;
        talk_start(&talk, &http2_protocol, 0);
        talk_request(&talk, 1, "GET");
        talk.context.unknown[side] = true;
        check_complete(&talk, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
        talk_end(&talk);
    }
}

/* As long as the server may go on, nothing is cut; the client has only half closed. */
static void
test_not_ended(void)
{
    struct talk talk;
    struct application_end end = { .protocol = NULL };

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET");
    talk_close(&talk, SIDE_CLIENT);
    http2_protocol.finish(talk.reader, &talk.context, &end);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, COMPLETE);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, COMPLETENESS_UNKNOWN);
    g_assert_cmpuint(end.http2.cut, ==, 0);
    g_assert_cmphex(end.experts[SIDE_SERVER], ==, 0);
    g_free(end.summary);
    http2_protocol.stop(talk.reader);
    check_complete(&talk, COMPLETE, INCOMPLETE);
    talk_end(&talk);
}

/* Blocks that RFC 7541 does not allow: an index that there is not, a string longer than the block. */
static void
test_unreadable_headers(void)
{
    static const uint8_t no_index[] = { 0xFF, 0x80, 0x01 };
    static const uint8_t long_string[] = { 0x00, 0x0A, 'a' };
    const struct {
        const uint8_t *block;
        size_t length;
    } cases[] = { { no_index, sizeof no_index }, { long_string, sizeof long_string } };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct talk talk;
        talk_start(&talk, &http2_protocol, 0);
        for (uint32_t stream = 1; stream <= 5; stream += 2)
            talk_request(&talk, stream, "GET");
        talk_frame(&talk, SIDE_SERVER, FRAME_HEADERS, END_HEADERS, 1, cases[i].block,
                   cases[i].length);
        talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 3);
        talk_response(&talk, 3, 200, 1000);
        talk_data(&talk, SIDE_SERVER, END_STREAM, 3, 3);
        check_summary(&talk, "HTTP/2: 3 streams, 1 cut (5: no response)");
        talk_end(&talk);
    }
}

/* A request that can't be read may be HEAD: a short response is none. */
static void
test_unreadable_request(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_frame(&talk, SIDE_CLIENT, FRAME_HEADERS, END_HEADERS | END_STREAM, 1, "\xFF\x80\x01", 3);
    talk_response(&talk, 1, 200, 1000);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 0);
    check_complete(&talk, COMPLETE, COMPLETE);
    talk_end(&talk);
}

/* gRPC whose trailers can't be read has no missing status. */
static void
test_unreadable_trailers(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "POST");
    talk_headers(&talk, SIDE_SERVER, 0, 1, ":status: 200\ncontent-type: application/grpc\n");
    talk_frame(&talk, SIDE_SERVER, FRAME_HEADERS, END_HEADERS | END_STREAM, 1, "\xFF\x80\x01", 3);
    check_complete(&talk, COMPLETE, COMPLETE);
    talk_end(&talk);
}

/* Another frame within a header block (RFC 9113 section 4.3): the block, and all later ones, say
 * nothing; the frame counts. */
static void
test_interrupted_block(void)
{
    static const uint32_t pieces[] = { 0, 1, 10 };

    for (unsigned i = 0; i < G_N_ELEMENTS(pieces); i++) {
        struct talk talk;
        talk_start(&talk, &http2_protocol, pieces[i]);
        talk_request(&talk, 1, "GET");
        talk_response(&talk, 1, 200, 5);
        talk_frame(&talk, SIDE_SERVER, FRAME_HEADERS, END_STREAM, 3, "\x00", 1);
        talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 4);
        talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, END_HEADERS, 3, "\x00", 1);
        check_summary(&talk, "HTTP/2: 1 stream, 1 malformed (1: END_STREAM after 4 of 5 bytes)");
        talk_end(&talk);
    }
}

/* The responses of RFC 7541 C.6, Huffman coded, and with a dynamic table of 256 bytes. */
static void
test_huffman_and_table(void)
{
    static const uint8_t first[] = { 0x3F, 0xE1, 0x01, /* table of 256 bytes, section 6.3 */
                                     0x48, 0x82, 0x64, 0x02, 0x58, 0x85, 0xAE, 0xC3, 0x77,
                                     0x1A, 0x4B, 0x61, 0x96, 0xD0, 0x7A, 0xBE, 0x94, 0x10,
                                     0x54, 0xD4, 0x44, 0xA8, 0x20, 0x05, 0x95, 0x04, 0x0B,
                                     0x81, 0x66, 0xE0, 0x82, 0xA6, 0x2D, 0x1B, 0xFF, 0x6E,
                                     0x91, 0x9D, 0x29, 0xAD, 0x17, 0x18, 0x63, 0xC7, 0x8F,
                                     0x0B, 0x97, 0xC8, 0xE9, 0xAE, 0x82, 0xAE, 0x43, 0xD3 };
    static const uint8_t second[] = { 0x48, 0x83, 0x64, 0x0E, 0xFF, 0xC1, 0xC0, 0xBF };
    struct http2_header_reader *reader = http2_header_reader_new();

    for (unsigned i = 0; i < sizeof first; i++)
        http2_header_take(reader, first + i, 1);
    struct http2_fields fields = http2_header_end(reader);
    g_assert_true(fields.read == http2_header_can_read());
    g_assert_cmpuint(fields.status, ==, http2_header_can_read() ? 302 : 0);
    http2_header_take(reader, second, sizeof second);
    fields = http2_header_end(reader);
    g_assert_cmpuint(fields.status, ==, http2_header_can_read() ? 307 : 0);
    g_assert_false(fields.has_length);
    http2_header_reader_free(reader);
}

/* CONTINUATION without end: more than 64 KiB are not read. Streams go on. */
static void
test_continuation_flood(void)
{
    static uint8_t field[1000];
    struct talk talk;

    memcpy(field, "\x00\x7F\xE4\x06", 4); /* a name of 127 + 100 + 6 * 128 = 995 bytes */
    memset(field + 4, 'a', 995);
    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET");
    talk_frame(&talk, SIDE_SERVER, FRAME_HEADERS, 0, 1, field, sizeof field);
    for (unsigned i = 0; i < 100; i++) {
        talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, 0, 1, NULL, 0);
        talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, 0, 1, field, sizeof field);
    }
    talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, END_HEADERS, 1, NULL, 0);
    talk_response(&talk, 1, 200, 1000);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 3);
    check_complete(&talk, COMPLETE, COMPLETE);
    talk_end(&talk);
}

/* A table entry of 4,000 bytes, named 60,000 times: 240 MB of header. */
static void
test_hpack_bomb(void)
{
    static uint8_t field[4007];
    static uint8_t bomb[16000];
    struct talk talk;

    memcpy(field, "\x40\x01\x61\x7F\xA1\x1E", 6); /* "a": 127 + 33 + 30 * 128 = 4,000 bytes */
    memset(field + 6, 'b', 4000);
    memset(bomb, 0xBE, sizeof bomb);
    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET");
    talk_frame(&talk, SIDE_SERVER, FRAME_HEADERS, 0, 1, field, 6 + 4000);
    for (unsigned i = 0; i < 3; i++)
        talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, 0, 1, bomb, sizeof bomb);
    talk_frame(&talk, SIDE_SERVER, FRAME_CONTINUATION, END_HEADERS, 1, bomb, 10);
    talk_response(&talk, 1, 200, 1000);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 3);
    check_complete(&talk, COMPLETE, http2_header_can_read() ? INCOMPLETE : COMPLETE);
    talk_end(&talk);
}

/* More streams at the same time than are followed: they are counted, and nothing is claimed of them. */
static void
test_many_open_streams(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    for (uint32_t i = 0; i < 3000; i++)
        talk_request(&talk, 2 * i + 1, "GET");
    talk_response(&talk, 5999, 200, 100);
    check_complete(&talk, COMPLETENESS_UNKNOWN, COMPLETENESS_UNKNOWN);
    check_summary(&talk, "HTTP/2: 3,000 streams");
    talk_end(&talk);
}

/* Any number of streams one after the other; some are bad, and the first of them are named. */
static void
test_many_streams(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET"); /* open all the time */
    for (uint32_t i = 1; i < 10000; i++) {
        uint32_t stream = 2 * i + 1;
        talk_request(&talk, stream, "GET");
        talk_response(&talk, stream, 200, 100);
        if (i % 1000 == 0)
            talk_reset(&talk, SIDE_SERVER, stream, CODE_INTERNAL_ERROR);
        else if (i % 1000 == 1)
            talk_reset(&talk, SIDE_CLIENT, stream, CODE_CANCEL);
        else
            talk_data(&talk, SIDE_SERVER, END_STREAM, stream, 100);
    }
    struct application_end *end = talk_finish(&talk);
    g_assert_cmpuint(end->http2.streams, ==, 10000);
    g_assert_cmpuint(end->http2.cut, ==, 10);
    g_assert_cmpuint(end->http2.canceled, ==, 10);
    for (uint32_t i = 0; i < CUT_STREAMS_MAX; i++)
        g_assert_cmpuint(end->http2.cut_stream[i], ==, 2000 * i + 1);
    talk_end_free(end);
    talk_end(&talk);
}

/* The room that streams take is bounded, whichever way they end or do not. */
static void
test_room(void)
{
    struct http2_streams streams = { .kept = NULL };
    const struct http2_limits limits = { .last_stream = UINT32_MAX, .server_act_end = UINT64_MAX };

    for (uint32_t number = 1; number < 20001; number += 2) {
        struct http2_stream *stream = http2_streams_open(&streams, number, &limits);
        g_assert_nonnull(stream);
        stream->requested = true;
        stream->server_ended = true;
        g_assert_cmpuint(streams.kept->len, <=, 64);
    }
    for (uint32_t number = 20001; number < 100001; number += 2)
        http2_streams_expect(&streams, number, &limits);
    g_assert_cmpuint(streams.kept->len, <=, 1024);
    g_assert_cmpuint(streams.opened, ==, 10000);
    http2_streams_clear(&streams);
    g_assert_cmpuint(sizeof(struct http2_stream), <=, 64);
}

/* RFC 9113 section 5.1.1: 31 bits, the highest of which is reserved. */
static void
test_highest_number(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 0xFFFFFFFF, "GET");
    talk_response(&talk, 0x7FFFFFFF, 200, 0);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 0x7FFFFFFF, 0);
    talk_request(&talk, 5, "GET");
    talk_reset(&talk, SIDE_SERVER, 0, CODE_INTERNAL_ERROR);
    talk_goaway(&talk, SIDE_SERVER, 0xFFFFFFFF, CODE_NO_ERROR, "");
    check_summary(&talk, "HTTP/2: 1 stream; GOAWAY NO_ERROR last 2147483647 by server");
    talk_end(&talk);
}

/* Lengths of 0 and of 2^24 - 1, of types that are known and that are not. */
static void
test_frame_lengths(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET");
    talk_response(&talk, 1, 200, 0xFFFFFF);
    for (unsigned type = 0; type < 256; type++)
        if (type != FRAME_HEADERS && type != FRAME_PUSH_PROMISE && type != FRAME_CONTINUATION)
            talk_frame(&talk, SIDE_SERVER, (uint8_t)type, 0xFE, 1, NULL, 0);
    talk_data(&talk, SIDE_SERVER, 0, 1, 0xFFFFFF);
    uint8_t *bytes = g_malloc0(0xFFFFFF);
    talk_frame(&talk, SIDE_SERVER, 0xFA, 0xFF, 1, bytes, 0xFFFFFF);
    talk_frame(&talk, SIDE_SERVER, FRAME_PING, 0, 0, bytes, 0xFFFFFF);
    g_free(bytes);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 0);
    check_complete(&talk, COMPLETE, COMPLETE);
    talk_end(&talk);
}

static void
test_goaway_debug(void)
{
    struct talk talk;
    char *debug = g_strnfill(1000, 'x');

    talk_start(&talk, &http2_protocol, 7);
    talk_goaway(&talk, SIDE_SERVER, 0, CODE_NO_ERROR, debug);
    g_assert_cmpuint(talk.event.text_length, ==, 255);
    talk_goaway(&talk, SIDE_SERVER, 0, CODE_NO_ERROR, "");
    g_assert_cmpuint(talk.event.text_length, ==, 0);
    g_free(debug);
    talk_end(&talk);
}

/* A frame is control or not; a record only if all its frames are, and whole. */
static void
test_only_control(void)
{
    static const bool expected[] = {
        [FRAME_DATA] = false,         [FRAME_HEADERS] = false, [FRAME_PRIORITY] = true,
        [FRAME_RST_STREAM] = true,    [FRAME_SETTINGS] = true, [FRAME_PUSH_PROMISE] = false,
        [FRAME_PING] = true,          [FRAME_GOAWAY] = true,   [FRAME_WINDOW_UPDATE] = true,
        [FRAME_CONTINUATION] = false,
    };
    static const uint8_t begun[] = { 0, 0, 8, FRAME_PING, 0, 0, 0, 0, 0, 'x' };
    static const uint8_t payload[8];
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    for (unsigned type = 0; type < G_N_ELEMENTS(expected); type++) {
        talk_begin_record(&talk);
        talk_frame(&talk, SIDE_CLIENT, FRAME_PING, 0, 0, payload, sizeof payload);
        talk_frame(&talk, SIDE_CLIENT, (uint8_t)type, 0, 1, payload, sizeof payload);
        talk_end_record(&talk, SIDE_CLIENT);
        g_assert_true(talk.event.only_control == expected[type]);
    }
    talk_send(&talk, SIDE_SERVER, begun, sizeof begun);
    g_assert_false(talk.event.only_control);
    talk_send(&talk, SIDE_SERVER, payload, 7);
    g_assert_false(talk.event.only_control);
    talk_send(&talk, SIDE_SERVER, begun, 9);
    g_assert_false(talk.event.only_control);
    talk_end(&talk);
}

/* A response that comes before its request, as where the client's segment was captured late. */
static void
test_response_before_request(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    talk_request(&talk, 1, "GET");
    talk_response(&talk, 5, 200, 10);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 5, 10);
    talk_response(&talk, 3, 200, 10);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 3, 9);
    talk_reset(&talk, SIDE_SERVER, 7, CODE_REFUSED_STREAM);
    talk_data(&talk, SIDE_SERVER, END_STREAM, 1, 0);
    check_summary(&talk, "HTTP/2: 1 stream");
    talk_request(&talk, 3, "GET");
    talk_request(&talk, 5, "GET");
    talk_request(&talk, 7, "GET");
    check_summary(&talk,
                  "HTTP/2: 4 streams, 1 malformed (3: END_STREAM after 9 of 10 bytes), 1 not "
                  "processed, safe to retry (7)");
    talk_end(&talk);
}

static void
test_goodbye(void)
{
    struct talk talk;

    talk_start(&talk, &http2_protocol, 0);
    struct application_end *end = talk_finish(&talk);
    g_assert_cmpuint(end->frames.goodbye, ==, 0);
    talk_end_free(end);
    talk_goaway(&talk, SIDE_SERVER, 0, CODE_NO_ERROR, "");
    uint32_t first = talk.frame;
    talk_goaway(&talk, SIDE_CLIENT, 0, CODE_NO_ERROR, "");
    end = talk_finish(&talk);
    g_assert_cmpuint(end->frames.goodbye, ==, first);
    g_assert_cmpuint(end->frames.goaway, ==, first + 1);
    talk_end_free(end);
    talk_end(&talk);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(void);
        bool needs_headers;
    } tests[] = {
        { "/http2/recognise", test_recognise, false },
        { "/http2/lost", test_lost, false },
        { "/http2/unknown_closure", test_unknown_closure, false },
        { "/http2/not_ended", test_not_ended, false },
        { "/http2/unreadable_headers", test_unreadable_headers, false },
        { "/http2/unreadable_request", test_unreadable_request, false },
        { "/http2/unreadable_trailers", test_unreadable_trailers, false },
        { "/http2/interrupted_block", test_interrupted_block, true },
        { "/http2/huffman_and_table", test_huffman_and_table, false },
        { "/http2/continuation_flood", test_continuation_flood, false },
        { "/http2/hpack_bomb", test_hpack_bomb, false },
        { "/http2/many_open_streams", test_many_open_streams, false },
        { "/http2/many_streams", test_many_streams, false },
        { "/http2/room", test_room, false },
        { "/http2/highest_number", test_highest_number, false },
        { "/http2/frame_lengths", test_frame_lengths, false },
        { "/http2/goaway_debug", test_goaway_debug, false },
        { "/http2/only_control", test_only_control, false },
        { "/http2/response_before_request", test_response_before_request, true },
        { "/http2/goodbye", test_goodbye, false },
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
        if (!tests[i].needs_headers || http2_header_can_read())
            g_test_add_func(tests[i].path, tests[i].run);
    return g_test_run();
}

/* test_websocket.c
 * WebSocket frames whole, fragmented, cut and hostile, fed in pieces of every size. Expected values
 * come from RFC 6455; must not know how websocket.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "app/websocket.h"

#define TURNS_MAX 5
#define BYTES(text) text, sizeof(text) - 1

/* Frames without a mask come from servers, those with one from clients (RFC 6455 section 5.1). The
 * mask is 01 02 03 04. */
#define HELLO "\x81\x05Hello"
#define HELLO_BEGUN "\x01\x03Hel"
#define HELLO_ENDED "\x80\x02lo"
#define PING "\x89\x02hi"
#define PONG "\x8A\x02hi"
#define CLOSE_1000 "\x88\x02\x03\xE8"
#define CLOSE_1002     \
    "\x88\x05\x03\xEA" \
    "bad"
#define CLOSE_EMPTY "\x88\x00"
#define MASK "\x01\x02\x03\x04"
#define MASKED_HELLO "\x81\x85" MASK "Igohn"
#define MASKED_PONG "\x8A\x82" MASK "ik"
#define MASKED_CLOSE_1000 "\x88\x82" MASK "\x02\xEA"
#define MASKED_CLOSE_1001      \
    "\x88\x84" MASK "\x02\xEB" \
    "lo"

struct turn {
    enum side side;
    const char *bytes;
    size_t length;
};

struct conversation {
    const char *what;
    struct turn turn[TURNS_MAX];
    enum completeness client, server; /* both sides have ended */
    const char *summary;
    expert_set client_experts, server_experts;
};

#define CLIENT(text)             \
    {                            \
        SIDE_CLIENT, BYTES(text) \
    }
#define SERVER(text)             \
    {                            \
        SIDE_SERVER, BYTES(text) \
    }
#define UNKNOWN COMPLETENESS_UNKNOWN
#define CUT EXPERT_BIT(EXPERT_WEBSOCKET_MESSAGE_CUT)
#define ABNORMAL EXPERT_BIT(EXPERT_WEBSOCKET_ABNORMAL)

/* The initiator is the client. */
static const struct conversation conversations[] = {
    { "both close",
      { SERVER(HELLO), CLIENT(MASKED_CLOSE_1000), SERVER(CLOSE_1000) },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the client, code 1000",
      0,
      0 },
    { "one Close is enough for both",
      { CLIENT(MASKED_HELLO), SERVER(CLOSE_1000) },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the server, code 1000",
      0,
      0 },
    { "a Close without a code",
      { SERVER(CLOSE_EMPTY) },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the server without a code (1005)",
      0,
      0 },
    { "no Close (section 7.1.5)",
      { CLIENT(MASKED_HELLO), SERVER(HELLO) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: no Close frame (1006)",
      ABNORMAL,
      0 },
    { "nothing at all",
      { { 0, NULL, 0 } },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: no Close frame (1006)",
      ABNORMAL,
      0 },
    { "fragments, a Ping between (section 5.4)",
      { SERVER(HELLO_BEGUN), SERVER(PING), CLIENT(MASKED_PONG), SERVER(HELLO_ENDED),
        SERVER(CLOSE_1000) },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the server, code 1000",
      0,
      0 },
    { "the last fragment is missing",
      { SERVER(HELLO_BEGUN), SERVER(PING) },
      UNKNOWN,
      INCOMPLETE,
      "WebSocket: no Close frame (1006); message of the server cut",
      ABNORMAL,
      CUT },
    { "a Close before the last fragment",
      { SERVER(HELLO_BEGUN), SERVER(CLOSE_1000) },
      COMPLETE,
      INCOMPLETE,
      "WebSocket: closed by the server, code 1000; message of the server cut",
      0,
      CUT },
    { "cut in the payload",
      { SERVER("\x81\x05Hel"), CLIENT(MASKED_CLOSE_1000) },
      COMPLETE,
      INCOMPLETE,
      "WebSocket: closed by the client, code 1000; message of the server cut",
      0,
      CUT },
    { "cut in the header",
      { SERVER(CLOSE_1000), CLIENT("\x82\xFE\x01") },
      INCOMPLETE,
      COMPLETE,
      "WebSocket: closed by the server, code 1000; message of the client cut",
      CUT,
      0 },
    { "cut in the mask",
      { CLIENT("\x82\x81\x01\x02\x03") },
      INCOMPLETE,
      UNKNOWN,
      "WebSocket: no Close frame (1006); message of the client cut",
      ABNORMAL | CUT,
      0 },
    { "a length in 16 bits",
      { SERVER("\x82\x7E\x00\x7E"), CLIENT(MASKED_CLOSE_1000) },
      COMPLETE,
      INCOMPLETE,
      "WebSocket: closed by the client, code 1000; message of the server cut",
      0,
      CUT },
    { "a length in 64 bits, of 3",
      { SERVER("\x82\x7F\x00\x00\x00\x00\x00\x00\x00\x03"
               "abc" CLOSE_1000) },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the server, code 1000",
      0,
      0 },
    { "the greatest length, 2^63 - 1",
      { SERVER("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF" HELLO CLOSE_1000) },
      UNKNOWN,
      INCOMPLETE,
      "WebSocket: no Close frame (1006); message of the server cut",
      ABNORMAL,
      CUT },
    /* Not frames: nothing is said. */
    { "a length of 2^63",
      { SERVER("\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00" HELLO) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a server that masks (section 5.1)",
      { SERVER(MASKED_HELLO) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a client that does not mask",
      { CLIENT(HELLO) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a reserved opcode (section 5.2)",
      { SERVER("\x83\x00") },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a fragmented Ping (section 5.5)",
      { SERVER("\x09\x00") },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a Ping of 126 bytes",
      { SERVER("\x89\x7E\x00\x7E") },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a continuation of nothing (section 5.4)",
      { SERVER(HELLO_ENDED) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "a message inside a message",
      { SERVER(HELLO_BEGUN), SERVER(HELLO) },
      UNKNOWN,
      UNKNOWN,
      "WebSocket: its end was not read",
      0,
      0 },
    { "what comes behind a Close does not count (section 5.5.1)",
      { SERVER(CLOSE_1000 "\x81\x05"), CLIENT(MASKED_CLOSE_1001 "\xFF") },
      COMPLETE,
      COMPLETE,
      "WebSocket: closed by the server, code 1000",
      0,
      0 },
};

struct reading {
    void *reader;
    uint64_t sent[2]; /* by enum side */
    uint32_t frame;
    struct application_event event; /* of the last piece */
};

static void
begin(struct reading *reading)
{
    *reading = (struct reading){ .reader = websocket_protocol.reader_new() };
}

/* A piece in a block of exactly its size. */
static void
take_piece(struct reading *reading, enum side side, const char *bytes, size_t length)
{
    uint8_t *copy = g_memdup2(bytes, length);
    const struct application_data data = {
        .bytes = copy,
        .length = (uint32_t)length,
        .end = reading->sent[side] += length,
        .frame = reading->frame,
    };

    reading->event = (struct application_event){ .experts = 0 };
    websocket_protocol.take(reading->reader, side, &data, &reading->event);
    g_free(copy);
}

static void
take_turn(struct reading *reading, const struct turn *turn, size_t piece)
{
    reading->frame++;
    for (size_t start = 0; start < turn->length; start += piece)
        take_piece(reading, turn->side, turn->bytes + start, MIN(piece, turn->length - start));
}

/* Both sides have ended, each with all that the other had sent by then. */
static struct application_context
ended(const struct reading *reading)
{
    return (struct application_context){
        .ended = { true, true },
        .first_act_received = { reading->sent[SIDE_SERVER], reading->sent[SIDE_CLIENT] },
        .has_initiator = true,
        .initiator = SIDE_CLIENT,
    };
}

static struct application_end
end_of(const struct reading *reading, const struct application_context *context)
{
    struct application_end end = { .protocol = websocket_protocol.name };

    websocket_protocol.finish(reading->reader, context, &end);
    return end;
}

static void
check_conversation(const struct conversation *conversation, size_t piece)
{
    struct reading reading;

    g_test_message("%s, in pieces of %zu bytes", conversation->what, piece);
    begin(&reading);
    for (unsigned i = 0; i < TURNS_MAX; i++)
        take_turn(&reading, &conversation->turn[i], piece);
    const struct application_context context = ended(&reading);
    struct application_end end = end_of(&reading, &context);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, conversation->client);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, conversation->server);
    g_assert_cmpstr(end.summary, ==, conversation->summary);
    g_assert_cmphex(end.experts[SIDE_CLIENT], ==, conversation->client_experts);
    g_assert_cmphex(end.experts[SIDE_SERVER], ==, conversation->server_experts);
    g_free(end.summary);
    websocket_protocol.reader_free(reading.reader);
}

static void
test_conversations(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(conversations); i++)
        for (size_t piece = 1; piece < 32; piece++)
            check_conversation(&conversations[i], piece);
}

static void
check_close_frame(const struct turn *turn, uint16_t code, const char *reason, bool is_error)
{
    struct reading reading;

    begin(&reading);
    take_turn(&reading, turn, turn->length);
    g_assert_true(reading.event.has_close_frame);
    g_assert_cmpuint(reading.event.close_code, ==, code);
    g_assert_cmpuint(reading.event.text_length, ==, strlen(reason));
    g_assert_true(memcmp(reading.event.text, reason, strlen(reason)) == 0);
    g_assert_true((reading.event.experts == EXPERT_BIT(EXPERT_WEBSOCKET_CLOSE_ERROR)) == is_error);
    websocket_protocol.reader_free(reading.reader);
}

/* Section 7.4.1; a payload of one byte holds no code. */
static void
test_close_frames(void)
{
    check_close_frame(&(struct turn)SERVER(CLOSE_1000), 1000, "", false);
    check_close_frame(&(struct turn)SERVER(CLOSE_1002), 1002, "bad", true);
    check_close_frame(&(struct turn)CLIENT(MASKED_CLOSE_1001), 1001, "ok", false);
    check_close_frame(&(struct turn)SERVER(CLOSE_EMPTY), 0, "", false);
    check_close_frame(&(struct turn)SERVER("\x88\x01\x03"), 0, "", false);
    check_close_frame(&(struct turn)SERVER("\x88\x04\x03\xF3\xFF\xFE"), 1011, "\xFF\xFE", true);
}

/* Only the piece that completes it carries a Close frame, and its frame is the goodbye. */
static void
test_close_in_pieces(void)
{
    struct reading reading;

    begin(&reading);
    take_turn(&reading, &(struct turn)SERVER(HELLO), 7);
    take_turn(&reading, &(struct turn)SERVER("\x88\x02\x03"), 3);
    g_assert_false(reading.event.has_close_frame);
    take_turn(&reading, &(struct turn)SERVER("\xE8"), 1);
    g_assert_true(reading.event.has_close_frame);
    const struct application_context context = ended(&reading);
    struct application_end end = end_of(&reading, &context);
    g_assert_cmpuint(end.frames.goodbye, ==, 3);
    g_free(end.summary);
    websocket_protocol.reader_free(reading.reader);
}

static bool
is_only_control(const struct turn *before, const struct turn *turn)
{
    struct reading reading;

    begin(&reading);
    if (before)
        take_turn(&reading, before, before->length);
    take_turn(&reading, turn, turn->length);
    websocket_protocol.reader_free(reading.reader);
    return reading.event.only_control;
}

static void
test_only_control(void)
{
    g_assert_true(is_only_control(NULL, &(struct turn)SERVER(CLOSE_1000)));
    g_assert_true(is_only_control(NULL, &(struct turn)SERVER(PONG CLOSE_EMPTY)));
    g_assert_true(
        is_only_control(&(struct turn)SERVER(HELLO_BEGUN), &(struct turn)SERVER(CLOSE_1000)));
    g_assert_false(is_only_control(NULL, &(struct turn)SERVER(HELLO CLOSE_1000)));
    g_assert_false(is_only_control(NULL, &(struct turn)SERVER(CLOSE_1000 HELLO)));
    g_assert_false(is_only_control(NULL, &(struct turn)SERVER("\x88\x02\x03")));
    g_assert_false(
        is_only_control(&(struct turn)SERVER("\x88\x02\x03"), &(struct turn)SERVER("\xE8")));
    g_assert_false(is_only_control(&(struct turn)SERVER("\x83"), &(struct turn)SERVER(CLOSE_1000)));
}

/* A Close that crossed the side's end tells nothing about that side. */
static void
test_close_not_received(void)
{
    struct reading reading;

    begin(&reading);
    take_turn(&reading, &(struct turn)SERVER(CLOSE_1000), 4);
    struct application_context context = ended(&reading);
    context.first_act_received[SIDE_CLIENT]--;
    struct application_end end = end_of(&reading, &context);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, COMPLETENESS_UNKNOWN);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, COMPLETE);
    g_free(end.summary);
    websocket_protocol.reader_free(reading.reader);
}

/* Where a record is missing, or an end, nothing is said of that side; what a Close says stays. */
static void
test_lost(void)
{
    struct reading reading;
    struct application_end end;

    begin(&reading);
    take_turn(&reading, &(struct turn)CLIENT(MASKED_CLOSE_1000), 8);
    take_turn(&reading, &(struct turn)SERVER("\x81\x05Hel"), 5);
    websocket_protocol.lose(reading.reader, SIDE_CLIENT);
    websocket_protocol.lose(reading.reader, SIDE_SERVER);
    const struct application_context context = ended(&reading);
    end = end_of(&reading, &context);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, COMPLETE);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, COMPLETENESS_UNKNOWN);
    g_assert_cmphex(end.experts[SIDE_CLIENT] | end.experts[SIDE_SERVER], ==, 0);
    g_free(end.summary);
    websocket_protocol.reader_free(reading.reader);
}

static void
test_open_or_unknown(void)
{
    struct reading reading;

    begin(&reading);
    take_turn(&reading, &(struct turn)SERVER("\x81\x05Hel"), 5);
    struct application_context context = ended(&reading);
    context.unknown[SIDE_SERVER] = true;
    struct application_end end = end_of(&reading, &context);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, COMPLETENESS_UNKNOWN);
    g_assert_cmphex(end.experts[SIDE_CLIENT] | end.experts[SIDE_SERVER], ==, 0);
    g_free(end.summary);
    context = (struct application_context){ .first_act_received = { UINT64_MAX, UINT64_MAX } };
    end = end_of(&reading, &context);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, COMPLETENESS_UNKNOWN);
    g_assert_cmphex(end.experts[SIDE_CLIENT] | end.experts[SIDE_SERVER], ==, 0);
    g_free(end.summary);
    websocket_protocol.reader_free(reading.reader);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/websocket/conversations", test_conversations);
    g_test_add_func("/websocket/close-frames", test_close_frames);
    g_test_add_func("/websocket/close-in-pieces", test_close_in_pieces);
    g_test_add_func("/websocket/only-control", test_only_control);
    g_test_add_func("/websocket/close-not-received", test_close_not_received);
    g_test_add_func("/websocket/lost", test_lost);
    g_test_add_func("/websocket/open-or-unknown", test_open_or_unknown);
    return g_test_run();
}

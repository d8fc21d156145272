/* test_smtp.c
 * SMTP dialogues whole, cut short and in pieces: what each side had finished. Expected values come from RFC 5321,
 * RFC 2920 and RFC 3030; must not know how smtp.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "app/application.h"

#define LINES_MAX 12

#define UNKNOWN COMPLETENESS_UNKNOWN
#define UNANSWERED EXPERT_BIT(EXPERT_REQUEST_UNANSWERED)
#define TRUNCATED EXPERT_BIT(EXPERT_APP_TRUNCATED)

#define HELLO "EHLO a\r\n", "250-b\r\n250 SIZE\r\n"
#define MAIL "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"

struct dialogue {
    const char *what;
    const char *line[LINES_MAX]; /* those of the server begin with a digit */
    enum completeness client, server;
    const char *summary;
    expert_set client_experts, server_experts;
    uint32_t goodbye_frame;
};

static const struct dialogue dialogues[] = {
    { "a message (section 4.1.1.4)",
      { HELLO, MAIL, "Subject: x\r\n\r\n..\r\nbody.\r\n.\r\n", "250 queued\r\n", "QUIT\r\n",
        "221 bye\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 5 commands, 1 message",
      0,
      0,
      7 },
    { "a greeting, TLS from the start",
      { "220 b\r\n", HELLO, "QUIT\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 2 commands, 0 messages",
      0,
      0,
      4 },
    { "no final dot",
      { HELLO, MAIL, "Subject: x\r\n\r\nbody\r\n." },
      INCOMPLETE,
      COMPLETE,
      "SMTP: 4 commands, 0 messages; the next ends before its final dot",
      TRUNCATED,
      0,
      0 },
    { "a dot behind a bare LF ends nothing",
      { HELLO, MAIL, "body\n.\r\n" },
      INCOMPLETE,
      COMPLETE,
      "SMTP: 4 commands, 0 messages; the next ends before its final dot",
      TRUNCATED,
      0,
      0 },
    { "a dot without a line before it",
      { HELLO, MAIL, ".\r\n", "250 queued\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 4 commands, 1 message",
      0,
      0,
      0 },
    { "a message without an answer",
      { HELLO, MAIL, "body\r\n.\r\n" },
      COMPLETE,
      INCOMPLETE,
      "SMTP: 4 commands, 1 message; the last reply is missing",
      0,
      UNANSWERED,
      0 },
    { "a message refused before its end",
      { HELLO, MAIL, "body\r\n", "552 too long\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 4 commands, 0 messages",
      0,
      0,
      0 },
    { "DATA refused: what follows are commands",
      { HELLO, "DATA\r\n", "503 no\r\n", "RSET\r\n", "250 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 3 commands, 0 messages",
      0,
      0,
      0 },
    { "commands behind DATA wait for its reply",
      { HELLO, "DATA\r\nQUIT\r\n", "503 no\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 3 commands, 0 messages",
      0,
      0,
      3 },
    { "a command without a reply",
      { HELLO, "NOOP\r\n" },
      COMPLETE,
      INCOMPLETE,
      "SMTP: 2 commands, 0 messages; the last reply is missing",
      0,
      UNANSWERED,
      0 },
    { "a reply of several lines cut",
      { "EHLO a\r\n", "250-b\r\n" },
      COMPLETE,
      INCOMPLETE,
      "SMTP: 1 command, 0 messages; the last reply is missing",
      0,
      UNANSWERED,
      0 },
    { "a command cut",
      { HELLO, "MAIL FR" },
      INCOMPLETE,
      COMPLETE,
      "SMTP: 1 command, 0 messages; the last command is cut",
      TRUNCATED,
      0,
      0 },
    { "an AUTH with lines that are no commands (RFC 4954)",
      { HELLO, "AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n", "dXNlcg==\r\n", "334 UGFzc3dvcmQ6\r\n",
        "cGFzcw==\r\n", "235 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 4 commands, 0 messages",
      0,
      0,
      0 },
    { "chunks (RFC 3030)",
      { HELLO, "BDAT 5\r\nab\r\n.BDAT 2 LAST\r\nde", "250 ok\r\n250 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 3 commands, 0 messages",
      0,
      0,
      0 },
    { "a chunk cut",
      { HELLO, "BDAT 5 LAST\r\nabcd" },
      INCOMPLETE,
      COMPLETE,
      "SMTP: 2 commands, 0 messages; the last command is cut",
      TRUNCATED,
      0,
      0 },
    { "a server that closes on its own (section 3.8)",
      { HELLO, "421 timeout\r\n", "NOOP\r\n" },
      COMPLETE,
      COMPLETE,
      "SMTP: 2 commands, 0 messages",
      0,
      0,
      3 },
};

/* TEXT in pieces of PIECE bytes. */
static void
tell(struct application *application, enum side side, const char *text, size_t piece,
     uint64_t end[2], uint32_t frame)
{
    size_t length = strlen(text);
    struct application_event event;

    end[side] += length;
    for (size_t start = 0; start < length; start += piece) {
        struct application_data data = {
            .length = (uint32_t)MIN(piece, length - start),
            .end = end[side],
            .acknowledged = end[other_side(side)],
            .frame = frame,
        };
        uint8_t *copy = g_memdup2(text + start, data.length);
        data.bytes = copy;
        application_take(application, side, &data, &event);
        g_free(copy);
    }
}

static struct application_context
ended(void)
{
    return (struct application_context){
        .ended = { true, true },
        .first_act_end = { UINT64_MAX, UINT64_MAX },
        .first_act_received = { UINT64_MAX, UINT64_MAX },
    };
}

static void
check(const struct dialogue *dialogue, size_t piece)
{
    struct application *application = application_new(HINT_NONE);
    const struct application_context context = ended();
    uint64_t end[2] = { 0, 0 };

    g_test_message("%s, %zu bytes a piece", dialogue->what, piece);
    for (unsigned i = 0; i < LINES_MAX && dialogue->line[i]; i++)
        tell(application, g_ascii_isdigit(dialogue->line[i][0]) ? SIDE_SERVER : SIDE_CLIENT,
             dialogue->line[i], piece, end, i + 1);
    struct application_end *found = application_finish(application, &context);
    g_assert_nonnull(found);
    g_assert_cmpstr(found->protocol, ==, "smtp");
    g_assert_cmpstr(found->summary, ==, dialogue->summary);
    g_assert_cmpint(found->complete[SIDE_CLIENT], ==, dialogue->client);
    g_assert_cmpint(found->complete[SIDE_SERVER], ==, dialogue->server);
    g_assert_cmphex(found->experts[SIDE_CLIENT], ==, dialogue->client_experts);
    g_assert_cmphex(found->experts[SIDE_SERVER], ==, dialogue->server_experts);
    g_assert_cmpuint(found->frames.goodbye, ==, dialogue->goodbye_frame);
    application_end_free(found);
    application_free(application);
}

static void
test_dialogues(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(dialogues); i++)
        for (size_t piece = 1; piece <= 64; piece += 9)
            check(&dialogues[i], piece);
}

/* Nothing can be said of what was not read, nor of what the capture may lack. */
static void
test_unknown(void)
{
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct application *application = application_new(HINT_NONE);
        struct application_context context = ended();
        uint64_t end[2] = { 0, 0 };

        tell(application, SIDE_CLIENT, "EHLO a\r\nNOOP\r\n", 64, end, 1);
        context.unknown[side] = true;
        struct application_end *found = application_finish(application, &context);
        g_assert_cmpint(found->complete[side], ==, UNKNOWN);
        g_assert_cmpint(found->complete[SIDE_SERVER], ==, UNKNOWN);
        application_end_free(found);
        context.unknown[side] = false;
        application_lose(application, side);
        found = application_finish(application, &context);
        g_assert_cmpint(found->complete[side], ==, UNKNOWN);
        g_assert_cmpint(found->complete[SIDE_SERVER], ==, UNKNOWN);
        application_end_free(found);
        application_free(application);
    }
}

/* RFC 5321 section 4.2.5: a message may be refused before its end, by a reply that was not read as well. */
static void
test_message_cut_beside_missing_reply(void)
{
    for (int hidden = 0; hidden < 3; hidden++) {
        struct application *application = application_new(HINT_NONE);
        struct application_context context = ended();
        uint64_t end[2] = { 0, 0 };

        tell(application, SIDE_CLIENT, "EHLO a\r\nDATA\r\n", 64, end, 1);
        tell(application, SIDE_SERVER, "250 ok\r\n354 go\r\n", 64, end, 2);
        tell(application, SIDE_CLIENT, "body\r\n", 64, end, 3);
        context.unknown[SIDE_SERVER] = hidden == 1;
        if (hidden == 2)
            application_lose(application, SIDE_SERVER);
        struct application_end *found = application_finish(application, &context);
        g_assert_cmpint(found->complete[SIDE_CLIENT], ==, hidden ? UNKNOWN : INCOMPLETE);
        application_end_free(found);
        application_free(application);
    }
}

/* A command that found the server closed was not owed a reply. */
static void
test_too_late(void)
{
    struct application *application = application_new(HINT_NONE);
    struct application_context context = ended();
    uint64_t end[2] = { 0, 0 };

    tell(application, SIDE_CLIENT, "EHLO a\r\n", 64, end, 1);
    tell(application, SIDE_SERVER, "250 ok\r\n", 64, end, 2);
    context.first_act_received[SIDE_SERVER] = end[SIDE_CLIENT];
    tell(application, SIDE_CLIENT, "NOOP\r\n", 64, end, 3);
    struct application_end *found = application_finish(application, &context);
    g_assert_cmpint(found->complete[SIDE_SERVER], ==, COMPLETE);
    application_end_free(found);
    application_free(application);
}

/* The capture shows a reply before the command that it answers. */
static void
test_reply_captured_first(void)
{
    struct application *application = application_new(HINT_NONE);
    const struct application_context context = ended();
    uint64_t end[2] = { 0, 0 };

    tell(application, SIDE_CLIENT, "EHLO a\r\n", 64, end, 1);
    tell(application, SIDE_SERVER, "250 ok\r\n", 64, end, 2);
    end[SIDE_CLIENT] += strlen("NOOP\r\n");
    tell(application, SIDE_SERVER, "250 ok\r\n", 64, end, 3);
    end[SIDE_CLIENT] -= strlen("NOOP\r\n");
    tell(application, SIDE_CLIENT, "NOOP\r\n", 64, end, 4);
    struct application_end *found = application_finish(application, &context);
    g_assert_cmpint(found->complete[SIDE_SERVER], ==, COMPLETE);
    application_end_free(found);
    application_free(application);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp/dialogues", test_dialogues);
    g_test_add_func("/smtp/unknown", test_unknown);
    g_test_add_func("/smtp/too_late", test_too_late);
    g_test_add_func("/smtp/reply_captured_first", test_reply_captured_first);
    g_test_add_func("/smtp/message-cut-beside-missing-reply",
                    test_message_cut_beside_missing_reply);
    return g_test_run();
}

/* test_ftp.c
 * FTP control connections fed in pieces of every size, and the ends of data connections. Expected
 * values come from RFC 959, RFC 2428 and RFC 4217; must not know how ftp.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "app/ftp.h"

#define LINES_MAX 8

#define UNKNOWN COMPLETENESS_UNKNOWN
#define UNANSWERED EXPERT_BIT(EXPERT_REQUEST_UNANSWERED)
#define UNCONFIRMED EXPERT_BIT(EXPERT_TRANSFER_UNCONFIRMED)

struct dialogue {
    const char *what;
    const char *line[LINES_MAX]; /* those of a server begin with a digit or a space */
    enum completeness client, server;
    const char *summary; /* NULL: it is not FTP */
    expert_set server_experts;
    uint16_t data_port; /* the last one named */
    uint32_t goodbye_frame;
};

static const struct dialogue dialogues[] = {
    { "a transfer",
      { "PASV\r\n", "227 Entering Passive Mode (127,0,0,1,8,160).\r\n", "RETR file\r\n",
        "150 Opening\r\n", "226 Transfer complete.\r\n", "QUIT\r\n", "221 Goodbye.\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 3 commands, 3 replies",
      0,
      2208,
      6 },
    { "QUIT needs no answer",
      { "PWD\r\n", "257 \"/\"\r\n", "QUIT\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 2 commands, 1 replies",
      0,
      0,
      3 },
    { "a preliminary reply is not the last (section 4.2)",
      { "EPSV\r\n", "229 Entering (|||2208|)\r\n", "RETR file\r\n", "150 Opening\r\n" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 2 commands, 1 replies; none to RETR",
      UNANSWERED,
      2208,
      0 },
    { "a command without reply behind which QUIT comes",
      { "LIST\r\n", "QUIT\r\n" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 2 commands, 0 replies; none to LIST",
      UNANSWERED,
      0,
      2 },
    { "a greeting answers nothing",
      { "220 ready\r\n", "USER x\r\n" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 1 commands, 0 replies; none to USER",
      UNANSWERED,
      0,
      0 },
    { "a server that closes on its own",
      { "PBSZ 0\r\n", "200 ok\r\n", "421 Timeout.\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies",
      0,
      0,
      3 },
    { "several lines (section 4.2)",
      { "FEAT\r\n", "211-Features:\r\n", " EPRT\r\n", "211 End\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies",
      0,
      0,
      0 },
    { "several lines cut",
      { "FEAT\r\n", "211-Features:\r\n", " EPRT\r\n" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 1 commands, 0 replies; none to FEAT",
      UNANSWERED,
      0,
      0 },
    { "a line inside a reply may look like another",
      { "STAT\r\n", "211-x\r\n", "500 no\r\n", "211 End\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies",
      0,
      0,
      0 },
    { "a line cut",
      { "NOOP\r\n", "200 o" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 1 commands, 0 replies; none to NOOP",
      UNANSWERED,
      0,
      0 },
    { "a command cut", { "NOOP" }, INCOMPLETE, COMPLETE, "FTP: 0 commands, 0 replies", 0, 0, 0 },
    { "PORT",
      { "PORT 192,0,2,1,19,137\r\n", "200 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies",
      0,
      5001,
      0 },
    { "EPRT, IPv6",
      { "EPRT |2|2001:db8::1|5282|\r\n", "200 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies",
      0,
      5282,
      0 },
    { "ports that are none",
      { "PORT 1,2,3,4,5\r\n", "501 no\r\n", "EPRT |1|a|65536|\r\n", "229 (|||)\r\n", "PASV\r\n",
        "227 256,1,1,1,1,1\r\n", "EPSV\r\n", "229 (\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 4 commands, 4 replies",
      0,
      0,
      0 },
    { "CCC (RFC 4217 section 12.3)",
      { "ccc\r\n", "200 ok\r\n", "\x01\x02" },
      COMPLETE,
      COMPLETE,
      "FTP: 1 commands, 1 replies; goes on in clear text (CCC)",
      0,
      0,
      0 },
    { "CCC refused",
      { "CCC\r\n", "533 no\r\n", "LIST\r\n" },
      COMPLETE,
      INCOMPLETE,
      "FTP: 2 commands, 1 replies; none to LIST",
      UNANSWERED,
      0,
      0 },
    { "telnet commands before ABOR (section 4.1.3)",
      { "RETR a\r\n", "150 ok\r\n", "\xFF\xF4\xFF\xF2\101BOR\r\n", "426 no\r\n", "226 ok\r\n" },
      COMPLETE,
      COMPLETE,
      "FTP: 2 commands, 2 replies",
      0,
      0,
      0 },
    { "a server that does not answer in numbers",
      { "USER x\r\n", " +OK\r\n", "LIST\r\n" },
      UNKNOWN,
      UNKNOWN,
      NULL,
      0,
      0,
      0 },
};

static enum side
side_of(const char *line)
{
    return g_ascii_isdigit(*line) || *line == ' ' ? SIDE_SERVER : SIDE_CLIENT;
}

struct reading {
    void *reader;
    uint64_t sent[2]; /* by enum side: all of it is received at once */
    uint32_t frame;
    uint16_t data_port;
};

static void
take_line(struct reading *reading, const char *line, size_t piece)
{
    size_t length = strlen(line);
    enum side side = side_of(line);

    reading->frame++;
    for (size_t start = 0; start < length; start += piece) {
        size_t taken = MIN(piece, length - start);
        uint8_t *copy = g_memdup2(line + start, taken);
        const struct application_data data = { .bytes = copy,
                                               .length = (uint32_t)taken,
                                               .end = reading->sent[side] += taken,
                                               .acknowledged = reading->sent[other_side(side)],
                                               .frame = reading->frame };
        struct application_event event = { .experts = 0 };
        ftp_protocol.take(reading->reader, side, &data, &event);
        reading->data_port = event.data_port != 0 ? event.data_port : reading->data_port;
        g_free(copy);
    }
}

static void
check_dialogue(const struct dialogue *dialogue, size_t piece)
{
    const struct application_context context = { .ended = { true, true } };
    struct reading reading = { .reader = ftp_protocol.reader_new() };
    struct application_end end = { .protocol = ftp_protocol.name };

    g_test_message("%s, in pieces of %zu bytes", dialogue->what, piece);
    for (unsigned i = 0; i < LINES_MAX && dialogue->line[i]; i++)
        take_line(&reading, dialogue->line[i], piece);
    ftp_protocol.finish(reading.reader, &context, &end);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, dialogue->client);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, dialogue->server);
    g_assert_cmphex(end.experts[SIDE_CLIENT], ==, 0);
    g_assert_cmphex(end.experts[SIDE_SERVER], ==, dialogue->server_experts);
    g_assert_cmpstr(end.summary, ==, dialogue->summary);
    g_assert_cmpstr(end.protocol, ==, dialogue->summary ? "ftp" : NULL);
    g_assert_cmpuint(reading.data_port, ==, dialogue->data_port);
    g_assert_cmpuint(end.frames.goodbye, ==, dialogue->goodbye_frame);
    g_free(end.summary);
    ftp_protocol.reader_free(reading.reader);
}

static void
test_dialogues(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(dialogues); i++)
        for (size_t piece = 1; piece < 24; piece++)
            check_dialogue(&dialogues[i], piece);
}

/* Nothing but the name of a command is ever shown. */
static void
test_long_and_odd_lines(void)
{
    const struct application_context context = { .ended = { true, true } };
    char *password = g_strnfill(5000, 'x');
    char *line = g_strdup_printf("PASS\xE9%s\r\n", password);
    struct reading reading = { .reader = ftp_protocol.reader_new() };
    struct application_end end = { .protocol = ftp_protocol.name };

    take_line(&reading, line, 4096);
    ftp_protocol.finish(reading.reader, &context, &end);
    g_assert_cmpstr(end.summary, ==, "FTP: 1 commands, 0 replies; none to PASS");
    g_free(end.summary);
    ftp_protocol.reader_free(reading.reader);
    g_free(line);
    g_free(password);
}

static void
check_answers(struct application_context context, bool client_lost, bool server_lost,
              enum completeness client, enum completeness server)
{
    struct reading reading = { .reader = ftp_protocol.reader_new() };
    struct application_end end = { .protocol = ftp_protocol.name };

    take_line(&reading, "LIST\r\n", 16);
    if (client_lost)
        ftp_protocol.lose(reading.reader, SIDE_CLIENT);
    if (server_lost)
        ftp_protocol.lose(reading.reader, SIDE_SERVER);
    ftp_protocol.finish(reading.reader, &context, &end);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, client);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, server);
    g_free(end.summary);
    ftp_protocol.reader_free(reading.reader);
}

static void
test_unknown(void)
{
    const struct application_context ended = { .ended = { true, true } };
    const struct application_context gap = { .ended = { true, true }, .unknown = { false, true } };
    const struct application_context open = { .ended = { false, false } };

    check_answers(ended, false, false, COMPLETE, INCOMPLETE);
    check_answers(ended, true, false, UNKNOWN, UNKNOWN);
    check_answers(ended, false, true, COMPLETE, UNKNOWN);
    check_answers(gap, false, false, COMPLETE, UNKNOWN);
    check_answers(open, false, false, UNKNOWN, UNKNOWN);
}

/* The line ends at the offset END of its sender; its segment acknowledges so much of the peer. */
static void
take_at(void *reader, const char *line, uint64_t end, uint64_t acknowledged)
{
    const struct application_data data = { .bytes = (const uint8_t *)line,
                                           .length = (uint32_t)strlen(line),
                                           .end = end,
                                           .acknowledged = acknowledged,
                                           .frame = 1 };
    struct application_event event = { .experts = 0 };

    ftp_protocol.take(reader, side_of(line), &data, &event);
}

static void
check_end(void *reader, enum completeness server, const char *summary)
{
    const struct application_context context = { .ended = { true, true } };
    struct application_end end = { .protocol = ftp_protocol.name };

    ftp_protocol.finish(reader, &context, &end);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, server);
    g_assert_cmpstr(end.summary, ==, summary);
    g_free(end.summary);
    ftp_protocol.reader_free(reader);
}

/* A reply is captured before the command that it acknowledges: it answers it, and not the next one. The
 * greeting answers none. */
static void
test_reply_captured_first(void)
{
    void *reader = ftp_protocol.reader_new();

    take_at(reader, "220 ready\r\n", 11, 0);
    take_at(reader, "331 password\r\n", 25, 8);
    take_at(reader, "USER x\r\n", 8, 11);
    take_at(reader, "PASS x\r\n", 16, 25);
    take_at(reader, "230 ok\r\n", 33, 16);
    take_at(reader, "200 clear\r\n", 44, 21);
    take_at(reader, "CCC\r\n", 21, 33);
    check_end(reader, COMPLETE, "FTP: 3 commands, 3 replies; goes on in clear text (CCC)");

    reader = ftp_protocol.reader_new();
    take_at(reader, "331 password\r\n", 14, 8);
    take_at(reader, "USER x\r\n", 8, 0);
    take_at(reader, "PASS x\r\n", 16, 14);
    check_end(reader, INCOMPLETE, "FTP: 2 commands, 1 replies; none to PASS");
}

static enum recognition
recognise(enum side side, const char *text)
{
    return ftp_protocol.recognise(side, (const uint8_t *)text, (uint32_t)strlen(text));
}

/* Other protocols greet by 220 as well. */
static void
test_recognise(void)
{
    g_assert_cmpint(recognise(SIDE_SERVER, "220 ready"), ==, RECOGNITION_MAYBE);
    g_assert_cmpint(recognise(SIDE_SERVER, "2"), ==, RECOGNITION_MAYBE);
    g_assert_cmpint(recognise(SIDE_SERVER, "+OK"), ==, RECOGNITION_NO);
    g_assert_cmpint(recognise(SIDE_CLIENT, "pbsz 0\r\n"), ==, RECOGNITION_YES);
    g_assert_cmpint(recognise(SIDE_CLIENT, "US"), ==, RECOGNITION_MAYBE);
    g_assert_cmpint(recognise(SIDE_CLIENT, "GET / HTTP/1.1\r\n"), ==, RECOGNITION_NO);
    g_assert_cmpint(recognise(SIDE_CLIENT, "EHLO x\r\n"), ==, RECOGNITION_NO);
}

struct transfer {
    const char *what;
    struct application_context context; /* of a file that the server sends, unless it says so */
    enum completeness client, server;
    const char *summary; /* NULL: nothing is said */
    expert_set server_experts;
    bool is_ftp;
};

#define SENT_BY_SERVER .hint = HINT_FTP_DATA, .sent_data = { false, true }
#define BOTH_ENDED .ended = { true, true }

/* RFC 4217 section 12.3. */
static const struct transfer transfers[] = {
    { "vouched for",
      { SENT_BY_SERVER, BOTH_ENDED, .vouched = { false, true } },
      COMPLETE,
      COMPLETE,
      "FTP data of the server: whole, as close_notify says",
      0,
      true },
    { "only the receiver sent close_notify",
      { SENT_BY_SERVER, BOTH_ENDED, .vouched = { true, false } },
      COMPLETE,
      INCOMPLETE_UNCONFIRMED,
      "FTP data of the server: no close_notify says that it is whole",
      UNCONFIRMED,
      true },
    { "a gap hides it",
      { SENT_BY_SERVER, BOTH_ENDED, .unknown = { false, true } },
      COMPLETE,
      UNKNOWN,
      "FTP data of the server: its end is not known",
      0,
      true },
    { "goes on",
      { SENT_BY_SERVER },
      UNKNOWN,
      UNKNOWN,
      "FTP data of the server: its end is not known",
      0,
      true },
    { "an upload, inferred",
      { .hint = HINT_FTP_DATA_INFERRED,
        .sent_data = { true, false },
        BOTH_ENDED,
        .vouched = { true, true } },
      COMPLETE,
      UNKNOWN,
      "FTP data of the client: whole, as close_notify says",
      0,
      true },
    { "an empty file", { .hint = HINT_FTP_DATA, BOTH_ENDED }, UNKNOWN, UNKNOWN, NULL, 0, true },
    { "both sides sent data: no file, but inferred",
      { .hint = HINT_FTP_DATA_INFERRED, .sent_data = { true, true }, BOTH_ENDED },
      UNKNOWN,
      UNKNOWN,
      NULL,
      0,
      false },
    { "inferred from no keys, where nothing may be",
      { .hint = HINT_NONE, .sent_data = { true, false }, BOTH_ENDED },
      UNKNOWN,
      UNKNOWN,
      NULL,
      0,
      false },
};

static void
check_transfer(const struct transfer *transfer)
{
    void *reader = ftp_data_protocol.reader_new();
    struct application_end end = { .protocol = ftp_data_protocol.name };

    g_test_message("%s", transfer->what);
    ftp_data_protocol.finish(reader, &transfer->context, &end);
    g_assert_cmpint(end.complete[SIDE_CLIENT], ==, transfer->client);
    g_assert_cmpint(end.complete[SIDE_SERVER], ==, transfer->server);
    g_assert_cmpstr(end.summary, ==, transfer->summary);
    g_assert_cmphex(end.experts[SIDE_CLIENT], ==, 0);
    g_assert_cmphex(end.experts[SIDE_SERVER], ==, transfer->server_experts);
    g_assert_cmpstr(end.protocol, ==, transfer->is_ftp ? "ftp-data" : NULL);
    g_assert_true(end.is_inferred == (transfer->context.hint == HINT_FTP_DATA_INFERRED));
    g_free(end.summary);
    ftp_data_protocol.reader_free(reader);
}

static void
test_transfers(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(transfers); i++)
        check_transfer(&transfers[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ftp/dialogues", test_dialogues);
    g_test_add_func("/ftp/long-and-odd-lines", test_long_and_odd_lines);
    g_test_add_func("/ftp/unknown", test_unknown);
    g_test_add_func("/ftp/reply-captured-first", test_reply_captured_first);
    g_test_add_func("/ftp/recognise", test_recognise);
    g_test_add_func("/ftp/transfers", test_transfers);
    return g_test_run();
}

/* smtp.c
 * SMTP commands, messages and replies in a decrypted connection. See smtp.h. Keeps the beginning of a line
 * only, for what is behind it may be a password. Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/smtp.h"

#include <string.h>

#include "app/summary.h"

/* A command with its number (RFC 3030 section 2: "BDAT 86 LAST"), a reply's code. */
#define LINE_LENGTH_MAX 31
#define CODE_LENGTH 3

/* RFC 5321 section 4.2.3. */
enum reply_code { REPLY_CLOSING = 221, REPLY_START_MAIL = 354, REPLY_NOT_AVAILABLE = 421 };

enum client_state {
    CLIENT_COMMAND = 0,
    CLIENT_WAITING, /* behind DATA: what follows depends on its reply */
    CLIENT_MESSAGE, /* up to CR LF "." CR LF: RFC 5321 section 4.1.1.4 */
    CLIENT_CHUNK,   /* so many bytes left: RFC 3030 */
};

/* How much of the end of a message, "." alone on a line, has come. */
enum message_state {
    MESSAGE_LINE_START = 0,
    MESSAGE_DOT,
    MESSAGE_DOT_CR,
    MESSAGE_TEXT,
    MESSAGE_CR
};

struct line {
    char text[LINE_LENGTH_MAX + 1];
    uint8_t length;
    bool has_begun;
    bool is_lost; /* a piece is missing: nothing of this side is read any more */
};

struct smtp {
    struct line line[2]; /* by enum side */
    enum client_state client;
    enum message_state message;
    uint64_t chunk_left;
    uint32_t commands;
    uint32_t messages; /* that the client sent in full */
    uint32_t replies;  /* of each command and each message there is one */
    uint32_t
        unanswered; /* commands and messages; QUIT is none, since nothing is lost without its reply */
    uint64_t last_end; /* offset after the record in which the last of them ended */
    /* replies captured before what they answer, or to nothing, and what the last acknowledges */
    uint32_t early_replies;
    uint64_t early_acknowledged;
    uint32_t goodbye_frame; /* of QUIT, or of a reply that says that the server closes */
    bool client_goes_on;    /* what it sent while it waited is read before more replies */
    bool is_refused;        /* the message that is being sent was answered before its end */
    bool in_reply;          /* of several lines, which goes on */
    bool server_closes;     /* it said so: nothing more is answered */
    bool is_other;          /* not SMTP */
};

/* What a piece of data is read with. */
struct piece {
    struct smtp *smtp;
    const struct application_data *data;
    enum side side;
    struct application_event *event;
};

static bool
is_command(const char *line, const char *name)
{
    size_t length = strlen(name);

    return g_ascii_strncasecmp(line, name, length) == 0 && !g_ascii_isalnum(line[length]);
}

static void
say_goodbye(const struct piece *piece)
{
    piece->event->has_goodbye = true;
    if (piece->smtp->goodbye_frame == 0)
        piece->smtp->goodbye_frame = piece->data->frame;
}

/* A command or a message has ended, and waits for its reply. */
static void
expect_reply(const struct piece *piece)
{
    struct smtp *smtp = piece->smtp;

    if (smtp->early_replies > 0 && smtp->early_acknowledged >= piece->data->end) {
        smtp->early_replies--;
        return;
    }
    smtp->unanswered++;
    smtp->last_end = piece->data->end;
}

/* RFC 3030 section 2: so many bytes follow, and then the reply. */
static void
begin_chunk(const struct piece *piece, const char *length)
{
    struct smtp *smtp = piece->smtp;

    smtp->chunk_left = MIN(g_ascii_strtoull(length, NULL, 10), G_MAXUINT32);
    if (smtp->chunk_left > 0)
        smtp->client = CLIENT_CHUNK;
    else
        expect_reply(piece);
}

static void
take_command(const struct piece *piece, const char *line)
{
    struct smtp *smtp = piece->smtp;

    smtp->commands++;
    if (is_command(line, "QUIT")) {
        say_goodbye(piece);
        return;
    }
    if (is_command(line, "BDAT")) {
        begin_chunk(piece, line + strlen("BDAT"));
        return;
    }
    expect_reply(piece);
    if (!is_command(line, "DATA"))
        return;
    /* Answered before: whether a message follows has been passed over. */
    smtp->line[SIDE_CLIENT].is_lost |= smtp->unanswered == 0;
    smtp->client = CLIENT_WAITING;
}

/* RFC 5321 section 4.2: three digits, then a space, or "-" if more lines follow. 0 if it is none. */
static unsigned
parse_code(const char *line)
{
    for (unsigned i = 0; i < CODE_LENGTH; i++)
        if (!g_ascii_isdigit(line[i]))
            return 0;
    if (line[CODE_LENGTH] != '\0' && line[CODE_LENGTH] != ' ' && line[CODE_LENGTH] != '-')
        return 0;
    return (unsigned)g_ascii_strtoull(line, NULL, 10);
}

/* What the client sends behind the reply. A message that is answered before its end is refused, or ends
 * otherwise than it should. */
static void
settle_client(struct smtp *smtp, unsigned code)
{
    if (smtp->client == CLIENT_MESSAGE)
        smtp->is_refused = true;
    if (smtp->client != CLIENT_WAITING || smtp->unanswered > 0)
        return;
    smtp->client = code == REPLY_START_MAIL ? CLIENT_MESSAGE : CLIENT_COMMAND;
    smtp->client_goes_on = true;
    smtp->message = MESSAGE_LINE_START;
}

static void
take_reply(const struct piece *piece, unsigned code)
{
    struct smtp *smtp = piece->smtp;

    if (code == REPLY_CLOSING || code == REPLY_NOT_AVAILABLE) {
        smtp->server_closes = true;
        say_goodbye(piece);
    }
    if (smtp->unanswered > 0) {
        smtp->unanswered--;
        smtp->replies++;
        settle_client(smtp, code);
    } else if (smtp->client == CLIENT_MESSAGE) {
        settle_client(smtp, code);
    } else {
        smtp->early_replies++;
        smtp->early_acknowledged = piece->data->acknowledged;
    }
}

static void
take_reply_line(const struct piece *piece, const char *line)
{
    struct smtp *smtp = piece->smtp;
    unsigned code = parse_code(line);

    smtp->is_other |= code == 0;
    smtp->in_reply = code != 0 && line[CODE_LENGTH] == '-';
    if (code != 0 && !smtp->in_reply)
        take_reply(piece, code);
}

static void
take_line_character(const struct piece *piece, char character)
{
    struct line *line = &piece->smtp->line[piece->side];

    line->has_begun = character != '\n';
    if (line->has_begun) {
        if (character != '\r' && character != '\0' && line->length < LINE_LENGTH_MAX)
            line->text[line->length++] = character;
        return;
    }
    line->text[line->length] = '\0';
    line->length = 0;
    if (piece->side == SIDE_CLIENT)
        take_command(piece, line->text);
    else
        take_reply_line(piece, line->text);
}

static void
take_message_character(const struct piece *piece, char character)
{
    struct smtp *smtp = piece->smtp;
    enum message_state before = smtp->message;

    smtp->message = character == '\r' ? MESSAGE_CR : MESSAGE_TEXT;
    if (before == MESSAGE_LINE_START && character == '.')
        smtp->message = MESSAGE_DOT;
    else if (before == MESSAGE_DOT && character == '\r')
        smtp->message = MESSAGE_DOT_CR;
    else if ((before == MESSAGE_CR || before == MESSAGE_DOT_CR) && character == '\n')
        smtp->message = MESSAGE_LINE_START;
    if (before != MESSAGE_DOT_CR || character != '\n')
        return;
    smtp->client = CLIENT_COMMAND;
    smtp->messages++;
    if (!smtp->is_refused)
        expect_reply(piece);
    smtp->is_refused = false;
}

static void
take_character(const struct piece *piece, char character)
{
    struct smtp *smtp = piece->smtp;

    if (piece->side == SIDE_SERVER || smtp->client == CLIENT_COMMAND)
        take_line_character(piece, character);
    else if (smtp->client == CLIENT_MESSAGE)
        take_message_character(piece, character);
    else if (--smtp->chunk_left == 0) {
        smtp->client = CLIENT_COMMAND;
        expect_reply(piece);
    }
}

static void
smtp_take(void *reader, enum side side, const struct application_data *data,
          struct application_event *event)
{
    struct smtp *smtp = reader;
    const struct piece piece = { smtp, data, side, event };
    uint32_t taken = 0;

    smtp->client_goes_on = false;
    while (taken < data->length && !smtp->is_other && !smtp->line[side].is_lost &&
           (side == SIDE_SERVER ? !smtp->client_goes_on : smtp->client != CLIENT_WAITING))
        take_character(&piece, (char)data->bytes[taken++]);
    if (!smtp->is_other && !smtp->line[side].is_lost)
        event->untaken = data->length - taken;
}

static void
smtp_lose(void *reader, enum side side)
{
    ((struct smtp *)reader)->line[side].is_lost = true;
}

/* Nothing is owed behind a reply that says that the server closes, nor for what found it closed. */
static bool
owes_reply(const struct smtp *smtp, const struct application_context *context)
{
    return smtp->unanswered > 0 && !smtp->server_closes &&
           smtp->last_end <= context->first_act_received[SIDE_SERVER];
}

static enum completeness
server_complete(const struct smtp *smtp, const struct application_context *context)
{
    const struct line *line = &smtp->line[SIDE_SERVER];
    bool is_known = !line->is_lost && !smtp->line[SIDE_CLIENT].is_lost;

    if (!is_known || context->unknown[SIDE_SERVER] || context->unknown[SIDE_CLIENT])
        return COMPLETENESS_UNKNOWN;
    if (line->has_begun || smtp->in_reply || owes_reply(smtp, context))
        return INCOMPLETE;
    return smtp->unanswered > 1 && !smtp->server_closes ? COMPLETENESS_UNKNOWN : COMPLETE;
}

static enum completeness
client_complete(const struct smtp *smtp, const struct application_context *context)
{
    const struct line *line = &smtp->line[SIDE_CLIENT];
    bool may_be_answered = smtp->line[SIDE_SERVER].is_lost || context->unknown[SIDE_SERVER];

    if (line->is_lost || context->unknown[SIDE_CLIENT] ||
        (smtp->client == CLIENT_WAITING && smtp->line[SIDE_SERVER].is_lost))
        return COMPLETENESS_UNKNOWN;
    if (smtp->client == CLIENT_MESSAGE && smtp->is_refused)
        return COMPLETE;
    if (smtp->client == CLIENT_MESSAGE)
        return may_be_answered ? COMPLETENESS_UNKNOWN : INCOMPLETE;
    return line->has_begun || smtp->client == CLIENT_CHUNK ? INCOMPLETE : COMPLETE;
}

static char *
summarize(const struct smtp *smtp, const struct application_end *end)
{
    GString *text = g_string_new("SMTP: ");

    summary_append_count(text, smtp->commands, "command");
    g_string_append(text, ", ");
    summary_append_count(text, smtp->messages, "message");
    if (end->complete[SIDE_CLIENT] == INCOMPLETE)
        g_string_append(text, smtp->client == CLIENT_MESSAGE
                                  ? "; the next ends before its final dot"
                                  : "; the last command is cut");
    if (end->complete[SIDE_SERVER] == INCOMPLETE)
        g_string_append(text, smtp->unanswered > 0 ? "; the last reply is missing"
                                                   : "; the last reply is cut");
    return g_string_free(text, FALSE);
}

static void
smtp_finish(void *reader, const struct application_context *context, struct application_end *end)
{
    const struct smtp *smtp = reader;

    end->frames.goodbye = smtp->goodbye_frame;
    if (smtp->is_other)
        return;
    end->complete[SIDE_CLIENT] = client_complete(smtp, context);
    end->complete[SIDE_SERVER] = server_complete(smtp, context);
    if (end->complete[SIDE_CLIENT] == INCOMPLETE && context->ended[SIDE_SERVER])
        end->experts[SIDE_CLIENT] |= EXPERT_BIT(EXPERT_APP_TRUNCATED);
    if (end->complete[SIDE_SERVER] == INCOMPLETE)
        end->experts[SIDE_SERVER] |=
            EXPERT_BIT(smtp->unanswered > 0 ? EXPERT_REQUEST_UNANSWERED : EXPERT_APP_TRUNCATED);
    end->summary = summarize(smtp, end);
}

/* RFC 5321 section 4.1.4: a client begins so; a server's greeting could be an FTP server's as well. */
static enum recognition
smtp_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    static const char *const first_commands[] = { "EHLO ", "HELO ", "LHLO " };
    const char *text = (const char *)bytes;

    if (side == SIDE_SERVER)
        return memcmp(text, "220", MIN(length, CODE_LENGTH)) == 0 ? RECOGNITION_MAYBE
                                                                  : RECOGNITION_NO;
    for (unsigned i = 0; i < G_N_ELEMENTS(first_commands); i++) {
        size_t compared = MIN(length, strlen(first_commands[i]));
        if (g_ascii_strncasecmp(text, first_commands[i], compared) == 0)
            return compared < strlen(first_commands[i]) ? RECOGNITION_MAYBE : RECOGNITION_YES;
    }
    return RECOGNITION_NO;
}

static void *
smtp_new(void)
{
    return g_new0(struct smtp, 1);
}

const struct application_protocol smtp_protocol = {
    .name = "smtp",
    .recognise = smtp_recognise,
    .reader_new = smtp_new,
    .reader_free = g_free,
    .take = smtp_take,
    .lose = smtp_lose,
    .finish = smtp_finish,
};

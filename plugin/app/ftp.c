/* ftp.c
 * FTP's control connection, read line by line (RFC 959 section 4). See ftp.h.
 * Keeps the beginning of a line, and of a command its name only, for arguments hold passwords.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/ftp.h"

#include <glib.h>
#include <string.h>

/* Of longer lines only the beginning is kept: a port stands in it (RFC 2428 section 2). */
#define LINE_LENGTH_MAX 128

/* RFC 959 section 4.1: three or four letters. */
#define NAME_LENGTH_MAX 4
#define CODE_LENGTH 3

/* RFC 959 section 4.2. */
enum reply_code {
    REPLY_SERVICE_READY = 220,
    REPLY_PASSIVE = 227,
    REPLY_EXTENDED_PASSIVE = 229, /* RFC 2428 section 3 */
    REPLY_FINAL_FIRST = 200,      /* below it, another reply follows */
    REPLY_CLOSING = 421,
};

struct line {
    char text[LINE_LENGTH_MAX + 1];
    uint8_t length;
    bool has_begun;
    bool lost; /* a piece is missing: nothing of this side is read any more */
};

struct ftp {
    struct line line[2]; /* by enum side */
    uint32_t commands;
    uint32_t replies; /* final ones, to commands */
    /* replies captured before what they answer, or to nothing, and what the last acknowledges */
    uint32_t early_replies;
    uint64_t early_acknowledged;
    bool early_success;
    char last_command[NAME_LENGTH_MAX + 1]; /* other than QUIT */
    uint16_t open_reply;    /* code of a reply of several lines that goes on; 0: none does */
    uint32_t goodbye_frame; /* of QUIT, or of reply 421 */
    bool quit;              /* the last command is QUIT: its reply is a farewell */
    /* RFC 4217 section 12.3: CCC was the last command; a reply of success ends TLS */
    bool clear_requested;
    bool is_clear; /* ... and has */
    bool is_other; /* not FTP */
    bool is_read;  /* data has come: without any, nothing is known */
};

/* What FTP clients say first. POP3 has USER too, but its server does not answer in numbers. */
static const char *const first_commands[] = {
    "USER ", "PBSZ ", "PROT ", "FEAT\r", "SYST\r", "OPTS ", "HOST ", "CLNT ",
};

/* As far as both go. */
static bool
begins_with(const uint8_t *bytes, uint32_t length, const char *text)
{
    return g_ascii_strncasecmp((const char *)bytes, text, MIN(length, strlen(text))) == 0;
}

static enum recognition
ftp_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    enum recognition recognition = RECOGNITION_NO;

    if (side == SIDE_SERVER)
        return begins_with(bytes, length, "220") ? RECOGNITION_MAYBE : RECOGNITION_NO;
    for (unsigned i = 0; i < G_N_ELEMENTS(first_commands); i++)
        if (begins_with(bytes, length, first_commands[i]))
            recognition = MAX(recognition, length < strlen(first_commands[i]) ? RECOGNITION_MAYBE
                                                                              : RECOGNITION_YES);
    return recognition;
}

static void *
ftp_new(void)
{
    return g_new0(struct ftp, 1);
}

/* The NUMBER that TEXT begins with, and what is behind it. False if there is none, or one above
 * LIMIT. */
static bool
parse_number(const char **text, uint64_t limit, uint64_t *number)
{
    char *rest;

    if (!g_ascii_isdigit(**text))
        return false;
    *number = g_ascii_strtoull(*text, &rest, 10);
    *text = rest;
    return *number <= limit;
}

/* RFC 959 section 5.6.1: four numbers for the host, two for the port, parted by commas; servers write
 * any text around them. */
static uint16_t
parse_host_port(const char *text)
{
    uint64_t port = 0;
    uint64_t number;

    text += strcspn(text, "0123456789");
    for (unsigned i = 0; i < 6; i++) {
        if (!parse_number(&text, 255, &number) || (i < 5 && *text++ != ','))
            return 0;
        port = (port << 8 | number) & 0xFFFF;
    }
    return (uint16_t)port;
}

/* RFC 2428 sections 2 and 3: "|1|192.0.2.1|6446|" and "(|||6446|)"; any printable character parts
 * them. */
static uint16_t
parse_extended_port(const char *text)
{
    char delimiter = *text;
    uint64_t port;

    for (unsigned i = 0; i < 3; i++) {
        text = delimiter == '\0' ? NULL : strchr(text, delimiter);
        if (!text)
            return 0;
        text++;
    }
    return parse_number(&text, UINT16_MAX, &port) && *text == delimiter ? (uint16_t)port : 0;
}

static uint16_t
port_in_reply(unsigned code, const char *line)
{
    const char *opening = strchr(line, '(');

    if (code == REPLY_PASSIVE)
        return parse_host_port(line + CODE_LENGTH);
    if (code == REPLY_EXTENDED_PASSIVE && opening)
        return parse_extended_port(opening + 1);
    return 0;
}

/* Telnet commands may stand before it (RFC 959 section 4.1.3, ABOR). */
static const char *
skip_to_name(const char *line)
{
    while (*line != '\0' && !g_ascii_isalpha(*line))
        line++;
    return line;
}

static bool
is_command(const char *line, const char *name)
{
    size_t length = strlen(name);

    return g_ascii_strncasecmp(line, name, length) == 0 && !g_ascii_isalnum(line[length]);
}

/* Only letters: what else is there may be anything. */
static void
remember_command(struct ftp *ftp, const char *line)
{
    size_t length = 0;

    while (length < NAME_LENGTH_MAX && g_ascii_isalpha(line[length]))
        length++;
    g_strlcpy(ftp->last_command, line, length + 1);
}

static uint16_t
port_in_command(const char *line)
{
    if (is_command(line, "PORT"))
        return parse_host_port(line);
    if (is_command(line, "EPRT") && line[strlen("EPRT")] == ' ')
        return parse_extended_port(line + strlen("EPRT "));
    return 0;
}

static void
say_goodbye(struct ftp *ftp, const struct application_data *data, struct application_event *event)
{
    event->has_goodbye = true;
    if (ftp->goodbye_frame == 0)
        ftp->goodbye_frame = data->frame;
}

/* RFC 4217 section 12.3 */
static void
answer_last_command(struct ftp *ftp, bool is_success)
{
    ftp->replies++;
    ftp->is_clear = ftp->clear_requested && is_success && ftp->replies == ftp->commands;
}

/* The command that ends with DATA may have been answered by a reply that was captured before it. */
static void
take_early_reply(struct ftp *ftp, const struct application_data *data)
{
    if (ftp->early_replies == 0 || ftp->early_acknowledged < data->end)
        return;
    ftp->early_replies--;
    answer_last_command(ftp, ftp->early_success);
}

static void
take_command(struct ftp *ftp, const struct application_data *data, struct application_event *event)
{
    const char *line = skip_to_name(ftp->line[SIDE_CLIENT].text);

    if (*line == '\0')
        return;
    ftp->commands++;
    ftp->quit = is_command(line, "QUIT");
    ftp->clear_requested = is_command(line, "CCC");
    if (!ftp->quit)
        remember_command(ftp, line);
    if (ftp->quit)
        say_goodbye(ftp, data, event);
    uint16_t port = port_in_command(line);
    event->data_port = port != 0 ? port : event->data_port;
    take_early_reply(ftp, data);
}

/* RFC 959 section 4.2: three digits, then a space, or "-" if more lines follow. 0 if it is none. */
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

/* The greeting, and a server that closes on its own, answer nothing; other replies to nothing answer what is
 * captured behind them. */
static void
take_reply(struct ftp *ftp, unsigned code, const struct application_data *data,
           struct application_event *event)
{
    bool is_success = code >= 200 && code < 300;
    uint16_t port = port_in_reply(code, ftp->line[SIDE_SERVER].text);

    event->data_port = port != 0 ? port : event->data_port;
    if (code == REPLY_CLOSING)
        say_goodbye(ftp, data, event);
    if (code < REPLY_FINAL_FIRST)
        return;
    if (ftp->replies < ftp->commands) {
        answer_last_command(ftp, is_success);
        return;
    }
    ftp->early_replies++;
    ftp->early_acknowledged = data->acknowledged;
    ftp->early_success = is_success;
}

static void
take_reply_line(struct ftp *ftp, const struct application_data *data,
                struct application_event *event)
{
    const char *line = ftp->line[SIDE_SERVER].text;
    unsigned code = parse_code(line);
    bool goes_on = code != 0 && line[CODE_LENGTH] == '-';

    if (ftp->open_reply != 0 && (code != ftp->open_reply || goes_on))
        return;
    ftp->is_other = code == 0;
    ftp->open_reply = goes_on ? (uint16_t)code : 0;
    if (!ftp->is_other && !goes_on)
        take_reply(ftp, code, data, event);
}

static void
take_line(struct ftp *ftp, enum side side, const struct application_data *data,
          struct application_event *event)
{
    struct line *line = &ftp->line[side];

    line->text[line->length] = '\0';
    if (side == SIDE_CLIENT)
        take_command(ftp, data, event);
    else
        take_reply_line(ftp, data, event);
    line->length = 0;
    line->has_begun = false;
}

static void
take_character(struct line *line, char character)
{
    line->has_begun = true;
    if (character != '\r' && character != '\0' && line->length < LINE_LENGTH_MAX)
        line->text[line->length++] = character;
}

static void
ftp_take(void *reader, enum side side, const struct application_data *data,
         struct application_event *event)
{
    struct ftp *ftp = reader;

    ftp->is_read = true;
    for (uint32_t i = 0; i < data->length && !ftp->is_other && !ftp->is_clear; i++) {
        char character = (char)data->bytes[i];
        if (character == '\n')
            take_line(ftp, side, data, event);
        else
            take_character(&ftp->line[side], character);
    }
}

static void
ftp_lose(void *reader, enum side side)
{
    ((struct ftp *)reader)->line[side].lost = true;
}

/* A QUIT is a farewell: nothing is lost without its reply. */
static bool
owes_reply(const struct ftp *ftp)
{
    return ftp->commands > ftp->replies + (ftp->quit ? 1 : 0);
}

static bool
is_inside(const struct ftp *ftp, enum side side)
{
    return ftp->line[side].has_begun || (side == SIDE_SERVER && ftp->open_reply != 0);
}

static enum completeness
completeness_of(const struct ftp *ftp, enum side side, const struct application_context *context)
{
    const struct line *client = &ftp->line[SIDE_CLIENT];

    if (ftp->line[side].lost || (side == SIDE_SERVER && client->lost))
        return COMPLETENESS_UNKNOWN;
    if (!context->ended[side] || context->unknown[side])
        return COMPLETENESS_UNKNOWN;
    if (ftp->is_clear)
        return COMPLETE;
    return is_inside(ftp, side) || (side == SIDE_SERVER && owes_reply(ftp)) ? INCOMPLETE : COMPLETE;
}

static char *
summarize(const struct ftp *ftp)
{
    GString *summary = g_string_new(NULL);

    g_string_append_printf(summary, "FTP: %u commands, %u replies", ftp->commands, ftp->replies);
    if (ftp->is_clear)
        g_string_append(summary, "; goes on in clear text (CCC)");
    else if (owes_reply(ftp))
        g_string_append_printf(summary, "; none to %s", ftp->last_command);
    return g_string_free(summary, FALSE);
}

static void
ftp_finish(void *reader, const struct application_context *context, struct application_end *end)
{
    const struct ftp *ftp = reader;

    if (ftp->is_other || !ftp->is_read) {
        end->protocol = NULL;
        return;
    }
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        end->complete[side] = completeness_of(ftp, (enum side)side, context);
    if (end->complete[SIDE_SERVER] == INCOMPLETE && owes_reply(ftp))
        end->experts[SIDE_SERVER] |= EXPERT_BIT(EXPERT_REQUEST_UNANSWERED);
    end->frames.goodbye = ftp->goodbye_frame;
    end->summary = summarize(ftp);
}

const struct application_protocol ftp_protocol = {
    .name = "ftp",
    .hint = HINT_FTP_CONTROL,
    .recognise = ftp_recognise,
    .reader_new = ftp_new,
    .reader_free = g_free,
    .take = ftp_take,
    .lose = ftp_lose,
    .finish = ftp_finish,
};

/* http.c
 * HTTP/1.x messages in a decrypted connection, read line by line. See http.h.
 * Reads plaintext in stream order; must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http.h"

#include <glib.h>
#include <string.h>

/* Of longer lines only the beginning is kept: the fields that matter are short. */
#define LINE_LENGTH_MAX 8192

/* Requests waiting for their response; RFC 9112 section 9.3.2 allows any number, few clients
 * pipeline any. */
#define REQUESTS_MAX 64

enum state {
    STATE_START_LINE = 0,
    STATE_FIELDS,
    STATE_BODY,       /* so many bytes left */
    STATE_CHUNK_SIZE, /* RFC 9112 section 7.1 */
    STATE_CHUNK_DATA, /* so many bytes left, CR LF included */
    STATE_TRAILERS,
    STATE_UNTIL_CLOSE,
    STATE_LOST,    /* a piece is missing: what follows can't be placed */
    STATE_IGNORED, /* not HTTP/1.x, or no longer */
};

enum request_kind { REQUEST_UNKNOWN = 0, REQUEST_HEAD, REQUEST_CONNECT, REQUEST_OTHER };

/* What the head of a message says. */
struct head {
    unsigned minor_version; /* of HTTP/1.x */
    unsigned status;        /* 0: a request */
    enum request_kind request;
    bool close;
    bool keep_alive;
    bool chunked; /* the last transfer coding */
    bool has_transfer_coding;
    bool has_length;
    bool bad_length;
    uint64_t length;
};

struct reader {
    enum state state;
    GString *line; /* of the line being read */
    uint64_t left; /* bytes of the body or chunk still to come */
    struct head head;
};

/* Requests and responses, as long as more of them may come. */
struct exchange {
    struct reader reader[2];        /* by enum side */
    uint8_t requests[REQUESTS_MAX]; /* enum request_kind, a ring of those without response */
    unsigned first_request;
    unsigned request_count;
    bool requests_unknown;     /* some were lost: responses can't be matched any more */
    enum http_framing framing; /* of the last final response */
    bool in_final_response;    /* its head was read in full */
    bool body_seen;
    enum request_kind answered; /* the request that it answers */
    uint32_t close_announced_frame;
    bool client_announced_close;
    bool server_announced_close;
    /* offset after the record that completed the response announcing it */
    uint64_t server_announcement_end;
};

/* What is asked of it. */
struct answers {
    uint32_t close_announced_frame;
    bool server_announced_close;
    enum http_framing framing;
    enum http_completeness complete;
    enum http_completeness complete_if_vouched;
};

struct http {
    struct exchange *exchange; /* owned; NULL when it is over */
    struct answers answers;    /* valid from then on */
};

static struct exchange *
exchange_new(void)
{
    struct exchange *exchange = g_new0(struct exchange, 1);

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        exchange->reader[side].line = g_string_new(NULL);
    return exchange;
}

static void
exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        g_string_free(exchange->reader[side].line, TRUE);
    g_free(exchange);
}

static void
ignore_all(struct exchange *exchange)
{
    exchange->reader[SIDE_CLIENT].state = STATE_IGNORED;
    exchange->reader[SIDE_SERVER].state = STATE_IGNORED;
}

/* The digit behind "HTTP/1.", or -1. */
static int
parse_version(const char *text)
{
    if (!g_str_has_prefix(text, "HTTP/1.") || !g_ascii_isdigit(text[7]))
        return -1;
    return g_ascii_digit_value(text[7]);
}

/* RFC 9112 section 3: method SP request-target SP HTTP-version */
static bool
parse_request_line(const char *line, struct head *head)
{
    static const struct {
        const char *prefix;
        enum request_kind kind;
    } methods[] = {
        { "HEAD ", REQUEST_HEAD },
        { "CONNECT ", REQUEST_CONNECT },
    };
    const char *last_space = strrchr(line, ' ');
    size_t method_length = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");

    if (!last_space || method_length == 0 || line[method_length] != ' ')
        return false;
    int version = parse_version(last_space + 1);
    if (version < 0)
        return false;
    head->minor_version = (unsigned)version;
    head->request = REQUEST_OTHER;
    for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++)
        if (g_str_has_prefix(line, methods[i].prefix))
            head->request = methods[i].kind;
    return true;
}

/* RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ] */
static bool
parse_status_line(const char *line, struct head *head)
{
    int version = parse_version(line);

    if (version < 0 || line[8] != ' ')
        return false;
    for (int i = 9; i < 12; i++)
        if (!g_ascii_isdigit(line[i]))
            return false;
    head->minor_version = (unsigned)version;
    head->status = (unsigned)g_ascii_strtoull(line + 9, NULL, 10);
    return head->status >= 100;
}

static void
parse_connection(const char *value, struct head *head)
{
    char **tokens = g_strsplit(value, ",", -1);

    for (char **token = tokens; *token; token++) {
        g_strstrip(*token);
        head->close |= g_ascii_strcasecmp(*token, "close") == 0;
        head->keep_alive |= g_ascii_strcasecmp(*token, "keep-alive") == 0;
    }
    g_strfreev(tokens);
}

static void
parse_transfer_encoding(const char *value, struct head *head)
{
    const char *last = strrchr(value, ',');
    char *coding = g_strstrip(g_strdup(last ? last + 1 : value));

    head->has_transfer_coding = true;
    head->chunked = g_ascii_strcasecmp(coding, "chunked") == 0;
    g_free(coding);
}

/* RFC 9112 section 6.3: a Content-Length that is no number, or two that differ, make the message's
 * end unknowable. */
static void
parse_content_length(const char *value, struct head *head)
{
    guint64 length;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64 / 2, &length, NULL) ||
        (head->has_length && head->length != length)) {
        head->bad_length = true;
        return;
    }
    head->has_length = true;
    head->length = length;
}

static void
parse_field(const char *line, struct head *head)
{
    static const struct {
        const char *name;
        void (*parse)(const char *value, struct head *head);
    } fields[] = {
        { "Connection", parse_connection },
        { "Transfer-Encoding", parse_transfer_encoding },
        { "Content-Length", parse_content_length },
    };
    const char *colon = strchr(line, ':');

    if (!colon)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        size_t length = strlen(fields[i].name);
        if ((size_t)(colon - line) != length ||
            g_ascii_strncasecmp(line, fields[i].name, length) != 0)
            continue;
        char *value = g_strstrip(g_strdup(colon + 1));
        fields[i].parse(value, head);
        g_free(value);
    }
}

/* RFC 9112 section 9.3. */
static bool
announces_close(const struct head *head)
{
    if (head->status >= 100 && head->status < 200)
        return false;
    return head->close || (head->minor_version == 0 && !head->keep_alive);
}

static void
push_request(struct exchange *exchange, enum request_kind kind)
{
    if (exchange->request_count == REQUESTS_MAX) {
        exchange->requests_unknown = true;
        return;
    }
    exchange->requests[(exchange->first_request + exchange->request_count++) % REQUESTS_MAX] =
        (uint8_t)kind;
}

static enum request_kind
pop_request(struct exchange *exchange)
{
    if (exchange->requests_unknown || exchange->request_count == 0)
        return REQUEST_UNKNOWN;
    enum request_kind kind = exchange->requests[exchange->first_request];
    exchange->first_request = (exchange->first_request + 1) % REQUESTS_MAX;
    exchange->request_count--;
    return kind;
}

static void
announce_close(struct exchange *exchange, enum side side, const struct http_data *data,
               struct http_event *event)
{
    event->close_announced = true;
    if (exchange->close_announced_frame == 0)
        exchange->close_announced_frame = data->frame;
    if (side == SIDE_CLIENT) {
        exchange->client_announced_close = true;
    } else if (!exchange->server_announced_close) {
        exchange->server_announced_close = true;
        exchange->server_announcement_end = data->end;
    }
}

/* A body of LENGTH bytes follows, or the next message. */
static void
expect_body(struct reader *reader, uint64_t length)
{
    reader->left = length;
    reader->state = length > 0 ? STATE_BODY : STATE_START_LINE;
}

/* RFC 9112 section 6.3, requests. */
static void
end_request_head(struct exchange *exchange, struct reader *reader)
{
    const struct head *head = &reader->head;

    push_request(exchange, head->request);
    if (head->has_transfer_coding)
        reader->state = head->chunked ? STATE_CHUNK_SIZE : STATE_LOST;
    else if (head->bad_length)
        reader->state = STATE_LOST;
    else
        expect_body(reader, head->length);
}

/* RFC 9112 section 6.3, responses: the rules in their order. */
static void
end_final_response_head(struct exchange *exchange, struct reader *reader)
{
    const struct head *head = &reader->head;

    exchange->in_final_response = true;
    exchange->body_seen = false;
    if (exchange->answered == REQUEST_HEAD || head->status == 204 || head->status == 304) {
        exchange->framing = HTTP_FRAMING_NO_BODY;
        reader->state = STATE_START_LINE;
    } else if (head->has_transfer_coding) {
        exchange->framing = head->chunked ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_CLOSE_DELIMITED;
        reader->state = head->chunked ? STATE_CHUNK_SIZE : STATE_UNTIL_CLOSE;
    } else if (head->bad_length) {
        exchange->framing = HTTP_FRAMING_NONE;
        reader->state = STATE_LOST;
    } else if (head->has_length) {
        exchange->framing = HTTP_FRAMING_CONTENT_LENGTH;
        expect_body(reader, head->length);
    } else {
        exchange->framing = HTTP_FRAMING_CLOSE_DELIMITED;
        reader->state = STATE_UNTIL_CLOSE;
    }
}

static void
end_response_head(struct exchange *exchange, struct reader *reader)
{
    const struct head *head = &reader->head;

    if (head->status == 101) {
        ignore_all(exchange);
        return;
    }
    if (head->status < 200) {
        reader->state = STATE_START_LINE;
        return;
    }
    exchange->answered = pop_request(exchange);
    if (exchange->answered == REQUEST_CONNECT && head->status < 300)
        ignore_all(exchange);
    else
        end_final_response_head(exchange, reader);
}

/* A further request after the client announced the close itself, or had received a response
 * announcing it. */
static bool
is_request_after_close(const struct exchange *exchange, const struct http_data *data)
{
    return exchange->client_announced_close ||
           (exchange->server_announced_close &&
            data->acknowledged >= exchange->server_announcement_end);
}

static void
take_start_line(struct exchange *exchange, enum side side, const struct http_data *data,
                struct http_event *event)
{
    struct reader *reader = &exchange->reader[side];
    const char *line = reader->line->str;

    if (line[0] == '\0') /* RFC 9112 section 2.2: empty lines before a message are ignored */
        return;
    memset(&reader->head, 0, sizeof reader->head);
    bool parsed = side == SIDE_CLIENT ? parse_request_line(line, &reader->head)
                                      : parse_status_line(line, &reader->head);
    if (!parsed) {
        ignore_all(exchange);
        return;
    }
    reader->state = STATE_FIELDS;
    if (side == SIDE_CLIENT)
        event->request_after_close |= is_request_after_close(exchange, data);
    else if (reader->head.status >= 200)
        exchange->in_final_response = false;
}

static void
end_head(struct exchange *exchange, enum side side, const struct http_data *data,
         struct http_event *event)
{
    struct reader *reader = &exchange->reader[side];

    if (announces_close(&reader->head))
        announce_close(exchange, side, data, event);
    if (side == SIDE_CLIENT)
        end_request_head(exchange, reader);
    else
        end_response_head(exchange, reader);
}

static void
take_chunk_size(struct reader *reader)
{
    char *end;
    guint64 size = g_ascii_strtoull(reader->line->str, &end, 16);

    if (end == reader->line->str || size > G_MAXUINT64 / 2) {
        reader->state = STATE_LOST;
    } else if (size == 0) {
        reader->state = STATE_TRAILERS;
    } else {
        reader->left = size + strlen("\r\n");
        reader->state = STATE_CHUNK_DATA;
    }
}

static void
take_line(struct exchange *exchange, enum side side, const struct http_data *data,
          struct http_event *event)
{
    struct reader *reader = &exchange->reader[side];
    bool empty = reader->line->len == 0;

    switch (reader->state) {
    case STATE_START_LINE:
        take_start_line(exchange, side, data, event);
        break;
    case STATE_FIELDS:
        if (empty)
            end_head(exchange, side, data, event);
        else
            parse_field(reader->line->str, &reader->head);
        break;
    case STATE_CHUNK_SIZE:
        take_chunk_size(reader);
        break;
    case STATE_TRAILERS:
        if (empty)
            reader->state = STATE_START_LINE;
        break;
    default:
        break;
    }
    g_string_truncate(reader->line, 0);
}

/* Reads to the end of the line, if it is there. Returns the number of bytes taken. */
static uint32_t
read_line(struct exchange *exchange, enum side side, const uint8_t *bytes, uint32_t length,
          const struct http_data *data, struct http_event *event)
{
    GString *line = exchange->reader[side].line;
    const uint8_t *newline = memchr(bytes, '\n', length);
    uint32_t taken = newline ? (uint32_t)(newline - bytes) + 1 : length;
    uint32_t kept = MIN(newline ? taken - 1 : taken, LINE_LENGTH_MAX - (uint32_t)line->len);

    g_string_append_len(line, (const char *)bytes, kept);
    if (newline) {
        if (line->len > 0 && line->str[line->len - 1] == '\r')
            g_string_truncate(line, line->len - 1);
        take_line(exchange, side, data, event);
    }
    return taken;
}

static uint32_t
read_body(struct exchange *exchange, enum side side, uint32_t length)
{
    struct reader *reader = &exchange->reader[side];
    uint32_t taken = (uint32_t)MIN(length, reader->left);

    reader->left -= taken;
    exchange->body_seen |= side == SIDE_SERVER;
    if (reader->left == 0)
        reader->state = reader->state == STATE_BODY ? STATE_START_LINE : STATE_CHUNK_SIZE;
    return taken;
}

static struct http_event
take(struct exchange *exchange, enum side side, const struct http_data *data)
{
    struct http_event event = { false, false };
    const struct reader *reader = &exchange->reader[side];
    uint32_t taken = 0;

    while (taken < data->length) {
        const uint8_t *bytes = data->bytes + taken;
        uint32_t length = data->length - taken;
        switch (reader->state) {
        case STATE_BODY:
        case STATE_CHUNK_DATA:
            taken += read_body(exchange, side, length);
            break;
        case STATE_UNTIL_CLOSE:
            exchange->body_seen |= side == SIDE_SERVER;
            return event;
        case STATE_LOST:
        case STATE_IGNORED:
            return event;
        default:
            taken += read_line(exchange, side, bytes, length, data, &event);
        }
    }
    return event;
}

static void
take_missing(struct exchange *exchange, enum side side)
{
    struct reader *reader = &exchange->reader[side];

    if (side == SIDE_CLIENT)
        exchange->requests_unknown = true;
    else if (reader->state == STATE_START_LINE)
        exchange->in_final_response = false; /* the missing piece may be another response */
    if (reader->state != STATE_UNTIL_CLOSE && reader->state != STATE_IGNORED)
        reader->state = STATE_LOST;
}

/* RFC 9112 section 6.3: what answers a HEAD looks the same, and has no body. */
static bool
may_answer_head(const struct exchange *exchange)
{
    return exchange->answered == REQUEST_UNKNOWN && !exchange->body_seen &&
           exchange->framing != HTTP_FRAMING_NO_BODY;
}

static enum http_framing
last_framing(const struct exchange *exchange)
{
    if (exchange->reader[SIDE_SERVER].state == STATE_IGNORED || !exchange->in_final_response ||
        may_answer_head(exchange))
        return HTTP_FRAMING_NONE;
    return exchange->framing;
}

static enum http_completeness
last_complete(const struct exchange *exchange, bool vouched)
{
    const struct reader *reader = &exchange->reader[SIDE_SERVER];

    if (last_framing(exchange) == HTTP_FRAMING_NONE)
        return HTTP_COMPLETE_UNKNOWN;
    switch (reader->state) {
    case STATE_START_LINE:
        return reader->line->len == 0 ? HTTP_COMPLETE : HTTP_COMPLETE_UNKNOWN;
    case STATE_BODY:
    case STATE_CHUNK_SIZE:
    case STATE_CHUNK_DATA:
    case STATE_TRAILERS:
        return HTTP_INCOMPLETE;
    case STATE_UNTIL_CLOSE:
        if (vouched)
            return HTTP_COMPLETE;
        /* What answers a CONNECT looks the same, but for the tunnel behind it. */
        return exchange->answered == REQUEST_UNKNOWN ? HTTP_COMPLETE_UNKNOWN : HTTP_INCOMPLETE;
    default:
        return HTTP_COMPLETE_UNKNOWN;
    }
}

static struct answers
answers_of(const struct http *http)
{
    const struct exchange *exchange = http->exchange;

    if (!exchange)
        return http->answers;
    return (struct answers){
        .close_announced_frame = exchange->close_announced_frame,
        .server_announced_close = exchange->server_announced_close,
        .framing = last_framing(exchange),
        .complete = last_complete(exchange, false),
        .complete_if_vouched = last_complete(exchange, true),
    };
}

struct http *
http_new(void)
{
    struct http *http = g_new0(struct http, 1);

    http->exchange = exchange_new();
    return http;
}

void
http_free(struct http *http)
{
    if (http)
        exchange_free(http->exchange);
    g_free(http);
}

void
http_finish(struct http *http)
{
    http->answers = answers_of(http);
    exchange_free(http->exchange);
    http->exchange = NULL;
}

struct http_event
http_take(struct http *http, enum side side, const struct http_data *data)
{
    struct http_event event = { false, false };

    if (http->exchange)
        event = take(http->exchange, side, data);
    if (http->exchange && http->exchange->reader[side].state == STATE_IGNORED)
        http_finish(http);
    return event;
}

void
http_take_missing(struct http *http, enum side side)
{
    if (http->exchange)
        take_missing(http->exchange, side);
}

enum http_framing
http_last_framing(const struct http *http)
{
    return answers_of(http).framing;
}

enum http_completeness
http_last_complete(const struct http *http, bool vouched)
{
    const struct answers answers = answers_of(http);

    return vouched ? answers.complete_if_vouched : answers.complete;
}

uint32_t
http_close_announced_frame(const struct http *http)
{
    return answers_of(http).close_announced_frame;
}

bool
http_server_announced_close(const struct http *http)
{
    return answers_of(http).server_announced_close;
}

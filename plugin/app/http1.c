/* http1.c
 * HTTP/1.x messages in a decrypted connection, read line by line. See http1.h. Reads plaintext in stream
 * order; must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http1.h"

#include <string.h>

#include "app/http1_exchange.h"

/* Of longer lines only the beginning is kept: the fields that matter are short. */
#define LINE_LENGTH_MAX 8192

/* What a piece of data is read with. */
struct piece {
    struct http1_exchange *exchange;
    enum side side;
    const struct application_data *data;
    struct application_event *event;
    bool is_turned; /* what follows is of another protocol, or the other side goes on first */
};

static struct http1_message *
message_of(const struct piece *piece)
{
    return &piece->exchange->message[piece->side];
}

static void
release(GString **line)
{
    if (*line)
        g_string_free(*line, TRUE);
    *line = NULL;
}

static void
release_lines(struct http1_exchange *exchange)
{
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        release(&exchange->message[side].line);
        release(&exchange->message[side].field);
    }
}

static void
ignore_all(struct http1_exchange *exchange)
{
    exchange->message[SIDE_CLIENT].state = HTTP1_IGNORED;
    exchange->message[SIDE_SERVER].state = HTTP1_IGNORED;
    release_lines(exchange);
}

/* The connection is of another protocol from here on. What was read stays known. */
static void
turn(struct piece *piece, const char *successor)
{
    piece->event->successor = successor;
    piece->exchange->has_handed_over = true;
    message_of(piece)->state = HTTP1_START_LINE; /* its head was the last of HTTP/1.x */
    piece->is_turned = true;
}

static void
push_request(struct piece *piece, enum http1_request_kind kind)
{
    struct http1_exchange *exchange = piece->exchange;

    exchange->requests++;
    if (exchange->early_responses > 0 && exchange->early_acknowledged >= piece->data->end) {
        exchange->early_responses--;
        return;
    }
    exchange->requests_unknown |= exchange->waiting_requests == HTTP1_REQUESTS_MAX;
    if (exchange->requests_unknown)
        return;
    unsigned place = (exchange->first_request + exchange->waiting_requests++) % HTTP1_REQUESTS_MAX;
    exchange->request[place] = (struct http1_request){
        .end = piece->data->end,
        .kind = kind,
        .is_late = exchange->client_announced_close,
    };
}

static enum http1_request_kind
pop_request(struct piece *piece)
{
    struct http1_exchange *exchange = piece->exchange;

    if (exchange->waiting_requests == 0) {
        exchange->early_responses++;
        exchange->early_acknowledged = piece->data->acknowledged;
        return HTTP1_REQUEST_UNKNOWN;
    }
    enum http1_request_kind kind = http1_waiting_request(exchange, 0)->kind;
    exchange->first_request = (exchange->first_request + 1) % HTTP1_REQUESTS_MAX;
    exchange->waiting_requests--;
    return kind;
}

/* The message that was being read is whole. */
static void
end_message(struct piece *piece)
{
    struct http1_exchange *exchange = piece->exchange;
    struct http1_message *message = message_of(piece);
    bool may_turn = message->head.request == HTTP1_REQUEST_CONNECT ||
                    (message->head.upgrade && message->head.minor_version > 0);

    message->state = HTTP1_START_LINE;
    if (piece->side == SIDE_SERVER || exchange->waiting_requests == 0)
        return;
    unsigned last = (exchange->first_request + exchange->waiting_requests - 1) % HTTP1_REQUESTS_MAX;
    exchange->request[last].is_whole = true;
    exchange->request[last].end = piece->data->end;
    if (may_turn)
        message->state = HTTP1_WAITING;
}

static void
announce_close(struct piece *piece)
{
    struct http1_exchange *exchange = piece->exchange;

    piece->event->close_announced = true;
    if (exchange->close_announced_frame == 0)
        exchange->close_announced_frame = piece->data->frame;
    if (piece->side == SIDE_CLIENT) {
        exchange->client_announced_close = true;
    } else if (!exchange->server_announced_close) {
        exchange->server_announced_close = true;
        exchange->server_announcement_end = piece->data->end;
    }
}

/* A body of LENGTH bytes follows, or the next message. */
static void
expect_body(struct piece *piece, uint64_t length)
{
    message_of(piece)->left = length;
    if (length > 0)
        message_of(piece)->state = HTTP1_BODY;
    else
        end_message(piece);
}

/* RFC 9112 section 6.3, requests. */
static void
end_request_head(struct piece *piece)
{
    struct http1_message *message = message_of(piece);
    const struct http1_head *head = &message->head;

    push_request(piece, head->request);
    if (head->is_ambiguous)
        message->state = HTTP1_LOST;
    else if (head->has_transfer_coding)
        message->state = head->is_chunked ? HTTP1_CHUNK_SIZE : HTTP1_LOST;
    else
        expect_body(piece, head->length);
    if (message->state == HTTP1_LOST)
        piece->exchange->requests_unknown = true;
}

/* RFC 9112 section 6.3, responses: the rules in their order. */
static void
end_final_response_head(struct piece *piece)
{
    struct http1_exchange *exchange = piece->exchange;
    struct http1_message *message = message_of(piece);
    const struct http1_head *head = &message->head;

    exchange->in_final_response = true;
    if (exchange->answered == HTTP1_REQUEST_HEAD || head->status == 204 || head->status == 304) {
        exchange->framing = HTTP_FRAMING_NO_BODY;
        end_message(piece);
    } else if (head->is_ambiguous) {
        exchange->framing = HTTP_FRAMING_NONE;
        message->state = HTTP1_LOST;
    } else if (head->has_transfer_coding) {
        exchange->framing = head->is_chunked ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_CLOSE_DELIMITED;
        message->state = head->is_chunked ? HTTP1_CHUNK_SIZE : HTTP1_UNTIL_CLOSE;
    } else if (head->has_length) {
        exchange->framing = HTTP_FRAMING_CONTENT_LENGTH;
        expect_body(piece, head->length);
    } else {
        exchange->framing = HTTP_FRAMING_CLOSE_DELIMITED;
        message->state = HTTP1_UNTIL_CLOSE;
    }
}

static void
end_response_head(struct piece *piece)
{
    struct http1_exchange *exchange = piece->exchange;
    struct http1_message *message = message_of(piece);
    struct http1_message *request = &exchange->message[SIDE_CLIENT];
    const struct http1_head *head = &message->head;

    if (head->status < 200 && head->status != 101) {
        message->state = HTTP1_START_LINE;
        return;
    }
    exchange->answered = pop_request(piece);
    exchange->responses++;
    if (head->status == 101) {
        turn(piece, head->names_websocket ? "websocket" : "tunnel");
    } else if (exchange->answered == HTTP1_REQUEST_CONNECT && head->status < 300) {
        turn(piece, "tunnel");
    } else {
        end_final_response_head(piece);
        if (request->state != HTTP1_WAITING || exchange->waiting_requests > 0)
            return;
        request->state = HTTP1_START_LINE;
        piece->is_turned = true;
    }
}

/* A further request after the client announced the close itself, or had received a response
 * announcing it. */
static bool
is_request_after_close(const struct piece *piece)
{
    const struct http1_exchange *exchange = piece->exchange;

    return exchange->client_announced_close ||
           (exchange->server_announced_close &&
            piece->data->acknowledged >= exchange->server_announcement_end);
}

static void
take_start_line(struct piece *piece, const char *line)
{
    struct http1_exchange *exchange = piece->exchange;
    struct http1_message *message = message_of(piece);
    struct http1_head *head = &message->head;

    if (line[0] == '\0') /* RFC 9112 section 2.2: empty lines before a message are ignored */
        return;
    memset(head, 0, sizeof *head);
    message->body = 0;
    message->raw = 0;
    bool parsed = piece->side == SIDE_CLIENT ? http1_parse_request_line(line, head)
                                             : http1_parse_status_line(line, head);
    if (!parsed) {
        ignore_all(exchange);
        return;
    }
    message->state = HTTP1_FIELDS;
    exchange->minor_version = MAX(exchange->minor_version, head->minor_version);
    if (piece->side == SIDE_SERVER)
        exchange->in_final_response &= head->status < 200;
    else if (is_request_after_close(piece))
        piece->event->experts |= EXPERT_BIT(EXPERT_HTTP_REQUEST_AFTER_CLOSE);
}

static void
end_head(struct piece *piece)
{
    struct http1_message *message = message_of(piece);
    bool announces = http1_announces_close(&message->head);

    if (piece->side == SIDE_CLIENT)
        end_request_head(piece);
    else
        end_response_head(piece);
    if (announces)
        announce_close(piece);
}

static void
take_field(struct http1_message *message)
{
    if (message->field)
        http1_parse_field(message->field->str, &message->head);
    release(&message->field);
}

/* RFC 9112 section 5.2: a line that begins with white space goes on with the field before it; section 2.2:
 * behind the start line it may be taken for a field or not. */
static void
take_field_line(struct http1_message *message, GString *line)
{
    bool is_folded = line->len > 0 && (line->str[0] == ' ' || line->str[0] == '\t');

    if (!is_folded) {
        take_field(message);
        message->field = g_string_new_len(line->str, (gssize)line->len);
    } else if (!message->field) {
        message->head.is_ambiguous = true;
    } else {
        gsize room = LINE_LENGTH_MAX - MIN(message->field->len, LINE_LENGTH_MAX);
        g_string_append_len(message->field, line->str, (gssize)MIN(line->len, room));
    }
}

static void
take_chunk_size(struct http1_message *message, const char *line)
{
    char *end;
    guint64 size = g_ascii_strtoull(line, &end, 16);

    if (end == line || size > G_MAXUINT64 / 2) {
        message->state = HTTP1_LOST;
    } else if (size == 0) {
        message->state = HTTP1_TRAILERS;
    } else {
        message->left = size + strlen("\r\n");
        message->state = HTTP1_CHUNK_DATA;
    }
}

/* A Content-Length beside the chunks has no say (RFC 9112 section 6.3), but if it is wrong whichever way it
 * is read, other readers may have found the end elsewhere. */
static void
end_chunks(struct piece *piece)
{
    struct http1_message *message = message_of(piece);
    const struct http1_head *head = &message->head;

    end_message(piece);
    if (head->has_length && head->length != message->body && head->length != message->raw)
        message->state = HTTP1_LOST;
}

static void
take_line(struct piece *piece, GString *line)
{
    struct http1_message *message = message_of(piece);

    switch (message->state) {
    case HTTP1_START_LINE:
        take_start_line(piece, line->str);
        break;
    case HTTP1_FIELDS:
        if (line->len > 0) {
            take_field_line(message, line);
        } else {
            take_field(message);
            end_head(piece);
        }
        break;
    case HTTP1_CHUNK_SIZE:
        take_chunk_size(message, line->str);
        break;
    case HTTP1_TRAILERS:
        if (line->len == 0)
            end_chunks(piece);
        break;
    default:
        break;
    }
}

/* Reads to the end of the line, if it is there. Returns the number of bytes taken. */
static uint32_t
read_line(struct piece *piece, const uint8_t *bytes, uint32_t length)
{
    struct http1_message *message = message_of(piece);
    const uint8_t *newline = memchr(bytes, '\n', length);
    uint32_t taken = newline ? (uint32_t)(newline - bytes) + 1 : length;

    if (!message->line)
        message->line = g_string_new(NULL);
    GString *line = message->line;
    uint32_t kept = MIN(newline ? taken - 1 : taken, LINE_LENGTH_MAX - (uint32_t)line->len);
    g_string_append_len(line, (const char *)bytes, (gssize)kept);
    if (message->state == HTTP1_CHUNK_SIZE || message->state == HTTP1_TRAILERS)
        message->raw += taken;
    if (!newline)
        return taken;
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
    message->line = NULL;
    take_line(piece, line);
    g_string_free(line, TRUE);
    return taken;
}

/* The CR LF behind a chunk is left for the end. */
static uint64_t
body_in_chunk(uint64_t left)
{
    return left - MIN(left, strlen("\r\n"));
}

static uint32_t
read_body(struct piece *piece, uint32_t length)
{
    struct http1_message *message = message_of(piece);
    uint32_t taken = (uint32_t)MIN(length, message->left);
    uint64_t left = message->left - taken;

    message->raw += taken;
    if (message->state == HTTP1_BODY)
        message->body += taken;
    else
        message->body += body_in_chunk(message->left) - body_in_chunk(left);
    message->left = left;
    if (left == 0 && message->state == HTTP1_BODY)
        end_message(piece);
    else if (left == 0)
        message->state = HTTP1_CHUNK_SIZE;
    return taken;
}

/* Returns the number of bytes read, 0: the reader wants none by now. */
static uint32_t
read_some(struct piece *piece, const uint8_t *bytes, uint32_t length)
{
    struct http1_message *message = message_of(piece);

    switch (message->state) {
    case HTTP1_BODY:
    case HTTP1_CHUNK_DATA:
        return read_body(piece, length);
    case HTTP1_UNTIL_CLOSE:
        message->body += length;
        return length;
    case HTTP1_LOST:
    case HTTP1_IGNORED:
        return length;
    case HTTP1_WAITING:
        return 0;
    default:
        return read_line(piece, bytes, length);
    }
}

static void
http1_take(void *reader, enum side side, const struct application_data *data,
           struct application_event *event)
{
    struct piece piece = { .exchange = reader, .side = side, .data = data, .event = event };
    uint32_t taken = 0;
    uint32_t read = 1;

    while (taken < data->length && read > 0 && !piece.is_turned) {
        read = read_some(&piece, data->bytes + taken, data->length - taken);
        taken += read;
    }
    event->untaken = data->length - taken;
}

static void
http1_lose(void *reader, enum side side)
{
    struct http1_exchange *exchange = reader;
    struct http1_message *message = &exchange->message[side];

    if (side == SIDE_CLIENT)
        exchange->requests_unknown = true;
    else if (message->state == HTTP1_START_LINE)
        exchange->in_final_response = false; /* the missing piece may be another response */
    if (message->state != HTTP1_UNTIL_CLOSE && message->state != HTTP1_IGNORED)
        message->state = HTTP1_LOST;
    release(&message->line);
    release(&message->field);
}

static void *
http1_new(void)
{
    return g_new0(struct http1_exchange, 1);
}

static void
http1_free(void *reader)
{
    release_lines(reader);
    g_free(reader);
}

const struct application_protocol http1_protocol = {
    .name = "http/1.1",
    .recognise = http1_recognise,
    .reader_new = http1_new,
    .reader_free = http1_free,
    .take = http1_take,
    .lose = http1_lose,
    .finish = http1_finish,
};

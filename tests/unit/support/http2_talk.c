/* http2_talk.c
 * HTTP/2 between two sides for tests. See http2_talk.h.
 * Must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "http2_talk.h"

#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

void
talk_start_silent(struct talk *talk, const struct application_protocol *protocol, uint32_t piece)
{
    *talk = (struct talk){
        .protocol = protocol,
        .reader = protocol->reader_new(),
        .piece = piece,
        .record = g_byte_array_new(),
        .acknowledged = { UINT64_MAX, UINT64_MAX },
        .context = {
            .first_act_end = { UINT64_MAX, UINT64_MAX },
            .first_act_received = { UINT64_MAX, UINT64_MAX },
        },
    };
}

void
talk_start(struct talk *talk, const struct application_protocol *protocol, uint32_t piece)
{
    talk_start_silent(talk, protocol, piece);
    talk_send(talk, SIDE_CLIENT, preface, strlen(preface));
    talk_frame(talk, SIDE_CLIENT, FRAME_SETTINGS, 0, 0, NULL, 0);
    talk_frame(talk, SIDE_SERVER, FRAME_SETTINGS, 0, 0, NULL, 0);
}

void
talk_end(struct talk *talk)
{
    talk->protocol->reader_free(talk->reader);
    g_byte_array_free(talk->record, TRUE);
}

/* Bytes lie at the end of their own allocation: a sanitizer sees a read beyond them. */
static void
give(struct talk *talk, enum side side, const uint8_t *bytes, uint32_t length,
     struct application_event *event)
{
    uint8_t *copy = g_memdup2(bytes, length);
    struct application_data data = {
        .bytes = copy,
        .length = length,
        .end = talk->end[side],
        .acknowledged = MIN(talk->acknowledged[side], talk->end[other_side(side)]),
        .frame = talk->frame,
    };

    talk->protocol->take(talk->reader, side, &data, event);
    g_free(copy);
}

void
talk_send(struct talk *talk, enum side side, const void *bytes, size_t length)
{
    uint32_t piece = talk->piece > 0 ? talk->piece : (uint32_t)length;

    talk->frame++;
    talk->end[side] += length;
    talk->event = (struct application_event){ .experts = 0 };
    for (uint32_t start = 0; start < length; start += piece)
        give(talk, side, (const uint8_t *)bytes + start, MIN(piece, (uint32_t)length - start),
             &talk->event);
    talk->experts[side] |= talk->event.experts;
}

static void
append_number(GByteArray *bytes, uint32_t number)
{
    const uint8_t four[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number };

    g_byte_array_append(bytes, four, sizeof four);
}

void
talk_begin_record(struct talk *talk)
{
    talk->batching = true;
}

void
talk_end_record(struct talk *talk, enum side side)
{
    talk->batching = false;
    talk_send(talk, side, talk->record->data, talk->record->len);
    g_byte_array_set_size(talk->record, 0);
}

void
talk_frame(struct talk *talk, enum side side, uint8_t type, uint8_t flags, uint32_t stream,
           const void *payload, size_t length)
{
    const uint8_t head[] = { (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, type,
                             flags };

    g_byte_array_append(talk->record, head, sizeof head);
    append_number(talk->record, stream);
    if (length > 0)
        g_byte_array_append(talk->record, payload, (guint)length);
    if (!talk->batching)
        talk_end_record(talk, side);
}

static void
append_string(GByteArray *block, const char *text, size_t length)
{
    const uint8_t prefix = (uint8_t)length;

    g_assert_cmpuint(length, <, 127);
    g_byte_array_append(block, &prefix, 1);
    g_byte_array_append(block, (const uint8_t *)text, (guint)length);
}

GByteArray *
talk_block(const char *lines)
{
    GByteArray *block = g_byte_array_new();
    char **fields = g_strsplit(lines, "\n", -1);

    for (char **field = fields; *field; field++) {
        const char *separator = strstr(*field, ": ");
        if (!separator)
            continue;
        g_byte_array_append(block, (const uint8_t *)"", 1);
        append_string(block, *field, (size_t)(separator - *field));
        append_string(block, separator + 2, strlen(separator + 2));
    }
    g_strfreev(fields);
    return block;
}

void
talk_headers(struct talk *talk, enum side side, uint8_t flags, uint32_t stream, const char *lines)
{
    GByteArray *block = talk_block(lines);

    talk_frame(talk, side, FRAME_HEADERS, flags | END_HEADERS, stream, block->data, block->len);
    g_byte_array_free(block, TRUE);
}

void
talk_request(struct talk *talk, uint32_t stream, const char *method)
{
    char *lines = g_strdup_printf(":method: %s\n:scheme: https\n:path: /\n", method);

    talk_headers(talk, SIDE_CLIENT, END_STREAM, stream, lines);
    g_free(lines);
}

void
talk_response(struct talk *talk, uint32_t stream, unsigned status, int64_t length)
{
    GString *lines = g_string_new(NULL);

    g_string_append_printf(lines, ":status: %u\n", status);
    if (length >= 0)
        g_string_append_printf(lines, "content-length: %" G_GINT64_FORMAT "\n", (gint64)length);
    talk_headers(talk, SIDE_SERVER, 0, stream, lines->str);
    g_string_free(lines, TRUE);
}

void
talk_data(struct talk *talk, enum side side, uint8_t flags, uint32_t stream, size_t length)
{
    uint8_t *bytes = g_malloc0(length + 1);

    talk_frame(talk, side, FRAME_DATA, flags, stream, bytes, length);
    g_free(bytes);
}

void
talk_reset(struct talk *talk, enum side side, uint32_t stream, uint32_t code)
{
    GByteArray *payload = g_byte_array_new();

    append_number(payload, code);
    talk_frame(talk, side, FRAME_RST_STREAM, 0, stream, payload->data, payload->len);
    g_byte_array_free(payload, TRUE);
}

void
talk_goaway(struct talk *talk, enum side side, uint32_t last, uint32_t code, const char *debug)
{
    GByteArray *payload = g_byte_array_new();

    append_number(payload, last);
    append_number(payload, code);
    g_byte_array_append(payload, (const uint8_t *)debug, (guint)strlen(debug));
    talk_frame(talk, side, FRAME_GOAWAY, 0, 0, payload->data, payload->len);
    g_byte_array_free(payload, TRUE);
}

void
talk_close(struct talk *talk, enum side side)
{
    struct application_context *context = &talk->context;

    if (!context->has_initiator)
        context->initiator = side;
    context->has_initiator = true;
    context->ended[side] = true;
    talk->end[side]++;
    context->first_act_end[side] = talk->end[side];
    context->first_act_received[side] = talk->end[other_side(side)];
}

struct application_end *
talk_finish(struct talk *talk)
{
    struct application_end *end = g_new0(struct application_end, 1);

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (!talk->context.ended[side])
            talk_close(talk, (enum side)side);
    end->protocol = talk->protocol->name;
    talk->protocol->finish(talk->reader, &talk->context, end);
    return end;
}

void
talk_end_free(struct application_end *end)
{
    g_free(end->summary);
    g_free(end);
}

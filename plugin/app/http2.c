/* http2.c
 * A connection of HTTP/2: what its frames do to streams, and what the end leaves undone. See http2.h.
 * Must not know TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2.h"

#include <string.h>

#include "app/http2_connection.h"
#include "app/http2_frame.h"

/* RFC 9113 section 3.4 */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_LENGTH (sizeof preface - 1)

/* The first GOAWAY of a shutdown in two steps names the highest number that there is (section 6.8). */
#define LAST_STREAM_ANY UINT32_C(0x7FFFFFFF)

/* What is being taken: whose, and where its statements go. */
struct taking {
    struct http2 *http2;
    enum side side;
    const struct application_data *data;
    struct application_event *event;
};

static void *
http2_new(void)
{
    struct http2 *http2 = g_new0(struct http2, 1);

    http2->limits = (struct http2_limits){
        .last_stream = UINT32_MAX,
        .server_act_end = UINT64_MAX,
        .server_received = UINT64_MAX,
    };
    http2->final_goaway_end = UINT64_MAX;
    return http2;
}

static void
half_clear(struct http2_half *half)
{
    http2_header_reader_free(half->header);
    half->header = NULL;
    if (half->debug)
        g_byte_array_free(half->debug, TRUE);
    half->debug = NULL;
}

static void
http2_stop(void *reader)
{
    struct http2 *http2 = reader;

    half_clear(&http2->half[SIDE_CLIENT]);
    half_clear(&http2->half[SIDE_SERVER]);
}

static void
http2_free(void *reader)
{
    struct http2 *http2 = reader;

    http2_stop(http2);
    http2_streams_clear(&http2->streams[SIDE_CLIENT]);
    http2_streams_clear(&http2->streams[SIDE_SERVER]);
    g_free(http2);
}

/* The client opens with the preface; the server with SETTINGS on stream 0, which many other things may
 * look like: the client decides. */
static enum recognition
http2_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    static const uint8_t settings[] = { 0, 0, 0, HTTP2_SETTINGS, 0, 0, 0, 0, 0 };

    if (side == SIDE_CLIENT) {
        if (memcmp(bytes, preface, MIN(length, PREFACE_LENGTH)) != 0)
            return RECOGNITION_NO;
        return length < PREFACE_LENGTH ? RECOGNITION_MAYBE : RECOGNITION_YES;
    }
    for (uint32_t i = 0; i < MIN(length, sizeof settings); i++)
        if (i != 2 && bytes[i] != settings[i])
            return RECOGNITION_NO;
    return RECOGNITION_MAYBE;
}

static struct http2_stream *
find_stream(const struct http2 *http2, uint32_t number)
{
    return http2_streams_find(&http2->streams[http2_opener_of(number)], number);
}

/* The stream that a frame of the server is about. What the client sent first may come later. */
static struct http2_stream *
find_answered(struct http2 *http2, uint32_t number)
{
    struct http2_stream *stream = find_stream(http2, number);

    if (stream || http2_opener_of(number) == SIDE_SERVER || http2->half[SIDE_CLIENT].lost)
        return stream;
    return http2_streams_expect(&http2->streams[SIDE_CLIENT], number, &http2->limits);
}

/* RFC 9113 section 6.8: endpoints MUST NOT open streams after they received a GOAWAY. */
static void
check_goaway_obeyed(const struct taking *taking)
{
    if (taking->data->acknowledged >= taking->http2->final_goaway_end)
        taking->event->experts |= EXPERT_BIT(EXPERT_HTTP2_STREAM_AFTER_GOAWAY);
}

static struct http2_stream *
open_stream(const struct taking *taking, uint32_t number)
{
    struct http2 *http2 = taking->http2;
    struct http2_streams *streams = &http2->streams[http2_opener_of(number)];
    const struct http2_limits limits = http2_limits_for(http2, http2_opener_of(number));

    if (number > streams->highest && taking->side == SIDE_CLIENT)
        check_goaway_obeyed(taking);
    return http2_streams_open(streams, number, &limits);
}

static void
state_unprocessed(const struct taking *taking)
{
    if (!taking->http2->unprocessed_stated)
        taking->event->experts |= EXPERT_BIT(EXPERT_HTTP2_UNPROCESSED);
    taking->http2->unprocessed_stated = true;
}

static void
state_cut(const struct taking *taking)
{
    if (taking->http2->cut_stated >= HTTP2_CUT_STATED_MAX)
        return;
    taking->event->experts |= EXPERT_BIT(EXPERT_HTTP2_STREAM_CUT);
    taking->http2->cut_stated++;
}

static expert_set
experts_of_faults(unsigned faults)
{
    return (faults & HTTP2_FAULT_LENGTH ? EXPERT_BIT(EXPERT_HTTP2_MALFORMED) : 0) |
           (faults & HTTP2_FAULT_NO_GRPC_STATUS ? EXPERT_BIT(EXPERT_GRPC_NO_STATUS) : 0) |
           (faults & HTTP2_FAULT_GRPC_MESSAGE ? EXPERT_BIT(EXPERT_GRPC_MESSAGE_CUT) : 0);
}

/* The server has ended STREAM, or reset it: says how, if that is a loss. */
static void
state_end(const struct taking *taking, const struct http2_stream *stream)
{
    const struct http2_limits limits =
        http2_limits_for(taking->http2, http2_opener_of(stream->number));

    switch (http2_stream_class(stream, &limits)) {
    case HTTP2_UNPROCESSED:
        state_unprocessed(taking);
        break;
    case HTTP2_MALFORMED:
        taking->event->experts |= experts_of_faults(http2_stream_faults(stream));
        break;
    case HTTP2_CUT:
        state_cut(taking);
        break;
    default:
        break;
    }
}

/* END_STREAM of the side that sends. */
static void
end_stream(const struct taking *taking, struct http2_stream *stream)
{
    if (taking->side == SIDE_CLIENT) {
        stream->request_ended = true;
    } else if (!stream->server_ended && !stream->server_reset) {
        http2_stream_end_response(stream);
        state_end(taking, stream);
    }
}

/* RFC 9113 section 8.4: a promise is a request whose body has ended. */
static void
take_promise(const struct taking *taking, const struct http2_block *block,
             const struct http2_fields *fields)
{
    if (taking->side != SIDE_SERVER || http2_opener_of(block->stream) != SIDE_SERVER)
        return;
    struct http2_stream *stream = open_stream(taking, block->stream);
    if (!stream)
        return;
    http2_stream_take_request(stream, fields, taking->data->end);
    stream->request_ended = true;
}

static struct http2_stream *
take_request(const struct taking *taking, uint32_t number, const struct http2_fields *fields)
{
    struct http2_stream *stream = find_stream(taking->http2, number);

    if (http2_opener_of(number) != SIDE_CLIENT)
        return NULL;
    if (!stream || !stream->requested)
        stream = open_stream(taking, number);
    if (stream)
        http2_stream_take_request(stream, fields, taking->data->end);
    return stream;
}

static struct http2_stream *
take_response(const struct taking *taking, uint32_t number, const struct http2_fields *fields)
{
    struct http2_stream *stream = find_answered(taking->http2, number);

    if (stream)
        http2_stream_take_response(stream, fields);
    return stream;
}

static void
end_block(const struct taking *taking)
{
    struct http2_half *half = &taking->http2->half[taking->side];
    const struct http2_block block = half->block;
    const struct http2_fields fields = http2_header_end(half->header);
    struct http2_stream *stream;

    half->block = (struct http2_block){ .carrier = 0 };
    if (block.is_promise) {
        take_promise(taking, &block, &fields);
        return;
    }
    if (taking->side == SIDE_CLIENT)
        stream = take_request(taking, block.stream, &fields);
    else
        stream = take_response(taking, block.stream, &fields);
    if (stream && block.ends_stream)
        end_stream(taking, stream);
}

/* RFC 9113 section 4.3: no other frame may come within a header block. A block that is left unfinished,
 * or part of which can't be told, makes all later ones unreadable. */
static void
abandon_block(struct http2_half *half)
{
    half->block = (struct http2_block){ .carrier = 0 };
    if (half->header)
        http2_header_lose(half->header);
}

static void
begin_block(struct http2_half *half)
{
    const struct http2_frame_reader *frame = &half->frames;
    bool is_promise = frame->type == HTTP2_PUSH_PROMISE;

    if (half->block.carrier != 0)
        abandon_block(half);
    if (!half->header)
        half->header = http2_header_reader_new();
    half->block = (struct http2_block){
        .carrier = frame->stream,
        .stream = is_promise ? http2_frame_number(frame, 0) & LAST_STREAM_ANY : frame->stream,
        .is_promise = is_promise,
        .ends_stream = !is_promise && frame->flags & HTTP2_FLAG_END_STREAM,
    };
}

/* HEADERS, PUSH_PROMISE and CONTINUATION */
static void
take_header(const struct taking *taking, const struct http2_piece *piece)
{
    struct http2_half *half = &taking->http2->half[taking->side];
    const struct http2_frame_reader *frame = &half->frames;

    if (piece->begins && frame->type != HTTP2_CONTINUATION)
        begin_block(half);
    if (half->block.carrier == 0 || half->block.carrier != frame->stream || frame->malformed) {
        abandon_block(half);
        return;
    }
    http2_header_take(half->header, piece->content, piece->length);
    if (piece->ends && frame->flags & HTTP2_FLAG_END_HEADERS)
        end_block(taking);
}

static void
take_data(const struct taking *taking, const struct http2_piece *piece)
{
    const struct http2_frame_reader *frame = &taking->http2->half[taking->side].frames;
    struct http2_stream *stream = find_stream(taking->http2, frame->stream);

    if (!stream || frame->malformed)
        return;
    if (taking->side == SIDE_SERVER)
        http2_stream_take_data(stream, piece->content, piece->length);
    if (piece->ends && frame->flags & HTTP2_FLAG_END_STREAM)
        end_stream(taking, stream);
}

static void
take_reset(const struct taking *taking, const struct http2_piece *piece)
{
    const struct http2_frame_reader *frame = &taking->http2->half[taking->side].frames;

    if (!piece->ends || frame->malformed || frame->stream == 0)
        return;
    if (taking->side == SIDE_CLIENT) {
        struct http2_stream *stream = find_stream(taking->http2, frame->stream);
        if (stream)
            http2_stream_reset_by_client(stream, taking->data->acknowledged);
        return;
    }
    struct http2_stream *stream = find_answered(taking->http2, frame->stream);
    if (!stream || stream->server_reset)
        return;
    http2_stream_reset_by_server(stream, http2_frame_number(frame, 0), taking->data->end);
    if (!stream->server_ended)
        state_end(taking, stream);
}

/* What the server's GOAWAY means for the client's streams: the lowest number counts, since none may be
 * higher than one before. */
static void
limit_streams(const struct taking *taking, uint32_t last_stream)
{
    struct http2 *http2 = taking->http2;

    http2->limits.last_stream = MIN(http2->limits.last_stream, last_stream);
    if (last_stream < LAST_STREAM_ANY && http2->final_goaway_end == UINT64_MAX)
        http2->final_goaway_end = taking->data->end;
    if (http2->streams[SIDE_CLIENT].highest > last_stream)
        state_unprocessed(taking);
}

static void
end_goaway(const struct taking *taking)
{
    struct http2 *http2 = taking->http2;
    struct http2_half *half = &http2->half[taking->side];
    struct application_event *event = taking->event;

    half->goaway = (struct http2_goaway){
        .frame = taking->data->frame,
        .last_stream = http2_frame_number(&half->frames, 0) & LAST_STREAM_ANY,
        .error = http2_frame_number(&half->frames, 4),
    };
    http2->goaway_frame = taking->data->frame;
    if (http2->goodbye_frame == 0)
        http2->goodbye_frame = taking->data->frame;
    event->has_goaway = true;
    event->goaway_last_stream = half->goaway.last_stream;
    event->goaway_error = half->goaway.error;
    event->text_length = (uint8_t)half->debug->len;
    memcpy(event->text, half->debug->data, half->debug->len);
    if (half->goaway.error != HTTP2_NO_ERROR)
        event->experts |= EXPERT_BIT(EXPERT_HTTP2_GOAWAY_ERROR);
    if (taking->side == SIDE_SERVER)
        limit_streams(taking, half->goaway.last_stream);
}

static void
take_goaway(const struct taking *taking, const struct http2_piece *piece)
{
    struct http2_half *half = &taking->http2->half[taking->side];

    if (half->frames.malformed)
        return;
    if (!half->debug)
        half->debug = g_byte_array_sized_new(sizeof taking->event->text);
    guint room = (guint)sizeof taking->event->text - half->debug->len;
    g_byte_array_append(half->debug, piece->content, MIN(piece->length, room));
    if (!piece->ends)
        return;
    end_goaway(taking);
    g_byte_array_free(half->debug, TRUE);
    half->debug = NULL;
}

static void
take_piece(const struct taking *taking, const struct http2_piece *piece)
{
    static void (*const takes[])(const struct taking *taking, const struct http2_piece *piece) = {
        [HTTP2_DATA] = take_data,        [HTTP2_HEADERS] = take_header,
        [HTTP2_RST_STREAM] = take_reset, [HTTP2_PUSH_PROMISE] = take_header,
        [HTTP2_GOAWAY] = take_goaway,    [HTTP2_CONTINUATION] = take_header,
    };
    struct http2_half *half = &taking->http2->half[taking->side];
    unsigned type = half->frames.type;

    void (*take)(const struct taking *, const struct http2_piece *) =
        type < G_N_ELEMENTS(takes) ? takes[type] : NULL;

    if (half->block.carrier != 0 && take != take_header)
        abandon_block(half);
    if (take)
        take(taking, piece);
}

/* Frame by frame, piece by piece. Returns whether the bytes were whole control frames. */
static bool
take_frames(const struct taking *taking, const uint8_t *bytes, uint32_t length)
{
    struct http2_frame_reader *frames = &taking->http2->half[taking->side].frames;
    bool only_control = length > 0 && http2_frame_is_between(frames);

    while (length > 0) {
        struct http2_piece piece;
        uint32_t taken = http2_frame_read(frames, bytes, length, &piece);
        if (piece.begins || piece.ends || piece.length > 0) {
            only_control &= http2_frame_is_control(frames);
            take_piece(taking, &piece);
        }
        bytes += taken;
        length -= taken;
    }
    return only_control && http2_frame_is_between(frames);
}

static void
http2_take(void *reader, enum side side, const struct application_data *data,
           struct application_event *event)
{
    struct http2 *http2 = reader;
    const struct taking taking = { http2, side, data, event };
    uint32_t skipped = 0;

    if (http2->half[side].lost)
        return;
    if (side == SIDE_CLIENT) {
        skipped = MIN(data->length, (uint32_t)PREFACE_LENGTH - http2->preface_read);
        http2->preface_read = (uint8_t)(http2->preface_read + skipped);
    } else {
        http2->limits.server_end = data->end;
    }
    bool only_control = take_frames(&taking, data->bytes + skipped, data->length - skipped);
    event->only_control = only_control && skipped == 0;
}

static void
http2_lose(void *reader, enum side side)
{
    struct http2 *http2 = reader;

    http2->half[side].lost = true;
    half_clear(&http2->half[side]);
}

const struct application_protocol http2_protocol = {
    .name = "h2",
    .recognise = http2_recognise,
    .reader_new = http2_new,
    .reader_free = http2_free,
    .take = http2_take,
    .lose = http2_lose,
    .stop = http2_stop,
    .finish = http2_finish,
};

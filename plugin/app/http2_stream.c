/* http2_stream.c
 * How one stream of HTTP/2 ended. See http2_stream.h.
 * Must not know frames' bytes, header compression or other streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_stream.h"

#include "app/http2_frame.h"

void
http2_stream_take_request(struct http2_stream *stream, const struct http2_fields *fields,
                          uint64_t end)
{
    if (stream->requested)
        return;
    stream->requested = true;
    stream->method = fields->method;
    stream->request_end = end;
}

/* RFC 9110 section 15.2 */
static bool
is_interim(const struct http2_fields *fields)
{
    return fields->status >= 100 && fields->status < 200;
}

/* RFC 9110 sections 15.3.5 and 15.4.5 */
static bool
has_no_content(unsigned status)
{
    return status == 204 || status == 304;
}

static void
begin_response(struct http2_stream *stream, const struct http2_fields *fields)
{
    stream->responded = true;
    stream->has_length =
        fields->has_length && !fields->bad_length && !has_no_content(fields->status);
    stream->length = fields->length;
    stream->is_grpc = fields->is_grpc && fields->status == 200;
}

void
http2_stream_take_response(struct http2_stream *stream, const struct http2_fields *fields)
{
    if (stream->server_ended || stream->server_reset)
        return;
    /* what is not read may be the trailers, or the header that says that this is gRPC */
    stream->is_grpc &= fields->read;
    stream->has_grpc_status |= fields->has_grpc_status;
    if (!stream->responded && fields->status != 0 && !is_interim(fields))
        begin_response(stream, fields);
}

void
http2_stream_take_data(struct http2_stream *stream, const uint8_t *bytes, uint32_t length)
{
    if (stream->server_ended || stream->server_reset)
        return;
    stream->responded = true; /* its header may not have been read */
    stream->received += length;
    if (stream->is_grpc)
        grpc_take(&stream->grpc, bytes, length);
}

void
http2_stream_end_response(struct http2_stream *stream)
{
    if (stream->server_reset)
        return;
    stream->responded = true;
    stream->server_ended = true;
}

void
http2_stream_reset_by_server(struct http2_stream *stream, uint32_t error, uint64_t end)
{
    if (stream->server_reset)
        return;
    stream->server_reset = true;
    stream->server_error = error;
    stream->server_reset_end = end;
}

void
http2_stream_reset_by_client(struct http2_stream *stream, uint64_t acknowledged)
{
    if (stream->client_reset || (stream->server_reset && acknowledged >= stream->server_reset_end))
        return;
    stream->client_reset = true;
    stream->reset_acknowledged = acknowledged;
}

/* RFC 9113 section 8.1.1. Responses to HEAD and CONNECT have no such length (RFC 9110 sections 9.3.2
 * and 9.3.6); if the request was not read, it may have been one of these. */
static bool
has_wrong_length(const struct http2_stream *stream)
{
    return stream->has_length && stream->method == HTTP2_METHOD_OTHER &&
           stream->received != stream->length;
}

unsigned
http2_stream_faults(const struct http2_stream *stream)
{
    unsigned faults = 0;

    if (!stream->server_ended)
        return 0;
    if (has_wrong_length(stream))
        faults |= HTTP2_FAULT_LENGTH;
    if (stream->is_grpc && !stream->has_grpc_status)
        faults |= HTTP2_FAULT_NO_GRPC_STATUS;
    if (stream->is_grpc && grpc_is_inside_message(&stream->grpc))
        faults |= HTTP2_FAULT_GRPC_MESSAGE;
    return faults;
}

/* RFC 9113 sections 6.8 and 8.7 */
static bool
is_unprocessed(const struct http2_stream *stream, const struct http2_limits *limits)
{
    return stream->number > limits->last_stream ||
           (stream->server_reset && stream->server_error == HTTP2_REFUSED_STREAM &&
            !stream->responded);
}

enum http2_class
http2_stream_class(const struct http2_stream *stream, const struct http2_limits *limits)
{
    if (is_unprocessed(stream, limits))
        return HTTP2_UNPROCESSED;
    if (http2_stream_faults(stream) != 0)
        return HTTP2_MALFORMED;
    if (stream->server_ended)
        return HTTP2_COMPLETE;
    if (stream->client_reset && stream->reset_acknowledged < limits->server_act_end)
        return HTTP2_CANCELED;
    return stream->server_reset || limits->over ? HTTP2_CUT : HTTP2_OPEN;
}

bool
http2_stream_is_decided(const struct http2_stream *stream, const struct http2_limits *limits)
{
    if (!stream->requested)
        return false;
    return stream->server_ended || stream->server_reset ||
           (stream->client_reset && stream->reset_acknowledged < limits->server_end);
}

bool
http2_stream_is_late(const struct http2_stream *stream, const struct http2_limits *limits)
{
    return !stream->responded && !stream->server_reset &&
           stream->request_end > limits->server_received;
}

bool
http2_stream_is_left_open(const struct http2_stream *stream, enum http2_class ended_as)
{
    return (ended_as == HTTP2_CUT || ended_as == HTTP2_OPEN) && !stream->server_reset;
}

/* application_items.c
 * The fields of the application's own end. See application_items.h. Must not know any protocol, nor when
 * fields are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/application_items.h"

static int hf_tlsclose_app_protocol = -1;
static int hf_tlsclose_client_complete = -1;
static int hf_tlsclose_server_complete = -1;
static int hf_tlsclose_app_goodbye_in = -1;
static int hf_tlsclose_app_summary = -1;
static int hf_tlsclose_http2_streams = -1;
static int hf_tlsclose_http2_cut = -1;
static int hf_tlsclose_http2_malformed = -1;
static int hf_tlsclose_http2_unprocessed = -1;
static int hf_tlsclose_http2_canceled = -1;
static int hf_tlsclose_http2_cut_stream = -1;
static int hf_tlsclose_http2_goaway_last_stream = -1;
static int hf_tlsclose_http2_goaway_error = -1;
static int hf_tlsclose_http2_goaway_debug = -1;
static int hf_tlsclose_http2_goaway_in = -1;
static int hf_tlsclose_websocket_close_code = -1;
static int hf_tlsclose_websocket_close_reason = -1;

/* RFC 9113 section 7 */
static const value_string http2_error_names[] = {
    { 0x0, "NO_ERROR" },
    { 0x1, "PROTOCOL_ERROR" },
    { 0x2, "INTERNAL_ERROR" },
    { 0x3, "FLOW_CONTROL_ERROR" },
    { 0x4, "SETTINGS_TIMEOUT" },
    { 0x5, "STREAM_CLOSED" },
    { 0x6, "FRAME_SIZE_ERROR" },
    { 0x7, "REFUSED_STREAM" },
    { 0x8, "CANCEL" },
    { 0x9, "COMPRESSION_ERROR" },
    { 0xa, "CONNECT_ERROR" },
    { 0xb, "ENHANCE_YOUR_CALM" },
    { 0xc, "INADEQUATE_SECURITY" },
    { 0xd, "HTTP_1_1_REQUIRED" },
    { 0, NULL },
};

static hf_register_info hf[] = {
    { &hf_tlsclose_app_protocol,
      { "Application protocol", "tlsclose.app.protocol", FT_STRING, BASE_NONE, NULL, 0,
        "What the decrypted bytes were recognised as", HFILL } },
    { &hf_tlsclose_client_complete,
      { "Client complete", "tlsclose.client.complete", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "Whether the client had finished all that it had begun, by the application's own framing",
        HFILL } },
    { &hf_tlsclose_server_complete,
      { "Server complete", "tlsclose.server.complete", FT_BOOLEAN, BASE_NONE, NULL, 0,
        "Whether the server had finished all that it had begun, and owed nothing, by the "
        "application's own framing",
        HFILL } },
    { &hf_tlsclose_app_goodbye_in,
      { "Goodbye in", "tlsclose.app.goodbye_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
        "Where one side first said to the application that it was done", HFILL } },
    { &hf_tlsclose_app_summary,
      { "Application summary", "tlsclose.app.summary", FT_STRING, BASE_NONE, NULL, 0,
        "What the application had finished and what not", HFILL } },
    { &hf_tlsclose_http2_streams,
      { "HTTP/2 streams", "tlsclose.http2.streams", FT_UINT32, BASE_DEC, NULL, 0,
        "Streams that the client opened", HFILL } },
    { &hf_tlsclose_http2_cut,
      { "HTTP/2 streams cut", "tlsclose.http2.cut", FT_UINT32, BASE_DEC, NULL, 0,
        "Streams whose response did not end", HFILL } },
    { &hf_tlsclose_http2_malformed,
      { "HTTP/2 streams malformed", "tlsclose.http2.malformed", FT_UINT32, BASE_DEC, NULL, 0,
        "Streams whose response ended, but is not whole", HFILL } },
    { &hf_tlsclose_http2_unprocessed,
      { "HTTP/2 streams unprocessed", "tlsclose.http2.unprocessed", FT_UINT32, BASE_DEC, NULL, 0,
        "Streams that the server did not process: safe to send again", HFILL } },
    { &hf_tlsclose_http2_canceled,
      { "HTTP/2 streams canceled", "tlsclose.http2.canceled", FT_UINT32, BASE_DEC, NULL, 0,
        "Streams that the client canceled", HFILL } },
    { &hf_tlsclose_http2_cut_stream,
      { "HTTP/2 stream cut", "tlsclose.http2.cut_stream", FT_UINT32, BASE_DEC, NULL, 0,
        "Number of a stream whose response did not end", HFILL } },
    { &hf_tlsclose_http2_goaway_last_stream,
      { "GOAWAY last stream", "tlsclose.http2.goaway.last_stream", FT_UINT32, BASE_DEC, NULL, 0,
        "The last stream that its sender may process", HFILL } },
    { &hf_tlsclose_http2_goaway_error,
      { "GOAWAY error", "tlsclose.http2.goaway.error", FT_UINT32, BASE_HEX, VALS(http2_error_names),
        0, "Why its sender closes", HFILL } },
    { &hf_tlsclose_http2_goaway_debug,
      { "GOAWAY debug data", "tlsclose.http2.goaway.debug", FT_STRING, BASE_NONE, NULL, 0,
        "What its sender added for people", HFILL } },
    { &hf_tlsclose_http2_goaway_in,
      { "GOAWAY in", "tlsclose.http2.goaway_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "The last GOAWAY",
        HFILL } },
    { &hf_tlsclose_websocket_close_code,
      { "WebSocket close code", "tlsclose.websocket.close_code", FT_UINT16, BASE_DEC, NULL, 0,
        "Why its sender closes: RFC 6455 section 7.4", HFILL } },
    { &hf_tlsclose_websocket_close_reason,
      { "WebSocket close reason", "tlsclose.websocket.close_reason", FT_STRING, BASE_NONE, NULL, 0,
        "What its sender added for people", HFILL } },
};

void
application_items_register(int proto)
{
    proto_register_field_array(proto, hf, array_length(hf));
}

static void
show_complete(const struct items *items, int field, enum completeness complete)
{
    if (complete != COMPLETENESS_UNKNOWN)
        items_add_boolean(items, field, complete == COMPLETE);
}

static void
show_count(const struct items *items, int field, uint32_t count)
{
    if (count > 0)
        items_add_uint(items, field, count);
}

static void
show_http2(const struct items *items, const struct http2_end *http2)
{
    show_count(items, hf_tlsclose_http2_streams, http2->streams);
    show_count(items, hf_tlsclose_http2_cut, http2->cut);
    show_count(items, hf_tlsclose_http2_malformed, http2->malformed);
    show_count(items, hf_tlsclose_http2_unprocessed, http2->unprocessed);
    show_count(items, hf_tlsclose_http2_canceled, http2->canceled);
    for (unsigned i = 0; i < CUT_STREAMS_MAX; i++)
        show_count(items, hf_tlsclose_http2_cut_stream, http2->cut_stream[i]);
}

void
application_items_show_end(const struct items *items, const struct application_end *end,
                           const struct application_frames *frames)
{
    items_add_string(items, hf_tlsclose_app_protocol, end->protocol);
    show_complete(items, hf_tlsclose_client_complete, end->complete[SIDE_CLIENT]);
    show_complete(items, hf_tlsclose_server_complete, end->complete[SIDE_SERVER]);
    items_add_frame(items, hf_tlsclose_app_goodbye_in, frames->goodbye);
    items_add_string(items, hf_tlsclose_app_summary, end->summary);
    show_http2(items, &end->http2);
    items_add_frame(items, hf_tlsclose_http2_goaway_in, frames->goaway);
}

void
application_items_show_goodbye(const struct items *items, const struct goodbye *goodbye)
{
    switch (goodbye->kind) {
    case GOODBYE_GOAWAY:
        items_add_uint(items, hf_tlsclose_http2_goaway_last_stream, goodbye->last_stream);
        items_add_uint(items, hf_tlsclose_http2_goaway_error, goodbye->code);
        items_add_string(items, hf_tlsclose_http2_goaway_debug, goodbye->text);
        break;
    case GOODBYE_WEBSOCKET_CLOSE:
        show_count(items, hf_tlsclose_websocket_close_code, goodbye->code);
        items_add_string(items, hf_tlsclose_websocket_close_reason, goodbye->text);
        break;
    default:
        break;
    }
}

/* http2_summary.c
 * One line about the end of an HTTP/2 connection. See http2_summary.h.
 * Must not know how it was read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_summary.h"

#include "app/http2_frame.h"
#include "app/summary.h"

static void
append_error(GString *line, uint32_t code)
{
    const char *name = http2_error_name(code);

    if (name)
        g_string_append(line, name);
    else
        g_string_append_printf(line, "0x%08x", code);
}

/* " after 16,384 of 1,000,000 bytes" */
static void
append_progress(GString *line, const struct http2_stream *stream)
{
    g_string_append(line, " after ");
    summary_append_number(line, stream->received);
    if (stream->has_length) {
        g_string_append(line, " of ");
        summary_append_number(line, stream->length);
    }
    g_string_append(line, " bytes");
}

static void
append_cut(GString *line, const struct http2_stream *stream)
{
    if (stream->server_reset) {
        g_string_append_printf(line, "%u: RST_STREAM ", stream->number);
        append_error(line, stream->server_error);
        g_string_append(line, " by server");
        if (stream->responded)
            append_progress(line, stream);
        else
            g_string_append(line, " before a response");
    } else if (stream->responded) {
        g_string_append_printf(line, "%u: no END_STREAM", stream->number);
        append_progress(line, stream);
    } else {
        g_string_append_printf(line, "%u: no response", stream->number);
    }
}

static void
append_malformed(GString *line, const struct http2_stream *stream)
{
    unsigned faults = http2_stream_faults(stream);

    g_string_append_printf(line, "%u: ", stream->number);
    if (faults & HTTP2_FAULT_LENGTH) {
        g_string_append(line, "END_STREAM");
        append_progress(line, stream);
    } else if (faults & HTTP2_FAULT_GRPC_MESSAGE) {
        g_string_append(line, "gRPC message cut");
    } else {
        g_string_append(line, "no grpc-status");
    }
}

static void
append_number(GString *line, const struct http2_stream *stream)
{
    g_string_append_printf(line, "%u", stream->number);
}

/* What is said of the streams of a class that a side opened, and how of each of the first; NULL: not at
 * all. */
struct wording {
    enum side opener;
    enum http2_class class_of;
    const char *what;
    const char *separator;
    void (*append)(GString *line, const struct http2_stream *stream);
};

static void
append_group(GString *line, const struct http2_group *group, const struct wording *wording)
{
    uint32_t shown = MIN(group->count, CUT_STREAMS_MAX);

    if (group->count == 0)
        return;
    g_string_append(line, ", ");
    summary_append_number(line, group->count);
    g_string_append_printf(line, " %s", wording->what);
    if (!wording->append)
        return;
    g_string_append(line, " (");
    for (uint32_t i = 0; i < shown; i++) {
        g_string_append(line, i > 0 ? wording->separator : "");
        wording->append(line, &group->first[i]);
    }
    if (group->count > shown)
        g_string_append_printf(line, "%s...", wording->separator);
    g_string_append_c(line, ')');
}

static void
append_goaway(GString *line, const struct http2_goaway *goaway, const char *sender)
{
    g_string_append(line, "; GOAWAY ");
    append_error(line, goaway->error);
    g_string_append_printf(line, " last %u by %s", goaway->last_stream, sender);
}

char *
http2_summary(uint32_t streams, const struct http2_tally tally[2],
              const struct http2_goaway goaway[2])
{
    static const struct wording wordings[] = {
        { SIDE_CLIENT, HTTP2_CUT, "cut", "; ", append_cut },
        { SIDE_CLIENT, HTTP2_MALFORMED, "malformed", "; ", append_malformed },
        { SIDE_CLIENT, HTTP2_UNPROCESSED, "not processed, safe to retry", ", ", append_number },
        { SIDE_CLIENT, HTTP2_CANCELED, "canceled", NULL, NULL },
        { SIDE_SERVER, HTTP2_CUT, "pushed and cut", "; ", append_cut },
        { SIDE_SERVER, HTTP2_MALFORMED, "pushed and malformed", "; ", append_malformed },
    };
    GString *line = g_string_new("HTTP/2: ");

    summary_append_count(line, streams, "stream");
    for (unsigned i = 0; i < G_N_ELEMENTS(wordings); i++)
        append_group(line, &tally[wordings[i].opener].group[wordings[i].class_of], &wordings[i]);
    if (goaway[SIDE_SERVER].frame != 0)
        append_goaway(line, &goaway[SIDE_SERVER], "server");
    /* a client's own is of interest if it complains, or if there is no other */
    if (goaway[SIDE_CLIENT].frame != 0 &&
        (goaway[SIDE_SERVER].frame == 0 || goaway[SIDE_CLIENT].error != HTTP2_NO_ERROR))
        append_goaway(line, &goaway[SIDE_CLIENT], "client");
    return g_string_free(line, FALSE);
}

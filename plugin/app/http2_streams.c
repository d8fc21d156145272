/* http2_streams.c
 * The streams of an HTTP/2 connection in bounded room. See http2_streams.h.
 * Must not know frames' bytes, header compression or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_streams.h"

/* Streams that are followed at the same time. Servers allow some hundred (RFC 9113 section 6.5.2
 * recommends at least 100). */
#define ROOM_MAX 1024
#define ROOM_FIRST 64

/* Streams whose class is decided are kept nevertheless if they are the latest: a GOAWAY may come that
 * says that they were not processed. */
#define LATEST_KEPT 32

void
http2_streams_clear(struct http2_streams *streams)
{
    if (streams->kept)
        g_array_free(streams->kept, TRUE);
    g_free(streams->counted);
    *streams = (struct http2_streams){ .kept = NULL };
}

static struct http2_stream *
stream_at(const struct http2_streams *streams, guint index)
{
    return &g_array_index(streams->kept, struct http2_stream, index);
}

/* Index of the first kept stream whose number is not below NUMBER. */
static guint
lower_bound(const struct http2_streams *streams, uint32_t number)
{
    guint low = 0;
    guint high = streams->kept ? streams->kept->len : 0;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (stream_at(streams, middle)->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct http2_stream *
http2_streams_find(const struct http2_streams *streams, uint32_t number)
{
    guint index = lower_bound(streams, number);

    if (!streams->kept || index == streams->kept->len)
        return NULL;
    struct http2_stream *stream = stream_at(streams, index);
    return stream->number == number ? stream : NULL;
}

/* Puts STREAM among the first of its class, which are sorted by number. */
static void
remember(struct http2_group *group, const struct http2_stream *stream)
{
    uint32_t place = MIN(group->count, CUT_STREAMS_MAX);

    while (place > 0 && group->first[place - 1].number > stream->number) {
        if (place < CUT_STREAMS_MAX)
            group->first[place] = group->first[place - 1];
        place--;
    }
    if (place < CUT_STREAMS_MAX)
        group->first[place] = *stream;
    group->count++;
}

static void
count(struct http2_tally *tally, const struct http2_stream *stream,
      const struct http2_limits *limits)
{
    enum http2_class class = http2_stream_class(stream, limits);

    remember(&tally->group[class], stream);
    if (!http2_stream_is_left_open(stream, class))
        return;
    bool is_late = http2_stream_is_late(stream, limits);
    tally->left_open++;
    tally->late += is_late;
    tally->unanswered += !is_late && !stream->responded;
    tally->requests_cut += !stream->request_ended;
}

/* Streams whose class is decided, but for the latest, are counted and no longer kept. */
static void
count_decided(struct http2_streams *streams, const struct http2_limits *limits)
{
    guint kept = 0;

    if (!streams->counted)
        streams->counted = g_new0(struct http2_tally, 1);
    for (guint i = 0; i < streams->kept->len; i++) {
        const struct http2_stream *stream = stream_at(streams, i);
        bool is_late = i + LATEST_KEPT >= streams->kept->len;
        if (!is_late && http2_stream_is_decided(stream, limits))
            count(streams->counted, stream, limits);
        else
            *stream_at(streams, kept++) = *stream;
    }
    g_array_set_size(streams->kept, kept);
}

/* Whether one more can be kept. The room grows as long as it is filled by what may still change. While
 * all of it is, it is not searched anew for each further stream. */
static bool
make_room(struct http2_streams *streams, const struct http2_limits *limits)
{
    if (!streams->kept) {
        streams->kept = g_array_new(FALSE, TRUE, sizeof(struct http2_stream));
        streams->room = ROOM_FIRST;
    }
    if (streams->kept->len < streams->room)
        return true;
    if (streams->not_followed % LATEST_KEPT == 0)
        count_decided(streams, limits);
    if (streams->kept->len > streams->room / 2 && streams->room < ROOM_MAX)
        streams->room *= 2;
    return streams->kept->len < streams->room;
}

static struct http2_stream *
insert(struct http2_streams *streams, uint32_t number)
{
    guint index = lower_bound(streams, number);
    struct http2_stream stream = { .number = number };

    g_array_insert_val(streams->kept, index, stream);
    return stream_at(streams, index);
}

struct http2_stream *
http2_streams_open(struct http2_streams *streams, uint32_t number,
                   const struct http2_limits *limits)
{
    if (number <= streams->highest)
        return NULL;
    streams->highest = number;
    streams->opened++;
    struct http2_stream *expected = http2_streams_find(streams, number);
    if (expected)
        return expected;
    if (make_room(streams, limits))
        return insert(streams, number);
    streams->not_followed++;
    return NULL;
}

struct http2_stream *
http2_streams_expect(struct http2_streams *streams, uint32_t number,
                     const struct http2_limits *limits)
{
    if (number <= streams->highest)
        return NULL;
    return make_room(streams, limits) ? insert(streams, number) : NULL;
}

void
http2_streams_tally(const struct http2_streams *streams, const struct http2_limits *limits,
                    struct http2_tally *tally)
{
    *tally = (struct http2_tally){ .left_open = 0 };
    if (streams->counted)
        *tally = *streams->counted;
    for (guint i = 0; streams->kept && i < streams->kept->len; i++)
        if (stream_at(streams, i)->requested)
            count(tally, stream_at(streams, i), limits);
}

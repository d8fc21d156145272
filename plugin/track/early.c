/* early.c
 * Payload captured before the segment that begins its TCP connection. See early.h. Must not know what
 * is in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "track/early.h"

#include <string.h>

/* tcp.stream counts from 0, so that a bit for each is little. */
struct early_segments {
    GByteArray *begun; /* by tcp.stream: the beginning was captured, nothing is early any more */
    GHashTable *kept;  /* GPtrArray of struct early_segment by tcp.stream */
    struct bare_fin bare_fins[BARE_FINS_MAX]; /* the oldest is replaced next */
    unsigned next_bare_fin;
};

static void
free_kept(gpointer data)
{
    g_ptr_array_free(data, TRUE);
}

struct early_segments *
early_segments_new(void)
{
    struct early_segments *early = g_new0(struct early_segments, 1);

    early->begun = g_byte_array_new();
    early->kept = g_hash_table_new_full(NULL, NULL, NULL, free_kept);
    return early;
}

void
early_segments_free(struct early_segments *early)
{
    g_byte_array_free(early->begun, TRUE);
    g_hash_table_destroy(early->kept);
    g_free(early);
}

static bool
has_begun(const struct early_segments *early, uint32_t stream)
{
    return stream / 8 < early->begun->len &&
           (early->begun->data[stream / 8] >> stream % 8 & 1) != 0;
}

static void
set_begun(struct early_segments *early, uint32_t stream)
{
    unsigned length = early->begun->len;

    if (stream / 8 >= length) {
        g_byte_array_set_size(early->begun, MAX(stream / 8 + 1, 2 * length));
        memset(early->begun->data + length, 0, early->begun->len - length);
    }
    early->begun->data[stream / 8] |= (uint8_t)(1 << stream % 8);
    g_hash_table_remove(early->kept, GUINT_TO_POINTER(stream));
}

static struct early_segment *
copy_of(const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    struct early_segment *copy = g_malloc(sizeof *copy + segment->captured_length);

    copy->segment = *segment;
    copy->segment.payload = copy->bytes;
    copy->source_is_higher = observation->source_is_higher;
    memcpy(copy->bytes, segment->payload, segment->captured_length);
    return copy;
}

static bool
has_room(const GPtrArray *kept, uint32_t length)
{
    uint64_t bytes = length;

    for (unsigned i = 0; i < kept->len; i++)
        bytes += ((const struct early_segment *)kept->pdata[i])->segment.captured_length;
    return kept->len < EARLY_SEGMENTS_MAX && bytes <= EARLY_BYTES_MAX;
}

static GPtrArray *
kept_of(struct early_segments *early, uint32_t stream)
{
    GPtrArray *kept = g_hash_table_lookup(early->kept, GUINT_TO_POINTER(stream));

    if (!kept) {
        kept = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(early->kept, GUINT_TO_POINTER(stream), kept);
    }
    return kept;
}

static void
keep_bare_fin(struct early_segments *early, const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;

    if (!segment->fin || segment->length != 0 || observe_offset_from_start(observation) != 0)
        return;
    early->bare_fins[early->next_bare_fin++ % BARE_FINS_MAX] = (struct bare_fin){
        .stream = observation->stream,
        .frame = segment->frame,
        .time = segment->time,
        .source_is_higher = observation->source_is_higher,
    };
}

const struct bare_fin *
early_segments_bare_fin(const struct early_segments *early, const struct observation *observation)
{
    for (unsigned i = 0; i < BARE_FINS_MAX; i++) {
        const struct bare_fin *fin = &early->bare_fins[i];
        if (fin->frame != 0 && fin->stream == observation->stream &&
            fin->source_is_higher != observation->source_is_higher)
            return fin;
    }
    return NULL;
}

void
early_segments_offer(struct early_segments *early, const struct observation *observation)
{
    uint32_t length = observation->dissected.segment.captured_length;

    keep_bare_fin(early, observation);
    if (length == 0 || has_begun(early, observation->stream))
        return;
    uint32_t offset = observe_offset_from_start(observation);
    if (offset == 0 || offset > EARLY_BYTES_MAX) {
        set_begun(early, observation->stream);
        return;
    }
    GPtrArray *kept = kept_of(early, observation->stream);
    if (has_room(kept, length))
        g_ptr_array_add(kept, copy_of(observation));
    else
        set_begun(early, observation->stream);
}

GPtrArray *
early_segments_take(struct early_segments *early, uint32_t stream)
{
    gpointer kept = NULL;

    g_hash_table_steal_extended(early->kept, GUINT_TO_POINTER(stream), NULL, &kept);
    return kept;
}

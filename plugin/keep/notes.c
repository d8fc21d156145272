/* notes.c
 * What is remembered of frames, in arrays sorted by frame. See notes.h.
 * Plain C and GLib; must not know what the findings mean, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/notes.h"

#include <glib.h>
#include <stddef.h>

/* What every entry begins with. */
struct head {
    uint32_t frame;
    uint16_t segment;
    uint16_t content; /* of a statement: its bits; of an event: enum session_event */
};

/* What most notes are made of. */
struct statement {
    struct head head;
    uint32_t connection; /* its number */
};

/* One session event of a note. */
struct event {
    struct head head;
    const struct session *session;
};

/* What few notes have to say beside that. */
struct detail {
    struct head head;
    expert_set experts;
    expert_set peer_experts;
    uint32_t after_close_records;
    uint32_t after_close_bytes;
    uint32_t after_close_alert_frame;
};

/* Each sorted by frame and segment, so that a note is found by them, and costs no more than it
 * says. */
struct notes {
    GArray *statements; /* struct statement: one of each note */
    GArray *events;     /* struct event: in the order of the note */
    GArray *details;    /* struct detail: at most one of each note */
};

/* What is true or false of a note: each is one of a statement's bits. */
static const size_t flags[] = {
    offsetof(struct frame_findings, fatal_alert),
    offsetof(struct frame_findings, close_notify),
    offsetof(struct frame_findings, duplicate),
    offsetof(struct frame_findings, duplicate_inferred),
    offsetof(struct frame_findings, end),
    offsetof(struct frame_findings, end_provisional),
    offsetof(struct frame_findings, further_end),
    offsetof(struct frame_findings, verdict),
    offsetof(struct frame_findings, close_announced),
};
#define SENDER_BIT G_N_ELEMENTS(flags)

struct notes *
notes_new(void)
{
    struct notes *notes = g_new(struct notes, 1);

    notes->statements = g_array_new(FALSE, FALSE, sizeof(struct statement));
    notes->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    notes->details = g_array_new(FALSE, FALSE, sizeof(struct detail));
    return notes;
}

void
notes_free(struct notes *notes)
{
    g_array_free(notes->statements, TRUE);
    g_array_free(notes->events, TRUE);
    g_array_free(notes->details, TRUE);
    g_free(notes);
}

static uint64_t
place_of(uint32_t frame, unsigned segment)
{
    return (uint64_t)frame << 16 | segment;
}

static uint64_t
place_at(const GArray *entries, unsigned index)
{
    const struct head *head =
        (const void *)(entries->data + (size_t)index * g_array_get_element_size((GArray *)entries));

    return place_of(head->frame, head->segment);
}

/* The index of the first entry at PLACE or behind it. Frames are first visited in order: then it
 * is the end. */
static unsigned
first_from(const GArray *entries, uint64_t place)
{
    unsigned low = 0;
    unsigned high = entries->len;

    if (high == 0 || place_at(entries, high - 1) < place)
        return high;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (place_at(entries, middle) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ENTRY begins with a struct head. */
static void
add(GArray *entries, const struct head *head, const void *entry)
{
    unsigned index = first_from(entries, place_of(head->frame, head->segment) + 1);

    g_array_insert_vals(entries, index, entry, 1);
}

static void
forget_frame(GArray *entries, uint32_t frame)
{
    unsigned from = first_from(entries, place_of(frame, 0));

    if (from == entries->len)
        return;
    g_array_remove_range(entries, from,
                         first_from(entries, place_of(frame, UINT16_MAX) + 1) - from);
}

void
notes_begin_frame(struct notes *notes, uint32_t frame)
{
    /* Nothing else is kept of a frame without a statement. */
    if (first_from(notes->statements, place_of(frame, 0)) == notes->statements->len)
        return;
    forget_frame(notes->statements, frame);
    forget_frame(notes->events, frame);
    forget_frame(notes->details, frame);
}

static bool *
flag_of(struct frame_findings *findings, unsigned flag)
{
    return (bool *)((char *)findings + flags[flag]);
}

static uint16_t
to_bits(const struct frame_findings *findings)
{
    unsigned bits = (unsigned)findings->sender << SENDER_BIT;

    for (unsigned flag = 0; flag < G_N_ELEMENTS(flags); flag++)
        bits |= (unsigned)*flag_of((struct frame_findings *)findings, flag) << flag;
    return (uint16_t)bits;
}

static void
from_bits(unsigned bits, struct frame_findings *findings)
{
    findings->sender = (enum side)(bits >> SENDER_BIT & 1);
    for (unsigned flag = 0; flag < G_N_ELEMENTS(flags); flag++)
        *flag_of(findings, flag) = (bits >> flag & 1) != 0;
}

static void
add_detail(struct notes *notes, struct head head, const struct frame_findings *findings)
{
    const struct detail detail = {
        .head = head,
        .experts = findings->experts,
        .peer_experts = findings->peer_experts,
        .after_close_records = findings->after_close_records,
        .after_close_bytes = findings->after_close_bytes,
        .after_close_alert_frame = findings->after_close_alert_frame,
    };

    if (detail.experts != 0 || detail.peer_experts != 0 || detail.after_close_records != 0)
        add(notes->details, &head, &detail);
}

void
notes_add(struct notes *notes, uint32_t frame, uint16_t segment, const struct frame_note *note)
{
    const struct frame_findings *findings = &note->findings;
    const struct head head = { frame, segment, to_bits(findings) };
    const struct statement statement = { head, note->connection };

    add(notes->statements, &head, &statement);
    add_detail(notes, head, findings);
    for (unsigned i = 0; i < findings->session_count; i++) {
        const struct event event = { { frame, segment, (uint16_t)findings->session[i].event },
                                     findings->session[i].session };
        add(notes->events, &event.head, &event);
    }
}

static void
find_detail(const struct notes *notes, uint64_t place, struct frame_findings *findings)
{
    unsigned index = first_from(notes->details, place);

    if (index == notes->details->len || place_at(notes->details, index) != place)
        return;
    const struct detail *detail = &g_array_index(notes->details, struct detail, index);
    findings->experts = detail->experts;
    findings->peer_experts = detail->peer_experts;
    findings->after_close_records = detail->after_close_records;
    findings->after_close_bytes = detail->after_close_bytes;
    findings->after_close_alert_frame = detail->after_close_alert_frame;
}

static void
find_events(const struct notes *notes, uint64_t place, struct frame_findings *findings)
{
    unsigned index = first_from(notes->events, place);

    for (; index < notes->events->len && place_at(notes->events, index) == place; index++) {
        const struct event *event = &g_array_index(notes->events, struct event, index);
        findings->session[findings->session_count++] =
            (struct session_finding){ (enum session_event)event->head.content, event->session };
    }
}

bool
notes_find(const struct notes *notes, uint32_t frame, uint16_t segment, struct frame_note *note)
{
    uint64_t place = place_of(frame, segment);
    unsigned index = first_from(notes->statements, place);

    if (index == notes->statements->len || place_at(notes->statements, index) != place)
        return false;
    const struct statement *statement = &g_array_index(notes->statements, struct statement, index);
    *note = (struct frame_note){ .connection = statement->connection };
    from_bits(statement->head.content, &note->findings);
    find_detail(notes, place, &note->findings);
    find_events(notes, place, &note->findings);
    return true;
}

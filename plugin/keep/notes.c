/* notes.c
 * What is remembered of frames, in arrays sorted by frame. See notes.h.
 * Plain C and GLib; must not know what the findings mean, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/notes.h"

#include <glib.h>

/* What is true or false of a note, see struct frame_findings; of an event: which it is. */
struct flags {
    uint16_t fatal_alert : 1;
    uint16_t close_notify : 1;
    uint16_t duplicate : 1;
    uint16_t duplicate_inferred : 1;
    uint16_t end : 1;
    uint16_t end_provisional : 1;
    uint16_t further_end : 1;
    uint16_t verdict : 1;
    uint16_t close_announced : 1;
    uint16_t sent_by_server : 1;
    uint16_t session_event : 3; /* enum session_event */
};

/* What each part of a note begins with. */
struct place {
    uint32_t frame;
    uint16_t segment;
    struct flags flags;
};

_Static_assert(sizeof(struct place) == 8, "a place is no longer than it must be");

/* What most notes are made of. */
struct core {
    struct place place;
    uint32_t connection; /* its number */
};

/* One session event of a note. */
struct event {
    struct place place;
    const struct session *session;
};

/* What few notes have to say beside that. */
struct detail {
    struct place place;
    expert_set experts;
    uint32_t after_close_records;
    uint32_t after_close_bytes;
    uint32_t after_close_alert_frame;
};

/* What fewer carry of an application. */
struct farewell {
    struct place place;
    struct goodbye goodbye;
};

/* What later frames brought to light of a frame, of one side of a connection. */
struct late_note {
    struct late_note *next; /* of the same frame */
    struct frame_note note;
};

/* The parts are sorted by frame and segment, so that a note is found by them, and costs no more than
 * it says. */
struct notes {
    GArray *cores;       /* struct core: one of each note */
    GArray *events;      /* struct event: in the order of the note */
    GArray *details;     /* struct detail: at most one of each note */
    GArray *goodbyes;    /* struct farewell: likewise */
    GHashTable *late;    /* struct late_note by frame */
    GHashTable *pending; /* struct frame_findings by side_key() */
};

static void
free_late_notes(gpointer data)
{
    for (struct late_note *late = data; late;) {
        struct late_note *next = late->next;
        g_free(late);
        late = next;
    }
}

struct notes *
notes_new(void)
{
    struct notes *notes = g_new(struct notes, 1);

    notes->cores = g_array_new(FALSE, FALSE, sizeof(struct core));
    notes->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    notes->details = g_array_new(FALSE, FALSE, sizeof(struct detail));
    notes->goodbyes = g_array_new(FALSE, FALSE, sizeof(struct farewell));
    notes->late = g_hash_table_new_full(NULL, NULL, NULL, free_late_notes);
    notes->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return notes;
}

void
notes_free(struct notes *notes)
{
    g_array_free(notes->cores, TRUE);
    g_array_free(notes->events, TRUE);
    g_array_free(notes->details, TRUE);
    g_array_free(notes->goodbyes, TRUE);
    g_hash_table_destroy(notes->late);
    g_hash_table_destroy(notes->pending);
    g_free(notes);
}

static uint64_t
place_of(uint32_t frame, unsigned segment)
{
    return (uint64_t)frame << 16 | segment;
}

static uint64_t
place_at(const GArray *parts, unsigned index)
{
    const struct place *place =
        (const void *)(parts->data + (size_t)index * g_array_get_element_size((GArray *)parts));

    return place_of(place->frame, place->segment);
}

/* The index of the first part at PLACE or behind it. Frames are first visited in order: then it
 * is the end. */
static unsigned
first_from(const GArray *parts, uint64_t place)
{
    unsigned low = 0;
    unsigned high = parts->len;

    if (high == 0 || place_at(parts, high - 1) < place)
        return high;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (place_at(parts, middle) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* PART begins with its PLACE. */
static void
add(GArray *parts, const struct place *place, const void *part)
{
    unsigned index = first_from(parts, place_of(place->frame, place->segment) + 1);

    g_array_insert_vals(parts, index, part, 1);
}

static void
forget_frame(GArray *parts, uint32_t frame)
{
    unsigned from = first_from(parts, place_of(frame, 0));

    if (from == parts->len)
        return;
    g_array_remove_range(parts, from, first_from(parts, place_of(frame, UINT16_MAX) + 1) - from);
}

/* Mostly there are no late notes at all: asking costs less than looking for a packet's. */
static bool
has_any(GHashTable *table)
{
    return g_hash_table_size(table) > 0;
}

void
notes_begin_frame(struct notes *notes, uint32_t frame)
{
    if (has_any(notes->late))
        g_hash_table_remove(notes->late, GUINT_TO_POINTER(frame));
    /* Of a frame without a core, there is no other part. */
    if (first_from(notes->cores, place_of(frame, 0)) == notes->cores->len)
        return;
    forget_frame(notes->cores, frame);
    forget_frame(notes->events, frame);
    forget_frame(notes->details, frame);
    forget_frame(notes->goodbyes, frame);
}

static struct flags
flags_of(const struct frame_findings *findings)
{
    return (struct flags){
        .fatal_alert = findings->fatal_alert,
        .close_notify = findings->close_notify,
        .duplicate = findings->duplicate,
        .duplicate_inferred = findings->duplicate_inferred,
        .end = findings->end,
        .end_provisional = findings->end_provisional,
        .further_end = findings->further_end,
        .verdict = findings->verdict,
        .close_announced = findings->close_announced,
        .sent_by_server = findings->sender == SIDE_SERVER,
    };
}

static struct frame_findings
findings_of(const struct flags *flags)
{
    return (struct frame_findings){
        .sender = flags->sent_by_server ? SIDE_SERVER : SIDE_CLIENT,
        .fatal_alert = flags->fatal_alert,
        .close_notify = flags->close_notify,
        .duplicate = flags->duplicate,
        .duplicate_inferred = flags->duplicate_inferred,
        .end = flags->end,
        .end_provisional = flags->end_provisional,
        .further_end = flags->further_end,
        .verdict = flags->verdict,
        .close_announced = flags->close_announced,
    };
}

static void
add_detail(struct notes *notes, struct place place, const struct frame_findings *findings)
{
    const struct detail detail = {
        .place = place,
        .experts = findings->experts,
        .after_close_records = findings->after_close_records,
        .after_close_bytes = findings->after_close_bytes,
        .after_close_alert_frame = findings->after_close_alert_frame,
    };

    if (detail.experts != 0 || detail.after_close_records != 0)
        add(notes->details, &place, &detail);
}

static void
add_goodbye(struct notes *notes, struct place place, const struct goodbye *goodbye)
{
    const struct farewell farewell = { place, *goodbye };

    if (goodbye->kind != GOODBYE_NONE)
        add(notes->goodbyes, &place, &farewell);
}

bool
findings_have_something(const struct frame_findings *findings)
{
    return findings->close_notify || findings->duplicate || findings->duplicate_inferred ||
           findings->fatal_alert || findings->end || findings->end_provisional ||
           findings->further_end || findings->verdict || findings->close_announced ||
           findings->experts != 0 || findings->late_experts != 0 ||
           findings->after_close_records != 0 || findings->session_count != 0 ||
           findings->goodbye.kind != GOODBYE_NONE;
}

void
notes_add(struct notes *notes, uint32_t frame, uint16_t segment, const struct frame_note *note)
{
    const struct frame_findings *findings = &note->findings;
    const struct place place = { frame, segment, flags_of(findings) };
    const struct core core = { place, note->connection };

    add(notes->cores, &place, &core);
    add_detail(notes, place, findings);
    add_goodbye(notes, place, &findings->goodbye);
    for (unsigned i = 0; i < findings->session_count; i++) {
        struct event event = { place, findings->session[i].session };
        event.place.flags.session_event = findings->session[i].event & 7;
        add(notes->events, &place, &event);
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
    findings->after_close_records = detail->after_close_records;
    findings->after_close_bytes = detail->after_close_bytes;
    findings->after_close_alert_frame = detail->after_close_alert_frame;
}

static void
find_goodbye(const struct notes *notes, uint64_t place, struct frame_findings *findings)
{
    unsigned index = first_from(notes->goodbyes, place);

    if (index < notes->goodbyes->len && place_at(notes->goodbyes, index) == place)
        findings->goodbye = g_array_index(notes->goodbyes, struct farewell, index).goodbye;
}

static void
find_events(const struct notes *notes, uint64_t place, struct frame_findings *findings)
{
    unsigned index = first_from(notes->events, place);

    for (; index < notes->events->len && place_at(notes->events, index) == place; index++) {
        const struct event *event = &g_array_index(notes->events, struct event, index);
        findings->session[findings->session_count++] = (struct session_finding){
            .event = (enum session_event)event->place.flags.session_event,
            .session = event->session,
        };
    }
}

bool
notes_find(const struct notes *notes, uint32_t frame, uint16_t segment, struct frame_note *note)
{
    uint64_t place = place_of(frame, segment);
    unsigned index = first_from(notes->cores, place);

    if (index == notes->cores->len || place_at(notes->cores, index) != place)
        return false;
    const struct core *core = &g_array_index(notes->cores, struct core, index);
    *note = (struct frame_note){ core->connection, findings_of(&core->place.flags) };
    find_detail(notes, place, &note->findings);
    find_goodbye(notes, place, &note->findings);
    find_events(notes, place, &note->findings);
    return true;
}

static void
merge_events(struct frame_findings *into, const struct frame_findings *from, bool is_pending)
{
    for (unsigned i = 0; i < from->session_count; i++) {
        if (into->session_count == SESSION_FINDINGS_MAX)
            return;
        struct session_finding *finding = &into->session[into->session_count++];
        *finding = from->session[i];
        finding->is_pending = is_pending;
    }
}

/* Of what came to light later, there are no ends and verdicts. */
static void
merge_late(struct frame_findings *into, const struct frame_findings *from)
{
    into->late_experts |= from->late_experts;
    into->late_frame = MAX(into->late_frame, from->late_frame);
    into->fatal_alert |= from->fatal_alert;
    into->duplicate |= from->duplicate;
    into->duplicate_inferred |= from->duplicate_inferred;
    into->close_announced |= from->close_announced;
    into->after_close_records += from->after_close_records;
    into->after_close_bytes += from->after_close_bytes;
    if (from->after_close_alert_frame != 0)
        into->after_close_alert_frame = from->after_close_alert_frame;
    merge_events(into, from, false);
}

static struct late_note *
late_note_of(const struct notes *notes, uint32_t frame, uint32_t connection, enum side side)
{
    struct late_note *late =
        has_any(notes->late) ? g_hash_table_lookup(notes->late, GUINT_TO_POINTER(frame)) : NULL;

    while (late && (late->note.connection != connection || late->note.findings.sender != side))
        late = late->next;
    return late;
}

static struct late_note *
add_late_note(struct notes *notes, uint32_t frame, uint32_t connection, enum side side)
{
    struct late_note *late = g_new0(struct late_note, 1);
    struct late_note *first = g_hash_table_lookup(notes->late, GUINT_TO_POINTER(frame));

    late->note = (struct frame_note){ connection, { .sender = side } };
    if (first) {
        late->next = first->next;
        first->next = late;
    } else {
        g_hash_table_insert(notes->late, GUINT_TO_POINTER(frame), late);
    }
    return late;
}

static gint64
side_key(uint32_t connection, enum side side)
{
    return (gint64)connection << 1 | (gint64)side;
}

static void
add_pending(struct notes *notes, uint32_t connection, const struct frame_findings *findings)
{
    gint64 key = side_key(connection, findings->sender);
    struct frame_findings *pending = g_hash_table_lookup(notes->pending, &key);

    if (!pending) {
        pending = g_new0(struct frame_findings, 1);
        g_hash_table_insert(notes->pending, g_memdup2(&key, sizeof key), pending);
    }
    pending->late_experts |= findings->late_experts;
    pending->late_frame = MAX(pending->late_frame, findings->late_frame);
    merge_events(pending, findings, true);
}

static void
add_late(struct notes *notes, uint32_t frame, uint32_t connection,
         const struct late_finding *finding)
{
    struct frame_findings findings = finding->findings;
    struct late_note *late = late_note_of(notes, finding->frame, connection, findings.sender);

    findings.late_experts = findings.experts;
    findings.late_frame = frame;
    if (!late)
        late = add_late_note(notes, finding->frame, connection, findings.sender);
    merge_late(&late->note.findings, &findings);
    if (findings.experts != 0 || findings.session_count != 0)
        add_pending(notes, connection, &findings);
}

void
notes_add_late(struct notes *notes, uint32_t frame, uint32_t connection, const GArray *late)
{
    for (unsigned i = 0; late && i < late->len; i++)
        add_late(notes, frame, connection, &g_array_index(late, struct late_finding, i));
}

void
notes_merge_late(const struct notes *notes, uint32_t frame, struct frame_note *note)
{
    const struct late_note *late =
        late_note_of(notes, frame, note->connection, note->findings.sender);

    if (late)
        merge_late(&note->findings, &late->note.findings);
}

void
notes_take_pending(struct notes *notes, struct frame_note *note)
{
    gint64 key = side_key(note->connection, note->findings.sender);
    const struct frame_findings *pending =
        has_any(notes->pending) ? g_hash_table_lookup(notes->pending, &key) : NULL;

    if (!pending)
        return;
    note->findings.late_experts |= pending->late_experts;
    note->findings.late_frame = MAX(note->findings.late_frame, pending->late_frame);
    merge_events(&note->findings, pending, true);
    g_hash_table_remove(notes->pending, &key);
}

static void
append_late_places(gpointer key, gpointer value, gpointer user_data)
{
    for (const struct late_note *late = value; late; late = late->next) {
        const struct note_place place = {
            .connection = late->note.connection,
            .frame = GPOINTER_TO_UINT(key),
            .sender = (uint8_t)late->note.findings.sender,
            .segment = NOTE_WITHOUT_SEGMENT,
        };
        g_array_append_val((GArray *)user_data, place);
    }
}

GArray *
notes_places(const struct notes *notes)
{
    GArray *places = g_array_sized_new(FALSE, FALSE, sizeof(struct note_place), notes->cores->len);

    for (unsigned i = 0; i < notes->cores->len; i++) {
        const struct core *core = &g_array_index(notes->cores, struct core, i);
        const struct note_place place = {
            .connection = core->connection,
            .frame = core->place.frame,
            .sender = core->place.flags.sent_by_server ? SIDE_SERVER : SIDE_CLIENT,
            .segment = core->place.segment,
        };
        g_array_append_val(places, place);
    }
    g_hash_table_foreach(notes->late, append_late_places, places);
    return places;
}

void
notes_recall(const struct notes *notes, const struct note_place *place, struct frame_note *note)
{
    if (place->segment == NOTE_WITHOUT_SEGMENT ||
        !notes_find(notes, place->frame, place->segment, note))
        *note = (struct frame_note){ place->connection, { .sender = (enum side)place->sender } };
    notes_merge_late(notes, place->frame, note);
}

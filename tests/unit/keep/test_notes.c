/* test_notes.c
 * What is remembered of frames comes back as it was given, by frame and segment, in any order.
 * Must not know how notes.c keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "facts/session.h"
#include "keep/notes.h"

/* Only their addresses matter. */
static struct session sessions[SESSION_FINDINGS_MAX];

static void
assert_same(const struct frame_findings *found, const struct frame_findings *expected)
{
    g_assert_cmpint(found->sender, ==, expected->sender);
    g_assert_cmpint(found->fatal_alert, ==, expected->fatal_alert);
    g_assert_cmpint(found->close_notify, ==, expected->close_notify);
    g_assert_cmpint(found->duplicate, ==, expected->duplicate);
    g_assert_cmpint(found->duplicate_inferred, ==, expected->duplicate_inferred);
    g_assert_cmpint(found->end, ==, expected->end);
    g_assert_cmpint(found->end_provisional, ==, expected->end_provisional);
    g_assert_cmpint(found->further_end, ==, expected->further_end);
    g_assert_cmpint(found->verdict, ==, expected->verdict);
    g_assert_cmpint(found->close_announced, ==, expected->close_announced);
    g_assert_cmpuint(found->experts, ==, expected->experts);
    g_assert_cmpuint(found->late_experts, ==, expected->late_experts);
    g_assert_cmpuint(found->late_frame, ==, expected->late_frame);
    g_assert_cmpuint(found->after_close_records, ==, expected->after_close_records);
    g_assert_cmpuint(found->after_close_bytes, ==, expected->after_close_bytes);
    g_assert_cmpuint(found->after_close_alert_frame, ==, expected->after_close_alert_frame);
    g_assert_cmpint(found->goodbye.kind, ==, expected->goodbye.kind);
    g_assert_cmpuint(found->goodbye.last_stream, ==, expected->goodbye.last_stream);
    g_assert_cmpuint(found->goodbye.code, ==, expected->goodbye.code);
    g_assert_cmpstr(found->goodbye.text, ==, expected->goodbye.text);
    g_assert_cmpuint(found->session_count, ==, expected->session_count);
    for (unsigned i = 0; i < expected->session_count; i++) {
        g_assert_cmpint(found->session[i].event, ==, expected->session[i].event);
        g_assert_true(found->session[i].session == expected->session[i].session);
    }
}

static void
assert_found(const struct notes *notes, uint32_t frame, uint16_t segment,
             const struct frame_note *expected)
{
    struct frame_note found;

    memset(&found, 0xff, sizeof found);
    g_assert_true(notes_find(notes, frame, segment, &found));
    g_assert_cmpuint(found.connection, ==, expected->connection);
    assert_same(&found.findings, &expected->findings);
}

static void
assert_absent(const struct notes *notes, uint32_t frame, uint16_t segment)
{
    struct frame_note untouched = { .connection = 1 };

    g_assert_false(notes_find(notes, frame, segment, &untouched));
    g_assert_cmpuint(untouched.connection, ==, 1);
}

/* All that a note can say. */
static struct frame_note
full_note(void)
{
    struct frame_note note = {
        .connection = UINT32_MAX,
        .findings = {
            .sender = SIDE_SERVER,
            .fatal_alert = true,
            .close_notify = true,
            .duplicate = true,
            .duplicate_inferred = true,
            .end = true,
            .end_provisional = true,
            .further_end = true,
            .verdict = true,
            .close_announced = true,
            .experts = UINT32_MAX,
            .after_close_records = UINT32_MAX,
            .after_close_bytes = 3,
            .after_close_alert_frame = 4,
            .goodbye = { GOODBYE_GOAWAY, 5, 6, "bye" },
            .session_count = SESSION_FINDINGS_MAX,
        },
    };

    for (int i = 0; i < SESSION_FINDINGS_MAX; i++)
        note.findings.session[i] =
            (struct session_finding){ .event = (enum session_event)(SESSION_ESTABLISHED + i),
                                      .session = &sessions[i] };
    return note;
}

static struct frame_note
note_by(enum side sender)
{
    return (struct frame_note){ sender, { .sender = sender, .end = true } };
}

static void
test_everything_comes_back(void)
{
    struct notes *notes = notes_new();
    struct frame_note full = full_note();
    struct frame_note empty = { .connection = 1 };

    notes_add(notes, 1, 0, &full);
    notes_add(notes, 2, 0, &empty);
    assert_found(notes, 1, 0, &full);
    assert_found(notes, 2, 0, &empty);
    notes_free(notes);
}

/* What is true of a note is not taken for anything else that is. */
static void
test_each_statement_by_itself(void)
{
    static const struct frame_findings alone[] = {
        { .fatal_alert = true },
        { .close_notify = true },
        { .duplicate = true },
        { .duplicate_inferred = true },
        { .end = true },
        { .end_provisional = true },
        { .further_end = true },
        { .verdict = true },
        { .close_announced = true },
        { .sender = SIDE_SERVER },
        { .experts = 1 },
        { .goodbye = { .kind = GOODBYE_WEBSOCKET_CLOSE, .code = 1000 } },
        { .after_close_records = 1, .after_close_bytes = 2, .after_close_alert_frame = 3 },
        { .session_count = 1,
          .session = { { .event = SESSION_RESUMED, .session = &sessions[0] } } },
    };
    struct notes *notes = notes_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(alone); i++)
        notes_add(notes, i + 1, 0, &(struct frame_note){ 5, alone[i] });
    for (unsigned i = 0; i < G_N_ELEMENTS(alone); i++)
        assert_found(notes, i + 1, 0, &(struct frame_note){ 5, alone[i] });
    notes_free(notes);
}

/* A tunnel's frame can hold several segments. */
static void
test_segments_of_a_frame(void)
{
    struct notes *notes = notes_new();
    struct frame_note full = full_note();
    struct frame_note client = note_by(SIDE_CLIENT);

    notes_add(notes, 7, 0, &client);
    notes_add(notes, 7, 2, &full);
    notes_add(notes, 7, UINT16_MAX, &client);
    assert_found(notes, 7, 0, &client);
    assert_found(notes, 7, 2, &full);
    assert_found(notes, 7, UINT16_MAX, &client);
    assert_absent(notes, 7, 1);
    assert_absent(notes, 6, 0);
    assert_absent(notes, 8, 0);
    notes_free(notes);
}

static void
test_any_order(void)
{
    struct notes *notes = notes_new();
    const uint32_t frames[] = { 5, 1, UINT32_MAX, 3, 1000000, 4 };
    struct frame_note full = full_note();

    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
        full.findings.experts = frames[i];
        notes_begin_frame(notes, frames[i]);
        notes_add(notes, frames[i], 0, &full);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
        full.findings.experts = frames[i];
        assert_found(notes, frames[i], 0, &full);
    }
    assert_absent(notes, 2, 0);
    assert_absent(notes, 0, 0);
    notes_free(notes);
}

/* Under a read filter a rejected frame shares its number with the next one. */
static void
test_a_frame_begun_again(void)
{
    struct notes *notes = notes_new();
    struct frame_note full = full_note();
    struct frame_note server = note_by(SIDE_SERVER);

    for (uint32_t frame = 1; frame <= 3; frame++) {
        notes_add(notes, frame, 0, &full);
        notes_add(notes, frame, 1, &full);
    }
    notes_begin_frame(notes, 2);
    assert_absent(notes, 2, 0);
    assert_absent(notes, 2, 1);
    notes_add(notes, 2, 1, &server);
    assert_found(notes, 2, 1, &server);
    assert_absent(notes, 2, 0);
    assert_found(notes, 1, 1, &full);
    assert_found(notes, 3, 0, &full);
    notes_begin_frame(notes, 3);
    assert_absent(notes, 3, 0);
    assert_found(notes, 1, 0, &full);
    notes_free(notes);
}

/* What FRAME brings to light of the server's frame ABOUT, of connection 5. */
static void
add_late(struct notes *notes, uint32_t frame, uint32_t about, expert_set experts)
{
    GArray *late = g_array_new(FALSE, FALSE, sizeof(struct late_finding));
    const struct late_finding finding = {
        .frame = about,
        .findings = { .sender = SIDE_SERVER,
                      .experts = experts,
                      .after_close_records = 1,
                      .session_count = 1,
                      .session = { { .event = SESSION_RESUMED, .session = &sessions[0] } } },
    };

    g_array_append_val(late, finding);
    notes_add_late(notes, frame, 5, late);
    g_array_free(late, TRUE);
}

static struct frame_note
blank_note(uint32_t connection, enum side sender)
{
    return (struct frame_note){ connection, { .sender = sender } };
}

/* It stands in the frame that it is about, with or without a note, and in no other one, nor in what the
 * peer or another connection says there. */
static void
test_late_findings_are_of_their_frame(void)
{
    struct notes *notes = notes_new();
    struct frame_note server = blank_note(5, SIDE_SERVER), client = blank_note(5, SIDE_CLIENT);
    struct frame_note other = blank_note(6, SIDE_SERVER), elsewhere = blank_note(5, SIDE_SERVER);

    notes_add_late(notes, 4, 5, NULL);
    add_late(notes, 9, 3, 1);
    add_late(notes, 12, 3, 2);
    notes_merge_late(notes, 3, &server);
    notes_merge_late(notes, 3, &client);
    notes_merge_late(notes, 3, &other);
    notes_merge_late(notes, 9, &elsewhere);
    g_assert_cmpuint(server.findings.late_experts, ==, 3);
    g_assert_cmpuint(server.findings.late_frame, ==, 12);
    g_assert_cmpuint(server.findings.after_close_records, ==, 2);
    g_assert_cmpuint(server.findings.session_count, ==, 2);
    g_assert_false(server.findings.session[0].is_pending);
    g_assert_false(findings_have_something(&client.findings));
    g_assert_false(findings_have_something(&other.findings));
    g_assert_false(findings_have_something(&elsewhere.findings));
    notes_begin_frame(notes, 3);
    server = blank_note(5, SIDE_SERVER);
    notes_merge_late(notes, 3, &server);
    g_assert_false(findings_have_something(&server.findings));
    notes_free(notes);
}

/* In one pass the next frame of the side says it, once. */
static void
test_late_findings_are_pending_for_their_side(void)
{
    struct notes *notes = notes_new();
    struct frame_note client = blank_note(5, SIDE_CLIENT), server = blank_note(5, SIDE_SERVER);
    struct frame_note again = blank_note(5, SIDE_SERVER);

    add_late(notes, 9, 3, 1);
    notes_take_pending(notes, &client);
    notes_take_pending(notes, &server);
    notes_take_pending(notes, &again);
    g_assert_false(findings_have_something(&client.findings));
    g_assert_cmpuint(server.findings.late_experts, ==, 1);
    g_assert_cmpuint(server.findings.session_count, ==, 1);
    g_assert_true(server.findings.session[0].is_pending);
    /* The count is of the other frame. */
    g_assert_cmpuint(server.findings.after_close_records, ==, 0);
    g_assert_false(findings_have_something(&again.findings));
    notes_free(notes);
}

/* Every place with something noted can be recalled. */
static void
test_places(void)
{
    struct notes *notes = notes_new();
    struct frame_note server = note_by(SIDE_SERVER), found;

    server.connection = 5;
    notes_add(notes, 3, 0, &server);
    add_late(notes, 9, 3, 1);
    add_late(notes, 9, 2, 2);
    GArray *places = notes_places(notes);
    g_assert_cmpuint(places->len, ==, 3);
    for (unsigned i = 0; i < places->len; i++) {
        const struct note_place *place = &g_array_index(places, struct note_place, i);
        notes_recall(notes, place, &found);
        g_assert_cmpuint(place->connection, ==, 5);
        g_assert_cmpint(found.findings.sender, ==, SIDE_SERVER);
        g_assert_cmpuint(found.findings.late_experts, ==, place->frame == 3 ? 1 : 2);
        g_assert_true(found.findings.end == (place->segment == 0));
    }
    g_array_free(places, TRUE);
    notes_free(notes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notes/everything_comes_back", test_everything_comes_back);
    g_test_add_func("/notes/each_statement_by_itself", test_each_statement_by_itself);
    g_test_add_func("/notes/segments_of_a_frame", test_segments_of_a_frame);
    g_test_add_func("/notes/any_order", test_any_order);
    g_test_add_func("/notes/a_frame_begun_again", test_a_frame_begun_again);
    g_test_add_func("/notes/late_findings_are_of_their_frame",
                    test_late_findings_are_of_their_frame);
    g_test_add_func("/notes/late_findings_are_pending_for_their_side",
                    test_late_findings_are_pending_for_their_side);
    g_test_add_func("/notes/places", test_places);
    return g_test_run();
}

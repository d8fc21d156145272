/* test_session_group.c
 * Connections that go back to one full handshake, and those that do not: by session ID (RFC 5246
 * section 7.3) and by the tickets of TLS 1.3 (RFC 8446 section 2.2), each with its own identifier.
 * Must not know how frames are remembered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "session_group.h"

/* CONNECTION has established SESSION in FRAME. */
static void
establish(struct notes *notes, const struct connection *connection, struct session *session,
          uint32_t frame)
{
    const struct frame_note note = {
        .connection = connection,
        .findings.session = { { SESSION_ESTABLISHED, session } },
        .findings.session_count = 1,
    };

    session->established_frame = frame;
    notes_add(notes, frame, 0, &note);
}

static void
assert_together(const struct notes *notes, const struct connection *connections, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const void *group = session_group_of(notes, &connections[i]);
        g_assert_nonnull(group);
        for (unsigned j = 0; j < count; j++)
            g_assert_true(session_group_has(notes, group, &connections[j]));
    }
}

static void
assert_apart(const struct notes *notes, const struct connection *a, const struct connection *b)
{
    g_assert_false(session_group_has(notes, session_group_of(notes, a), b));
    g_assert_false(session_group_has(notes, session_group_of(notes, b), a));
}

static void
test_no_session(void)
{
    struct notes *notes = notes_new();
    struct connection connection = { 0 };

    g_assert_null(session_group_of(notes, &connection));
    notes_free(notes);
}

static void
test_one_session_id(void)
{
    struct notes *notes = notes_new();
    struct session first = { 0 };
    struct session second = { 0 };
    struct connection resumed[] = {
        { .session = &first },
        { .session = &first, .offered = &first },
        { .session = &first, .offered = &first },
    };
    struct connection other = { .session = &second };

    establish(notes, &resumed[0], &first, 4);
    establish(notes, &other, &second, 40);
    assert_together(notes, resumed, G_N_ELEMENTS(resumed));
    assert_apart(notes, &resumed[2], &other);
    notes_free(notes);
}

/* Two tickets of one handshake, one used each; and the ticket of a resumed connection. */
static void
test_tickets(void)
{
    struct notes *notes = notes_new();
    struct session tickets[4] = { { .established_frame = 0 } };
    struct connection resumed[] = {
        { .issued_tickets = true },
        { .issued_tickets = true, .session = &tickets[0], .offered = &tickets[0] },
        { .issued_tickets = true, .session = &tickets[1], .offered = &tickets[1] },
        { .issued_tickets = true, .session = &tickets[2], .offered = &tickets[2] },
    };
    struct connection other = { .issued_tickets = true };

    establish(notes, &resumed[0], &tickets[0], 9);
    establish(notes, &resumed[0], &tickets[1], 10);
    establish(notes, &resumed[1], &tickets[2], 30);
    establish(notes, &other, &tickets[3], 50);
    assert_together(notes, resumed, G_N_ELEMENTS(resumed));
    for (unsigned i = 0; i < G_N_ELEMENTS(resumed); i++)
        assert_apart(notes, &resumed[i], &other);
    notes_free(notes);
}

static void
test_full_handshake_not_captured(void)
{
    struct notes *notes = notes_new();
    struct session tickets[2] = { { .established_frame = 0 } };
    struct connection resumed[] = {
        { .issued_tickets = true, .session = &tickets[0], .offered = &tickets[0] },
        { .issued_tickets = true, .session = &tickets[1], .offered = &tickets[1] },
    };

    establish(notes, &resumed[0], &tickets[1], 7);
    assert_together(notes, resumed, G_N_ELEMENTS(resumed));
    notes_free(notes);
}

/* It counts among those of the session it has offered, and has its own besides. */
static void
test_offered_in_vain(void)
{
    struct notes *notes = notes_new();
    struct session first = { 0 };
    struct session second = { 0 };
    struct connection full = { .session = &first };
    struct connection refused = { .session = &second, .offered = &first };
    struct connection unanswered = { .offered = &first };

    establish(notes, &full, &first, 4);
    establish(notes, &refused, &second, 20);
    g_assert_true(session_group_has(notes, session_group_of(notes, &full), &refused));
    g_assert_false(session_group_has(notes, session_group_of(notes, &refused), &full));
    g_assert_true(session_group_of(notes, &full) == session_group_of(notes, &unanswered));
    notes_free(notes);
}

/* As in captures that were joined in the wrong order. */
static void
test_sessions_that_lead_to_each_other(void)
{
    struct notes *notes = notes_new();
    struct session tickets[2] = { { .established_frame = 0 } };
    struct connection resumed[] = { { .session = &tickets[1] }, { .session = &tickets[0] } };

    establish(notes, &resumed[0], &tickets[0], 5);
    establish(notes, &resumed[1], &tickets[1], 6);
    g_assert_nonnull(session_group_of(notes, &resumed[0]));
    g_assert_nonnull(session_group_of(notes, &resumed[1]));
    notes_free(notes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session_group/no_session", test_no_session);
    g_test_add_func("/session_group/one_session_id", test_one_session_id);
    g_test_add_func("/session_group/tickets", test_tickets);
    g_test_add_func("/session_group/full_handshake_not_captured", test_full_handshake_not_captured);
    g_test_add_func("/session_group/offered_in_vain", test_offered_in_vain);
    g_test_add_func("/session_group/sessions_that_lead_to_each_other",
                    test_sessions_that_lead_to_each_other);
    return g_test_run();
}

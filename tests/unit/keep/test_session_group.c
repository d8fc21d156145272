/* test_session_group.c
 * Connections that go back to one full handshake, and those that do not: by session ID (RFC 5246
 * section 7.3) and by the tickets of TLS 1.3 (RFC 8446 section 2.2), each with its own identifier.
 * Must not know how frames are remembered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "keep/session_group.h"
#include "read/connection.h"

/* The connections of a capture, and what was noted of its frames. */
struct capture {
    struct notes *notes;
    struct connection_table *connections;
};

static struct capture
capture_new(void)
{
    const struct connection_options options = { .infer = true };

    return (struct capture){ notes_new(), connection_table_new(&options, SETTLED_LATE_MAX) };
}

static void
capture_free(struct capture *capture)
{
    notes_free(capture->notes);
    connection_table_free(capture->connections);
}

/* Puts copies of COUNT CONNECTIONS into a capture that has none yet: their numbers are as here. */
static void
put_in(const struct capture *capture, const struct connection *connections, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        g_assert_cmpuint(connection_table_add(capture->connections,
                                              g_memdup2(&connections[i], sizeof connections[i])),
                         ==, i);
}

/* The connection with that NUMBER has established SESSION in FRAME. */
static void
establish(const struct capture *capture, uint32_t number, struct session *session, uint32_t frame)
{
    const struct frame_note note = {
        .connection = number,
        .findings.session = { { .event = SESSION_ESTABLISHED, .session = session } },
        .findings.session_count = 1,
    };

    session->established_frame = frame;
    notes_add(capture->notes, frame, 0, &note);
}

static const void *
group_of(const struct capture *capture, uint32_t number)
{
    struct session_groups *groups = session_groups_new(capture->notes, capture->connections);
    const void *group =
        session_group_of(groups, connection_table_conclusion(capture->connections, number));

    session_groups_free(groups);
    return group;
}

static bool
has(const struct capture *capture, const void *group, uint32_t number)
{
    struct session_groups *groups = session_groups_new(capture->notes, capture->connections);
    bool result =
        session_group_has(groups, group, connection_table_conclusion(capture->connections, number));

    session_groups_free(groups);
    return result;
}

/* The first COUNT. */
static void
assert_together(const struct capture *capture, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const void *group = group_of(capture, i);
        g_assert_nonnull(group);
        for (uint32_t j = 0; j < count; j++)
            g_assert_true(has(capture, group, j));
    }
}

static void
assert_apart(const struct capture *capture, uint32_t a, uint32_t b)
{
    g_assert_false(has(capture, group_of(capture, a), b));
    g_assert_false(has(capture, group_of(capture, b), a));
}

static void
test_no_session(void)
{
    struct capture capture = capture_new();
    const struct connection connection = { 0 };

    put_in(&capture, &connection, 1);
    g_assert_null(group_of(&capture, 0));
    capture_free(&capture);
}

static void
test_one_session_id(void)
{
    struct capture capture = capture_new();
    struct session first = { 0 };
    struct session second = { 0 };
    const struct connection connections[] = {
        { .session = &first },
        { .session = &first, .offered = &first },
        { .session = &first, .offered = &first },
        { .session = &second },
    };

    put_in(&capture, connections, G_N_ELEMENTS(connections));
    establish(&capture, 0, &first, 4);
    establish(&capture, 3, &second, 40);
    assert_together(&capture, 3);
    assert_apart(&capture, 2, 3);
    capture_free(&capture);
}

/* Two tickets of one handshake, one used each; and the ticket of a resumed connection. */
static void
test_tickets(void)
{
    struct capture capture = capture_new();
    struct session tickets[4] = { { .established_frame = 0 } };
    const struct connection connections[] = {
        { .issued_tickets = true },
        { .issued_tickets = true, .session = &tickets[0], .offered = &tickets[0] },
        { .issued_tickets = true, .session = &tickets[1], .offered = &tickets[1] },
        { .issued_tickets = true, .session = &tickets[2], .offered = &tickets[2] },
        { .issued_tickets = true },
    };
    const uint32_t other = G_N_ELEMENTS(connections) - 1;

    put_in(&capture, connections, G_N_ELEMENTS(connections));
    establish(&capture, 0, &tickets[0], 9);
    establish(&capture, 0, &tickets[1], 10);
    establish(&capture, 1, &tickets[2], 30);
    establish(&capture, other, &tickets[3], 50);
    assert_together(&capture, other);
    for (uint32_t i = 0; i < other; i++)
        assert_apart(&capture, i, other);
    capture_free(&capture);
}

static void
test_full_handshake_not_captured(void)
{
    struct capture capture = capture_new();
    struct session tickets[2] = { { .established_frame = 0 } };
    const struct connection connections[] = {
        { .issued_tickets = true, .session = &tickets[0], .offered = &tickets[0] },
        { .issued_tickets = true, .session = &tickets[1], .offered = &tickets[1] },
    };

    put_in(&capture, connections, G_N_ELEMENTS(connections));
    establish(&capture, 0, &tickets[1], 7);
    assert_together(&capture, G_N_ELEMENTS(connections));
    capture_free(&capture);
}

/* It counts among those of the session it has offered, and has its own besides. */
static void
test_offered_in_vain(void)
{
    struct capture capture = capture_new();
    struct session first = { 0 };
    struct session second = { 0 };
    enum { FULL, REFUSED, UNANSWERED };
    const struct connection connections[] = {
        [FULL] = { .session = &first },
        [REFUSED] = { .session = &second, .offered = &first },
        [UNANSWERED] = { .offered = &first },
    };

    put_in(&capture, connections, G_N_ELEMENTS(connections));
    establish(&capture, FULL, &first, 4);
    establish(&capture, REFUSED, &second, 20);
    g_assert_true(has(&capture, group_of(&capture, FULL), REFUSED));
    g_assert_false(has(&capture, group_of(&capture, REFUSED), FULL));
    g_assert_true(group_of(&capture, FULL) == group_of(&capture, UNANSWERED));
    capture_free(&capture);
}

/* As in captures that were joined in the wrong order. */
static void
test_sessions_that_lead_to_each_other(void)
{
    struct capture capture = capture_new();
    struct session tickets[2] = { { .established_frame = 0 } };
    const struct connection connections[] = { { .session = &tickets[1] },
                                              { .session = &tickets[0] } };

    put_in(&capture, connections, G_N_ELEMENTS(connections));
    establish(&capture, 0, &tickets[0], 5);
    establish(&capture, 1, &tickets[1], 6);
    g_assert_nonnull(group_of(&capture, 0));
    g_assert_nonnull(group_of(&capture, 1));
    capture_free(&capture);
}

/* Each connection is resumed with the ticket of the one before. All of them are asked about, as the
 * filter for a session does; without what is remembered of the way back, that takes minutes. */
static void
test_long_chain(void)
{
    enum { COUNT = 20000 };
    struct capture capture = capture_new();
    struct session *tickets = g_new0(struct session, COUNT);
    struct connection *connections = g_new0(struct connection, COUNT);

    for (uint32_t i = 0; i < COUNT; i++)
        connections[i] = (struct connection){ .issued_tickets = true,
                                              .session = i > 0 ? &tickets[i - 1] : NULL };
    put_in(&capture, connections, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        establish(&capture, i, &tickets[i], i + 1);
    g_test_timer_start();
    struct session_groups *groups = session_groups_new(capture.notes, capture.connections);
    const void *group =
        session_group_of(groups, connection_table_conclusion(capture.connections, 0));
    for (uint32_t i = COUNT; i > 0; i--)
        g_assert_true(session_group_has(groups, group,
                                        connection_table_conclusion(capture.connections, i - 1)));
    session_groups_free(groups);
    g_assert_cmpfloat(g_test_timer_elapsed(), <, 2.0);
    g_free(connections);
    g_free(tickets);
    capture_free(&capture);
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
    g_test_add_func("/session_group/long_chain", test_long_chain);
    return g_test_run();
}

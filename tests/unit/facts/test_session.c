/* test_session.c
 * Sessions found by session ID, by ticket and by alias, among many and among look-alikes.
 * Expected digests come from FIPS 180-4; must not know how session.c keeps its sessions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "facts/session.h"

static struct session_id
id_of(const char *bytes, uint32_t length)
{
    return session_id_of_bytes((struct byte_view){ (const uint8_t *)bytes, length });
}

static struct session_id
ticket_of(const char *ticket)
{
    return session_id_of_ticket(
        (struct byte_view){ (const uint8_t *)ticket, (uint32_t)strlen(ticket) });
}

static void
test_find_and_get(void)
{
    struct session_table *table = session_table_new();
    struct session_id id = id_of("one", 3);
    struct session *session;

    g_assert_null(session_find(table, &id));
    session = session_get(table, &id);
    g_assert_nonnull(session);
    g_assert_cmpuint(session->id.length, ==, 3);
    g_assert_cmpint(memcmp(session->id.bytes, "one", 3), ==, 0);
    g_assert_cmpuint(session->unresumable_reason, ==, UNRESUMABLE_NOT);
    g_assert_cmpuint(session->established_frame, ==, 0);
    g_assert_cmpuint(session->unresumable_frame, ==, 0);
    g_assert_true(session_find(table, &id) == session);
    g_assert_true(session_get(table, &id) == session);
    session_table_free(table);
}

/* IDs that share their beginning, or hold zero bytes, are different IDs. */
static void
test_look_alikes(void)
{
    struct session_table *table = session_table_new();
    struct session_id ids[] = {
        id_of("\0", 1), id_of("\1", 1),  id_of("\0\0", 2), id_of("\0\1", 2),
        id_of("ab", 2), id_of("abc", 3), id_of("abd", 3),
    };

    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_assert_null(session_find(table, &ids[i]));
        session_get(table, &ids[i])->established_frame = i + 1;
    }
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        g_assert_cmpuint(session_find(table, &ids[i])->established_frame, ==, i + 1);
    session_table_free(table);
}

static void
test_length_of_id(void)
{
    const char *bytes = "0123456789abcdef0123456789abcdef and more";
    struct session_id whole = id_of(bytes, 32), cut = id_of(bytes, 41),
                      empty = session_id_of_bytes((struct byte_view){ NULL, 0 });

    g_assert_cmpuint(whole.length, ==, 32);
    g_assert_cmpuint(cut.length, ==, 32);
    g_assert_cmpint(memcmp(cut.bytes, bytes, 32), ==, 0);
    g_assert_cmpuint(empty.length, ==, 0);
}

/* FIPS 180-4: the published digest of "abc". */
static void
test_ticket(void)
{
    static const uint8_t digest[32] = {
        0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40,
        0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17,
        0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD,
    };
    struct session_id id = session_id_of_ticket((struct byte_view){ (const uint8_t *)"abc", 3 });

    g_assert_cmpuint(id.length, ==, sizeof digest);
    g_assert_cmpint(memcmp(id.bytes, digest, sizeof digest), ==, 0);
}

static void
test_alias(void)
{
    struct session_table *table = session_table_new();
    struct session_id id = id_of("session", 7), ticket = ticket_of("ticket");
    struct session *session = session_get(table, &id);

    session_alias(table, session, &ticket);
    session_alias(table, session, &ticket);
    g_assert_true(session_find(table, &id) == session);
    g_assert_true(session_find(table, &ticket) == session);
    g_assert_true(session_get(table, &ticket) == session);
    g_assert_cmpint(memcmp(session->id.bytes, "session", 7), ==, 0);
    session_table_free(table);
}

/* A ticket given out again belongs to the session it was given to last; the other stays valid under
 * its own ID. */
static void
test_alias_moves(void)
{
    struct session_table *table = session_table_new();
    struct session_id first = id_of("first", 5), second = id_of("second", 6),
                      ticket = ticket_of("ticket");
    struct session *old = session_get(table, &first), *new = session_get(table, &second);

    session_alias(table, old, &ticket);
    session_alias(table, new, &ticket);
    g_assert_true(session_find(table, &ticket) == new);
    g_assert_true(session_find(table, &first) == old);
    g_assert_true(session_find(table, &second) == new);
    session_table_free(table);
}

/* A ticket that was a session of its own leads to the other session from now on. */
static void
test_alias_replaces_session(void)
{
    struct session_table *table = session_table_new();
    struct session_id id = id_of("session", 7), ticket = ticket_of("ticket");
    struct session *old = session_get(table, &ticket), *new = session_get(table, &id);

    session_alias(table, new, &ticket);
    g_assert_true(session_find(table, &ticket) == new);
    g_assert_true(session_get(table, &ticket) == new);
    g_assert_true(session_find(table, &id) == new);
    g_assert_cmpuint(old->id.length, ==, ticket.length);
    g_assert_cmpint(memcmp(old->id.bytes, ticket.bytes, ticket.length), ==, 0);
    session_table_free(table);
}

/* A session ID that is the beginning of a ticket's digest is not that ticket. */
static void
test_alias_look_alikes(void)
{
    struct session_table *table = session_table_new();
    struct session_id id = id_of("session", 7), ticket = ticket_of("ticket");
    struct session *session = session_get(table, &id);

    session_alias(table, session, &ticket);
    for (uint8_t length = 1; length < ticket.length; length++) {
        struct session_id beginning = id_of((const char *)ticket.bytes, length);
        g_assert_null(session_find(table, &beginning));
    }
    session_table_free(table);
}

static void
test_many_aliases(void)
{
    enum { COUNT = 20000 };
    struct session_table *table = session_table_new();

    for (uint32_t i = 0; i < COUNT; i++) {
        struct session_id id = id_of((const char *)&i, sizeof i),
                          ticket = session_id_of_ticket(
                              (struct byte_view){ (const uint8_t *)&i, sizeof i });
        session_alias(table, session_get(table, &id), &ticket);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct session_id id = id_of((const char *)&i, sizeof i),
                          ticket = session_id_of_ticket(
                              (struct byte_view){ (const uint8_t *)&i, sizeof i });
        g_assert_true(session_find(table, &ticket) == session_find(table, &id));
    }
    session_table_free(table);
}

static void
test_many(void)
{
    enum { COUNT = 20000 };
    struct session_table *table = session_table_new();

    for (uint32_t i = 0; i < COUNT; i++) {
        struct session_id id = id_of((const char *)&i, sizeof i);
        session_get(table, &id)->established_frame = i;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct session_id id = id_of((const char *)&i, sizeof i);
        g_assert_cmpuint(session_find(table, &id)->established_frame, ==, i);
    }
    session_table_free(table);
}

/* Fills IDS with COUNT of 32 bytes that GLib's hash functions for bytes and strings (times 33, plus
 * the next byte) make one number of: a byte one higher makes up for the next one 33 lower. */
static void
fill_colliding(struct session_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = (struct session_id){ .length = TLS_SESSION_ID_LENGTH_MAX };
        uint32_t rest = i;
        for (unsigned pair = 0; pair < TLS_SESSION_ID_LENGTH_MAX / 2; pair++, rest /= 3) {
            ids[i].bytes[2 * pair] = (uint8_t)(64 + rest % 3);
            ids[i].bytes[2 * pair + 1] = (uint8_t)(200 - 33 * (rest % 3));
        }
    }
}

static void
fill_random(struct session_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = (struct session_id){ .length = TLS_SESSION_ID_LENGTH_MAX };
        for (unsigned j = 0; j < TLS_SESSION_ID_LENGTH_MAX; j++)
            ids[i].bytes[j] = (uint8_t)g_random_int_range(0, 256);
    }
}

/* The best of a few runs, in seconds. */
static double
time_to_get(const struct session_id *ids, uint32_t count)
{
    double best = G_MAXDOUBLE;

    for (int run = 0; run < 5; run++) {
        struct session_table *table = session_table_new();
        g_test_timer_start();
        for (uint32_t i = 0; i < count; i++)
            session_get(table, &ids[i]);
        best = MIN(best, g_test_timer_elapsed());
        session_table_free(table);
    }
    return best;
}

/* The peers choose the IDs. Those of a hash table that collide take hundreds of times as long. */
static void
test_chosen_ids(void)
{
    enum { COUNT = 20000 };
    struct session_id *ids = g_new(struct session_id, COUNT);
    double chosen, random;

    fill_colliding(ids, COUNT);
    g_assert_cmpuint(g_str_hash("\x40\xC8"), ==, g_str_hash("\x41\xA7"));
    chosen = time_to_get(ids, COUNT);
    fill_random(ids, COUNT);
    random = time_to_get(ids, COUNT);
    g_assert_cmpfloat(chosen, <, 10 * random);
    g_free(ids);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/find_and_get", test_find_and_get);
    g_test_add_func("/session/look_alikes", test_look_alikes);
    g_test_add_func("/session/length_of_id", test_length_of_id);
    g_test_add_func("/session/ticket", test_ticket);
    g_test_add_func("/session/alias", test_alias);
    g_test_add_func("/session/alias_moves", test_alias_moves);
    g_test_add_func("/session/alias_replaces_session", test_alias_replaces_session);
    g_test_add_func("/session/alias_look_alikes", test_alias_look_alikes);
    g_test_add_func("/session/many", test_many);
    g_test_add_func("/session/many_aliases", test_many_aliases);
    g_test_add_func("/session/chosen_ids", test_chosen_ids);
    return g_test_run();
}

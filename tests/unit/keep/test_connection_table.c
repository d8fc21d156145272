/* test_connection_table.c
 * Which connections keep their facts, and that what is said of the others stays: the connections are
 * in clear text from the middle on, of one record in each direction. Must not know how the table
 * keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/connection_table.h"

#include <glib.h>

#include "read/connection.h"

#define LATE_MAX 3
#define RECORD_LENGTH 25
#define MISSING 40 /* bytes, where some are not captured */

static const uint8_t record[RECORD_LENGTH] = { TLS_APPLICATION_DATA, 3, 3, 0, RECORD_LENGTH - 5 };

struct capture {
    struct connection_table *connections;
    struct session_table *sessions;
    uint32_t frame;
    struct frame_findings findings; /* of the last segment taken */
};

static void
begin_capture(struct capture *capture)
{
    const struct connection_options options = { .infer = true };

    *capture = (struct capture){
        connection_table_new(&options, LATE_MAX), session_table_new(), 0, { .sender = SIDE_CLIENT }
    };
}

static void
end_capture(const struct capture *capture)
{
    connection_table_free(capture->connections);
    session_table_free(capture->sessions);
}

/* What SENDER sends when it has sent and received so many bytes. */
static struct segment
segment_at(struct capture *capture, uint32_t sent, uint32_t received)
{
    return (struct segment){ .sequence = sent,
                             .acknowledgement = received,
                             .has_acknowledgement = true,
                             .frame = ++capture->frame,
                             .time = capture->frame };
}

static struct segment
record_at(struct capture *capture, uint32_t sent, uint32_t received)
{
    struct segment segment = segment_at(capture, sent, received);

    segment.payload = record;
    segment.length = segment.captured_length = RECORD_LENGTH;
    return segment;
}

static struct segment
fin_at(struct capture *capture, uint32_t sent, uint32_t received)
{
    struct segment segment = segment_at(capture, sent, received);

    segment.fin = true;
    return segment;
}

static bool
take(struct capture *capture, uint32_t number, enum side sender, const struct segment *segment)
{
    const struct dissected_segment dissected = { .segment = *segment };

    return connection_table_take(capture->connections, number, sender, &dissected,
                                 &capture->findings);
}

/* A connection in which both sides have sent a record. */
static uint32_t
add(struct capture *capture)
{
    struct segment first = record_at(capture, 0, 0);
    uint32_t number = connection_table_add(
        capture->connections,
        connection_new(&first, SIDE_CLIENT, START_IN_THE_MIDDLE, capture->sessions));
    struct segment second = record_at(capture, 0, RECORD_LENGTH);

    g_assert_true(take(capture, number, SIDE_CLIENT, &first));
    g_assert_true(take(capture, number, SIDE_SERVER, &second));
    return number;
}

/* Both sides close it, the client first. */
static void
end(struct capture *capture, uint32_t number)
{
    struct segment client = fin_at(capture, RECORD_LENGTH, RECORD_LENGTH);
    struct segment server = fin_at(capture, RECORD_LENGTH, RECORD_LENGTH + 1);

    g_assert_true(take(capture, number, SIDE_CLIENT, &client));
    g_assert_true(take(capture, number, SIDE_SERVER, &server));
    g_assert_true(capture->findings.verdict);
}

static void
add_and_end(struct capture *capture, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        end(capture, add(capture));
}

static bool
is_settled(const struct capture *capture, uint32_t number)
{
    return !connection_table_facts(capture->connections, number);
}

static const struct conclusion *
conclusion_of(const struct capture *capture, uint32_t number)
{
    return connection_table_conclusion(capture->connections, number);
}

static void
test_settled_in_the_order_of_their_ends(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t first = add(&capture);
    uint32_t second = add(&capture);
    end(&capture, second);
    end(&capture, first);
    add_and_end(&capture, LATE_MAX - 2);
    g_assert_false(is_settled(&capture, second));
    add_and_end(&capture, 1);
    g_assert_true(is_settled(&capture, second));
    g_assert_false(is_settled(&capture, first));
    add_and_end(&capture, 1);
    g_assert_true(is_settled(&capture, first));
    end_capture(&capture);
}

static void
assert_same(const struct conclusion *a, const struct conclusion *b)
{
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        g_assert_cmpint(a->direction[side].closure.closure, ==, b->direction[side].closure.closure);
    g_assert_cmpint(a->verdict.closure, ==, b->verdict.closure);
    g_assert_cmpint(a->verdict.initiator, ==, b->verdict.initiator);
    g_assert_cmpuint(a->verdict_frame, ==, b->verdict_frame);
    g_assert_cmpuint(a->first_frame, ==, b->first_frame);
    g_assert_cmpuint(a->first_act_frame, ==, b->first_act_frame);
    g_assert_cmpint(a->closing_time, ==, b->closing_time);
}

static void
test_conclusion_stays(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    g_assert_cmpuint(conclusion_of(&capture, number)->verdict_frame, ==, 0);
    end(&capture, number);
    uint32_t last = capture.frame;
    const struct conclusion *conclusion = conclusion_of(&capture, number);
    const struct conclusion before = *conclusion;
    g_assert_cmpuint(before.verdict_frame, ==, last);
    g_assert_cmpint(before.verdict.closure, ==, CLOSURE_TRUNCATED);
    g_assert_cmpint(before.verdict.initiator, ==, SIDE_CLIENT);
    add_and_end(&capture, LATE_MAX);
    g_assert_true(is_settled(&capture, number));
    g_assert_true(conclusion_of(&capture, number) == conclusion);
    assert_same(conclusion, &before);
    end_capture(&capture);
}

/* A last acknowledgement does not make it end again. */
static void
test_ended_once(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    end(&capture, number);
    struct segment acknowledgement = segment_at(&capture, RECORD_LENGTH + 1, RECORD_LENGTH + 1);
    g_assert_true(take(&capture, number, SIDE_CLIENT, &acknowledgement));
    add_and_end(&capture, LATE_MAX - 1);
    g_assert_false(is_settled(&capture, number));
    add_and_end(&capture, 4 * LATE_MAX);
    g_assert_true(is_settled(&capture, number));
    end_capture(&capture);
}

/* Nobody had asked for its conclusion when its facts were given up. */
static void
test_concluded_when_settled(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    end(&capture, number);
    uint32_t last = capture.frame;
    add_and_end(&capture, LATE_MAX);
    g_assert_true(is_settled(&capture, number));
    g_assert_cmpuint(conclusion_of(&capture, number)->verdict_frame, ==, last);
    end_capture(&capture);
}

static void
test_too_late(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    end(&capture, number);
    add_and_end(&capture, LATE_MAX);
    const struct conclusion before = *conclusion_of(&capture, number);
    struct segment reset = segment_at(&capture, RECORD_LENGTH + 1, RECORD_LENGTH);
    reset.rst = true;
    capture.findings = (struct frame_findings){ .experts = UINT32_MAX };
    g_assert_false(take(&capture, number, SIDE_CLIENT, &reset));
    g_assert_cmpuint(capture.findings.experts, ==, UINT32_MAX);
    assert_same(conclusion_of(&capture, number), &before);
    end_capture(&capture);
}

/* As long as it is not settled, late segments change what it comes to. */
static void
test_not_too_late(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    struct segment fin = fin_at(&capture, RECORD_LENGTH, RECORD_LENGTH);
    struct segment reset = segment_at(&capture, RECORD_LENGTH, RECORD_LENGTH + 1);
    reset.rst = true;
    take(&capture, number, SIDE_CLIENT, &fin);
    g_assert_cmpint(conclusion_of(&capture, number)->direction[SIDE_SERVER].closure.closure, ==,
                    CLOSURE_NONE);
    take(&capture, number, SIDE_SERVER, &reset);
    add_and_end(&capture, LATE_MAX - 1);
    g_assert_cmpint(conclusion_of(&capture, number)->direction[SIDE_SERVER].closure.closure, ==,
                    CLOSURE_RESET);
    end_capture(&capture);
}

static void
test_open_ones_stay(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t open = add(&capture);
    uint32_t half_open = add(&capture);
    struct segment fin = fin_at(&capture, RECORD_LENGTH, RECORD_LENGTH);
    take(&capture, half_open, SIDE_CLIENT, &fin);
    add_and_end(&capture, 4 * LATE_MAX);
    g_assert_false(is_settled(&capture, open));
    g_assert_false(is_settled(&capture, half_open));
    end(&capture, open);
    g_assert_cmpint(conclusion_of(&capture, open)->verdict.closure, ==, CLOSURE_TRUNCATED);
    end_capture(&capture);
}

/* Bytes before the client's FIN are outstanding: no verdict yet, however many end after it. */
static void
test_waiting_ones_stay(void)
{
    struct capture capture;

    begin_capture(&capture);
    uint32_t number = add(&capture);
    struct segment client = fin_at(&capture, RECORD_LENGTH + MISSING, RECORD_LENGTH);
    struct segment server = fin_at(&capture, RECORD_LENGTH, RECORD_LENGTH);
    take(&capture, number, SIDE_CLIENT, &client);
    take(&capture, number, SIDE_SERVER, &server);
    g_assert_false(capture.findings.verdict);
    add_and_end(&capture, 4 * LATE_MAX);
    g_assert_false(is_settled(&capture, number));

    /* That the server has received them proves that they are lost. */
    struct segment proof = segment_at(&capture, RECORD_LENGTH + 1, RECORD_LENGTH + MISSING + 1);
    take(&capture, number, SIDE_SERVER, &proof);
    g_assert_true(capture.findings.verdict);
    add_and_end(&capture, LATE_MAX);
    g_assert_true(is_settled(&capture, number));
    end_capture(&capture);
}

/* More than whatever the table may be made of in one go. */
static void
test_many(void)
{
    const unsigned count = 1000;
    struct capture capture;

    begin_capture(&capture);
    for (uint32_t i = 0; i < count; i++) {
        g_assert_cmpuint(add(&capture), ==, i);
        g_assert_cmpuint(conclusion_of(&capture, i)->first_frame, ==, capture.frame - 1);
        end(&capture, i);
    }
    for (uint32_t i = 0; i < count; i++) {
        g_assert_cmpuint(conclusion_of(&capture, i)->first_frame, ==, 4 * i + 1);
        g_assert_true(is_settled(&capture, i) == (i < count - LATE_MAX));
    }
    end_capture(&capture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection_table/settled_in_the_order_of_their_ends",
                    test_settled_in_the_order_of_their_ends);
    g_test_add_func("/connection_table/ended_once", test_ended_once);
    g_test_add_func("/connection_table/conclusion_stays", test_conclusion_stays);
    g_test_add_func("/connection_table/concluded_when_settled", test_concluded_when_settled);
    g_test_add_func("/connection_table/too_late", test_too_late);
    g_test_add_func("/connection_table/not_too_late", test_not_too_late);
    g_test_add_func("/connection_table/open_ones_stay", test_open_ones_stay);
    g_test_add_func("/connection_table/waiting_ones_stay", test_waiting_ones_stay);
    g_test_add_func("/connection_table/many", test_many);
    return g_test_run();
}

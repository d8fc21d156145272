/* test_segments.c
 * What single segments add to the facts: those captured before the first byte of TLS, windows, and copies of
 * FINs. By RFC 9293; must not know records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "app/application.h"
#include "read/connection.h"
#include "records.h"
#include "sent.h"

#define CLIENT_NUMBER 1000
#define SERVER_NUMBER 5000

static const struct connection_options options = { .infer = true };
static struct session_table *sessions;
static struct connection *connection;
static uint32_t frame;

/* Of the client, behind SENT bytes. */
static struct segment
segment_at(uint32_t sent, const uint8_t *payload, uint32_t length)
{
    frame++;
    return (struct segment){ .sequence = CLIENT_NUMBER + sent,
                             .acknowledgement = SERVER_NUMBER,
                             .has_acknowledgement = true,
                             .payload = payload,
                             .length = length,
                             .captured_length = length,
                             .frame = frame };
}

static void
take(enum side sender, struct segment segment)
{
    const struct dissected_segment dissected = { .segment = segment };
    struct frame_findings findings;

    connection_take_segment(connection, sender, &dissected, &options, &findings);
}

static void
begin(const struct segment *first)
{
    frame = 0;
    sessions = session_table_new();
    connection = connection_new(first, SIDE_CLIENT, START_AT_CLIENT_HELLO, sessions);
}

/* The server has sent these bytes, the client nothing. */
static void
begin_with_server_data(const uint8_t *bytes, uint32_t length)
{
    struct segment first = segment_at(0, NULL, 0);

    begin(&first);
    struct segment data = segment_at(0, bytes, length);
    data.sequence = SERVER_NUMBER;
    data.acknowledgement = CLIENT_NUMBER;
    take(SIDE_SERVER, data);
}

static void
end(void)
{
    connection_free(connection);
    session_table_free(sessions);
}

/* The second half of the first record was captured before the first. Without an acknowledgement, nobody knows
 * the server's numbers, and so what the early segment has acknowledged. */
static void
test_early_segment(void)
{
    static const uint8_t record[TLS_RECORD_HEADER_LENGTH + 20] = { TLS_HANDSHAKE, 3, 1, 0, 20 };

    for (int acknowledges = 0; acknowledges <= 1; acknowledges++) {
        struct segment first = segment_at(0, record, 10);
        struct segment second = segment_at(10, record + 10, sizeof record - 10);

        first.has_acknowledgement = acknowledges;
        begin(&first);
        connection_keep_early(connection, SIDE_CLIENT, &second);
        take(SIDE_CLIENT, first);
        g_assert_cmpuint(direction_of(connection, SIDE_CLIENT)->stream.position, ==,
                         STREAM_FIRST_OFFSET + (acknowledges ? sizeof record : 10));
        end();
    }
}

/* No segment of the server has given its numbers away. */
static void
test_early_segment_of_unknown_number(void)
{
    static const uint8_t bytes[10];
    struct segment first = segment_at(0, bytes, 0);
    struct segment second = segment_at(0, bytes, sizeof bytes);

    first.has_acknowledgement = false;
    begin(&first);
    connection_keep_early(connection, SIDE_SERVER, &second);
    g_assert_false(direction_of(connection, SIDE_SERVER)->stream.captured_any);
    end();
}

static void
test_expected_application(void)
{
    struct segment first = segment_at(0, NULL, 0);

    begin(&first);
    connection_expect(connection, HINT_NONE);
    g_assert_null(connection->application);
    connection_expect(connection, HINT_FTP_DATA);
    g_assert_nonnull(connection->application);
    g_assert_cmpint(connection->application_hint, ==, HINT_FTP_DATA);
    end();
}

/* RFC 9293 section 3.8.6: the window of the highest acknowledgement, of several the widest. */
static void
test_window(void)
{
    static const struct {
        uint32_t received;
        uint16_t window, known;
    } cases[] = {
        { 0, 100, 100 },  { 0, 50, 100 },  { 0, 200, 200 }, { 10, 150, 150 },
        { 10, 120, 150 }, { 5, 900, 150 }, { 20, 7, 7 },
    };
    static const uint8_t bytes[20];

    begin_with_server_data(bytes, sizeof bytes);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct segment segment = segment_at(0, NULL, 0);

        segment.acknowledgement += cases[i].received;
        segment.window = cases[i].window;
        take(SIDE_CLIENT, segment);
        g_assert_cmpuint(direction_of(connection, SIDE_CLIENT)->window, ==, cases[i].known);
    }
    end();
}

/* A FIN that is sent again acknowledges more; when it was sent first, as little had been received as any copy
 * tells. Another FIN, with other numbers, tells nothing. */
static void
test_copies_of_fin(void)
{
    static const struct {
        uint32_t ahead; /* of the second FIN, behind the first */
        bool acknowledges;
        uint32_t received; /* of the first, as is known in the end */
    } cases[] = {
        { 0, true, 0 },
        { 0, false, 50 },
        { 3, true, 50 },
    };
    static const uint8_t bytes[50];

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin_with_server_data(bytes, sizeof bytes);
        struct segment fin = segment_at(0, NULL, 0);
        fin.fin = true;
        fin.acknowledgement += sizeof bytes;
        take(SIDE_CLIENT, fin);
        fin = segment_at(cases[i].ahead, NULL, 0);
        fin.fin = true;
        fin.has_acknowledgement = cases[i].acknowledges;
        take(SIDE_CLIENT, fin);
        g_assert_cmpuint(direction_of(connection, SIDE_CLIENT)->end.acknowledged, ==,
                         STREAM_FIRST_OFFSET + cases[i].received);
        end();
    }
}

/* A copy with other data in front ends at the same place. */
static void
test_copy_of_fin_with_data(void)
{
    static const uint8_t bytes[30];

    begin_with_server_data(bytes, sizeof bytes);
    take(SIDE_CLIENT, segment_at(0, bytes, sizeof bytes));
    struct segment fin = segment_at(sizeof bytes, NULL, 0);
    fin.fin = true;
    fin.acknowledgement += sizeof bytes;
    take(SIDE_CLIENT, fin);
    fin = segment_at(0, bytes, sizeof bytes);
    fin.fin = true;
    take(SIDE_CLIENT, fin);
    g_assert_cmpuint(direction_of(connection, SIDE_CLIENT)->end.acknowledged, ==,
                     STREAM_FIRST_OFFSET);
    end();
}

/* "truncation_noticed": a client's fatal alert that had received the server's FIN, captured before that FIN. */
static void
test_alert_captured_before_fin(void)
{
    static const uint8_t alert[] = { TLS_ALERT_FATAL, 80 };

    for (uint32_t received = 0; received <= 1; received++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .received = received, .type = TLS_ALERT,
                               .length = TLS12_ALERT, .inner_type = TLS_ALERT, .plaintext = alert,
                               .plaintext_length = sizeof alert });
        g_assert_false(raises(&conversation, EXPERT_TRUNCATION_NOTICED));
        capture(&conversation, (struct sent){ SIDE_SERVER, .fin = true });
        g_assert_true(((conversation.late_experts & EXPERT_BIT(EXPERT_TRUNCATION_NOTICED)) != 0) ==
                      (received != 0));
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/segments/early", test_early_segment);
    g_test_add_func("/segments/early_of_unknown_number", test_early_segment_of_unknown_number);
    g_test_add_func("/segments/expected_application", test_expected_application);
    g_test_add_func("/segments/window", test_window);
    g_test_add_func("/segments/copies_of_fin", test_copies_of_fin);
    g_test_add_func("/segments/copy_of_fin_with_data", test_copy_of_fin_with_data);
    g_test_add_func("/segments/alert_captured_before_fin", test_alert_captured_before_fin);
    return g_test_run();
}

/* test_connection.c
 * Segments late, lost, cut and numbered in odd ways: in which frame what is said of a connection's
 * end. Expected values come from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "closure.h"
#include "conversation.h"
#include "message_builder.h"

/* A record of zeros, longer than any alert. */
#define DATA_LENGTH 100

static void
put_record(GByteArray *bytes, uint8_t type, uint16_t length)
{
    put_number(bytes, type, 1);
    put_number(bytes, 0x0303, 2);
    put_number(bytes, length, 2);
    put_repeated(bytes, 0, length);
}

static enum closure
closure_of(const struct conversation *conversation, enum side side)
{
    return judge_closure(conversation->connection, side, &conversation_options).closure;
}

/* The server's last data is captured behind its FIN, and behind the client's acknowledgement of both:
 * the end is stated in the frame of the FIN with bytes outstanding, and then where they are. */
static void
test_late_bytes_behind_their_acknowledgement(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    conversation_capture(
        &conversation,
        &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = data->len, .fin = true });
    g_assert_true(conversation.findings.end_provisional);
    conversation_capture(
        &conversation, &(struct loose_segment){ .sender = SIDE_CLIENT, .received = data->len + 1 });
    conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                 .payload = data->data,
                                                                 .length = data->len });
    g_assert_true(conversation.findings.end);
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = data->len + 1 });
    g_assert_false(conversation.findings.end);
    conversation_finish(&conversation);
    g_byte_array_free(data, TRUE);
}

/* The same, but the bytes never come: no other frame is the place to state the end. */
static void
test_bytes_that_never_come(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation_capture(
        &conversation, &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = 40, .fin = true });
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_CLIENT, .received = 41 });
    conversation_capture(&conversation,
                         &(struct loose_segment){ .sender = SIDE_SERVER, .ahead = 41 });
    g_assert_false(conversation.findings.end || conversation.findings.end_provisional);
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/late_bytes_behind_their_acknowledgement",
                    test_late_bytes_behind_their_acknowledgement);
    g_test_add_func("/connection/bytes_that_never_come", test_bytes_that_never_come);
    return g_test_run();
}

/* test_evidence.c
 * What is known of a close_notify, what hides one, and what follows for padding and sessions: single rules at
 * their limits, on facts set by hand. By the public interface and the RFCs; must not know segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/evidence.h"

#include <glib.h>

#include "judge/conclusion.h"
#include "judge/loss.h"
#include "judge/padding.h"
#include "judge/resumption.h"

#define SENT 5000 /* bytes by each side */

static const struct connection_options options = { .infer = true };
static const struct connection_options no_inference;
static struct connection connection;
static struct direction *const client = &connection.direction[SIDE_CLIENT];
static struct direction *const server = &connection.direction[SIDE_SERVER];

/* Both sides have finished the handshake and sent data; all of it was captured. */
static void
begin(enum tls_version version)
{
    connection = (struct connection){ .version = version,
                                      .cipher_suite = version == TLS_1_3 ? 0x1301 : 0xC02F,
                                      .data_flowed = true };
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct direction *direction = &connection.direction[side];

        stream_start(&direction->stream, 0, true);
        direction->stream.captured_any = true;
        direction->stream.position = STREAM_FIRST_OFFSET + SENT;
        direction->stream.captured_end = STREAM_FIRST_OFFSET + SENT;
        direction->acknowledged = STREAM_FIRST_OFFSET + SENT;
        direction->finished_end = STREAM_FIRST_OFFSET + 100;
    }
}

static void
end(void)
{
    stream_clear(&client->stream);
    stream_clear(&server->stream);
}

/* RFC 9293 section 3.4: a FIN has a number of its own. One number more may be a FIN that was not captured, two
 * are a byte at least. */
static void
test_hole_at_the_end(void)
{
    for (unsigned more = 0; more <= 2; more++) {
        begin(TLS_1_2);
        client->acknowledged += more;
        g_assert_true(has_hole(&connection, SIDE_SERVER) == (more > 1));
        g_assert_true(may_hide_fin(&connection, SIDE_SERVER) == (more > 0));
        end();
    }
}

static void
test_missing_behind(void)
{
    begin(TLS_1_2);
    server->stream.last_lost_from = STREAM_FIRST_OFFSET + 10;
    g_assert_true(is_missing_behind(&connection, SIDE_SERVER, STREAM_FIRST_OFFSET + 10));
    g_assert_false(is_missing_behind(&connection, SIDE_SERVER, STREAM_FIRST_OFFSET + 11));
    end();
}

/* Frame 1 is a frame like any other. */
static void
test_alert_in_first_frame(void)
{
    begin(TLS_1_2);
    server->candidate = (struct candidate){
        .mark = { .end = STREAM_FIRST_OFFSET + SENT, .captured = 1, .frame = 1 }, .type = TLS_ALERT
    };
    g_assert_nonnull(known_close_notify(&connection, SIDE_SERVER, &options, NULL));
    g_assert_null(known_close_notify(&connection, SIDE_SERVER, &no_inference, NULL));
    end();
}

/* Of a side of which nothing was captured, no alert is known. */
static void
test_nothing_captured(void)
{
    connection = (struct connection){ .was_reset = true };
    g_assert_null(known_close_notify(&connection, SIDE_SERVER, &options, NULL));
}

/* "tlsclose.infer off: an encrypted alert without keys makes the answer Unknown." */
static void
test_without_inference(void)
{
    for (unsigned what = 0; what <= 2; what++) {
        begin(what == 1 ? TLS_1_3 : TLS_1_2);
        server->undecrypted = what == 1;
        server->withdrawn = what == 2;
        g_assert_cmpint(hidden_anywhere(&connection, SIDE_SERVER, &options).what, ==,
                        HIDDEN_NOTHING);
        g_assert_cmpint(hidden_anywhere(&connection, SIDE_SERVER, &no_inference).what, ==,
                        what == 0 ? HIDDEN_NOTHING : HIDDEN_UNREADABLE_ALERT);
        end();
    }
}

/* What is missing hides what was sent before a limit only if it begins before that. */
static void
test_missing_alert(void)
{
    begin(TLS_1_2);
    server->missing_alert = STREAM_FIRST_OFFSET + 50;
    g_assert_cmpint(hidden_before(&connection, SIDE_SERVER, server->missing_alert, &options).what,
                    ==, HIDDEN_NOTHING);
    g_assert_cmpint(
        hidden_before(&connection, SIDE_SERVER, server->missing_alert + 1, &options).what, ==,
        HIDDEN_GAP);
    end();
}

/* RFC 8446 section 5.4: a Finished of 4 + 32 bytes, the content type and the tag make 53; what is more is
 * padding. */
static void
test_padding(void)
{
    static const struct {
        enum tls_version version;
        uint16_t finished_length;
        unsigned padding;
    } cases[] = {
        { TLS_1_3, 0, 0 },  { TLS_1_3, 52, 0 },  { TLS_1_3, 53, 0 },
        { TLS_1_3, 54, 1 }, { TLS_1_3, 85, 32 }, { TLS_1_2, 85, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version);
        server->traffic.finished_length = cases[i].finished_length;
        g_assert_cmpuint(padding_of(&connection, SIDE_SERVER), ==, cases[i].padding);
        end();
    }
}

/* Both pad by the same amount: a last record that is as short as any, and longer than an alert without
 * padding, may be one. */
static void
test_padded_alert(void)
{
    static const struct {
        uint16_t client_finished, smallest, last;
        bool hides;
    } cases[] = {
        { 85, 20, 20, true },  { 85, 19, 19, false }, { 85, 20, 21, false },
        { 86, 20, 20, false }, { 53, 20, 20, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS_1_3);
        client->traffic.finished_length = cases[i].client_finished;
        server->traffic.finished_length = 85;
        server->traffic.smallest_length = cases[i].smallest;
        server->traffic.last_length = cases[i].last;
        g_assert_true(may_hide_padded_alert(&connection, SIDE_SERVER) == cases[i].hides);
        end();
    }
}

/* RFC 2246 section 7.2.1, RFC 5246 section 7.2.2: what a session needs to be made unresumable, wherever its
 * handshake ended. */
static void
test_end_of_session(void)
{
    static const struct {
        uint64_t client_finished, server_finished;
        enum closure verdict;
        enum unresumable_reason reason;
    } cases[] = {
        { 1, 1, CLOSURE_TRUNCATED, UNRESUMABLE_NO_CLOSE_NOTIFY },
        { 0, 1, CLOSURE_TRUNCATED, UNRESUMABLE_NOT },
        { 1, 0, CLOSURE_TRUNCATED, UNRESUMABLE_NOT },
        { 1, 1, CLOSURE_UNKNOWN, UNRESUMABLE_NOT },
        { 1, 1, CLOSURE_HANDSHAKE_INCOMPLETE, UNRESUMABLE_NOT },
    };
    struct session session = { .unresumable_frame = 0 };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct judgement verdict = { .closure = (unsigned)cases[i].verdict & 15U };

        begin(TLS_1_0);
        connection.session = &session;
        client->finished_end = cases[i].client_finished;
        server->finished_end = cases[i].server_finished;
        g_assert_cmpint(reason_to_end_session(&connection, &verdict, &options), ==,
                        cases[i].reason);
        end();
    }
}

/* RFC 8446 section 6.2. */
static void
test_tickets_discarded(void)
{
    static const struct {
        enum tls_version version;
        bool issued, discarded;
    } cases[] = {
        { TLS_1_3, true, true },
        { TLS_1_3, false, false },
        { TLS_1_2, true, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version);
        connection.issued_tickets = cases[i].issued;
        g_assert_true(fatal_alert_discards_tickets(&connection) == cases[i].discarded);
        end();
    }
}

/* A hello of either side shows that it is TLS. */
static void
test_hello_seen(void)
{
    for (unsigned hellos = 0; hellos <= 3; hellos++) {
        begin(TLS_1_2);
        connection.client_hello_seen = hellos & 1;
        connection.server_hello_seen = hellos >> 1 & 1;
        g_assert_true(conclude(&connection, NULL, &options).hello_seen == (hellos != 0));
        end();
    }
}

/* Row 6: where the capture starts inside a record, and no other is found, data may have been sent. */
static void
test_loss_before_framing(void)
{
    const struct judgement closure = { .closure = CLOSURE_UNKNOWN, .hidden = HIDDEN_STARTS_INSIDE };

    begin(TLS_1_2);
    server->stream.state = STREAM_UNSYNCED;
    server->end_kind = END_FIN;
    g_assert_cmpuint(judge_loss(&connection, SIDE_SERVER, closure, NULL, &options).loss, ==,
                     LOSS_UNKNOWN);
    end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/hole_at_the_end", test_hole_at_the_end);
    g_test_add_func("/evidence/missing_behind", test_missing_behind);
    g_test_add_func("/evidence/alert_in_first_frame", test_alert_in_first_frame);
    g_test_add_func("/evidence/nothing_captured", test_nothing_captured);
    g_test_add_func("/evidence/without_inference", test_without_inference);
    g_test_add_func("/evidence/missing_alert", test_missing_alert);
    g_test_add_func("/evidence/padding", test_padding);
    g_test_add_func("/evidence/padded_alert", test_padded_alert);
    g_test_add_func("/evidence/end_of_session", test_end_of_session);
    g_test_add_func("/evidence/tickets_discarded", test_tickets_discarded);
    g_test_add_func("/evidence/hello_seen", test_hello_seen);
    g_test_add_func("/evidence/loss_before_framing", test_loss_before_framing);
    return g_test_run();
}

/* test_ending.c
 * FINs that were not captured, that cross the handshake, or that are numbered below data. Expected values come
 * from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "message_builder.h"
#include "sent.h"

/* With AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS12_FINISHED (8 + 16 + 16)

static struct judgement
closure_of(const struct conversation *conversation, enum side side)
{
    return judge_closure(conversation->connection, side, &conversation->options);
}

static struct judgement
verdict_of(const struct conversation *conversation)
{
    return judge_verdict(conversation->connection, &conversation->options);
}

static void
assert_initiated(struct judgement verdict, enum closure closure, enum side initiator)
{
    g_assert_cmpint(verdict.closure, ==, closure);
    g_assert_true(verdict.has_initiator);
    g_assert_cmpint(verdict.initiator, ==, initiator);
}

static void
send_bytes(struct conversation *conversation, enum side sender, uint8_t type, const uint8_t *body,
           uint16_t length)
{
    GByteArray *payload = g_byte_array_new();

    put_number(payload, type, 1);
    put_number(payload, 0x0303, 2);
    put_number(payload, length, 2);
    g_byte_array_append(payload, body, length);
    conversation_capture(conversation, &(struct loose_segment){ .sender = sender,
                                                                .payload = payload->data,
                                                                .length = payload->len });
    conversation->sequence[sender] += payload->len;
    conversation->acknowledgement[other_side(sender)] = conversation->sequence[sender];
    g_byte_array_free(payload, TRUE);
}

/* A handshake of TLS 1.2 up to the client's Finished. */
static void
begin_handshake(struct conversation *conversation)
{
    static const struct {
        enum side sender;
        uint8_t type, message;
        uint16_t length;
    } records[] = {
        { SIDE_CLIENT, TLS_HANDSHAKE, TLS_CLIENT_HELLO, 41 },
        { SIDE_SERVER, TLS_HANDSHAKE, TLS_SERVER_HELLO, 38 },
        { SIDE_SERVER, TLS_HANDSHAKE, TLS_SERVER_HELLO_DONE, 0 },
        { SIDE_CLIENT, TLS_HANDSHAKE, TLS_CLIENT_KEY_EXCHANGE, 2 },
        { SIDE_CLIENT, TLS_CHANGE_CIPHER_SPEC, 0, 0 },
        { SIDE_CLIENT, TLS_HANDSHAKE, 0, TLS12_FINISHED },
    };

    conversation_begin_bare(conversation, START_AT_CLIENT_HELLO);
    for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
        GByteArray *body = g_byte_array_new();

        if (records[i].type == TLS_CHANGE_CIPHER_SPEC) {
            put_number(body, 1, 1);
        } else if (records[i].message == 0) {
            put_repeated(body, 0, records[i].length);
        } else {
            put_number(body, records[i].message, 1);
            put_number(body, records[i].length, 3);
            put_number(body, 0x0303, records[i].length < 2 ? 0 : 2);
            put_repeated(body, 0, records[i].length < 2 ? 0 : records[i].length - 2u);
        }
        send_bytes(conversation, records[i].sender, records[i].type, body->data,
                   (uint16_t)body->len);
        g_byte_array_free(body, TRUE);
    }
}

/* "Whether the handshake was finished is decided at the initiator's first closing act, by what it had
 * sent and received": the client's FIN crosses the server's Finished. */
static void
test_fin_crosses_finished(void)
{
    static const uint8_t change_cipher_spec[] = { 1 };
    static const uint8_t finished[TLS12_FINISHED] = { 0 };
    struct conversation conversation;

    begin_handshake(&conversation);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
    send_bytes(&conversation, SIDE_SERVER, TLS_CHANGE_CIPHER_SPEC, change_cipher_spec,
               sizeof change_cipher_spec);
    send_bytes(&conversation, SIDE_SERVER, TLS_HANDSHAKE, finished, sizeof finished);
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = 1, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==,
                    CLOSURE_HANDSHAKE_INCOMPLETE);
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==,
                    CLOSURE_HANDSHAKE_INCOMPLETE);
    assert_initiated(verdict_of(&conversation), CLOSURE_HANDSHAKE_INCOMPLETE, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* The same, but the client sent data before its FIN, which RFC 7918 allows: it took the handshake for
 * finished. */
static void
test_data_crosses_finished(void)
{
    static const uint8_t change_cipher_spec[] = { 1 };
    static const uint8_t finished[TLS12_FINISHED] = { 0 };
    struct conversation conversation;

    begin_handshake(&conversation);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = 100, .fin = true });
    send_bytes(&conversation, SIDE_SERVER, TLS_CHANGE_CIPHER_SPEC, change_cipher_spec,
               sizeof change_cipher_spec);
    send_bytes(&conversation, SIDE_SERVER, TLS_HANDSHAKE, finished, sizeof finished);
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = WIRE(100) + 1, .fin = true });
    assert_initiated(verdict_of(&conversation), CLOSURE_TRUNCATED, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* The same, but the client sent an encrypted alert before its FIN: if it is a fatal one, that closed. */
static void
test_alert_crosses_finished(void)
{
    static const uint8_t change_cipher_spec[] = { 1 };
    static const uint8_t finished[TLS12_FINISHED] = { 0 };
    struct conversation conversation;

    begin_handshake(&conversation);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_ALERT, .length = TLS12_ALERT, .fin = true });
    send_bytes(&conversation, SIDE_SERVER, TLS_CHANGE_CIPHER_SPEC, change_cipher_spec,
               sizeof change_cipher_spec);
    send_bytes(&conversation, SIDE_SERVER, TLS_HANDSHAKE, finished, sizeof finished);
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, CLOSURE_UNKNOWN);
    assert_initiated(verdict_of(&conversation), CLOSURE_UNKNOWN, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* "FIN first, alert after (port probes: SYN, FIN, then the server's decode_error that acknowledges the
 * FIN): Handshake incomplete, initiator client, truncation_noticed (server)." */
static void
test_fin_before_first_record(void)
{
    static const uint8_t decode_error[] = { TLS_ALERT, 3, 3, 0, 2, TLS_ALERT_FATAL, 50 };
    struct conversation conversation;

    conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
    conversation.frame = 4;
    conversation.acknowledgement[SIDE_SERVER]++;
    const struct segment first = {
        .sequence = conversation.sequence[SIDE_SERVER],
        .acknowledgement = conversation.acknowledgement[SIDE_SERVER],
        .has_acknowledgement = true,
        .frame = 5,
    };
    conversation.connection =
        connection_new(&first, SIDE_SERVER, START_IN_THE_MIDDLE, conversation.sessions);
    connection_take_bare_fin(conversation.connection, SIDE_CLIENT, &first, 4, 0);
    conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                 .payload = decode_error,
                                                                 .length = sizeof decode_error });
    g_assert_true(raises(&conversation, EXPERT_TRUNCATION_NOTICED));
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .ahead = 1, .rst = true, .without_acknowledgement = true });
    g_assert_true(conversation.findings.end);
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==,
                    CLOSURE_HANDSHAKE_INCOMPLETE);
    assert_initiated(verdict_of(&conversation), CLOSURE_HANDSHAKE_INCOMPLETE, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* "A FIN numbered below data already captured: closure Unknown as well as verdict", and nobody closed
 * first: the FIN may be forged, or old. */
static void
test_fin_below_data(void)
{
    struct conversation conversation;
    uint32_t sent;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    sent = conversation.sequence[SIDE_SERVER] - 1000; /* its numbers begin with 1000 */
    capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = 0U - sent, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==, CLOSURE_UNKNOWN);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
    g_assert_cmpint(verdict_of(&conversation).closure, ==, CLOSURE_UNKNOWN);
    g_assert_cmpint(verdict_of(&conversation).hidden, ==, HIDDEN_FIN_BELOW_DATA);
    g_assert_false(verdict_of(&conversation).has_initiator);
    conversation_finish(&conversation);
}

/* "If the bytes that are missing of a side lie before its own FIN, and that FIN was captured before any
 * act of the peer, that side is the initiator whatever the bytes were": a part of its alert is lost, and
 * the peer's alert crosses it. */
static void
test_lost_alert_before_own_fin(void)
{
    static const uint8_t header[] = { TLS_ALERT, 3, 3, 0, TLS12_ALERT };
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_CLIENT,
                                                                 .payload = header,
                                                                 .length = sizeof header });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS12_ALERT), .fin = true });
    capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT });
    capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = WIRE(TLS12_ALERT),
                                          .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    struct judgement verdict = verdict_of(&conversation);
    g_assert_true(verdict.has_initiator);
    g_assert_cmpint(verdict.initiator, ==, SIDE_CLIENT);
    conversation_finish(&conversation);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/fin/crosses_finished", test_fin_crosses_finished);
    g_test_add_func("/ending/fin/data_crosses_finished", test_data_crosses_finished);
    g_test_add_func("/ending/fin/alert_crosses_finished", test_alert_crosses_finished);
    g_test_add_func("/ending/fin/before_first_record", test_fin_before_first_record);
    g_test_add_func("/ending/fin/below_data", test_fin_below_data);
    g_test_add_func("/ending/fin/behind_lost_alert", test_lost_alert_before_own_fin);
    return g_test_run();
}

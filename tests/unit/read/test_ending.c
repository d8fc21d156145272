/* test_ending.c
 * Ends that are not what they seem: RSTs with odd numbers, FINs that were not captured or that cross the
 * handshake, forged ones. Expected values come from the public interface; must not know how the engine
 * keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "conversation.h"
#include "judge/closure.h"
#include "message_builder.h"
#include "read/after_reset.h"

/* The length of a record on the wire. */
#define WIRE(length) (TLS_RECORD_HEADER_LENGTH + (length))

/* With AES-128-GCM: RFC 5288 section 3. */
#define TLS12_ALERT (8 + 2 + 16)
#define TLS12_FINISHED (8 + 16 + 16)

/* A segment of one record of zeros, or of none if its type is zero. */
struct sent {
    enum side sender;
    uint32_t ahead, received; /* as in struct loose_segment */
    uint8_t type;
    uint16_t length;
    bool fin, rst, without_acknowledgement;
};

static void
put_record(GByteArray *bytes, uint8_t type, uint16_t length)
{
    put_number(bytes, type, 1);
    put_number(bytes, 0x0303, 2);
    put_number(bytes, length, 2);
    put_repeated(bytes, 0, length);
}

static void
capture(struct conversation *conversation, struct sent sent)
{
    GByteArray *payload = g_byte_array_new();

    if (sent.type != 0)
        put_record(payload, sent.type, sent.length);
    conversation_capture(conversation, &(struct loose_segment){
                                           .sender = sent.sender,
                                           .ahead = sent.ahead,
                                           .received = sent.received,
                                           .fin = sent.fin,
                                           .rst = sent.rst,
                                           .without_acknowledgement = sent.without_acknowledgement,
                                           .payload = payload->data,
                                           .length = payload->len,
                                       });
    g_byte_array_free(payload, TRUE);
}

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

static bool
raises(const struct conversation *conversation, enum expert expert)
{
    return conversation->findings.experts & EXPERT_BIT(expert);
}

static void
assert_initiated(struct judgement verdict, enum closure closure, enum side initiator)
{
    g_assert_cmpint(verdict.closure, ==, closure);
    g_assert_true(verdict.has_initiator);
    g_assert_cmpint(verdict.initiator, ==, initiator);
}

/* "A RST's number proves missing bytes only if it lies in the window that its peer had opened." */
static void
test_reset_outside_window(void)
{
    static const struct {
        uint32_t ahead;
        enum closure closure;
    } cases[] = {
        { 0, CLOSURE_RESET },
        { 1000, CLOSURE_UNKNOWN },
        { UINT16_MAX, CLOSURE_UNKNOWN },
        { UINT16_MAX + 1, CLOSURE_RESET },
        { 1 << 29, CLOSURE_RESET },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ .sender = SIDE_CLIENT });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = cases[i].ahead, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==, cases[i].closure);
        conversation_finish(&conversation);
    }
}

/* "Raw number 0 with ACK (RFC 9293 section 3.10.7.1) proves nothing." */
static void
test_reset_with_number_zero(void)
{
    for (int bare = 0; bare <= 1; bare++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ .sender = SIDE_CLIENT });
        /* Shortly before the numbers wrap around, zero looks like the next ones. */
        uint32_t ahead = 0U - conversation.sequence[SIDE_SERVER];
        stream_clear(&conversation.connection->direction[SIDE_SERVER].stream);
        stream_start(&conversation.connection->direction[SIDE_SERVER].stream, UINT32_MAX - 999,
                     true);
        conversation.connection->direction[SIDE_CLIENT].acknowledged = STREAM_FIRST_OFFSET;
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = ahead, .rst = true,
                                              .without_acknowledgement = bare });
        const struct direction *server = &conversation.connection->direction[SIDE_SERVER];
        g_assert_cmpint(server->end.end > server->stream.captured_end, ==, bare);
        conversation_finish(&conversation);
    }
}

/* "A RST numbered one byte behind a record boundary proves a FIN that was not captured: that side ended
 * by FIN, evidence Inferred." The server's close_notify acknowledges it. */
static void
test_reset_behind_uncaptured_fin(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = 1, .type = TLS_ALERT,
                                          .length = TLS12_ALERT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .ahead = 1, .rst = true, .without_acknowledgement = true });
    struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
    g_assert_cmpint(closure.closure, ==, CLOSURE_TRUNCATED);
    g_assert_cmpint(closure.evidence, ==, EVIDENCE_INFERRED);
    assert_initiated(verdict_of(&conversation), CLOSURE_TRUNCATED, SIDE_CLIENT);
    conversation_finish(&conversation);
}

/* The same, but the server did not know of the FIN: whether the client had received its close_notify
 * before the FIN, or only before the RST, nobody can tell. */
static void
test_uncaptured_fin_and_close_notify(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT, .fin = true });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 1, .rst = true,
                                          .received = WIRE(TLS12_ALERT) + 1 });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* Inside a record the byte that is missing is one of it. */
static void
test_reset_behind_begun_record(void)
{
    static const uint8_t begun[] = { TLS_APPLICATION_DATA, 3, 3, 0, 50, 1 };
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation_capture(
        &conversation,
        &(struct loose_segment){ .sender = SIDE_CLIENT, .payload = begun, .length = sizeof begun });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = sizeof begun + 1, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* "At a record boundary, fewer than 7 missing bytes can hide no alert record." */
static void
test_gap_too_short_for_alert(void)
{
    static const struct {
        uint32_t missing;
        enum closure closure;
    } cases[] = {
        { 0, CLOSURE_TRUNCATED },
        { 6, CLOSURE_TRUNCATED },
        { 7, CLOSURE_UNKNOWN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = cases[i].missing, .fin = true });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = cases[i].missing + 1, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, cases[i].closure);
        conversation_finish(&conversation);
    }
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

/* "With tlsclose.infer off nothing is given as Inferred", Handshake incomplete included. */
static void
test_nothing_inferred(void)
{
    for (int infer = 0; infer <= 1; infer++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, false);
        conversation.options.infer = infer;
        /* As if the client's Finished had been an alert. */
        conversation.connection->direction[SIDE_CLIENT].finished_end = 0;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = 1, .fin = true });
        enum closure expected = infer ? CLOSURE_HANDSHAKE_INCOMPLETE : CLOSURE_UNKNOWN;
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT).closure, ==, expected);
        g_assert_cmpint(verdict_of(&conversation).closure, ==, expected);
        g_assert_cmpint(verdict_of(&conversation).evidence, ==,
                        infer ? EVIDENCE_INFERRED : EVIDENCE_NONE);
        conversation_finish(&conversation);
    }
}

/* With AES-128-GCM: RFC 8446 section 5.2. */
#define TLS13_ALERT (2 + 1 + 16)
#define TLS13_FINISHED (4 + 32 + 1 + 16)
#define JAVA_PADDING 16

/* As if the records of both sides' Finished had been so long. */
static void
pad_finished(struct conversation *conversation, uint16_t client, uint16_t server)
{
    const uint16_t length[] = { client, server };

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        conversation->connection->direction[side].finished_record_length = length[side];
        conversation->connection->direction[side].traffic.finished_length = length[side];
    }
}

/* "If a direction's records after the handshake are all longer than an unpadded alert and its last has
 * the smallest length among them, padding may hide the alert", where both sides' Finished are padded
 * by the same. */
static void
test_padded_records(void)
{
    static const struct {
        uint16_t client, server; /* lengths of their Finished */
        uint16_t first, last;    /* records of the client */
        bool hidden;
    } cases[] = {
        { 272, 272, 272, 272, true },
        { 272, 272, 528, 272, true },
        { 272, 272, 272, 528, false },
        { TLS13_FINISHED, 272, 272, 272, false },
        { 272, TLS13_FINISHED, 272, 272, false },
        { TLS13_FINISHED + JAVA_PADDING, 272, 272, 272, false },
        { TLS13_FINISHED + 8, 2048, 272, 272, false }, /* as with ALPS: other messages beside it */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, false);
        pad_finished(&conversation, cases[i].client, cases[i].server);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA,
                                              .length = cases[i].first });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(cases[i].first),
                                              .type = TLS_APPLICATION_DATA, .length = cases[i].last,
                                              .fin = true });
        struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
        g_assert_cmpint(closure.closure, ==, cases[i].hidden ? CLOSURE_UNKNOWN : CLOSURE_TRUNCATED);
        g_assert_cmpint(closure.hidden, ==, cases[i].hidden ? HIDDEN_PADDED : HIDDEN_NOTHING);
        conversation_finish(&conversation);
    }
}

/* "Java's 16 bytes count for servers too." */
static void
test_padded_alert_of_server(void)
{
    for (int pads = 0; pads <= 1; pads++) {
        struct conversation conversation;
        uint16_t finished = (uint16_t)(TLS13_FINISHED + (pads ? JAVA_PADDING : 0));

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, true);
        pad_finished(&conversation, TLS13_FINISHED, finished);
        capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA,
                                              .length = TLS13_ALERT + JAVA_PADDING, .fin = true });
        struct judgement closure = closure_of(&conversation, SIDE_SERVER);
        g_assert_cmpint(closure.closure, ==, pads ? CLOSURE_CLOSE_NOTIFY : CLOSURE_TRUNCATED);
        g_assert_cmpint(closure.evidence, ==, EVIDENCE_INFERRED);
        conversation_finish(&conversation);
    }
}

/* The distance between the two numberings. */
#define OTHER_NUMBERS UINT32_C(0x40000000)

/* "Copies of a side whose acknowledgements name bytes that the peer never sent are set aside": each
 * segment of the server is captured twice, first as it is numbered on the other side of a device that
 * rewrites both numbers. */
static void
test_two_numberings(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation.connection->two_numberings = true; /* as the handshake has shown */
    for (int copy = 0; copy <= 1; copy++) {
        uint32_t distance = copy == 0 ? OTHER_NUMBERS : 0;
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .ahead = distance, .received = distance,
                               .type = TLS_ALERT, .length = TLS12_ALERT, .fin = true });
    }
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    struct judgement verdict = verdict_of(&conversation);
    assert_initiated(verdict, CLOSURE_UNANSWERED, SIDE_SERVER);
    g_assert_cmpint(verdict.evidence, ==, EVIDENCE_INFERRED);
    conversation_finish(&conversation);
}

/* "If it can't be told which copy is the peer's, the answer is Unknown": only the other was captured. */
static void
test_other_numbering_alone(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    conversation.connection->two_numberings = true;
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = OTHER_NUMBERS, .type = TLS_ALERT,
                                          .length = TLS12_ALERT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .received = WIRE(TLS12_ALERT) + 1, .fin = true });
    struct judgement closure = closure_of(&conversation, SIDE_CLIENT);
    g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
    g_assert_cmpint(closure.hidden, ==, HIDDEN_TWO_NUMBERINGS);
    conversation_finish(&conversation);
}

/* Before any data has flowed no segment is far ahead; later one may be, and then it is no copy. */
static void
test_one_numbering(void)
{
    for (int data = 0; data <= 1; data++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, data);
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = 1 << 25,
                                              .type = TLS_APPLICATION_DATA, .length = 100 });
        g_assert_cmpint(conversation.connection->two_numberings, ==, !data);
        conversation_finish(&conversation);
    }
}

/* "reset_after_close_notify also when the RST answers a record that was only begun", but not if that may
 * be an alert. */
static void
test_reset_answers_begun_record(void)
{
    static const struct {
        uint8_t type;
        bool raised;
    } cases[] = {
        { TLS_APPLICATION_DATA, true },
        { TLS_ALERT, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint8_t begun[] = { cases[i].type, 3, 3, 0, 100, 1 };
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = TLS_ALERT, .length = TLS12_ALERT,
                                              .fin = true });
        conversation_capture(&conversation, &(struct loose_segment){ .sender = SIDE_SERVER,
                                                                     .payload = begun,
                                                                     .length = sizeof begun });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS12_ALERT) + 1,
                                              .rst = true, .without_acknowledgement = true });
        g_assert_cmpint(raises(&conversation, EXPERT_RESET_AFTER_CLOSE_NOTIFY), ==,
                        cases[i].raised);
        conversation_finish(&conversation);
    }
}

/* "Not when all it left unread are [...] a close_notify": a RST in place of the FIN. */
static void
test_reset_leaves_close_notify_unread(void)
{
    for (int data = 0; data <= 1; data++) {
        struct conversation conversation;
        uint32_t received = data ? WIRE(100) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .type = TLS_ALERT, .length = TLS12_ALERT });
        if (data)
            capture(&conversation,
                    (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA, .length = 100 });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = received, .type = TLS_ALERT,
                                              .length = TLS12_ALERT });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS12_ALERT),
                               .received = received + WIRE(TLS12_ALERT), .rst = true });
        g_assert_cmpint(
            reset_is_abortive(conversation.connection, SIDE_CLIENT, &conversation.options), ==,
            data);
        conversation_finish(&conversation);
    }
}

/* "If its sender goes on with new data that the peer acknowledges, the RST was forged or stale: no end; the
 * connection is open until it really ends." AHEAD: of the RST, of the bytes captured before. */
static void
test_reset_that_ended_nothing(void)
{
    static const uint32_t ahead[] = { 0, 50, 3000 };

    for (guint i = 0; i < G_N_ELEMENTS(ahead); i++) {
        struct conversation conversation;
        uint32_t sent = 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = ahead[i], .rst = true });
        g_assert_true(conversation.findings.verdict);
        for (int round = 0; round < AFTER_RESET_ROUNDS; round++) {
            g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, !=, CLOSURE_NONE);
            capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = sent,
                                                  .type = TLS_APPLICATION_DATA, .length = 100 });
            sent += WIRE(100);
            capture(&conversation, (struct sent){ SIDE_CLIENT, .received = sent });
        }
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, ==, CLOSURE_NONE);
        g_assert_cmpint(verdict_of(&conversation).closure, ==, CLOSURE_NONE);
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = sent, .type = TLS_ALERT,
                                              .length = TLS12_ALERT, .fin = true });
        sent += WIRE(TLS12_ALERT) + 1;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .received = sent, .fin = true });
        g_assert_true(conversation.findings.verdict);
        assert_initiated(verdict_of(&conversation), CLOSURE_UNANSWERED, SIDE_SERVER);
        conversation_finish(&conversation);
    }
}

/* Bytes that were on the way, captured behind the RST, do not undo it. */
static void
test_reset_with_late_bytes(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .rst = true });
    for (uint32_t i = 0; i < 3; i++)
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = i * WIRE(100),
                                              .type = TLS_APPLICATION_DATA, .length = 100 });
    for (uint32_t i = 1; i <= 3; i++)
        capture(&conversation, (struct sent){ SIDE_CLIENT, .received = i * WIRE(100) });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER).closure, !=, CLOSURE_NONE);
    conversation_finish(&conversation);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/reset/outside_window", test_reset_outside_window);
    g_test_add_func("/ending/reset/number_zero", test_reset_with_number_zero);
    g_test_add_func("/ending/reset/behind_uncaptured_fin", test_reset_behind_uncaptured_fin);
    g_test_add_func("/ending/reset/fin_and_close_notify", test_uncaptured_fin_and_close_notify);
    g_test_add_func("/ending/reset/behind_begun_record", test_reset_behind_begun_record);
    g_test_add_func("/ending/gap_too_short_for_alert", test_gap_too_short_for_alert);
    g_test_add_func("/ending/fin/crosses_finished", test_fin_crosses_finished);
    g_test_add_func("/ending/fin/data_crosses_finished", test_data_crosses_finished);
    g_test_add_func("/ending/fin/alert_crosses_finished", test_alert_crosses_finished);
    g_test_add_func("/ending/fin/before_first_record", test_fin_before_first_record);
    g_test_add_func("/ending/fin/below_data", test_fin_below_data);
    g_test_add_func("/ending/fin/behind_lost_alert", test_lost_alert_before_own_fin);
    g_test_add_func("/ending/nothing_inferred", test_nothing_inferred);
    g_test_add_func("/ending/padding/hides_alert", test_padded_records);
    g_test_add_func("/ending/padding/of_server", test_padded_alert_of_server);
    g_test_add_func("/ending/numberings/two", test_two_numberings);
    g_test_add_func("/ending/numberings/other_alone", test_other_numbering_alone);
    g_test_add_func("/ending/numberings/one", test_one_numbering);
    g_test_add_func("/ending/reset/ended_nothing", test_reset_that_ended_nothing);
    g_test_add_func("/ending/reset/late_bytes", test_reset_with_late_bytes);
    g_test_add_func("/ending/reset/answers_begun_record", test_reset_answers_begun_record);
    g_test_add_func("/ending/reset/leaves_close_notify", test_reset_leaves_close_notify_unread);
    return g_test_run();
}

/* test_record.c
 * What records mean before and after a close: heartbeats, empty data, alerts that are decrypted later. Expected
 * values come from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "judge/initiator.h"
#include "records.h"
#include "sent.h"

/* A record of zeros, longer than any alert. */
#define DATA_LENGTH 100

static enum closure
closure_of(const struct conversation *conversation, enum side side)
{
    return judge_closure(conversation->connection, side, &conversation_options).closure;
}

/* With AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS12_EMPTY (8 + 16)
#define TLS13_EMPTY (1 + 16)

static const uint8_t close_notify[] = { TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY };
static const uint8_t internal_error[] = { TLS_ALERT_FATAL, 80 };

static enum closure
verdict_of(const struct conversation *conversation)
{
    return judge_verdict(conversation->connection, &conversation_options).closure;
}

/* RFC 5246 section 7.2.1, RFC 6520: a heartbeat after the peer's close_notify is no alert, so it counts
 * as data; after the own encrypted alert it shows that this was no close_notify. */
static void
test_heartbeat_after_close(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT });
    g_assert_true(conversation.findings.close_notify);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .received = WIRE(TLS12_ALERT),
                                          .type = TLS_HEARTBEAT, .length = 50 });
    g_assert_true(raises(&conversation, EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY));
    capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = WIRE(TLS12_ALERT),
                                          .type = TLS_HEARTBEAT, .length = 50 });
    g_assert_false(raises(&conversation, EXPERT_DATA_AFTER_CLOSE_NOTIFY));
    g_assert_cmpint(judge_order(conversation.connection, SIDE_SERVER, &conversation_options), ==,
                    ORDER_NONE);
    conversation_finish(&conversation);
}

/* Decrypted records behind a decrypted close_notify: heartbeat and data count, what carries nothing
 * does not. */
static void
test_decrypted_after_close(void)
{
    static const struct {
        uint8_t inner_type;
        uint32_t plaintext_length;
        bool counts;
    } cases[] = {
        { TLS_HEARTBEAT, 3, true },
        { TLS_APPLICATION_DATA, 3, true },
        { TLS_APPLICATION_DATA, 0, false },
        { TLS_CHANGE_CIPHER_SPEC, 1, false },
    };
    static const uint8_t plaintext[] = { 1, 2, 3 };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS13_DECRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = TLS13_ALERT,
                               .inner_type = TLS_ALERT, .plaintext = close_notify,
                               .plaintext_length = sizeof close_notify });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = WIRE(TLS13_ALERT),
                               .type = TLS_APPLICATION_DATA, .length = 40,
                               .inner_type = cases[i].inner_type, .plaintext = plaintext,
                               .plaintext_length = cases[i].plaintext_length });
        g_assert_true(raises(&conversation, EXPERT_DATA_AFTER_CLOSE_NOTIFY) == cases[i].counts);
        conversation_finish(&conversation);
    }
}

/* Application data without a byte of plaintext is no data, as its length tells. */
static void
test_empty_data(void)
{
    static const struct {
        enum visibility visibility;
        uint16_t alert, length;
        bool counts;
    } cases[] = {
        { TLS12_ENCRYPTED, TLS12_ALERT, 0, false },
        { TLS12_ENCRYPTED, TLS12_ALERT, TLS12_EMPTY, false },
        { TLS12_ENCRYPTED, TLS12_ALERT, TLS12_EMPTY + 1, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, cases[i].visibility, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = cases[i].alert });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .received = WIRE(cases[i].alert),
                               .type = TLS_APPLICATION_DATA, .length = cases[i].length });
        g_assert_true(raises(&conversation, EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY) ==
                      cases[i].counts);
        conversation_finish(&conversation);
    }
}

/* TLS 1.3: an empty record behind an alert shows that the alert was not the last record. */
static void
test_empty_data_behind_a_disguised_alert(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA, .length = TLS13_ALERT });
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .ahead = WIRE(TLS13_ALERT), .type = TLS_APPLICATION_DATA,
                           .length = TLS13_EMPTY, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    conversation_finish(&conversation);
}

/* The TLS dissector shows a record in a later frame than the one that completes it: the alert becomes
 * readable, if it is the one. */
static void
test_alert_decrypted_later(void)
{
    static const struct {
        uint16_t length;
        uint8_t type, inner_type;
        uint32_t place;
        bool is_it;
    } cases[] = {
        { TLS13_ALERT, TLS_APPLICATION_DATA, TLS_ALERT, 0, true },
        { TLS13_ALERT, TLS_APPLICATION_DATA, TLS_ALERT, 1, false },
        { TLS13_ALERT + 1, TLS_APPLICATION_DATA, TLS_ALERT, 0, false },
        { TLS13_ALERT, TLS_ALERT, TLS_ALERT, 0, false },
        { TLS13_ALERT, TLS_APPLICATION_DATA, TLS_HANDSHAKE, 0, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        enum evidence evidence;

        conversation_begin(&conversation, TLS13_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .type = TLS_APPLICATION_DATA, .length = TLS13_ALERT });
        struct dissected_record shown = {
            .type = cases[i].type,
            .length = cases[i].length,
            .sequence = conversation.sequence[SIDE_SERVER] + cases[i].place,
            .inner_type = cases[i].inner_type,
            .plaintext = close_notify,
            .plaintext_length = sizeof close_notify,
        };
        conversation_capture(&conversation,
                             &(struct loose_segment){ SIDE_SERVER, .ahead = WIRE(TLS13_ALERT),
                                                      .fin = true, .records = &shown,
                                                      .record_count = 1 });
        g_assert_nonnull(known_close_notify(conversation.connection, SIDE_SERVER,
                                            &conversation_options, &evidence));
        g_assert_cmpint(evidence, ==, cases[i].is_it ? EVIDENCE_SEEN : EVIDENCE_INFERRED);
        conversation_finish(&conversation);
    }
}

/* Two records of the server's. The end of the first is captured behind the second and the client's
 * acknowledgement of both, and only there does the TLS dissector show the two. */
static void
capture_end_of_first_late(struct conversation *conversation, const struct dissected_record shown[2])
{
    GByteArray *payload = g_byte_array_new();
    uint32_t length = WIRE(shown->length);
    uint32_t cut = length - 2;

    put_record(payload, shown[0].type, shown[0].length);
    put_record(payload, shown[1].type, shown[1].length);
    const struct loose_segment segments[] = {
        { SIDE_SERVER, .payload = payload->data, .length = cut },
        { SIDE_SERVER, .ahead = length, .payload = payload->data + length, .length = length },
        { SIDE_CLIENT, .received = payload->len },
        { SIDE_SERVER, .ahead = cut, .payload = payload->data + cut, .length = length - cut,
          .records = shown, .record_count = 2 },
    };
    for (guint i = 0; i < G_N_ELEMENTS(segments); i++)
        conversation_capture(conversation, &segments[i]);
    g_byte_array_free(payload, TRUE);
}

static void
test_two_alerts_decrypted_later(void)
{
    static const uint8_t user_canceled[] = { TLS_ALERT_WARNING, TLS_USER_CANCELED };
    static const struct {
        enum visibility visibility;
        uint8_t type;
        uint16_t length;
        const uint8_t *first, *second;
        uint32_t close_notify_end;
    } cases[] = {
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, close_notify, user_canceled, WIRE(TLS12_ALERT) },
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, user_canceled, close_notify,
          2 * WIRE(TLS12_ALERT) },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, close_notify, user_canceled,
          WIRE(TLS13_ALERT) },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, user_canceled, close_notify,
          2 * WIRE(TLS13_ALERT) },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        enum evidence evidence;

        conversation_begin(&conversation, cases[i].visibility, ONE_BY_ONE, true);
        uint32_t sequence = conversation.sequence[SIDE_SERVER];
        const struct stream *stream = &conversation.connection->direction[SIDE_SERVER].stream;
        const struct dissected_record shown[] = {
            { cases[i].type, cases[i].length, sequence, TLS_ALERT, cases[i].first, 2 },
            { cases[i].type, cases[i].length, sequence + WIRE(cases[i].length), TLS_ALERT,
              cases[i].second, 2 },
        };
        capture_end_of_first_late(&conversation, shown);
        const struct mark *found = known_close_notify(conversation.connection, SIDE_SERVER,
                                                      &conversation_options, &evidence);
        g_assert_nonnull(found);
        g_assert_cmpint(evidence, ==, EVIDENCE_SEEN);
        g_assert_cmpuint(found->end, ==,
                         stream_offset(stream, sequence + cases[i].close_notify_end));
        conversation_finish(&conversation);
    }
}

/* A segment sent again with more behind it: the TLS dissector shows both records, the first of which
 * was taken before. */
static void
test_record_shown_again(void)
{
    struct conversation conversation;
    GByteArray *payload = g_byte_array_new();

    conversation_begin(&conversation, TLS13_DECRYPTED, ONE_BY_ONE, true);
    put_record(payload, TLS_APPLICATION_DATA, DATA_LENGTH);
    put_record(payload, TLS_APPLICATION_DATA, TLS13_ALERT);
    uint32_t sequence = conversation.sequence[SIDE_CLIENT];
    const struct dissected_record shown[] = {
        { TLS_APPLICATION_DATA, DATA_LENGTH, sequence, TLS_APPLICATION_DATA, close_notify, 2 },
        { TLS_APPLICATION_DATA, TLS13_ALERT, sequence + WIRE(DATA_LENGTH), TLS_ALERT, close_notify,
          sizeof close_notify },
    };
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    conversation_capture(&conversation,
                         &(struct loose_segment){ SIDE_CLIENT, .payload = payload->data,
                                                  .length = payload->len, .records = shown,
                                                  .record_count = G_N_ELEMENTS(shown) });
    g_assert_true(conversation.findings.close_notify);
    conversation_finish(&conversation);
    g_byte_array_free(payload, TRUE);
}

/* Data of a side that had received a fatal alert. */
static void
test_data_after_fatal_alert(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT,
                                          .inner_type = TLS_ALERT, .plaintext = internal_error,
                                          .plaintext_length = sizeof internal_error });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    g_assert_false(raises(&conversation, EXPERT_DATA_AFTER_FATAL_ALERT));
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .ahead = WIRE(DATA_LENGTH), .received = WIRE(TLS12_ALERT),
                           .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    g_assert_true(raises(&conversation, EXPERT_DATA_AFTER_FATAL_ALERT));
    g_assert_cmpuint(conversation.findings.after_close_records, ==, 1);
    conversation_finish(&conversation);
}

/* Bytes that are no TLS records hide the answer, unless they came after the peer's closing act. */
static void
test_not_tls_any_more(void)
{
    static const struct {
        uint32_t received; /* of the client's FIN, by the server with its odd bytes */
        enum closure expected;
    } cases[] = { { 0, CLOSURE_UNKNOWN }, { 1, CLOSURE_TRUNCATED } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
        conversation_capture(&conversation,
                             &(struct loose_segment){ SIDE_SERVER, .received = cases[i].received,
                                                      .payload = (const uint8_t *)"221 bye",
                                                      .length = 7 });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .ahead = 7, .received = 1, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_UNKNOWN);
        g_assert_cmpint(verdict_of(&conversation), ==, cases[i].expected);
        conversation_finish(&conversation);
    }
}

/* RFC 5246 section 7.2.2: an alert in clear text whose body was not captured can be any. One that was
 * captured shows that its sender's ChangeCipherSpec, and so its Finished, had not come before. */
static void
test_alert_cut_by_the_snapshot_length(void)
{
    static const uint8_t alert[] = { TLS_ALERT, 3, 3, 0, 2, TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY };

    for (uint32_t captured = TLS_RECORD_HEADER_LENGTH; captured <= sizeof alert; captured++) {
        struct conversation conversation;

        conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
        for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
            capture(&conversation, (struct sent){ side, .type = TLS_HANDSHAKE, .length = 40 });
        conversation_capture(&conversation,
                             &(struct loose_segment){ SIDE_CLIENT, .ahead = WIRE(40),
                                                      .received = WIRE(40), .payload = alert,
                                                      .length = sizeof alert,
                                                      .captured_length = captured, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==,
                        captured == sizeof alert ? CLOSURE_HANDSHAKE_INCOMPLETE : CLOSURE_UNKNOWN);
        conversation_finish(&conversation);
    }
}

/* RFC 4217 section 4: FTP goes on in clear text after a close_notify. */
static void
test_clear_text_after_close_notify(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_SERVER, .type = TLS_ALERT, .length = TLS12_ALERT });
    conversation_capture(
        &conversation, &(struct loose_segment){ SIDE_SERVER, .ahead = WIRE(TLS12_ALERT),
                                                .payload = (const uint8_t *)"200 ", .length = 4 });
    g_assert_true(raises(&conversation, EXPERT_PLAINTEXT_AFTER_CLOSE_NOTIFY));
    conversation_finish(&conversation);
}

/* SIDE sends BYTES of an application, which Wireshark decrypts. */
static void
send_plaintext(struct conversation *conversation, enum side side, const uint8_t *bytes,
               uint16_t length)
{
    const struct sent sent = { .sender = side,
                               .type = TLS_APPLICATION_DATA,
                               .length = (uint16_t)(length + TLS12_EMPTY),
                               .inner_type = TLS_APPLICATION_DATA,
                               .plaintext = bytes,
                               .plaintext_length = length };

    capture(conversation, sent);
    conversation->sequence[side] += WIRE(sent.length);
}

/* RFC 9113 sections 3.4, 6.1 and 6.7: what HTTP/2 says of itself behind the peer's close_notify is no data. */
static void
test_control_after_close(void)
{
    static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    static const uint8_t settings[9] = { [3] = 4 };
    static const uint8_t ping[17] = { [2] = 8, 6 };
    static const uint8_t data[17] = { [2] = 8, [8] = 1 };

    for (unsigned is_data = 0; is_data <= 1; is_data++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, false);
        send_plaintext(&conversation, SIDE_CLIENT, preface, sizeof preface);
        send_plaintext(&conversation, SIDE_SERVER, settings, sizeof settings);
        hear(&conversation, SIDE_CLIENT);
        send_event(&conversation, SIDE_CLIENT, CLOSE_NOTIFY);
        hear(&conversation, SIDE_SERVER);
        send_plaintext(&conversation, SIDE_SERVER, is_data ? data : ping, sizeof ping);
        g_assert_cmpuint(raises(&conversation, EXPERT_CONTROL_AFTER_CLOSE), ==, !is_data);
        g_assert_cmpuint(raises(&conversation, EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY), ==, is_data);
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/heartbeat_after_close", test_heartbeat_after_close);
    g_test_add_func("/connection/decrypted_after_close", test_decrypted_after_close);
    g_test_add_func("/connection/empty_data", test_empty_data);
    g_test_add_func("/connection/empty_data_behind_a_disguised_alert",
                    test_empty_data_behind_a_disguised_alert);
    g_test_add_func("/connection/alert_decrypted_later", test_alert_decrypted_later);
    g_test_add_func("/connection/two_alerts_decrypted_later", test_two_alerts_decrypted_later);
    g_test_add_func("/connection/record_shown_again", test_record_shown_again);
    g_test_add_func("/connection/data_after_fatal_alert", test_data_after_fatal_alert);
    g_test_add_func("/connection/not_tls_any_more", test_not_tls_any_more);
    g_test_add_func("/connection/alert_cut_by_the_snapshot_length",
                    test_alert_cut_by_the_snapshot_length);
    g_test_add_func("/connection/clear_text_after_close_notify",
                    test_clear_text_after_close_notify);
    g_test_add_func("/connection/control_after_close", test_control_after_close);
    return g_test_run();
}

/* test_connection.c
 * Segments late, lost, cut and numbered in odd ways: in which frame what is said of a connection's
 * end. Expected values come from the public interface; must not know how the engine keeps its facts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "conversation.h"
#include "judge/closure.h"
#include "judge/initiator.h"
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

/* A segment of one record, or of none if its type is zero. */
struct sent {
    enum side sender;
    uint32_t ahead, received; /* as in struct loose_segment */
    uint8_t type;
    uint16_t length;
    bool fin, rst;
    uint8_t inner_type; /* not zero: the TLS dissector shows it decrypted */
    const uint8_t *plaintext;
    uint32_t plaintext_length;
};

/* The length of a record on the wire. */
#define WIRE(length) (TLS_RECORD_HEADER_LENGTH + (length))

/* With AES-128-GCM: RFC 5288 section 3, RFC 8446 section 5.2. */
#define TLS12_ALERT (8 + 2 + 16)
#define TLS12_EMPTY (8 + 16)
#define TLS13_ALERT (2 + 1 + 16)
#define TLS13_EMPTY (1 + 16)

static const uint8_t close_notify[] = { TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY };
static const uint8_t internal_error[] = { TLS_ALERT_FATAL, 80 };

static void
capture(struct conversation *conversation, struct sent sent)
{
    GByteArray *payload = g_byte_array_new();
    struct dissected_record shown = {
        .type = sent.type,
        .length = sent.length,
        .sequence = conversation->sequence[sent.sender] + sent.ahead,
        .inner_type = sent.inner_type,
        .plaintext = sent.plaintext,
        .plaintext_length = sent.plaintext_length,
    };

    if (sent.type != 0)
        put_record(payload, sent.type, sent.length);
    conversation_capture(conversation, &(struct loose_segment){
                                           .sender = sent.sender,
                                           .ahead = sent.ahead,
                                           .received = sent.received,
                                           .fin = sent.fin,
                                           .rst = sent.rst,
                                           .payload = payload->data,
                                           .length = payload->len,
                                           .records = &shown,
                                           .record_count = sent.inner_type != 0,
                                       });
    g_byte_array_free(payload, TRUE);
}

static bool
raises(const struct conversation *conversation, enum expert expert)
{
    return conversation->findings.experts & EXPERT_BIT(expert);
}

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

/* Numbers more than a gigabyte ahead are not the connection's: those of another one, or damage. */
static void
test_numbers_far_ahead(void)
{
    const uint32_t far = UINT32_C(0x50000000);
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .received = far });
    capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = far });
    capture(&conversation, (struct sent){ SIDE_SERVER, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = far, .received = 1, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_RESET);
    g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_TRUNCATED);
    conversation_finish(&conversation);
}

/* A FIN in the middle of bytes captured later: those behind it do not count, and the record that they
 * would have completed was cut. */
static void
test_bytes_behind_the_fin(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 50, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    g_assert_true(ended_inside_record(conversation.connection, SIDE_CLIENT));
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = 51, .type = TLS_APPLICATION_DATA,
                                          .length = DATA_LENGTH });
    g_assert_true(ended_inside_record(conversation.connection, SIDE_CLIENT));
    conversation_finish(&conversation);
}

/* Unknown is the answer where it depends on a FIN numbered below captured data, whoever closed. */
static void
test_fin_below_data(void)
{
    struct conversation conversation;

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .fin = true });
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .received = WIRE(DATA_LENGTH) + 1, .fin = true });
    struct judgement closure =
        judge_closure(conversation.connection, SIDE_CLIENT, &conversation_options);
    g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
    g_assert_cmpint(closure.hidden, ==, HIDDEN_FIN_BELOW_DATA);
    g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
}

/* A RST after the own FIN and close_notify is worth a word where it meets data of the peer's. */
static void
test_reset_after_fin(void)
{
    static const struct {
        bool has_close_notify, data_is_received, expected;
    } cases[] = { { true, false, true }, { true, true, false }, { false, false, false } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        uint32_t alert = cases[i].has_close_notify ? WIRE(TLS12_ALERT) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = alert ? TLS_ALERT : 0,
                                              .length = TLS12_ALERT, .fin = true });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = alert + 1, .type = TLS_APPLICATION_DATA,
                               .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = alert + 1,
                               .received = cases[i].data_is_received ? WIRE(DATA_LENGTH) : 0,
                               .rst = true });
        g_assert_true(raises(&conversation, EXPERT_RESET_AFTER_CLOSE_NOTIFY) == cases[i].expected);
        g_assert_true(conversation.findings.further_end == cases[i].expected);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = alert + 1, .received = 0, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_NONE);
        conversation_finish(&conversation);
    }
}

/* Kernels number a RST below what they sent before: it ends the direction behind that all the same,
 * and tells nothing of a record that was cut. */
static void
test_old_reset(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    conversation_capture(&conversation, &(struct loose_segment){ SIDE_CLIENT, .payload = data->data,
                                                                 .length = data->len - 1 });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .rst = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_RESET);
    g_assert_false(ended_inside_record(conversation.connection, SIDE_CLIENT));
    conversation_finish(&conversation);
    g_byte_array_free(data, TRUE);
}

/* A fatal alert closes only if it was sent before either direction had ended. */
static void
test_fatal_alert_and_ends(void)
{
    static const struct {
        bool fin, rst;         /* of the client, before the alert */
        uint32_t received;     /* of the client's, by the server with its alert */
        enum closure expected; /* of the connection */
    } cases[] = {
        { false, false, 0, CLOSURE_FATAL_ALERT },
        { true, false, 0, CLOSURE_FATAL_ALERT },
        { true, false, 1, CLOSURE_TRUNCATED },
        { false, true, 0, CLOSURE_RESET },
        /* It acknowledges a FIN or a byte that was not captured. */
        { false, false, 1, CLOSURE_UNKNOWN },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_DECRYPTED, ONE_BY_ONE, true);
        if (cases[i].fin || cases[i].rst)
            capture(&conversation,
                    (struct sent){ SIDE_CLIENT, .fin = cases[i].fin, .rst = cases[i].rst });
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = cases[i].received,
                                              .type = TLS_ALERT, .length = TLS12_ALERT,
                                              .inner_type = TLS_ALERT, .plaintext = internal_error,
                                              .plaintext_length = sizeof internal_error });
        capture(&conversation, (struct sent){ SIDE_SERVER, .ahead = WIRE(TLS12_ALERT),
                                              .received = cases[i].received, .rst = true });
        g_assert_cmpint(verdict_of(&conversation), ==, cases[i].expected);
        conversation_finish(&conversation);
    }
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

/* Nothing was acknowledged or captured before: the first segment of a side tells where its numbers
 * begin. */
static void
test_first_segments_without_acknowledgement(void)
{
    struct conversation conversation;
    GByteArray *data = g_byte_array_new();

    conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
    put_record(data, TLS_APPLICATION_DATA, DATA_LENGTH);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        conversation_capture(&conversation,
                             &(struct loose_segment){ side, .without_acknowledgement = true,
                                                      .payload = data->data, .length = data->len });
    capture(&conversation,
            (struct sent){ SIDE_SERVER, .ahead = data->len, .received = data->len, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, CLOSURE_TRUNCATED);
    conversation_finish(&conversation);

    conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
    conversation_capture(&conversation,
                         &(struct loose_segment){ SIDE_CLIENT, .without_acknowledgement = true,
                                                  .payload = data->data, .length = data->len });
    capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = data->len, .fin = true });
    g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_UNKNOWN);
    conversation_finish(&conversation);
    connection_free(NULL);
    g_byte_array_free(data, TRUE);
}

/* Version unknown: records of any length that an alert or an empty record may have, in any version and
 * cipher suite, are neither alert nor data for certain. */
static void
test_unknown_version(void)
{
    static const struct {
        uint16_t length;
        enum closure expected;
    } cases[] = {
        { 1 + 8, CLOSURE_TRUNCATED },          /* empty with CCM_8 */
        { TLS13_EMPTY, CLOSURE_TRUNCATED },    /* empty */
        { 3 + 8, CLOSURE_UNKNOWN },            /* an alert with CCM_8 */
        { 3 + 8 + 16, CLOSURE_UNKNOWN },       /* ... that Java pads */
        { TLS13_ALERT + 16, CLOSURE_UNKNOWN }, /* an alert that Java pads */
        { TLS13_ALERT, CLOSURE_CLOSE_NOTIFY },
        { DATA_LENGTH, CLOSURE_TRUNCATED },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin_bare(&conversation, START_IN_THE_MIDDLE);
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_SERVER, .received = WIRE(DATA_LENGTH),
                               .type = TLS_APPLICATION_DATA, .length = DATA_LENGTH });
        capture(&conversation,
                (struct sent){ SIDE_CLIENT, .ahead = WIRE(DATA_LENGTH),
                               .received = WIRE(DATA_LENGTH), .type = TLS_APPLICATION_DATA,
                               .length = cases[i].length, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, cases[i].expected);
        conversation_finish(&conversation);
    }
}

/* A side that ends before both have finished leaves the handshake incomplete, and says so as Seen where
 * it was in clear text. */
static void
test_end_in_the_handshake(void)
{
    struct conversation conversation;

    conversation_begin_bare(&conversation, START_AT_CLIENT_HELLO);
    capture(&conversation,
            (struct sent){ SIDE_CLIENT, .type = TLS_HANDSHAKE, .length = 40, .fin = true });
    capture(&conversation, (struct sent){ SIDE_SERVER, .received = WIRE(40) + 1, .rst = true });
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        g_assert_cmpint(closure_of(&conversation, side), ==, CLOSURE_HANDSHAKE_INCOMPLETE);
    struct judgement verdict = judge_verdict(conversation.connection, &conversation_options);
    g_assert_cmpint(verdict.closure, ==, CLOSURE_HANDSHAKE_INCOMPLETE);
    g_assert_cmpint(verdict.evidence, ==, EVIDENCE_SEEN);
    conversation_finish(&conversation);
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

/* Bytes that are missing from a direction hide a close_notify of its own, and one that the peer may have
 * received, but not one that was captured behind them. */
static void
test_gaps(void)
{
    static const struct {
        enum side side; /* whose bytes are missing, and ... */
        bool close_notify_behind;
        enum closure client, server, verdict;
    } cases[] = {
        { SIDE_CLIENT, false, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN },
        { SIDE_SERVER, false, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN, CLOSURE_UNKNOWN },
        { SIDE_CLIENT, true, CLOSURE_CLOSE_NOTIFY, CLOSURE_UNANSWERED, CLOSURE_UNANSWERED },
        { SIDE_SERVER, true, CLOSURE_UNANSWERED, CLOSURE_CLOSE_NOTIFY, CLOSURE_UNANSWERED },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        const uint32_t lost = 60, alert = cases[i].close_notify_behind ? WIRE(TLS12_ALERT) : 0;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ cases[i].side, .ahead = lost,
                                              .type = alert ? TLS_ALERT : TLS_APPLICATION_DATA,
                                              .length = alert ? TLS12_ALERT : DATA_LENGTH });
        uint32_t end = lost + (alert ? alert : WIRE(DATA_LENGTH));
        capture(&conversation, (struct sent){ other_side(cases[i].side), .received = end });
        capture(&conversation, (struct sent){ cases[i].side, .ahead = end, .fin = true });
        capture(&conversation,
                (struct sent){ other_side(cases[i].side), .received = end + 1, .fin = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, cases[i].client);
        g_assert_cmpint(closure_of(&conversation, SIDE_SERVER), ==, cases[i].server);
        g_assert_cmpint(verdict_of(&conversation), ==, cases[i].verdict);
        conversation_finish(&conversation);
    }
}

/* Of an answer that rests on what is not inferred: tlsclose.infer is off. That an alert which data
 * followed was no close_notify would be inferred as well. */
static void
test_without_inference(void)
{
    static const struct {
        enum visibility visibility;
        uint8_t type;
        uint16_t length;
        bool data_follows;
    } cases[] = {
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, false },
        { TLS12_ENCRYPTED, TLS_ALERT, TLS12_ALERT, true },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, false },
        { TLS13_ENCRYPTED, TLS_APPLICATION_DATA, TLS13_ALERT, true },
    };
    const struct connection_options no_inference = { .infer = false };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;
        bool data_follows = cases[i].data_follows;

        conversation_begin(&conversation, cases[i].visibility, ONE_BY_ONE, true);
        conversation.options = no_inference;
        capture(&conversation, (struct sent){ SIDE_CLIENT, .type = cases[i].type,
                                              .length = cases[i].length, .fin = !data_follows });
        if (data_follows)
            capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = WIRE(cases[i].length),
                                                  .type = TLS_APPLICATION_DATA,
                                                  .length = DATA_LENGTH, .fin = true });
        struct judgement closure =
            judge_closure(conversation.connection, SIDE_CLIENT, &no_inference);
        g_assert_cmpint(closure.closure, ==, CLOSURE_UNKNOWN);
        g_assert_cmpint(closure.hidden, ==, HIDDEN_UNREADABLE_ALERT);
        conversation_finish(&conversation);
    }
}

/* A RST with a number of its own beyond all that was captured tells of bytes that were not, and so does
 * an acknowledgement of the peer's. */
static void
test_reset_that_tells_of_more(void)
{
    static const struct {
        uint32_t ahead, acknowledged;
    } cases[] = { { 60, 0 }, { 0, 60 } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation conversation;

        conversation_begin(&conversation, TLS12_ENCRYPTED, ONE_BY_ONE, true);
        capture(&conversation, (struct sent){ SIDE_SERVER, .received = cases[i].acknowledged });
        capture(&conversation, (struct sent){ SIDE_CLIENT, .ahead = cases[i].ahead, .rst = true });
        g_assert_cmpint(closure_of(&conversation, SIDE_CLIENT), ==, CLOSURE_UNKNOWN);
        g_assert_cmpint(verdict_of(&conversation), ==, CLOSURE_UNKNOWN);
        conversation_finish(&conversation);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/late_bytes_behind_their_acknowledgement",
                    test_late_bytes_behind_their_acknowledgement);
    g_test_add_func("/connection/bytes_that_never_come", test_bytes_that_never_come);
    g_test_add_func("/connection/heartbeat_after_close", test_heartbeat_after_close);
    g_test_add_func("/connection/decrypted_after_close", test_decrypted_after_close);
    g_test_add_func("/connection/empty_data", test_empty_data);
    g_test_add_func("/connection/empty_data_behind_a_disguised_alert",
                    test_empty_data_behind_a_disguised_alert);
    g_test_add_func("/connection/alert_decrypted_later", test_alert_decrypted_later);
    g_test_add_func("/connection/two_alerts_decrypted_later", test_two_alerts_decrypted_later);
    g_test_add_func("/connection/record_shown_again", test_record_shown_again);
    g_test_add_func("/connection/numbers_far_ahead", test_numbers_far_ahead);
    g_test_add_func("/connection/bytes_behind_the_fin", test_bytes_behind_the_fin);
    g_test_add_func("/connection/fin_below_data", test_fin_below_data);
    g_test_add_func("/connection/reset_after_fin", test_reset_after_fin);
    g_test_add_func("/connection/old_reset", test_old_reset);
    g_test_add_func("/connection/fatal_alert_and_ends", test_fatal_alert_and_ends);
    g_test_add_func("/connection/data_after_fatal_alert", test_data_after_fatal_alert);
    g_test_add_func("/connection/not_tls_any_more", test_not_tls_any_more);
    g_test_add_func("/connection/first_segments_without_acknowledgement",
                    test_first_segments_without_acknowledgement);
    g_test_add_func("/connection/unknown_version", test_unknown_version);
    g_test_add_func("/connection/end_in_the_handshake", test_end_in_the_handshake);
    g_test_add_func("/connection/alert_cut_by_the_snapshot_length",
                    test_alert_cut_by_the_snapshot_length);
    g_test_add_func("/connection/clear_text_after_close_notify",
                    test_clear_text_after_close_notify);
    g_test_add_func("/connection/gaps", test_gaps);
    g_test_add_func("/connection/without_inference", test_without_inference);
    g_test_add_func("/connection/reset_that_tells_of_more", test_reset_that_tells_of_more);
    return g_test_run();
}

/* test_opaque.c
 * What the length and the place of a record say where nobody decrypts it: empty, data, an alert, the
 * Finished. By RFC 5246 and RFC 8446; must not know TCP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/record.h"

#include "taking.h"

/* TLS 1.3 with AES-128-GCM: content type and tag, with an alert or a Finished before them. */
#define EMPTY (1 + 16)
#define ALERT (2 + EMPTY)
#define FINISHED (4 + 32 + EMPTY)
#define PADDING 16

#define CCM_8 0x1305
#define AES_128_CBC_SHA 0x002F

static struct taking taking;

static struct direction *
own(void)
{
    return &taking.connection.direction[taking.reading.side];
}

static void
begin(enum tls_version version, enum side side, uint16_t length)
{
    begin_taking(&taking, version, side, length);
    own()->stream.started = true;
}

static void
take(void)
{
    record_take_complete(&taking.reading, &taking.record);
}

/* The same side sends another record, with as much received. */
static void
take_another(uint16_t length)
{
    taking.record.start = taking.record.end;
    taking.record.end += TLS_RECORD_HEADER_LENGTH + (uint64_t)length;
    taking.record.length = length;
    take();
}

/* RFC 8446 section 5.2: a content type and the tag, of 16 or 8 bytes. RFC 5246 section 6.2.3.3: nonce and
 * tag. Where the suite is not known, any of them. */
static void
test_empty_records(void)
{
    static const struct {
        enum tls_version version;
        uint16_t cipher_suite, length;
        bool empty;
    } cases[] = {
        { TLS_1_3, 0x1301, EMPTY - 1, true },
        { TLS_1_3, 0x1301, EMPTY, true },
        { TLS_1_3, 0x1301, EMPTY + 1, false },
        { TLS_1_3, CCM_8, 1 + 8, true },
        { TLS_1_3, CCM_8, 1 + 8 + 1, false },
        { TLS_VERSION_UNKNOWN, 0, 1 + 8, true },
        { TLS_VERSION_UNKNOWN, 0, 1 + 8 + 1, false },
        { TLS_VERSION_UNKNOWN, 0, EMPTY - 1, false },
        { TLS_VERSION_UNKNOWN, 0, EMPTY, true },
        { TLS_VERSION_UNKNOWN, 0, EMPTY + 1, false },
        { TLS_1_2, 0xC02F, 8 + 16, true },
        { TLS_1_2, 0xC02F, 8 + 16 + 1, false },
        { TLS_1_2, AES_128_CBC_SHA, 0, true },
        { TLS_1_2, AES_128_CBC_SHA, 1, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version, SIDE_SERVER, cases[i].length);
        taking.connection.cipher_suite = cases[i].cipher_suite;
        take();
        g_assert_true(taking.connection.data_flowed == !cases[i].empty);
        g_assert_cmpuint(own()->candidate.mark.captured, ==, 0);
    }
}

/* RFC 8446 section 6: two bytes. With a padding, or a suite, that is not known, one that may be. */
static void
test_alert_lengths(void)
{
    static const struct {
        enum tls_version version;
        bool in_the_middle;
        uint16_t length;
        bool candidate, unreadable;
    } cases[] = {
        { TLS_1_3, false, ALERT - 1, false, false },
        { TLS_1_3, false, ALERT, true, false },
        { TLS_1_3, false, ALERT + 1, false, false },
        { TLS_1_3, false, ALERT + PADDING, false, false },
        { TLS_1_3, true, ALERT + PADDING, true, true }, /* no Finished was seen */
        { TLS_1_3, true, ALERT, true, false },
        { TLS_1_3, false, 2 + 1 + 8, false, false },
        { TLS_VERSION_UNKNOWN, false, ALERT, true, false },
        { TLS_VERSION_UNKNOWN, false, 2 + 1 + 8, true, true },
        { TLS_VERSION_UNKNOWN, false, 2 + 1 + 8 + PADDING, true, true },
        { TLS_VERSION_UNKNOWN, false, ALERT + PADDING, true, true },
        { TLS_VERSION_UNKNOWN, false, 50, false, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version, SIDE_SERVER, cases[i].length);
        taking.connection.in_the_middle = cases[i].in_the_middle;
        take();
        const struct candidate *candidate = &own()->candidate;
        g_assert_true((candidate->mark.captured != 0) == cases[i].candidate);
        g_assert_true(candidate->is_unreadable == cases[i].unreadable);
    }
}

/* The client's first record in answer to the ServerHello, and the server's last before it. RFC 8446 section
 * 2.3: early data answers nothing. */
static void
test_record_of_finished(void)
{
    static const struct {
        uint64_t hello_end;
        enum tls_version version;
        uint8_t type;
        bool server_hello_seen, is_answer;
    } cases[] = {
        { ACKNOWLEDGED, TLS_1_3, TLS_APPLICATION_DATA, true, true },
        { ACKNOWLEDGED + 1, TLS_1_3, TLS_APPLICATION_DATA, true, false },
        { ACKNOWLEDGED - 1, TLS_1_3, TLS_APPLICATION_DATA, true, true },
        { ACKNOWLEDGED, TLS_1_3, TLS_HANDSHAKE, true, false },
        { ACKNOWLEDGED, TLS_1_2, TLS_APPLICATION_DATA, true, false },
        { 0, TLS_1_3, TLS_APPLICATION_DATA, false, true },
        { 0, TLS_VERSION_UNKNOWN, TLS_APPLICATION_DATA, false, true },
        { ACKNOWLEDGED, TLS_VERSION_UNKNOWN, TLS_APPLICATION_DATA, false, false },
        { ACKNOWLEDGED - 1, TLS_VERSION_UNKNOWN, TLS_APPLICATION_DATA, false, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version, SIDE_CLIENT, 300);
        taking.connection.server_hello_seen = cases[i].server_hello_seen;
        taking.connection.last_hello_end = cases[i].hello_end;
        taking.record.type = cases[i].type;
        take();
        taking.record.type = TLS_APPLICATION_DATA;
        if (cases[i].is_answer)
            take_another(400);
        g_assert_cmpuint(own()->finished_record_length, ==, cases[i].is_answer ? 300 : 0);
    }
}

/* Nothing was received: it answers nothing. */
static void
test_record_that_answers_nothing(void)
{
    begin(TLS_VERSION_UNKNOWN, SIDE_CLIENT, 300);
    taking.record.last.acknowledgement = STREAM_FIRST_OFFSET;
    take();
    g_assert_cmpuint(own()->finished_record_length, ==, 0);
    g_assert_cmpuint(own()->finished_end, ==, 0);
}

static void
test_servers_record_of_finished(void)
{
    begin(TLS_1_3, SIDE_SERVER, 300);
    taking.record.type = TLS_HEARTBEAT;
    take();
    g_assert_cmpuint(own()->finished_record_length, ==, 0);
    taking.record.type = TLS_APPLICATION_DATA;
    take_another(300);
    take_another(400);
    g_assert_cmpuint(own()->finished_record_length, ==, 400);
    taking.connection.direction[SIDE_CLIENT].finished_record_length = FINISHED;
    take_another(500);
    g_assert_cmpuint(own()->finished_record_length, ==, 400);
}

/* RFC 5246 section 7.4.9: up to TLS 1.2 who sends data has finished. In TLS 1.3 the client's first record that
 * is long enough holds its Finished. Where the version is not known, data of the server shows as much, and
 * the client's in answer to something. */
static void
test_finished(void)
{
    static const struct {
        enum tls_version version;
        enum side side;
        uint16_t length;
        bool finished;
    } cases[] = {
        { TLS_1_2, SIDE_SERVER, 100, true },
        { TLS_1_2, SIDE_CLIENT, 100, true },
        { TLS_1_3, SIDE_SERVER, 100, false },
        { TLS_1_3, SIDE_CLIENT, FINISHED - 1, false },
        { TLS_1_3, SIDE_CLIENT, FINISHED, true },
        { TLS_VERSION_UNKNOWN, SIDE_SERVER, 100, true },
        { TLS_VERSION_UNKNOWN, SIDE_CLIENT, 100, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version, cases[i].side, cases[i].length);
        take();
        g_assert_true((own()->finished_end != 0) == cases[i].finished);
    }
}

/* RFC 8446 section 2.3: early data does not show that its sender has finished. */
static void
test_early_data(void)
{
    begin(TLS_1_3, SIDE_CLIENT, FINISHED);
    taking.connection.server_hello_seen = true;
    taking.connection.last_hello_end = ACKNOWLEDGED + 1;
    take();
    g_assert_cmpuint(own()->finished_end, ==, 0);
}

/* RFC 8446 section 5.4: a server's record may be its close_notify, padded; a client has shown whether it pads.
 * Both ends have seen the other's close_notify. */
static void
test_padded_alert_of_server(void)
{
    static const struct {
        enum side side;
        uint16_t length;
        bool half_close;
    } cases[] = {
        { SIDE_SERVER, ALERT + PADDING, false },
        { SIDE_SERVER, ALERT + PADDING + 1, true },
        { SIDE_CLIENT, ALERT + PADDING, true },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct direction *peer;

        begin(TLS_1_3, cases[i].side, cases[i].length);
        peer = &taking.connection.direction[other_side(cases[i].side)];
        peer->close_notify = (struct mark){ .end = ACKNOWLEDGED, .captured = 3, .frame = 3 };
        for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
            taking.connection.direction[side].finished_record_length = FINISHED;
            taking.connection.direction[side].finished_end = START;
        }
        taking.connection.direction[SIDE_SERVER].finished_record_length = FINISHED + 600;
        take();
        g_assert_true(((taking.findings.experts & EXPERT_BIT(EXPERT_HALF_CLOSE)) != 0) ==
                      cases[i].half_close);
    }
}

/* Which fragments are put together: what can be read. RFC 5246 section 7.2: several alerts in a record. */
static void
test_wanted(void)
{
    static const struct {
        enum tls_version version;
        bool change_cipher_spec, in_the_middle;
        uint8_t type;
        uint16_t length;
        bool wanted;
    } cases[] = {
        { TLS_1_2, false, false, TLS_ALERT, 2, true },
        { TLS_1_2, false, false, TLS_ALERT, 16, true },
        { TLS_1_2, false, false, TLS_ALERT, 17, false },
        { TLS_1_2, true, false, TLS_ALERT, 2, false },
        { TLS_1_2, false, true, TLS_ALERT, 2, true },
        { TLS_1_2, false, true, TLS_ALERT, 4, false },
        { TLS_1_3, true, true, TLS_ALERT, 17, true },
        { TLS_1_2, false, false, TLS_HANDSHAKE, 100, true },
        { TLS_1_2, true, false, TLS_HANDSHAKE, 100, false },
        { TLS_1_3, true, false, TLS_HANDSHAKE, 100, true },
        { TLS_1_2, false, false, TLS_APPLICATION_DATA, 100, false },
        { TLS_1_2, false, false, TLS_CHANGE_CIPHER_SPEC, 1, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version, SIDE_CLIENT, cases[i].length);
        own()->change_cipher_spec = cases[i].change_cipher_spec;
        taking.connection.in_the_middle = cases[i].in_the_middle;
        g_assert_true(record_is_wanted(&taking.reading, cases[i].type, cases[i].length) ==
                      cases[i].wanted);
    }
}

/* Only a dissected record of the same place, type and length is this one. */
static void
test_dissected_record(void)
{
    static const struct {
        uint32_t ahead;
        uint8_t type;
        uint16_t length;
        bool is_it;
    } cases[] = {
        { 0, TLS_APPLICATION_DATA, 100, true },
        { 0, TLS_APPLICATION_DATA, 101, false },
        { 0, TLS_ALERT, 100, false },
        { 1, TLS_APPLICATION_DATA, 100, false },
        { (uint32_t)-1, TLS_APPLICATION_DATA, 100, false },
    };
    static const uint8_t plaintext[50];

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct dissected_record record = {
            .type = cases[i].type,
            .length = cases[i].length,
            .sequence = 1000 + (uint32_t)(START - STREAM_FIRST_OFFSET) + cases[i].ahead,
            .inner_type = TLS_HEARTBEAT,
            .plaintext = plaintext,
            .plaintext_length = sizeof plaintext,
        };

        begin(TLS_1_3, SIDE_SERVER, 100);
        stream_start(&own()->stream, 1000, true);
        taking.reading.records = &record;
        taking.reading.record_count = 1;
        take();
        g_assert_true(own()->undecrypted == !cases[i].is_it);
        stream_clear(&own()->stream);
    }
}

/* An alert that is decrypted only once its last bytes have come: if this payload brought some of them. */
static void
test_late_alert(void)
{
    static const uint8_t close_notify[] = { TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY };
    static const struct {
        int64_t from, until; /* of the payload, from the record's start and end */
        bool taken;
    } cases[] = {
        { 0, 0, true },
        { 10, 0, true },
        { -100, -1, true },
        { 1, -1, true },
        { -100, -(ALERT + TLS_RECORD_HEADER_LENGTH), false }, /* ends where the record begins */
        { ALERT + TLS_RECORD_HEADER_LENGTH, 100, false },     /* begins where it ends */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS_1_3, SIDE_SERVER, ALERT);
        stream_start(&own()->stream, 1000, true);
        const struct dissected_record record = {
            .type = TLS_APPLICATION_DATA,
            .length = ALERT,
            .sequence = 1000 + (uint32_t)(START - STREAM_FIRST_OFFSET),
            .inner_type = TLS_ALERT,
            .plaintext = close_notify,
            .plaintext_length = sizeof close_notify,
        };
        uint64_t from = START + (uint64_t)cases[i].from;
        uint64_t until = taking.record.end + (uint64_t)cases[i].until;
        const struct stream_bytes run = { .offset = from,
                                          .length = (uint32_t)(until - from),
                                          .point = { ACKNOWLEDGED, 0, 9 } };
        taking.reading.records = &record;
        taking.reading.record_count = 1;
        record_take_late_alerts(&taking.reading, &run, taking.record.end - 1);
        g_assert_cmpuint(own()->close_notify.captured, ==, 0); /* it was not read yet */
        record_take_late_alerts(&taking.reading, &run, taking.record.end);
        g_assert_true((own()->close_notify.captured != 0) == cases[i].taken);
        stream_clear(&own()->stream);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/opaque/empty_records", test_empty_records);
    g_test_add_func("/opaque/alert_lengths", test_alert_lengths);
    g_test_add_func("/opaque/record_of_finished", test_record_of_finished);
    g_test_add_func("/opaque/answers_nothing", test_record_that_answers_nothing);
    g_test_add_func("/opaque/servers_record_of_finished", test_servers_record_of_finished);
    g_test_add_func("/opaque/finished", test_finished);
    g_test_add_func("/opaque/early_data", test_early_data);
    g_test_add_func("/opaque/padded_alert", test_padded_alert_of_server);
    g_test_add_func("/opaque/wanted", test_wanted);
    g_test_add_func("/opaque/dissected_record", test_dissected_record);
    g_test_add_func("/opaque/late_alert", test_late_alert);
    return g_test_run();
}

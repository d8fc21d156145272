/* test_alert.c
 * What alerts say of their sender, what data around them is worth a word, and when an encrypted one turns out
 * to be none: RFC 5246 section 7.2, RFC 8446 section 6. Must not know how alerts are read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/alert.h"

#include "taking.h"

static struct taking taking;

static struct direction *
side_of(enum side side)
{
    return &taking.connection.direction[side];
}

static struct direction *
own(void)
{
    return side_of(taking.reading.side);
}

/* The server's record; both sides have finished their handshake. */
static void
begin(enum tls_version version)
{
    begin_taking(&taking, version, SIDE_SERVER, 26);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        side_of(side)->finished_end = START - 100;
        side_of(side)->stream.captured_end = START;
    }
    taking.connection.data_flowed = true;
}

static void
take(uint8_t level, uint8_t description)
{
    const uint8_t alert[] = { level, description };

    alert_take_readable(&taking.reading, &taking.record, (struct byte_view){ alert, sizeof alert });
}

static bool
raises(enum expert expert)
{
    return (taking.findings.experts & EXPERT_BIT(expert)) != 0;
}

/* RFC 5246 section 7.2.1: of level warning. RFC 8446 section 6: the level can be ignored. */
static void
test_level_of_close_notify(void)
{
    static const struct {
        enum tls_version version;
        uint8_t level;
        expert_set experts;
    } cases[] = {
        { TLS_1_2, TLS_ALERT_WARNING, 0 },
        { TLS_1_2, TLS_ALERT_FATAL, EXPERT_BIT(EXPERT_CLOSE_NOTIFY_LEVEL) },
        { TLS_1_3, TLS_ALERT_WARNING, 0 },
        { TLS_1_3, TLS_ALERT_FATAL, EXPERT_BIT(EXPERT_CLOSE_NOTIFY_LEVEL_TLS13) },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(cases[i].version);
        take(cases[i].level, TLS_CLOSE_NOTIFY);
        g_assert_cmphex(taking.findings.experts, ==, cases[i].experts);
    }
}

/* RFC 8446 section 6.1: before the handshake is finished, user_canceled comes first. What was not captured may
 * have been it, or the rest of the handshake. */
static void
test_close_notify_in_handshake(void)
{
    static const struct {
        uint64_t lost_from, missing_alert;
        bool finished, user_canceled, raised;
    } cases[] = {
        { 0, 0, true, false, false },          { 0, 0, false, false, true },
        { 0, 0, false, true, false },          { START - 50, 0, false, false, false },
        { 0, START - 7, false, false, false }, { 1, 0, false, false, false },
        { 0, 1, false, false, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS_1_2);
        if (!cases[i].finished)
            own()->finished_end = 0;
        if (cases[i].user_canceled)
            take(TLS_ALERT_WARNING, TLS_USER_CANCELED);
        own()->stream.lost_from = cases[i].lost_from;
        own()->missing_alert = cases[i].missing_alert;
        take(TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY);
        g_assert_true(raises(EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE) == cases[i].raised);
    }
}

/* Data that was captured before the peer's close_notify, but sent with it received, is data behind it; whole
 * control frames are that only if no message is. */
static void
test_data_before_close_notify(void)
{
    static const struct {
        bool data, control;
        enum expert expert;
    } cases[] = {
        { true, true, EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY },
        { false, true, EXPERT_CONTROL_AFTER_CLOSE },
    };
    const struct data_place place = { START + 40, START + TLS_RECORD_HEADER_LENGTH + 26, 7 };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(TLS_1_2);
        if (cases[i].data)
            side_of(SIDE_CLIENT)->last_data = place;
        if (cases[i].control)
            side_of(SIDE_CLIENT)->last_control = place;
        take(TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY);
        g_assert_cmphex(side_of(SIDE_CLIENT)->raised, ==, EXPERT_BIT(cases[i].expert));
        const struct late_finding *late =
            &g_array_index(taking.connection.late, struct late_finding, 0);
        g_assert_cmpuint(taking.connection.late->len, ==, 1);
        g_assert_cmpuint(late->frame, ==, 7);
        g_array_free(taking.connection.late, TRUE);
    }
}

/* An encrypted alert that another record follows was no close_notify, whichever frame held it: what the peer
 * sent did not meet one. That it was none stays known. */
static void
test_withdrawn(void)
{
    static const uint32_t frames[] = { 1, 2, 9 };

    for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
        begin(TLS_1_2);
        taking.record.type = TLS_ALERT;
        taking.record.last.frame = frames[i];
        taking.reading.now = frames[i];
        alert_take_encrypted(&taking.reading, &taking.record);
        alert_take_encrypted(&taking.reading, &taking.record);
        g_assert_cmpuint(own()->candidate.mark.captured, ==, frames[i]);
        g_assert_cmpuint(own()->next_candidate.mark.captured, ==, frames[i]);
        side_of(SIDE_CLIENT)->raised = EXPERTS_RESTING_ON_PEER;
        alert_withdraw_candidate(&taking.reading);
        g_assert_true(own()->withdrawn);
        g_assert_cmpuint(own()->candidate.mark.captured, ==, 0);
        g_assert_cmpuint(own()->next_candidate.mark.captured, ==, 0);
        g_assert_cmphex(side_of(SIDE_CLIENT)->raised, ==, 0);
        taking.record.type = TLS_APPLICATION_DATA; /* disguised, as in TLS 1.3 */
        alert_set_candidate(&taking.reading, &taking.record, false);
        alert_withdraw_candidate(&taking.reading);
        g_assert_true(own()->withdrawn);
    }
}

/* The first of two encrypted alerts is decrypted late: it was the close_notify, or the second may be it. */
static void
test_late_plaintext(void)
{
    static const uint8_t descriptions[] = { TLS_CLOSE_NOTIFY, TLS_USER_CANCELED };

    for (guint i = 0; i < G_N_ELEMENTS(descriptions); i++) {
        const uint8_t alert[] = { TLS_ALERT_WARNING, descriptions[i] };

        begin(TLS_1_2);
        taking.record.type = TLS_ALERT;
        alert_take_encrypted(&taking.reading, &taking.record);
        taking.record.last.frame = 10;
        alert_take_encrypted(&taking.reading, &taking.record);
        alert_take_late_plaintext(&taking.reading, &taking.record,
                                  (struct byte_view){ alert, sizeof alert });
        if (descriptions[i] == TLS_CLOSE_NOTIFY) {
            g_assert_cmpuint(own()->close_notify.captured, !=, 0);
            g_assert_cmpuint(own()->candidate.mark.captured, ==, 0);
        } else {
            g_assert_cmpuint(own()->close_notify.captured, ==, 0);
            g_assert_cmpuint(own()->candidate.mark.captured, ==, 10);
            g_assert_cmpuint(own()->next_candidate.mark.captured, ==, 0);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alert/level_of_close_notify", test_level_of_close_notify);
    g_test_add_func("/alert/close_notify_in_handshake", test_close_notify_in_handshake);
    g_test_add_func("/alert/data_before_close_notify", test_data_before_close_notify);
    g_test_add_func("/alert/withdrawn", test_withdrawn);
    g_test_add_func("/alert/late_plaintext", test_late_plaintext);
    return g_test_run();
}

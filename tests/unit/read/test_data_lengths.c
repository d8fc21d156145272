/* test_data_lengths.c
 * How many bytes of plaintext a record counts for, and what it answers: by the cipher suites' RFCs and "Data"
 * of the public interface. Must not know streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/application_data.h"

#include "taking.h"

static void
expect(const struct taking *taking, uint64_t least, uint64_t most)
{
    const struct traffic *traffic = &taking->connection.direction[SIDE_SERVER].traffic;

    g_assert_cmpuint(traffic_between(traffic, 0, UINT64_MAX).bytes, ==, least);
    g_assert_cmpuint(traffic->bytes, ==, most);
}

/* RFC 5246 section 6.2.3: a MAC, and a block cipher's initialization vector (from TLS 1.1 on) and 1 to 16
 * bytes of padding, or 1 to 8. What can't hold a byte counts as one, since nobody has read it. */
static void
test_not_decrypted(void)
{
    static const struct {
        uint16_t version, cipher_suite, length;
        uint64_t least, most;
    } cases[] = {
        { TLS_1_2, 0xC02F, 8 + 100 + 16, 100, 100 }, /* AES-128-GCM */
        { TLS_1_2, 0xCCA8, 100 + 16, 100, 100 },     /* ChaCha20-Poly1305 */
        { TLS_1_0, 0x0005, 100 + 20, 100, 100 },     /* RC4, SHA */
        { TLS_1_2, 0x002F, 16 + 64, 28, 43 },        /* AES-128-CBC, SHA: 64 = 28 + 20 + 16 */
        { TLS_1_0, 0x002F, 64, 28, 43 },
        { TLS_1_0, 0x000A, 40, 12, 19 }, /* 3DES: 40 = 12 + 20 + 8 */
        { TLS_1_2, 0x002F, 16 + 36, 1, 15 },
        { TLS_1_2, 0x002F, 16 + 21, 1, 1 },
        { TLS_1_2, 0x002F, 16, 1, 1 },
        { TLS_1_2, 0xFFFF, 100, 100, 100 }, /* nobody knows */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct taking taking;

        begin_taking(&taking, TLS_1_2, SIDE_SERVER, cases[i].length);
        taking.connection.version = cases[i].version;
        taking.connection.cipher_suite = cases[i].cipher_suite;
        application_data_take_encrypted(&taking.reading, &taking.record);
        expect(&taking, cases[i].least, cases[i].most);
    }
}

/* Control frames are bytes, but answer nothing, and are nothing that a peer which has closed would have
 * needed. In HTTP/2 (RFC 9113 section 6) nor does what is no longer than they are. */
static void
test_what_answers(void)
{
    static const struct {
        uint64_t least;
        uint32_t length;
        bool only_control, http2, answers, after_fin;
    } cases[] = {
        { 1, 1, false, false, true, true },   { 100, 100, false, true, true, true },
        { 35, 35, false, true, true, true },  { 34, 34, false, true, false, true },
        { 0, 100, true, true, false, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct taking taking;

        begin_taking(&taking, TLS_1_2, SIDE_SERVER, (uint16_t)(cases[i].length + 24));
        struct direction *peer = &taking.connection.direction[SIDE_CLIENT];
        const struct traffic *own = &taking.connection.direction[SIDE_SERVER].traffic;
        peer->end_kind = END_FIN;
        peer->end.end = ACKNOWLEDGED - 1;
        taking.connection.http2 = cases[i].http2;
        taking.reading.only_control = cases[i].only_control;
        application_data_take_decrypted(&taking.reading, &taking.record, cases[i].length);
        expect(&taking, cases[i].least, cases[i].length);
        g_assert_cmpuint(traffic_answers(own, UINT64_MAX), ==, cases[i].answers ? ACKNOWLEDGED : 0);
        g_assert_cmpuint(own->after_peer_fin, ==, cases[i].after_fin ? START : 0);
    }
}

/* Only a FIN that its sender had received, and only the first record behind it. */
static void
test_behind_the_peers_fin(void)
{
    static const struct {
        uint64_t offset;
        enum end_kind end;
        bool behind;
    } cases[] = {
        { ACKNOWLEDGED - 1, END_FIN, true },
        { ACKNOWLEDGED, END_FIN, false },
        { 0, END_NONE, false },
        { ACKNOWLEDGED - 1, END_RST, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct taking taking;

        begin_taking(&taking, TLS_1_2, SIDE_SERVER, 124);
        struct direction *peer = &taking.connection.direction[SIDE_CLIENT];
        peer->end_kind = cases[i].end;
        peer->end.end = cases[i].offset;
        application_data_take_decrypted(&taking.reading, &taking.record, 100);
        taking.record.start = taking.record.end;
        application_data_take_decrypted(&taking.reading, &taking.record, 100);
        g_assert_cmpuint(taking.connection.direction[SIDE_SERVER].traffic.after_peer_fin, ==,
                         cases[i].behind ? START : 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/data_lengths/not_decrypted", test_not_decrypted);
    g_test_add_func("/data_lengths/what_answers", test_what_answers);
    g_test_add_func("/data_lengths/behind_the_peers_fin", test_behind_the_peers_fin);
    return g_test_run();
}

/* test_cipher_suite.c
 * The lengths of real cipher suites, by their numbers in the IANA registry.
 * Expected values come from the RFCs that define the suites; must not know cipher_suite.c's tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "wire/cipher_suite.h"

static void
test_cipher_suites(void)
{
    g_assert_cmpuint(cipher_suite_tag_length(0x1301), ==, 16);
    g_assert_cmpuint(cipher_suite_tag_length(0x1304), ==, 16); /* CCM */
    g_assert_cmpuint(cipher_suite_tag_length(0x1305), ==, 8);  /* CCM_8 */
    g_assert_cmpuint(cipher_suite_tag_length(0xFFFF), ==, 16);
    g_assert_cmpuint(cipher_suite_hash_length(0x1301), ==, 32);
    g_assert_cmpuint(cipher_suite_hash_length(0x1302), ==, 48); /* SHA384 */
    g_assert_cmpuint(cipher_suite_hash_length(0xFFFF), ==, 32);
}

/* Numbers from the registry of cipher suites. */
static void
test_aead_expansion(void)
{
    static const struct {
        uint16_t cipher_suite;
        unsigned expansion;
    } cases[] = {
        { 0x002F, 0 },  /* RSA_WITH_AES_128_CBC_SHA */
        { 0x009B, 0 },  /* DH_anon_WITH_SEED_CBC_SHA */
        { 0x009C, 24 }, /* RSA_WITH_AES_128_GCM_SHA256 */
        { 0x00AD, 24 }, /* RSA_PSK_WITH_AES_256_GCM_SHA384 */
        { 0x00AE, 0 },  /* PSK_WITH_AES_128_CBC_SHA256 */
        { 0xC02A, 0 },  /* ECDH_RSA_WITH_AES_256_CBC_SHA384 */
        { 0xC02F, 24 }, /* ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
        { 0xC032, 24 }, /* ECDH_RSA_WITH_AES_256_GCM_SHA384 */
        { 0xC051, 24 }, /* RSA_WITH_ARIA_256_GCM_SHA384 */
        { 0xC064, 0 },  /* PSK_WITH_ARIA_128_CBC_SHA256 */
        { 0xC06A, 24 }, /* PSK_WITH_ARIA_128_GCM_SHA256 */
        { 0xC070, 0 },  /* ECDHE_PSK_WITH_ARIA_128_CBC_SHA256 */
        { 0xC07A, 24 }, /* RSA_WITH_CAMELLIA_128_GCM_SHA256 */
        { 0xC094, 0 },  /* PSK_WITH_CAMELLIA_128_CBC_SHA256 */
        { 0xC09C, 24 }, /* RSA_WITH_AES_128_CCM */
        { 0xC0A0, 16 }, /* RSA_WITH_AES_128_CCM_8 */
        { 0xC0A6, 24 }, /* DHE_PSK_WITH_AES_128_CCM */
        { 0xC0AA, 16 }, /* PSK_DHE_WITH_AES_128_CCM_8 */
        { 0xC0AC, 24 }, /* ECDHE_ECDSA_WITH_AES_128_CCM */
        { 0xC0AF, 16 }, /* ECDHE_ECDSA_WITH_AES_256_CCM_8 */
        { 0xCCA8, 16 }, /* ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 */
        { 0xD001, 24 }, /* ECDHE_PSK_WITH_AES_128_GCM_SHA256 */
        { 0xD003, 16 }, /* ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 */
        { 0xD005, 24 }, /* ECDHE_PSK_WITH_AES_128_CCM_SHA256 */
        { 0x1301, 0 },  /* not of these versions */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(cipher_suite_aead_expansion(cases[i].cipher_suite), ==,
                         cases[i].expansion);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cipher_suite/tls13", test_cipher_suites);
    g_test_add_func("/cipher_suite/aead_expansion", test_aead_expansion);
    return g_test_run();
}

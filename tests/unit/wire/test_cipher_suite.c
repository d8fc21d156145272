/* test_cipher_suite.c
 * The lengths of every cipher suite in the IANA registry, which its name tells, and of some by hand.
 * Expected values come from the RFCs that define the suites; must not know cipher_suite.c's tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "cipher_suite_names.h"
#include "wire/cipher_suite.h"
#include "wire/tls.h"

static void
test_cipher_suites(void)
{
    g_assert_cmpuint(cipher_suite_tag_length(0x1301), ==, 16);
    g_assert_cmpuint(cipher_suite_tag_length(0x1304), ==, 16); /* CCM */
    g_assert_cmpuint(cipher_suite_tag_length(0x1305), ==, 8);  /* CCM_8 */
    g_assert_cmpuint(cipher_suite_tag_length(0xFFFF), ==, 16);
    g_assert_cmpuint(cipher_suite_tag_length(0xC0B4), ==, 32); /* SHA256_SHA256: RFC 9150 */
    g_assert_cmpuint(cipher_suite_tag_length(0xC0B5), ==, 48); /* SHA384_SHA384 */
    g_assert_cmpuint(cipher_suite_hash_length(0xC0B4), ==, 32);
    g_assert_cmpuint(cipher_suite_hash_length(0xC0B5), ==, 48);
    g_assert_cmpuint(cipher_suite_hash_length(0x1301), ==, 32);
    g_assert_cmpuint(cipher_suite_hash_length(0x1302), ==, 48); /* SHA384 */
    g_assert_cmpuint(cipher_suite_hash_length(0xFFFF), ==, 32);
}

/* Suites of TLS 1.3 do not name how keys are exchanged. */
static bool
is_of_tls13(const char *name)
{
    return !strstr(name, "_WITH_");
}

static bool
is_aead(const char *name)
{
    return strstr(name, "_GCM") || strstr(name, "_CCM") || strstr(name, "_POLY1305");
}

/* RFC 5246 section 6.2.3.2: AES, ARIA, Camellia and SEED have blocks of 128 bits, those before of
 * 64. */
static unsigned
block_length_of(const char *name)
{
    if (!strstr(name, "_CBC"))
        return 0;
    return strstr(name, "DES") || strstr(name, "IDEA") || strstr(name, "RC2") ? 8 : 16;
}

/* RFC 2104, and RFC 9189 for the last three. */
static unsigned
mac_length_of(const char *name)
{
    static const struct {
        const char *suffix;
        unsigned length;
    } macs[] = {
        { "_MD5", 16 },
        { "_SHA", 20 },
        { "_SHA256", 32 },
        { "_SHA384", 48 },
        { "_KUZNYECHIK_CTR_OMAC", 16 },
        { "_MAGMA_CTR_OMAC", 8 },
        { "_28147_CNT_IMIT", 4 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(macs); i++) {
        if (g_str_has_suffix(name, macs[i].suffix))
            return macs[i].length;
    }
    g_assert_not_reached();
}

/* RFC 5288 and 6655: a nonce of 8 bytes in the record, and a tag of 16 or 8. RFC 7905: no nonce. */
static unsigned
aead_expansion_of(const char *name)
{
    if (!is_aead(name))
        return 0;
    if (strstr(name, "_POLY1305"))
        return 16;
    return strstr(name, "_CCM_8") ? 8 + 8 : 8 + 16;
}

static unsigned
expansion_min_of(const char *name, uint16_t version)
{
    unsigned block = block_length_of(name);

    if (is_aead(name))
        return aead_expansion_of(name);
    if (block == 0)
        return mac_length_of(name);
    return (version >= TLS_1_1 ? block : 0) + mac_length_of(name) + 1;
}

static void
test_names(void)
{
    static const uint16_t versions[] = { TLS_VERSION_UNKNOWN, SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2 };

    for (guint i = 0; i < G_N_ELEMENTS(cipher_suite_names); i++) {
        uint16_t number = cipher_suite_names[i].number;
        const char *name = cipher_suite_names[i].name;
        bool older = !is_of_tls13(name);

        g_assert_cmpuint(cipher_suite_block_length(number), ==, older ? block_length_of(name) : 0);
        g_assert_cmpuint(cipher_suite_aead_expansion(number), ==,
                         older ? aead_expansion_of(name) : 0);
        for (guint k = 0; k < G_N_ELEMENTS(versions); k++)
            g_assert_cmpuint(cipher_suite_expansion_min(versions[k], number), ==,
                             older ? expansion_min_of(name, versions[k]) : 0);
    }
}

/* Numbers beside those that are assigned say nothing. */
static void
test_unknown(void)
{
    static const uint16_t unknown[] = {
        0x0000, 0x0047, 0x0083, 0x00C6, 0x00FF, 0x0A0A, 0x1300, 0x1306, 0x5600, 0xC000, 0xC0B4,
        0xC0FE, 0xC103, 0xCC12, 0xCC16, 0xCCA7, 0xCCAF, 0xD000, 0xD004, 0xD006, 0xFFFF,
    };

    for (guint i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_2, unknown[i]), ==, 0);
        g_assert_cmpuint(cipher_suite_block_length(unknown[i]), ==, 0);
        g_assert_cmpuint(cipher_suite_aead_expansion(unknown[i]), ==, 0);
    }
}

/* RFC 8446 section 5.2: the inner content type and the tag. */
static void
test_tls13(void)
{
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0x1301), ==, 1 + 16);
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0x1303), ==, 1 + 16);
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0x1305), ==, 1 + 8);
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0xC0B4), ==, 1 + 32); /* RFC 9150 */
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0xC0B5), ==, 1 + 48);
    g_assert_cmpuint(cipher_suite_expansion_min(TLS_1_3, 0xFFFF), ==, 1 + 16);
}

/* Some by hand, as OpenSSL calls them. */
static void
test_expansion_min(void)
{
    static const struct {
        uint16_t version, cipher_suite;
        unsigned expansion;
    } cases[] = {
        { TLS_1_0, 0x002F, 20 + 1 },      /* AES128-SHA */
        { TLS_1_1, 0x002F, 16 + 20 + 1 }, /* AES128-SHA */
        { TLS_1_2, 0x003D, 16 + 32 + 1 }, /* AES256-SHA256 */
        { TLS_1_2, 0xC028, 16 + 48 + 1 }, /* ECDHE-RSA-AES256-SHA384 */
        { TLS_1_2, 0x0005, 20 },          /* RC4-SHA */
        { TLS_1_2, 0x000A, 8 + 20 + 1 },  /* DES-CBC3-SHA */
        { SSL_3_0, 0x000A, 20 + 1 },      /* DES-CBC3-SHA */
        { TLS_1_2, 0xC04D, 16 + 48 + 1 }, /* ECDHE_RSA_WITH_ARIA_256_CBC_SHA384 */
        { TLS_1_2, 0xC076, 16 + 32 + 1 }, /* ECDHE-RSA-CAMELLIA128-SHA256 */
        { TLS_1_2, 0xC02F, 8 + 16 },      /* ECDHE-RSA-AES128-GCM-SHA256 */
        { TLS_1_2, 0xC0AD, 8 + 16 },      /* ECDHE-ECDSA-AES256-CCM */
        { TLS_1_2, 0xC0AE, 8 + 8 },       /* ECDHE-ECDSA-AES128-CCM8 */
        { TLS_1_2, 0xCCA8, 16 },          /* ECDHE-RSA-CHACHA20-POLY1305 */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(cipher_suite_expansion_min(cases[i].version, cases[i].cipher_suite), ==,
                         cases[i].expansion);
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
    g_test_add_func("/cipher_suite/names", test_names);
    g_test_add_func("/cipher_suite/unknown", test_unknown);
    g_test_add_func("/cipher_suite/expansion_tls13", test_tls13);
    g_test_add_func("/cipher_suite/expansion_min", test_expansion_min);
    g_test_add_func("/cipher_suite/aead_expansion", test_aead_expansion);
    return g_test_run();
}

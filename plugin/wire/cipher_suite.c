/* cipher_suite.c
 * The lengths that the cipher suites bring with them, as tables: see cipher_suite.h.
 * Must not know records, connections or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/cipher_suite.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>

#include "wire/tls.h"

/* Lengths of hashes and of MACs made of them: RFC 2104. */
enum { MD5 = 16, SHA = 20, SHA256 = 32, SHA384 = 48 };

/* The suites of TLS 1.3 that differ from the others: RFC 8446 appendix B.4, RFC 9150 section 4. */
#define TLS_AES_256_GCM_SHA384 0x1302
#define TLS_AES_128_CCM_8_SHA256 0x1305
#define TLS_SHA256_SHA256 0xC0B4
#define TLS_SHA384_SHA384 0xC0B5

unsigned
cipher_suite_tag_length(uint16_t cipher_suite)
{
    switch (cipher_suite) {
    case TLS_AES_128_CCM_8_SHA256:
        return 8;
    case TLS_SHA256_SHA256:
        return SHA256;
    case TLS_SHA384_SHA384:
        return SHA384;
    default:
        return 16;
    }
}

unsigned
cipher_suite_hash_length(uint16_t cipher_suite)
{
    bool sha384 = cipher_suite == TLS_AES_256_GCM_SHA384 || cipher_suite == TLS_SHA384_SHA384;

    return sha384 ? SHA384 : SHA256;
}

enum protection {
    AEAD,   /* GCM and CCM put 8 bytes of nonce into the record, ChaCha20-Poly1305 none */
    CBC,    /* a block cipher */
    STREAM, /* a stream cipher, or no cipher at all */
};

/* Cipher suites up to TLS 1.2, by number. */
struct suite_range {
    uint16_t first;
    uint16_t last;
    enum protection protection;
    uint8_t length; /* of the explicit nonce, or of a block */
    uint8_t even;   /* length of the tag or MAC of suites with even numbers */
    uint8_t odd;    /* and with odd ones */
};

static const struct suite_range suite_ranges[] = {
    { 0x0001, 0x0001, STREAM, 0, MD5, MD5 },       /* NULL: RFC 5246 */
    { 0x0002, 0x0002, STREAM, 0, SHA, SHA },       /* NULL: RFC 5246 */
    { 0x0003, 0x0004, STREAM, 0, MD5, MD5 },       /* RC4: RFC 5246 */
    { 0x0005, 0x0005, STREAM, 0, SHA, SHA },       /* RC4: RFC 5246 */
    { 0x0006, 0x0006, CBC, 8, MD5, MD5 },          /* RC2: RFC 2246 */
    { 0x0007, 0x0016, CBC, 8, SHA, SHA },          /* IDEA, DES, 3DES: RFC 2246, RFC 5469 */
    { 0x0017, 0x0018, STREAM, 0, MD5, MD5 },       /* RC4: RFC 5246 */
    { 0x0019, 0x001B, CBC, 8, SHA, SHA },          /* DES, 3DES: RFC 2246, RFC 5246 */
    { 0x001E, 0x001F, CBC, 8, SHA, SHA },          /* Kerberos with DES, 3DES: RFC 2712 */
    { 0x0020, 0x0020, STREAM, 0, SHA, SHA },       /* Kerberos with RC4: RFC 2712 */
    { 0x0021, 0x0021, CBC, 8, SHA, SHA },          /* Kerberos with IDEA: RFC 2712 */
    { 0x0022, 0x0023, CBC, 8, MD5, MD5 },          /* Kerberos with DES, 3DES: RFC 2712 */
    { 0x0024, 0x0024, STREAM, 0, MD5, MD5 },       /* Kerberos with RC4: RFC 2712 */
    { 0x0025, 0x0025, CBC, 8, MD5, MD5 },          /* Kerberos with IDEA: RFC 2712 */
    { 0x0026, 0x0027, CBC, 8, SHA, SHA },          /* Kerberos with DES, RC2: RFC 2712 */
    { 0x0028, 0x0028, STREAM, 0, SHA, SHA },       /* Kerberos with RC4: RFC 2712 */
    { 0x0029, 0x002A, CBC, 8, MD5, MD5 },          /* Kerberos with DES, RC2: RFC 2712 */
    { 0x002B, 0x002B, STREAM, 0, MD5, MD5 },       /* Kerberos with RC4: RFC 2712 */
    { 0x002C, 0x002E, STREAM, 0, SHA, SHA },       /* PSK with NULL: RFC 4785 */
    { 0x002F, 0x003A, CBC, 16, SHA, SHA },         /* AES: RFC 5246 */
    { 0x003B, 0x003B, STREAM, 0, SHA256, SHA256 }, /* NULL: RFC 5246 */
    { 0x003C, 0x0040, CBC, 16, SHA256, SHA256 },   /* AES: RFC 5246 */
    { 0x0041, 0x0046, CBC, 16, SHA, SHA },         /* Camellia: RFC 5932 */
    { 0x0067, 0x006D, CBC, 16, SHA256, SHA256 },   /* AES: RFC 5246 */
    { 0x0084, 0x0089, CBC, 16, SHA, SHA },         /* Camellia: RFC 5932 */
    { 0x008A, 0x008A, STREAM, 0, SHA, SHA },       /* PSK with RC4: RFC 4279 */
    { 0x008B, 0x008B, CBC, 8, SHA, SHA },          /* PSK with 3DES: RFC 4279 */
    { 0x008C, 0x008D, CBC, 16, SHA, SHA },         /* PSK with AES: RFC 4279 */
    { 0x008E, 0x008E, STREAM, 0, SHA, SHA },       /* DHE_PSK with RC4: RFC 4279 */
    { 0x008F, 0x008F, CBC, 8, SHA, SHA },          /* DHE_PSK with 3DES: RFC 4279 */
    { 0x0090, 0x0091, CBC, 16, SHA, SHA },         /* DHE_PSK with AES: RFC 4279 */
    { 0x0092, 0x0092, STREAM, 0, SHA, SHA },       /* RSA_PSK with RC4: RFC 4279 */
    { 0x0093, 0x0093, CBC, 8, SHA, SHA },          /* RSA_PSK with 3DES: RFC 4279 */
    { 0x0094, 0x0095, CBC, 16, SHA, SHA },         /* RSA_PSK with AES: RFC 4279 */
    { 0x0096, 0x009B, CBC, 16, SHA, SHA },         /* SEED: RFC 4162 */
    { 0x009C, 0x00AD, AEAD, 8, 16, 16 },           /* AES GCM: RFC 5288, RFC 5487 */
    { 0x00AE, 0x00AF, CBC, 16, SHA256, SHA384 },   /* PSK with AES: RFC 5487 */
    { 0x00B0, 0x00B1, STREAM, 0, SHA256, SHA384 }, /* PSK with NULL: RFC 5487 */
    { 0x00B2, 0x00B3, CBC, 16, SHA256, SHA384 },   /* DHE_PSK with AES: RFC 5487 */
    { 0x00B4, 0x00B5, STREAM, 0, SHA256, SHA384 }, /* DHE_PSK with NULL: RFC 5487 */
    { 0x00B6, 0x00B7, CBC, 16, SHA256, SHA384 },   /* RSA_PSK with AES: RFC 5487 */
    { 0x00B8, 0x00B9, STREAM, 0, SHA256, SHA384 }, /* RSA_PSK with NULL: RFC 5487 */
    { 0x00BA, 0x00C5, CBC, 16, SHA256, SHA256 },   /* Camellia: RFC 5932 */
    { 0xC001, 0xC002, STREAM, 0, SHA, SHA },       /* ECDH_ECDSA with NULL, RC4: RFC 4492 */
    { 0xC003, 0xC003, CBC, 8, SHA, SHA },          /* ECDH_ECDSA with 3DES: RFC 4492 */
    { 0xC004, 0xC005, CBC, 16, SHA, SHA },         /* ECDH_ECDSA with AES: RFC 4492 */
    { 0xC006, 0xC007, STREAM, 0, SHA, SHA },       /* ECDHE_ECDSA with NULL, RC4: RFC 4492 */
    { 0xC008, 0xC008, CBC, 8, SHA, SHA },          /* ECDHE_ECDSA with 3DES: RFC 4492 */
    { 0xC009, 0xC00A, CBC, 16, SHA, SHA },         /* ECDHE_ECDSA with AES: RFC 4492 */
    { 0xC00B, 0xC00C, STREAM, 0, SHA, SHA },       /* ECDH_RSA with NULL, RC4: RFC 4492 */
    { 0xC00D, 0xC00D, CBC, 8, SHA, SHA },          /* ECDH_RSA with 3DES: RFC 4492 */
    { 0xC00E, 0xC00F, CBC, 16, SHA, SHA },         /* ECDH_RSA with AES: RFC 4492 */
    { 0xC010, 0xC011, STREAM, 0, SHA, SHA },       /* ECDHE_RSA with NULL, RC4: RFC 4492 */
    { 0xC012, 0xC012, CBC, 8, SHA, SHA },          /* ECDHE_RSA with 3DES: RFC 4492 */
    { 0xC013, 0xC014, CBC, 16, SHA, SHA },         /* ECDHE_RSA with AES: RFC 4492 */
    { 0xC015, 0xC016, STREAM, 0, SHA, SHA },       /* ECDH_anon with NULL, RC4: RFC 4492 */
    { 0xC017, 0xC017, CBC, 8, SHA, SHA },          /* ECDH_anon with 3DES: RFC 4492 */
    { 0xC018, 0xC019, CBC, 16, SHA, SHA },         /* ECDH_anon with AES: RFC 4492 */
    { 0xC01A, 0xC01C, CBC, 8, SHA, SHA },          /* SRP with 3DES: RFC 5054 */
    { 0xC01D, 0xC022, CBC, 16, SHA, SHA },         /* SRP with AES: RFC 5054 */
    { 0xC023, 0xC02A, CBC, 16, SHA384, SHA256 },   /* ECDHE, ECDH with AES: RFC 5289 */
    { 0xC02B, 0xC032, AEAD, 8, 16, 16 },           /* ECDHE, ECDH with AES GCM: RFC 5289 */
    { 0xC033, 0xC033, STREAM, 0, SHA, SHA },       /* ECDHE_PSK with RC4: RFC 5489 */
    { 0xC034, 0xC034, CBC, 8, SHA, SHA },          /* ECDHE_PSK with 3DES: RFC 5489 */
    { 0xC035, 0xC036, CBC, 16, SHA, SHA },         /* ECDHE_PSK with AES: RFC 5489 */
    { 0xC037, 0xC038, CBC, 16, SHA384, SHA256 },   /* ECDHE_PSK with AES: RFC 5489 */
    { 0xC039, 0xC039, STREAM, 0, SHA, SHA },       /* ECDHE_PSK with NULL: RFC 5489 */
    { 0xC03A, 0xC03B, STREAM, 0, SHA256, SHA384 }, /* ECDHE_PSK with NULL: RFC 5489 */
    { 0xC03C, 0xC04F, CBC, 16, SHA256, SHA384 },   /* ARIA: RFC 6209 */
    { 0xC050, 0xC063, AEAD, 8, 16, 16 },           /* ARIA GCM: RFC 6209 */
    { 0xC064, 0xC069, CBC, 16, SHA256, SHA384 },   /* PSK with ARIA: RFC 6209 */
    { 0xC06A, 0xC06F, AEAD, 8, 16, 16 },           /* PSK with ARIA GCM: RFC 6209 */
    { 0xC070, 0xC071, CBC, 16, SHA256, SHA384 },   /* ECDHE_PSK with ARIA: RFC 6209 */
    { 0xC072, 0xC079, CBC, 16, SHA256, SHA384 },   /* ECDHE, ECDH with Camellia: RFC 6367 */
    { 0xC07A, 0xC093, AEAD, 8, 16, 16 },           /* Camellia GCM: RFC 6367 */
    { 0xC094, 0xC09B, CBC, 16, SHA256, SHA384 },   /* PSK with Camellia: RFC 6367 */
    { 0xC09C, 0xC09F, AEAD, 8, 16, 16 },           /* AES CCM: RFC 6655 */
    { 0xC0A0, 0xC0A3, AEAD, 8, 8, 8 },             /* AES CCM_8: RFC 6655 */
    { 0xC0A4, 0xC0A7, AEAD, 8, 16, 16 },           /* PSK with AES CCM: RFC 6655 */
    { 0xC0A8, 0xC0AB, AEAD, 8, 8, 8 },             /* PSK with AES CCM_8: RFC 6655 */
    { 0xC0AC, 0xC0AD, AEAD, 8, 16, 16 },           /* ECDHE_ECDSA with AES CCM: RFC 7251 */
    { 0xC0AE, 0xC0AF, AEAD, 8, 8, 8 },             /* ECDHE_ECDSA with AES CCM_8: RFC 7251 */
    { 0xC0B0, 0xC0B3, AEAD, 8, 16, 16 },           /* ECCPWD with AES GCM, CCM: RFC 8492 */
    { 0xC100, 0xC100, STREAM, 0, 16, 16 },         /* KUZNYECHIK_CTR_OMAC: RFC 9189 */
    { 0xC101, 0xC101, STREAM, 0, 8, 8 },           /* MAGMA_CTR_OMAC: RFC 9189 */
    { 0xC102, 0xC102, STREAM, 0, 4, 4 },           /* 28147_CNT_IMIT: RFC 9189 */
    { 0xCC13, 0xCC15, AEAD, 0, 16, 16 }, /* ChaCha20-Poly1305 as deployed before RFC 7905 */
    { 0xCCA8, 0xCCAE, AEAD, 0, 16, 16 }, /* ChaCha20-Poly1305: RFC 7905 */
    { 0xD001, 0xD002, AEAD, 8, 16, 16 }, /* ECDHE_PSK with AES GCM: RFC 8442 */
    { 0xD003, 0xD003, AEAD, 8, 8, 8 },   /* ECDHE_PSK with AES CCM_8: RFC 8442 */
    { 0xD005, 0xD005, AEAD, 8, 16, 16 }, /* ECDHE_PSK with AES CCM: RFC 8442 */
};

static int
compare_with_range(const void *key, const void *element)
{
    uint16_t cipher_suite = *(const uint16_t *)key;
    const struct suite_range *range = element;

    if (cipher_suite < range->first)
        return -1;
    return cipher_suite > range->last;
}

/* NULL: not known. */
static const struct suite_range *
find_range(uint16_t cipher_suite)
{
    return bsearch(&cipher_suite, suite_ranges, G_N_ELEMENTS(suite_ranges), sizeof suite_ranges[0],
                   compare_with_range);
}

/* Of its tag or MAC. */
static unsigned
check_length(const struct suite_range *range, uint16_t cipher_suite)
{
    return cipher_suite % 2 == 0 ? range->even : range->odd;
}

unsigned
cipher_suite_expansion_min(uint16_t version, uint16_t cipher_suite)
{
    if (version == TLS_1_3)
        return cipher_suite_tag_length(cipher_suite) + 1;
    const struct suite_range *range = find_range(cipher_suite);
    if (!range)
        return 0;
    if (range->protection != CBC)
        return range->length + check_length(range, cipher_suite);
    return (version >= TLS_1_1 ? range->length : 0u) + check_length(range, cipher_suite) + 1;
}

unsigned
cipher_suite_block_length(uint16_t cipher_suite)
{
    const struct suite_range *range = find_range(cipher_suite);

    return range && range->protection == CBC ? range->length : 0;
}

unsigned
cipher_suite_aead_expansion(uint16_t cipher_suite)
{
    const struct suite_range *range = find_range(cipher_suite);

    return range && range->protection == AEAD ? range->length + check_length(range, cipher_suite)
                                              : 0;
}

/* cipher_suite.c
 * The lengths that the cipher suites bring with them, as tables: see cipher_suite.h.
 * Must not know records, connections or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/cipher_suite.h"

#include <glib.h>

/* RFC 8446 appendix B.4, RFC 6655: the suites that differ from the others. */
#define TLS_AES_256_GCM_SHA384 0x1302
#define TLS_AES_128_CCM_8_SHA256 0x1305

unsigned
cipher_suite_tag_length(uint16_t cipher_suite)
{
    return cipher_suite == TLS_AES_128_CCM_8_SHA256 ? 8 : 16;
}

unsigned
cipher_suite_hash_length(uint16_t cipher_suite)
{
    return cipher_suite == TLS_AES_256_GCM_SHA384 ? 48 : 32;
}

/* GCM and CCM put 8 bytes of nonce before the tag of 16 or 8, ChaCha20-Poly1305 puts none. */
static const struct {
    uint16_t first, last;
    unsigned expansion;
} aead_suites[] = {
    { 0x009C, 0x00AD, 8 + 16 }, /* AES GCM: RFC 5288, RFC 5487 */
    { 0xC02B, 0xC032, 8 + 16 }, /* ECDHE, ECDH with AES GCM: RFC 5289 */
    { 0xC050, 0xC063, 8 + 16 }, /* ARIA GCM: RFC 6209 */
    { 0xC06A, 0xC06F, 8 + 16 }, /* PSK with ARIA GCM: RFC 6209 */
    { 0xC07A, 0xC093, 8 + 16 }, /* Camellia GCM: RFC 6367 */
    { 0xC09C, 0xC09F, 8 + 16 }, /* AES CCM: RFC 6655 */
    { 0xC0A0, 0xC0A3, 8 + 8 },  /* AES CCM_8: RFC 6655 */
    { 0xC0A4, 0xC0A7, 8 + 16 }, /* PSK with AES CCM: RFC 6655 */
    { 0xC0A8, 0xC0AB, 8 + 8 },  /* PSK with AES CCM_8: RFC 6655 */
    { 0xC0AC, 0xC0AD, 8 + 16 }, /* ECDHE_ECDSA with AES CCM: RFC 7251 */
    { 0xC0AE, 0xC0AF, 8 + 8 },  /* ECDHE_ECDSA with AES CCM_8: RFC 7251 */
    { 0xCC13, 0xCC15, 16 },     /* ChaCha20-Poly1305 as deployed before RFC 7905 */
    { 0xCCA8, 0xCCAE, 16 },     /* ChaCha20-Poly1305: RFC 7905 */
    { 0xD001, 0xD002, 8 + 16 }, /* ECDHE_PSK with AES GCM: RFC 8442 */
    { 0xD003, 0xD003, 8 + 8 },  /* ECDHE_PSK with AES CCM_8: RFC 8442 */
    { 0xD005, 0xD005, 8 + 16 }, /* ECDHE_PSK with AES CCM: RFC 8442 */
};

unsigned
cipher_suite_aead_expansion(uint16_t cipher_suite)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aead_suites); i++) {
        if (cipher_suite >= aead_suites[i].first && cipher_suite <= aead_suites[i].last)
            return aead_suites[i].expansion;
    }
    return 0;
}

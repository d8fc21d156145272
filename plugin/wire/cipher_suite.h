/* cipher_suite.h
 * How long a cipher suite makes tags, hashes and records. Knows the numbers of the IANA registry and
 * the RFCs that define them; must not know records, connections or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CIPHER_SUITE_H
#define TLSCLOSE_CIPHER_SUITE_H

#include <stdint.h>

/* The least number of bytes by which a record is longer than its plaintext. VERSION is the negotiated
 * one (enum tls_version):
 *   TLS 1.3: the tag and the inner content type (RFC 8446 section 5.2);
 *   AEAD: the explicit nonce and the tag (RFC 5246 section 6.2.3.3);
 *   block cipher in CBC mode: the MAC, a byte of padding, and from TLS 1.1 on a block as initialization
 *   vector (RFC 4346, RFC 5246 section 6.2.3.2); with RFC 7366 it is the same;
 *   stream cipher and NULL: the MAC (RFC 5246 section 6.2.3.1).
 * 0 for a cipher suite up to TLS 1.2 that is not known. */
unsigned cipher_suite_expansion_min(uint16_t version, uint16_t cipher_suite);

/* Length of a block of a cipher in CBC mode: padding may add up to a block less 1 more, as it is
 * usual, or more (RFC 5246 section 6.2.3.2). 0 for other ciphers, TLS 1.3 and unknown ones. */
unsigned cipher_suite_block_length(uint16_t cipher_suite);

/* Length of the authentication tag of a cipher suite in TLS 1.3 (RFC 8446 appendix B.4), or of its MAC
 * (RFC 9150); 16 for unknown ones. */
unsigned cipher_suite_tag_length(uint16_t cipher_suite);

/* Length of the hash of a TLS 1.3 cipher suite, which is the length of Finished; 32 for unknown
 * ones. */
unsigned cipher_suite_hash_length(uint16_t cipher_suite);

/* Bytes by which a record of no plaintext is longer in an AEAD cipher suite up to TLS 1.2 (RFC
 * 5288, 6655, 7905); 0: not an AEAD. */
unsigned cipher_suite_aead_expansion(uint16_t cipher_suite);

#endif

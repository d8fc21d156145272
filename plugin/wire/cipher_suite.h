/* cipher_suite.h
 * How long a cipher suite makes tags, hashes and records. Knows the numbers of the IANA registry and
 * the RFCs that define them; must not know records, connections or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CIPHER_SUITE_H
#define TLSCLOSE_CIPHER_SUITE_H

#include <stdint.h>

/* Length of the authentication tag of a cipher suite in TLS 1.3 (RFC 8446 appendix B.4, RFC 6655);
 * 16 for unknown ones. */
unsigned cipher_suite_tag_length(uint16_t cipher_suite);

/* Length of the hash of a TLS 1.3 cipher suite, which is the length of Finished; 32 for unknown
 * ones. */
unsigned cipher_suite_hash_length(uint16_t cipher_suite);

/* Bytes by which a record of no plaintext is longer in an AEAD cipher suite up to TLS 1.2 (RFC
 * 5288, 6655, 7905); 0: not an AEAD. */
unsigned cipher_suite_aead_expansion(uint16_t cipher_suite);

#endif

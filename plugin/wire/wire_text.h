/* wire_text.h
 * Texts that a peer sent, as they can be shown: always valid UTF-8, never long. Must not know what they
 * mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_WIRE_TEXT_H
#define TLSCLOSE_WIRE_TEXT_H

#include <stddef.h>

/* The longest text, in bytes. */
#define WIRE_TEXT_MAX 255

/* The text of LENGTH BYTES, up to the first zero byte: what is not UTF-8 is shown as U+FFFD, as Wireshark
 * does, and what is longer than WIRE_TEXT_MAX is cut off between characters. The caller frees it. */
char *wire_text(const void *bytes, size_t length);

#endif

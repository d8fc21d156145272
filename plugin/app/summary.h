/* summary.h
 * Words and numbers of tlsclose.app.summary, the same for every protocol. Must not know any protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SUMMARY_H
#define TLSCLOSE_SUMMARY_H

#include <glib.h>
#include <stdint.h>

/* Appends NUMBER to TEXT in decimal, with commas between thousands: "16,384". */
void summary_append_number(GString *text, uint64_t number);

/* Appends "1 NOUN" or "2 NOUNs". */
void summary_append_count(GString *text, uint64_t count, const char *noun);

#endif

/* explain.h
 * Findings in plain words: what happened, what the other side's TLS library makes of it, and where
 * the RFCs say so. Knows texts only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_EXPLAIN_H
#define TLSCLOSE_EXPLAIN_H

#include "facts/finding.h"

/* Filter name of an expert info, without the prefix "tlsclose.". */
const char *explain_expert_name(enum expert expert);

/* Summary of an expert info with its citations, short enough not to be cut anywhere; the caller frees
 * it. */
char *explain_expert(enum expert expert);

/* What it means, and what to do. Constant; begins in lower case. */
const char *explain_meaning(enum expert expert);

/* What hides an answer, in SIDE's direction. Constant. */
const char *explain_hidden(enum hidden hidden, enum side side);

#endif

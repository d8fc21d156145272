/* headline.h
 * What a frame says, in one line: the label of the collapsed subtree. Knows statements, and the names
 * of our fields' values; must not know trees.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HEADLINE_H
#define TLSCLOSE_HEADLINE_H

#include <glib.h>

#include "show/statements.h"

/* The most important first, as "Truncated by server, response cut (loss certain)". May be empty. The
 * caller frees it. */
GString *headline(const struct statements *statements);

#endif

/* tree.h
 * Statements to tree items and expert infos. Decides nothing; must not know findings, other dissectors'
 * fields, nor a connection but by its conclusion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_TREE_H
#define TLSCLOSE_TREE_H

#include <epan/packet.h>

#include "show/statements.h"

/* Adds the subtree of protocol PROTO and the expert infos to the packet, whose frame makes STATEMENTS;
 * nothing if they are empty. TREE may be NULL: expert infos are raised all the same. */
void tree_show(int proto, packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
               const struct statements *statements);

/* Adds the verdict to the packet's Info column, if STATEMENTS have one. */
void tree_show_info_column(packet_info *pinfo, const struct statements *statements);

#endif

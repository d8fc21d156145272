/* stats_overview.h
 * The statistics tree "tlsclose,tree": how many connections ended how, and how many expert infos.
 * Knows Wireshark's statistics trees; must not know how the numbers come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_OVERVIEW_H
#define TLSCLOSE_STATS_OVERVIEW_H

/* Registers the tree. */
void stats_overview_register(void);

#endif

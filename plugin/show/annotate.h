/* annotate.h
 * Findings to tree items and expert infos: the fields of the public interface and their texts.
 * Knows our own fields only; judges nothing, and must not know other dissectors' fields, nor a
 * connection but by its conclusion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_ANNOTATE_H
#define TLSCLOSE_ANNOTATE_H

#include <epan/packet.h>

#include "facts/finding.h"
#include "judge/conclusion.h"

/* Registers fields, subtrees and expert infos for PROTO. */
void annotate_register(int proto);

/* Adds the subtree and the expert infos to the packet whose frame says FINDINGS, of a connection that
 * comes to CONCLUSION. TREE may be NULL: expert infos are raised all the same. */
void annotate_frame(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                    const struct conclusion *conclusion, const struct frame_findings *findings);

/* The expert infos that annotate_frame() would raise in FRAME by what is known now, bits of enum
 * expert. */
expert_set annotate_experts(uint32_t frame, const struct conclusion *conclusion,
                            const struct frame_findings *findings);

/* Adds the verdict to the packet's Info column, if its frame carries one. */
void annotate_info_column(packet_info *pinfo, const struct conclusion *conclusion,
                          const struct frame_findings *findings);

/* PI_ERROR, PI_WARN, PI_NOTE or PI_CHAT. */
int annotate_severity(enum expert expert);

/* Whether more is known by now of the packet's frame, of which nothing was noted, than when it was
 * first seen: FINDINGS, whose sender is set, are filled in then. */
bool annotate_knows_more(packet_info *pinfo, const struct conclusion *conclusion,
                         struct frame_findings *findings);

/* Whether FINDINGS have anything to say at all. */
bool annotate_has_something(const struct frame_findings *findings);

#endif

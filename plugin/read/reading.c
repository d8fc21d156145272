/* reading.c
 * The reading of one side's records. See reading.h. Must not know what the records mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/reading.h"

struct direction *
own_direction(const struct reading *reading)
{
    return &reading->connection->direction[reading->side];
}

struct direction *
peer_direction(const struct reading *reading)
{
    return &reading->connection->direction[other_side(reading->side)];
}

void
raise_expert(struct reading *reading, enum side side, enum expert expert)
{
    struct direction *direction = &reading->connection->direction[side];

    if (direction->raised & EXPERT_BIT(expert))
        return;
    direction->raised |= EXPERT_BIT(expert);
    if (side == reading->findings->sender)
        reading->findings->experts |= EXPERT_BIT(expert);
    else
        reading->findings->peer_experts |= EXPERT_BIT(expert);
}

struct mark
record_mark(const struct reading *reading, const struct stream_record *record)
{
    return (struct mark){
        .end = record->end,
        .acknowledged = record->last.acknowledgement,
        .time = record->last.time,
        .captured = record->last.frame,
        .frame = reading->is_sender ? reading->now : record->last.frame,
    };
}

void
add_session_event(struct frame_findings *findings, enum session_event event,
                  const struct session *session)
{
    if (findings->session_count < SESSION_FINDINGS_MAX)
        findings->session[findings->session_count++] = (struct session_finding){ event, session };
}

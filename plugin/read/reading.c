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

static struct frame_findings *
late_findings(struct connection *connection, enum side side, uint32_t frame)
{
    struct late_finding finding = { .frame = frame, .findings.sender = side };

    if (!connection->late)
        connection->late = g_array_new(FALSE, FALSE, sizeof finding);
    GArray *late = connection->late;
    if (late->len > 0) {
        struct late_finding *last = &g_array_index(late, struct late_finding, late->len - 1);
        if (last->frame == frame && last->findings.sender == side)
            return &last->findings;
    }
    g_array_append_val(late, finding);
    return &g_array_index(late, struct late_finding, late->len - 1).findings;
}

struct frame_findings *
findings_about(struct reading *reading, enum side side, uint32_t frame)
{
    if (side == reading->findings->sender && frame == reading->now)
        return reading->findings;
    return late_findings(reading->connection, side, frame);
}

struct frame_findings *
findings_of_record(struct reading *reading)
{
    return findings_about(reading, reading->side, reading->about);
}

static void
raise_experts(struct reading *reading, enum side side, expert_set experts, uint32_t frame)
{
    struct direction *direction = &reading->connection->direction[side];
    expert_set fresh = experts & ~direction->raised;

    if (fresh == 0)
        return;
    direction->raised |= fresh;
    findings_about(reading, side, frame)->experts |= fresh;
}

void
raise_expert(struct reading *reading, enum side side, enum expert expert, uint32_t frame)
{
    raise_experts(reading, side, EXPERT_BIT(expert), frame);
}

void
raise_expert_of_record(struct reading *reading, enum expert expert)
{
    raise_experts_of_record(reading, EXPERT_BIT(expert));
}

void
raise_experts_of_record(struct reading *reading, expert_set experts)
{
    raise_experts(reading, reading->side, experts, reading->about);
}

uint32_t
speaking_frame(const struct reading *reading, const struct stream_record *record)
{
    return reading->is_sender ? reading->now : record->last.frame;
}

struct mark
record_mark(const struct reading *reading, const struct stream_record *record)
{
    return (struct mark){
        .end = record->end,
        .acknowledged = record->last.acknowledgement,
        .time = record->last.time,
        .captured = record->last.frame,
        .frame = speaking_frame(reading, record),
    };
}

void
add_session_event(struct frame_findings *findings, enum session_event event,
                  const struct session *session)
{
    if (findings->session_count < SESSION_FINDINGS_MAX)
        findings->session[findings->session_count++] =
            (struct session_finding){ .event = event, .session = session };
}

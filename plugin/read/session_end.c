/* session_end.c
 * What the end of a connection does to its session. See session_end.h. Must not know the rules
 * (resumption.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/session_end.h"

#include "judge/resumption.h"

void
session_end_by_verdict(struct reading *reading, enum unresumable_reason reason)
{
    struct connection *connection = reading->connection;
    struct session *session = connection->session;

    if (reason == UNRESUMABLE_NOT || session->unresumable_frame != 0)
        return;
    if (is_rule_of_tls10_alone(connection, reason, reading->options)) {
        reading->findings->experts |= EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE_RFC2246);
        return;
    }
    session->unresumable_frame = reading->now;
    session->unresumable_reason = (uint8_t)reason;
    connection->unresumable_frame = reading->now;
    reading->findings->experts |= EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE);
    add_session_event(reading->findings, SESSION_MADE_UNRESUMABLE, session);
}

void
session_end_take_back(struct connection *connection)
{
    if (connection->unresumable_frame == 0)
        return;
    connection->session->unresumable_frame = 0;
    connection->session->unresumable_reason = UNRESUMABLE_NOT;
    connection->unresumable_frame = 0;
}

void
session_end_by_fatal_alert(struct reading *reading)
{
    struct connection *connection = reading->connection;

    if (fatal_alert_discards_tickets(connection))
        raise_expert_of_record(reading, EXPERT_TICKETS_DISCARDED);
    if (!fatal_alert_ends_session(connection))
        return;
    connection->session->unresumable_frame = reading->about;
    connection->session->unresumable_reason = UNRESUMABLE_FATAL_ALERT;
    raise_expert_of_record(reading, EXPERT_SESSION_UNRESUMABLE);
    add_session_event(findings_of_record(reading), SESSION_MADE_UNRESUMABLE, connection->session);
}

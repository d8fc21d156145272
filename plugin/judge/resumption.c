/* resumption.c
 * The session rules of TLS. See resumption.h. Pure functions over struct connection; must not know what
 * becomes of the session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/resumption.h"

#include "judge/evidence.h"

static bool
has_finished_session(const struct connection *connection)
{
    return connection->session && is_before_tls13(connection) &&
           direction_of(connection, SIDE_CLIENT)->finished_end != 0 &&
           direction_of(connection, SIDE_SERVER)->finished_end != 0;
}

static bool
has_fatal_alert(const struct connection *connection)
{
    return direction_of(connection, SIDE_CLIENT)->fatal.captured != 0 ||
           direction_of(connection, SIDE_SERVER)->fatal.captured != 0;
}

static bool
lacks_close_notify(const struct connection *connection, const struct connection_options *options)
{
    bool client = certainly_sent_no_close_notify(connection, SIDE_CLIENT, options);
    bool server = certainly_sent_no_close_notify(connection, SIDE_SERVER, options);

    return options->strict_rfc2246 ? client || server : client && server;
}

enum unresumable_reason
reason_to_end_session(const struct connection *connection, const struct judgement *verdict,
                      const struct connection_options *options)
{
    if (!has_finished_session(connection))
        return UNRESUMABLE_NOT;
    /* RFC 5246 section 7.2.2: the session identifier of a failed connection MUST be invalidated. */
    if (has_fatal_alert(connection))
        return UNRESUMABLE_FATAL_ALERT;
    if (verdict->closure == CLOSURE_UNKNOWN || verdict->closure == CLOSURE_HANDSHAKE_INCOMPLETE)
        return UNRESUMABLE_NOT;
    /* RFC 2246 section 7.2.1: a session becomes unresumable if a connection is terminated without
     * proper close_notify. */
    return lacks_close_notify(connection, options) ? UNRESUMABLE_NO_CLOSE_NOTIFY : UNRESUMABLE_NOT;
}

bool
is_rule_of_tls10_alone(const struct connection *connection, enum unresumable_reason reason,
                       const struct connection_options *options)
{
    /* RFC 4346 section 7.2.1: failure to close a connection properly no longer has that effect. */
    return reason == UNRESUMABLE_NO_CLOSE_NOTIFY && connection->version > TLS_1_0 &&
           !options->strict_rfc2246;
}

bool
fatal_alert_ends_session(const struct connection *connection)
{
    /* RFC 5246 section 7.2.2: the session identifier of a failed connection MUST be invalidated. */
    return has_finished_session(connection) && connection->session->unresumable_frame == 0;
}

bool
fatal_alert_discards_tickets(const struct connection *connection)
{
    /* RFC 8446 section 6.2: secrets and keys of failed connections are forgotten, and tickets SHOULD
     * be discarded. */
    return connection->version == TLS_1_3 && connection->issued_tickets;
}

bool
made_session_unresumable(const struct connection *connection)
{
    expert_set raised = direction_of(connection, SIDE_CLIENT)->raised |
                        direction_of(connection, SIDE_SERVER)->raised;

    return connection->unresumable_frame != 0 ||
           (raised & EXPERT_BIT(EXPERT_SESSION_UNRESUMABLE)) != 0;
}

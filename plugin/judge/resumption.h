/* resumption.h
 * Whether the end of a connection forbids to resume its session: the session rules of RFC 2246, RFC 5246
 * and RFC 8446. Pure functions over struct connection; must not know what becomes of the session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RESUMPTION_H
#define TLSCLOSE_RESUMPTION_H

#include "facts/facts.h"

/* Why the session of CONNECTION must not be resumed once VERDICT is given; UNRESUMABLE_NOT if it may
 * be, or if there is none that could. */
enum unresumable_reason reason_to_end_session(const struct connection *connection,
                                              const struct judgement *verdict,
                                              const struct connection_options *options);

/* Whether only TLS 1.0 and before have the rule that REASON comes from, and CONNECTION's version is a
 * later one. OPTIONS may apply it to every version up to TLS 1.2. */
bool is_rule_of_tls10_alone(const struct connection *connection, enum unresumable_reason reason,
                            const struct connection_options *options);

/* Whether a fatal alert that is sent now ends the session of CONNECTION: there is one, and both sides
 * are known to have finished the handshake. */
bool fatal_alert_ends_session(const struct connection *connection);

/* Whether a fatal alert that is sent now is a reason to discard tickets. */
bool fatal_alert_discards_tickets(const struct connection *connection);

/* Whether CONNECTION has made its session unresumable. */
bool made_session_unresumable(const struct connection *connection);

#endif

/* handshake_state.h
 * Whether the handshake was finished, and by when. Pure functions over struct connection; must not know
 * how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HANDSHAKE_STATE_H
#define TLSCLOSE_HANDSHAKE_STATE_H

#include "judge/evidence.h"

/* Whether the ClientHello was answered with bytes that are no TLS records. */
bool answered_without_tls(const struct connection *connection);

/* Whether both sides had finished the handshake with what each had sent before its limit: offsets by
 * enum side. HIDDEN_SIDE gets, if the answer is hidden, in whose direction. */
enum yes_no_hidden handshake_finished(const struct connection *connection, const uint64_t limit[2],
                                      const struct connection_options *options,
                                      enum side *hidden_side);

/* Whether both sides have finished the handshake, as far as SIDE could know when its
 * acknowledgement stood at ACKNOWLEDGED. */
bool handshake_finished_for(const struct connection *connection, enum side side,
                            uint64_t acknowledged);

/* On what evidence a handshake is said to be incomplete. */
enum evidence incomplete_evidence(const struct connection *connection);

#endif

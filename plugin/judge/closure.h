/* closure.h
 * The judgement: from the facts of a connection to how each direction and the connection ended, and
 * on what evidence. Pure functions over struct connection: nothing is remembered here, asking twice
 * gives the same answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CLOSURE_H
#define TLSCLOSE_CLOSURE_H

#include "judge/evidence.h"

/* How SIDE's direction ended; CLOSURE_NONE if it has not. */
struct judgement judge_closure(const struct connection *connection, enum side side,
                               const struct connection_options *options);

/* How the connection ended; CLOSURE_NONE if it has not. */
struct judgement judge_verdict(const struct connection *connection,
                               const struct connection_options *options);

/* Whether data of SIDE's peer behind READ_UNTIL, the peer's offset, is thrown away by a RST of SIDE: more
 * than alerts, tickets and control frames; a record that was only begun counts. */
bool leaves_data_unread(const struct connection *connection, enum side side, uint64_t read_until);

/* Whether SIDE's direction ended with a RST that is more than an answer to the peer's close_notify
 * after its own FIN: it stands in place of the FIN, or meets data of the peer, which is lost. Not if all
 * that SIDE left unread is a close_notify, or tickets. */
bool reset_is_abortive(const struct connection *connection, enum side side,
                       const struct connection_options *options);

/* The direction ended inside a TLS record, and nothing of it is missing from the capture. */
bool ended_inside_record(const struct connection *connection, enum side side);

#endif

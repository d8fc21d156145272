/* evidence.h
 * What is known of a side's close_notify, seen or inferred, and what the capture may hide of it (the
 * rules on gaps and on inference of the public interface). Pure functions over struct connection;
 * must not know what follows for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_EVIDENCE_H
#define TLSCLOSE_EVIDENCE_H

#include "facts/facts.h"

/* What is hidden in a direction, and from which offset on. */
struct hidden_range {
    enum hidden what;
    uint64_t from;
};

/* Whether something was so; hidden: the capture lacks what would tell. */
enum yes_no_hidden { ANSWER_NO, ANSWER_YES, ANSWER_HIDDEN };

/* Inferred, if either of two that a statement rests on is. */
enum evidence weaker_evidence(enum evidence a, enum evidence b);

/* Whether the version is known, and one up to TLS 1.2. */
bool is_before_tls13(const struct connection *connection);

/* Whether both directions ended, or any RST was captured. */
bool connection_has_ended(const struct connection *connection);

/* SIDE's close_notify, seen or inferred; NULL if none is known. EVIDENCE (may be NULL) says which.
 */
const struct mark *known_close_notify(const struct connection *connection, enum side side,
                                      const struct connection_options *options,
                                      enum evidence *evidence);

/* What hides whether SIDE, of which no close_notify is known, sent one before LIMIT. */
struct hidden_range hidden_before(const struct connection *connection, enum side side,
                                  uint64_t limit, const struct connection_options *options);

/* The same wherever SIDE's direction ended; nothing, if a close_notify is known. */
struct hidden_range hidden_anywhere(const struct connection *connection, enum side side,
                                    const struct connection_options *options);

/* What hides SIDE's first closing act: bytes, or a FIN that was not captured. */
struct hidden_range hidden_act(const struct connection *connection, enum side side,
                               const struct connection_options *options);

/* Whether SIDE sent no close_notify: none is known, and none can be among what the capture hides. */
bool certainly_sent_no_close_notify(const struct connection *connection, enum side side,
                                    const struct connection_options *options);

/* On what evidence SIDE, of which no close_notify is known, is said to have sent none. */
enum evidence absence_evidence(const struct connection *connection, enum side side);

/* Whether the capture lacks the last that SIDE sent: its peer, which had sent a FIN, answered with a RST what
 * is not among the bytes captured. */
bool lacks_what_was_reset(const struct connection *connection, enum side side);

/* Whether bytes of SIDE are missing between those read and the last that were sent. */
bool has_hole(const struct connection *connection, enum side side);

/* Whether records of SIDE behind OFFSET are missing from the capture: they may be data, which shows that
 * an alert before OFFSET was no close_notify, or finish a handshake. */
bool is_missing_behind(const struct connection *connection, enum side side, uint64_t offset);

/* Whether a FIN that was not captured may have ended SIDE's direction: numbers are in use that the
 * captured bytes do not account for. */
bool may_hide_fin(const struct connection *connection, enum side side);

/* Whether bytes before SIDE's FIN have not arrived yet, were not proven lost, and could change the
 * answer. */
bool direction_is_waiting(const struct connection *connection, enum side side,
                          const struct connection_options *options);

#endif

/* initiator.h
 * Who closed first: the closing acts of both sides, and their order. Pure functions over struct
 * connection; must not know what follows for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_INITIATOR_H
#define TLSCLOSE_INITIATOR_H

#include "judge/evidence.h"

/* The offset that the peer acknowledges when it has received the act MARK of SIDE: a FIN counts as one
 * byte, and a RST is never acknowledged, UINT64_MAX. */
uint64_t received_from(const struct connection *connection, enum side side,
                       const struct mark *mark);

/* Whether the peer, with ACKNOWLEDGED, had received the act MARK of SIDE. */
bool is_received(const struct connection *connection, enum side side, const struct mark *mark,
                 uint64_t acknowledged);

/* Whether the peer's direction had ended when SIDE sent ALERT: its FIN had been received, or its RST
 * was captured before. */
bool sent_after_end(const struct connection *connection, enum side side, const struct mark *alert);

/* Whether SIDE sent a fatal alert that closed the connection. */
enum yes_no_hidden fatal_alert_answer(const struct connection *connection, enum side side);

/* SIDE's first closing act: close_notify, fatal alert that closes, FIN or RST; NULL if none is
 * known. */
const struct mark *first_closing_act(const struct connection *connection, enum side side,
                                     const struct connection_options *options);

/* Whether HIDDEN, what is hidden in SIDE's direction, can only have come after the peer's act ACT. */
bool hidden_came_after(const struct connection *connection, enum side side,
                       const struct hidden_range *hidden, const struct mark *act);

/* Whether the order of SIDE's ACT, which seems to be the first, and the peer's (NULL: it has none) is
 * hidden. */
bool is_order_hidden(const struct connection *connection, enum side side, const struct mark *act,
                     const struct mark *peer_act);

/* Fills in who closed first; JUDGEMENT's has_initiator is false if what is hidden may have come first.
 * The connection has ended: one side at least closed. */
void judge_initiator(const struct connection *connection, const struct connection_options *options,
                     struct judgement *judgement);

/* First, Response or Simultaneous: the place of SIDE's close_notify among the two; ORDER_NONE if it
 * has none. */
enum close_notify_order judge_order(const struct connection *connection, enum side side,
                                    const struct connection_options *options);

#endif

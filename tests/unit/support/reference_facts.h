/* reference_facts.h
 * What the events of a history (reference.h) are, by the definitions of the public interface. Must not know
 * what follows from them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_REFERENCE_FACTS_H
#define TLSCLOSE_REFERENCE_FACTS_H

#include "reference.h"

/* No event. */
#define NONE (-1)

/* Whether the sender of EVENT had received PEERS, an event of its peer. */
bool has_received(const struct history *history, int event, int peers);

/* Whether EVENT is an alert of any kind. */
bool is_alert(const struct history *history, int event);

/* Whether all records are shown decrypted. */
bool is_decrypted(const struct history *history);

/* "end of a direction: its first FIN or RST". */
int end_of(const struct history *history, enum side side);

/* "ended connection: both directions ended, or any RST". */
bool connection_ended(const struct history *history);

/* Whether either side sent application data. */
bool data_flowed(const struct history *history);

/* Whether the same side later sends a record that is no alert, if ALERTS_TOO is false; or any
 * record. */
bool record_follows(const struct history *history, int event, bool alerts_too);

/* Whether the event is a close_notify, or counts as one. */
bool is_close_notify(const struct history *history, int event);

/* The side's first close_notify. */
int close_notify_of(const struct history *history, enum side side);

/* Whether the side of EVENT had sent a close_notify before it. */
bool follows_own_close_notify(const struct history *history, int event);

/* Whether EVENT is a fatal alert that can be read. */
bool is_fatal(const struct history *history, int event);

/* "It closes only if it was sent before either direction had ended, and its sender had sent no
 * close_notify before it." */
bool closes(const struct history *history, int event);

/* "initiator: the side with the first closing act, in the order in which the acts' last bytes were
 * first captured". */
int first_closing_act_of_all(const struct history *history);

#endif

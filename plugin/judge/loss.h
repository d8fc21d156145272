/* loss.h
 * The judgement whether data is lost: the table "Was anything lost" of the public interface. Pure
 * functions over struct connection; must not know application protocols, nor how answers are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_LOSS_H
#define TLSCLOSE_LOSS_H

#include "facts/application_end.h"
#include "judge/evidence.h"

/* Whether data that SIDE sent, or owed, is lost. CLOSURE: that of SIDE's direction, by judge_closure().
 * APPLICATION: what the reader of its protocol says; NULL: nothing. LOSS_NOT_JUDGED as long as neither SIDE's direction nor the connection has ended. */
struct loss_judgement judge_loss(const struct connection *connection, enum side side,
                                 struct judgement closure,
                                 const struct application_end *application,
                                 const struct connection_options *options);

/* The side whose loss is the worse, in the order Certain, Possible, Unknown, Unlikely, None; of two
 * alike the one whose rule comes first in the table. */
enum side worse_loss(const struct loss_judgement loss[2]);

/* The row of the public interface's table that RULE belongs to, 1 to 11; 0 of LOSS_RULE_NONE. */
unsigned loss_row(enum loss_rule rule);

/* RULE in plain words, said of SIDE, with the section of an RFC where one says so. Constant. */
const char *loss_reason(enum loss_rule rule, enum side side);

#endif

/* reference_loss.h
 * The table "Was anything lost" of the public interface a second time, said of whole histories. To be
 * held against the engine; must not know it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_REFERENCE_LOSS_H
#define TLSCLOSE_REFERENCE_LOSS_H

#include "reference.h"

/* The loss of SIDE, without what an application protocol says of itself; LOSS_NOT_JUDGED if neither
 * its direction nor the connection has ended. ROW gets the number of the row that decides. */
enum loss reference_loss(const struct history *history, enum side side, unsigned *row);

#endif

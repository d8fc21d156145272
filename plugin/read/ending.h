/* ending.h
 * The end of a direction, and of the connection: what a FIN or RST sets down, and which frame speaks of
 * it. Must not know how the end is judged or shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_ENDING_H
#define TLSCLOSE_ENDING_H

#include "read/reading.h"

/* Takes the FIN or RST of a segment that acknowledges the peer's bytes before ACKNOWLEDGED. Returns
 * whether the sender's direction ends here. */
bool ending_take_flags(struct reading *reading, const struct segment *segment,
                       uint64_t acknowledged);

/* What the frame says of the sender's end. IS_PLACE: it ends the direction, brings bytes from before
 * the end, or proves them lost. */
void ending_state_closure(struct reading *reading, bool ends_here, bool is_place);

/* A RST has turned out to have ended nothing: takes back the verdict. */
void ending_take_back(struct connection *connection);

/* Whether numbers prove that a FIN, or a byte behind the last one captured, is missing from what the
 * verdict given rests on. */
bool ending_lacks_fin(const struct connection *connection);

/* The verdict is given once the connection has ended and nothing before the end is outstanding; again
 * if an end that was captured later, late bytes, or the proof that some were lost (MAY_REVISE) change it
 * or spare the session. */
void ending_state_verdict(struct reading *reading, bool may_revise);

#endif

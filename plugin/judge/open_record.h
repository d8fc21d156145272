/* open_record.h
 * The data record that a direction stands inside, as far as it is captured. Pure functions over struct
 * connection; must not know what follows from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_OPEN_RECORD_H
#define TLSCLOSE_OPEN_RECORD_H

#include "facts/facts.h"

/* Whether SIDE's direction stands inside a data record: RECORD. One that may be an alert is none. */
bool opened_data_record(const struct connection *connection, enum side side,
                        struct stream_record *record);

#endif

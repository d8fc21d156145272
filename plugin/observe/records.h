/* records.h
 * The records that the TLS dissector decrypted with a segment, each at its place in the stream.
 * Knows the fields and data sources of the TLS dissector; must not know what a record means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RECORDS_H
#define TLSCLOSE_RECORDS_H

#include "observe/packet.h"

/* Adds the records that were decrypted to a segment observed on its first visit. What can't be placed
 * in the stream is left out. They live as long as the packet. */
void observe_records(struct observation *observation);

#endif

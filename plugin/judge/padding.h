/* padding.h
 * The padding of TLS 1.3 records that were not decrypted, as both sides' Finished tell it. Pure functions
 * over struct connection; must not know what follows for how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_PADDING_H
#define TLSCLOSE_PADDING_H

#include "facts/facts.h"

/* A padded alert of TLS 1.3 with its content type and tag: Java pads by 16. */
#define PADDED_ALERT_LENGTH_MAX (2 + 1 + 16 + 16)

/* By how much the record of SIDE's Finished is longer than an unpadded one; 0: it is not, or it is not
 * known. */
unsigned padding_of(const struct connection *connection, enum side side);

/* Whether padding may hide that SIDE's last record is an alert. */
bool may_hide_padded_alert(const struct connection *connection, enum side side);

#endif

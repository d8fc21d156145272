/* alert.h
 * What a side's alerts say, seen or encrypted, and data that comes after them (RFC 5246 section 7.2,
 * RFC 8446 section 6). Must not know how the end is judged or shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_ALERT_H
#define TLSCLOSE_ALERT_H

#include "read/reading.h"

/* Takes a readable alert record. It may hold several alerts, and up to TLS 1.2 a part of one. */
void alert_take_readable(struct reading *reading, const struct stream_record *record,
                         struct byte_view alerts);

/* Takes an alert record that can't be read, up to TLS 1.2. */
void alert_take_encrypted(struct reading *reading, const struct stream_record *record);

/* RECORD may be an alert. UNREADABLE: and if it is, then not one that can be told. */
void alert_set_candidate(struct reading *reading, const struct stream_record *record,
                         bool unreadable);

/* Takes the candidate's ALERTS: the dissector has decrypted its RECORD only now. If they are no
 * close_notify, the next encrypted alert may be one. */
void alert_take_late_plaintext(struct reading *reading, const struct stream_record *record,
                               struct byte_view alerts);

/* What came after the candidate shows that it was no close_notify. */
void alert_withdraw_candidate(struct reading *reading);

/* Raises truncation_noticed for SIDE if its fatal ALERT answers a FIN for which there was no
 * close_notify, as far as the capture can tell. */
void alert_check_truncation(struct reading *reading, enum side side, const struct mark *alert);

/* Raises what is wrong with data, or anything but an alert, in RECORD after an alert. */
void alert_check_data_after(struct reading *reading, const struct stream_record *record);

/* CLOSE_NOTIFY of SIDE has just become known: raises what is wrong with its peer's data captured
 * before. It crossed the alert if its receipt was not acknowledged, or even came after it if it
 * acknowledges the alert, whatever the order of capture. */
void alert_check_data_before(struct reading *reading, enum side side,
                             const struct mark *close_notify);

#endif

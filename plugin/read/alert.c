/* alert.c
 * What a side's alerts say, and data that comes after them. See alert.h. Must not know how the end is
 * shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/alert.h"

#include <string.h>

#include "judge/closure.h"
#include "judge/handshake_state.h"
#include "judge/initiator.h"
#include "read/session_end.h"

/* A data record came after ALERT: raises EXPERT, returns the alert. */
static const struct mark *
data_after(struct reading *reading, enum expert expert, const struct mark *alert)
{
    raise_expert_of_record(reading, expert);
    return alert;
}

/* RFC 8446 section 6.1. Where the version is unknown, the alert of SENDER shows it: only TLS 1.3
 * disguises alerts as application data. */
static bool
is_half_close_allowed(const struct connection *connection, enum side sender)
{
    return connection->version == TLS_1_3 ||
           (connection->version == TLS_VERSION_UNKNOWN &&
            connection->direction[sender].candidate.type == TLS_APPLICATION_DATA);
}

/* Data that its sender sent with the peer's close_notify received, or not. */
static enum expert
expert_of_late_data(bool received, bool half_close_allowed, bool only_control)
{
    if (only_control)
        return EXPERT_CONTROL_AFTER_CLOSE;
    if (!received)
        return EXPERT_DATA_CROSSING_CLOSE_NOTIFY;
    return half_close_allowed ? EXPERT_HALF_CLOSE : EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY;
}

/* Data of a side whose peer has sent close_notify: RFC 5246 section 7.2.1, RFC 8446 section 6.1.
 * Returns the alert if there is anything to say. */
static const struct mark *
check_data_after_peer(struct reading *reading, const struct stream_record *record)
{
    const struct connection *connection = reading->connection;
    enum side peer = other_side(reading->side);
    bool half_close_allowed = is_half_close_allowed(connection, peer);
    const struct mark *alert = known_close_notify(connection, peer, reading->options, NULL);

    if (!alert)
        return NULL;
    bool received = record->first.acknowledgement >= alert->end;
    if (!received && (half_close_allowed || alert->acknowledged >= record->end))
        return NULL;
    return data_after(
        reading, expert_of_late_data(received, half_close_allowed, reading->only_control), alert);
}

void
alert_check_data_after(struct reading *reading, const struct stream_record *record)
{
    const struct direction *own = own_direction(reading);
    const struct direction *peer = peer_direction(reading);
    const struct mark *alert = check_data_after_peer(reading, record);

    if (peer->fatal.captured != 0 && record->first.acknowledgement >= peer->fatal.end)
        alert = data_after(reading, EXPERT_DATA_AFTER_FATAL_ALERT, &peer->fatal);
    if (own->fatal.captured != 0)
        alert = data_after(reading, EXPERT_DATA_AFTER_FATAL_ALERT, &own->fatal);
    if (own->close_notify.captured != 0)
        alert = data_after(reading, EXPERT_DATA_AFTER_CLOSE_NOTIFY, &own->close_notify);
    if (!alert)
        return;
    struct frame_findings *findings = findings_of_record(reading);
    findings->after_close_alert_frame = alert->frame;
    findings->after_close_records++;
    findings->after_close_bytes += record->length;
}

/* Returns whether DATA, the last of SIDE if there is any, came behind CLOSE_NOTIFY of its peer, or crossed
 * it. */
static bool
check_data_before(struct reading *reading, enum side side, const struct mark *close_notify,
                  const struct data_place *data, bool only_control)
{
    bool half_close_allowed = is_half_close_allowed(reading->connection, other_side(side));
    bool received = data->acknowledged >= close_notify->end;

    if (!received && (half_close_allowed || data->end <= close_notify->acknowledged))
        return false;
    raise_expert(reading, side, expert_of_late_data(received, half_close_allowed, only_control),
                 data->frame);
    return true;
}

void
alert_check_data_before(struct reading *reading, enum side side, const struct mark *close_notify)
{
    enum side peer_side = other_side(side);
    const struct direction *peer = direction_of(reading->connection, peer_side);

    if (!check_data_before(reading, peer_side, close_notify, &peer->last_data, false))
        check_data_before(reading, peer_side, close_notify, &peer->last_control, true);
}

static void
take_close_notify(struct reading *reading, const struct stream_record *record, uint8_t level)
{
    struct connection *connection = reading->connection;
    struct direction *own = own_direction(reading);

    if (level != TLS_ALERT_WARNING)
        raise_expert_of_record(reading, connection->version == TLS_1_3
                                            ? EXPERT_CLOSE_NOTIFY_LEVEL_TLS13
                                            : EXPERT_CLOSE_NOTIFY_LEVEL);
    if (own->close_notify.captured != 0) {
        findings_of_record(reading)->duplicate = true;
        raise_expert_of_record(reading, EXPERT_DUPLICATE_CLOSE_NOTIFY);
        return;
    }
    own->close_notify = record_mark(reading, record);
    if (!own->user_canceled && own->stream.lost_from == 0 && own->missing_alert == 0 &&
        !handshake_finished_for(connection, reading->side, own->close_notify.acknowledged))
        raise_expert_of_record(reading, EXPERT_CLOSE_NOTIFY_IN_HANDSHAKE);
    alert_check_data_before(reading, reading->side, &own->close_notify);
}

/* RFC 8446 section 6: the level is ignored, all but the closure alerts are errors. */
static bool
is_fatal(const struct connection *connection, uint8_t level, uint8_t description)
{
    if (connection->version == TLS_1_3)
        return description != TLS_USER_CANCELED;
    return level == TLS_ALERT_FATAL;
}

void
alert_check_truncation(struct reading *reading, enum side side, const struct mark *alert)
{
    const struct connection *connection = reading->connection;
    enum side peer = other_side(side);
    enum closure closure = judge_closure(connection, peer, reading->options).closure;

    if (connection->direction[peer].end_kind == END_FIN &&
        sent_after_end(connection, side, alert) &&
        certainly_sent_no_close_notify(connection, peer, reading->options) &&
        closure != CLOSURE_UNKNOWN)
        raise_expert(reading, side, EXPERT_TRUNCATION_NOTICED, alert->frame);
}

static void
take_fatal_alert(struct reading *reading, const struct stream_record *record)
{
    struct direction *own = own_direction(reading);
    struct mark mark = record_mark(reading, record);

    findings_of_record(reading)->fatal_alert = true;
    alert_check_truncation(reading, reading->side, &mark);
    if (own->fatal.captured == 0) {
        own->fatal = mark;
        own->fatal_after_close_notify = own->close_notify.captured != 0;
    }
    session_end_by_fatal_alert(reading);
}

static void
take_alert(struct reading *reading, const struct stream_record *record, uint8_t level,
           uint8_t description)
{
    struct direction *own = own_direction(reading);

    if (description == TLS_CLOSE_NOTIFY) {
        take_close_notify(reading, record, level);
        return;
    }
    if (own->close_notify.captured != 0)
        raise_expert_of_record(reading, EXPERT_ALERT_AFTER_CLOSE_NOTIFY);
    if (description == TLS_USER_CANCELED)
        own->user_canceled = true;
    if (is_fatal(reading->connection, level, description))
        take_fatal_alert(reading, record);
}

/* A record may hold several alerts, and up to TLS 1.2 an alert may be split over two records. */
void
alert_take_readable(struct reading *reading, const struct stream_record *record,
                    struct byte_view alerts)
{
    struct direction *own = own_direction(reading);

    for (uint32_t i = 0; i < alerts.length; i++) {
        if (!own->has_split_alert) {
            own->split_alert_level = alerts.bytes[i];
            own->has_split_alert = true;
        } else {
            own->has_split_alert = false;
            take_alert(reading, record, own->split_alert_level, alerts.bytes[i]);
        }
    }
}

static struct candidate
candidate_of(const struct reading *reading, const struct stream_record *record, bool unreadable)
{
    return (struct candidate){
        .mark = record_mark(reading, record),
        .length = record->length,
        .type = record->type,
        .is_unreadable = unreadable,
        .is_partial = record->fragment_missing,
    };
}

void
alert_set_candidate(struct reading *reading, const struct stream_record *record, bool unreadable)
{
    own_direction(reading)->candidate = candidate_of(reading, record, unreadable);
}

/* Several encrypted alerts in a row: the first is the one that closed, if one did. */
void
alert_take_encrypted(struct reading *reading, const struct stream_record *record)
{
    struct direction *own = own_direction(reading);

    if (own->candidate.mark.captured != 0 || own->close_notify.captured != 0) {
        findings_of_record(reading)->duplicate_inferred = true;
        if (own->next_candidate.mark.captured == 0)
            own->next_candidate = candidate_of(reading, record, false);
        return;
    }
    alert_set_candidate(reading, record, false);
    if (known_close_notify(reading->connection, reading->side, reading->options, NULL))
        alert_check_data_before(reading, reading->side, &own->candidate.mark);
}

void
alert_take_late_plaintext(struct reading *reading, const struct stream_record *record,
                          struct byte_view alerts)
{
    struct direction *own = own_direction(reading);

    memset(&own->candidate, 0, sizeof own->candidate);
    alert_take_readable(reading, record, alerts);
    if (own->close_notify.captured != 0)
        return;
    own->candidate = own->next_candidate;
    memset(&own->next_candidate, 0, sizeof own->next_candidate);
}

/* Anything but an alert shows that the alert before was no close_notify, and the peer's data did not
 * meet one. */
void
alert_withdraw_candidate(struct reading *reading)
{
    struct direction *own = own_direction(reading);

    if (own->candidate.mark.captured == 0)
        return;
    own->withdrawn |= own->candidate.type == TLS_ALERT;
    if (own->close_notify.captured == 0)
        peer_direction(reading)->raised &= ~EXPERTS_RESTING_ON_PEER;
    memset(&own->candidate, 0, sizeof own->candidate);
    memset(&own->next_candidate, 0, sizeof own->next_candidate);
}

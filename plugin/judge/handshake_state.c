/* handshake_state.c
 * Whether the handshake was finished, and by when. See handshake_state.h. Pure functions over struct
 * connection; must not know how the connection ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/handshake_state.h"

/* The server's first bytes are no TLS records. */
bool
answered_without_tls(const struct connection *connection)
{
    const struct stream *server = &direction_of(connection, SIDE_SERVER)->stream;

    return connection->client_hello_seen && server->state == STREAM_NOT_TLS &&
           server->position == STREAM_FIRST_OFFSET;
}

/* What is missing of SIDE's direction came before an alert in clear text, and so before any Finished; and
 * nothing finishes a handshake behind a close_notify in clear text. */
static bool
clear_alert_excludes_finished(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);

    if (direction->clear_alert_end == 0)
        return false;
    if (direction->close_notify.captured != 0 &&
        direction->close_notify.end <= direction->clear_alert_end)
        return true;
    return !is_missing_behind(connection, side, direction->clear_alert_end);
}

/* Whether SIDE may have finished the handshake with bytes that no gap tells of: before the first
 * record found, or the last byte of a record. */
static bool
may_lack_finished(const struct connection *connection, enum side side)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;

    return (stream->lacks_beginning && direction->clear_alert_end == 0) ||
           (stream_inside_record(stream) && may_hide_fin(connection, side));
}

/* Whether SIDE, of which no end of the handshake was captured before LIMIT, had reached it. */
static enum yes_no_hidden
unseen_finished(const struct connection *connection, enum side side, uint64_t limit,
                const struct connection_options *options)
{
    struct hidden_range hidden = hidden_before(connection, side, limit, options);

    if (hidden.what == HIDDEN_NOTHING || hidden.what == HIDDEN_UNREADABLE_ALERT)
        return may_lack_finished(connection, side) ? ANSWER_HIDDEN : ANSWER_NO;
    return hidden.what == HIDDEN_GAP && clear_alert_excludes_finished(connection, side)
               ? ANSWER_NO
               : ANSWER_HIDDEN;
}

/* Whether SIDE had finished the handshake with what it had sent before LIMIT. */
static enum yes_no_hidden
side_finished(const struct connection *connection, enum side side, uint64_t limit,
              const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct stream *stream = &direction->stream;

    if (starts_after_hellos(connection) && direction->clear_alert_end == 0)
        return ANSWER_YES;
    if (direction->finished_end != 0 && direction->finished_end <= limit)
        return ANSWER_YES;
    if (direction->finished_end != 0)
        return stream->lacks_beginning || (stream->lost_from != 0 && stream->lost_from < limit)
                   ? ANSWER_HIDDEN
                   : ANSWER_NO;
    if (connection->version == TLS_1_3 && side == SIDE_SERVER)
        return side_finished(connection, SIDE_CLIENT, UINT64_MAX, options);
    return unseen_finished(connection, side, limit, options);
}

/* SIDE had not finished the handshake with what was captured of it. That nothing else is missing is
 * certain if its end was captured, or if it had received what the peer's direction hides: then its
 * numbers tell. */
static bool
certainly_unfinished(const struct connection *connection, enum side side,
                     const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    struct hidden_range peers = hidden_anywhere(connection, other_side(side), options);

    return direction->end_kind != END_NONE ||
           direction->acknowledged > MAX(peers.from, STREAM_FIRST_OFFSET);
}

/* Whether both sides had finished the handshake with what each had sent before its limit. HIDDEN_SIDE:
 * in whose direction the answer is hidden: what is missing there may have answered a Finished of the
 * other side's that was lost as well, if nothing tells where that side ended. */
enum yes_no_hidden
handshake_finished(const struct connection *connection, const uint64_t limit[2],
                   const struct connection_options *options, enum side *hidden_side)
{
    enum yes_no_hidden client = side_finished(connection, SIDE_CLIENT, limit[SIDE_CLIENT], options);
    enum yes_no_hidden server = side_finished(connection, SIDE_SERVER, limit[SIDE_SERVER], options);

    *hidden_side = client == ANSWER_HIDDEN ? SIDE_CLIENT : SIDE_SERVER;
    if (answered_without_tls(connection))
        return ANSWER_NO;
    if (client != ANSWER_HIDDEN && server != ANSWER_HIDDEN)
        return client == ANSWER_YES ? server : client;
    enum side other = other_side(*hidden_side);
    enum yes_no_hidden others = other == SIDE_CLIENT ? client : server;
    return others == ANSWER_NO && certainly_unfinished(connection, other, options) ? ANSWER_NO
                                                                                   : ANSWER_HIDDEN;
}

bool
handshake_finished_for(const struct connection *connection, enum side side, uint64_t acknowledged)
{
    const struct connection_options options = { .infer = true };
    uint64_t peer_limit = acknowledged;

    return side_finished(connection, side, UINT64_MAX, &options) != ANSWER_NO &&
           side_finished(connection, other_side(side), peer_limit, &options) != ANSWER_NO;
}

/* In TLS 1.3 it is the client whose Finished comes last, and may be among what was not decrypted.
 */
enum evidence
incomplete_evidence(const struct connection *connection)
{
    bool undecrypted = direction_of(connection, SIDE_CLIENT)->undecrypted;

    return undecrypted && !is_before_tls13(connection) ? EVIDENCE_INFERRED : EVIDENCE_SEEN;
}

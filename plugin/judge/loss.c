/* loss.c
 * The judgement whether data is lost. See loss.h. Pure functions over struct connection; must not know
 * application protocols, nor how answers are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/loss.h"

#include "judge/closure.h"
#include "judge/initiator.h"
#include "judge/open_record.h"
#include "judge/padding.h"
#include "wire/capture_time.h"
#include "wire/cipher_suite.h"

/* Bytes of plaintext, in sum. */
#define GOODBYE_MAX 16   /* COM_QUIT, Terminate, unbind, DISCONNECT */
#define FAREWELL_MAX 128 /* "221 Bye" */
#define REMAINDER_MIN 8

/* A server that says farewell closes at once. */
#define FAREWELL_TIME (INT64_C(100) * 1000 * 1000)

/* The data of side S, and what its peer P made of it. */
struct subject {
    const struct connection *connection;
    const struct connection_options *options;
    enum side side;
    const struct direction *own;
    const struct direction *peer;
    enum completeness complete; /* of S, by the application's own framing */
    struct judgement closure;
    bool is_hidden;             /* data may be missing from the capture */
    struct data_sum unreceived; /* what of S's data never reached P */
    struct data_sum abandoned;  /* what S had not seen acknowledged, but reset the connection */
    struct data_sum ignored;    /* what P had to ignore */
};

/* Whether it is known that SIDE closed first. */
static bool
is_initiator(const struct subject *s, enum side side)
{
    struct judgement judgement = { 0 };

    judge_initiator(s->connection, s->options, &judgement);
    return judgement.has_initiator && judgement.initiator == side;
}

static bool
closed_first(const struct subject *s)
{
    return is_initiator(s, s->side);
}

static bool
peer_closed_first(const struct subject *s)
{
    return is_initiator(s, other_side(s->side));
}

/* The first closing act of SIDE; NULL: none is known. */
static const struct mark *
act_of(const struct subject *s, enum side side)
{
    return first_closing_act(s->connection, side, s->options);
}

static bool
is_goodbye(const struct subject *s, struct data_sum sum)
{
    return may_be_http2(s->connection) ? sum.longest <= HTTP2_CONTROL_LENGTH_MAX
                                       : sum.bytes <= GOODBYE_MAX;
}

/* Whether data of SIDE may be missing from the capture, or can't be told. */
static bool
data_is_hidden(const struct connection *connection, enum side side,
               const struct connection_options *options)
{
    const struct stream *stream = &direction_of(connection, side)->stream;

    if (direction_of(connection, side)->traffic.may_lack_data)
        return true;
    if (stream->state == STREAM_NOT_TLS)
        return !known_close_notify(connection, side, options, NULL);
    if (stream->state == STREAM_UNSYNCED || !stream->captured_any)
        return stream->captured_any || connection->in_the_middle;
    return stream->lost_from != 0 || has_hole(connection, side);
}

/* What of SIDE's data up to UNTIL was not answered. */
static struct data_sum
unanswered(const struct subject *s, enum side side, uint64_t until)
{
    const struct traffic *own = &direction_of(s->connection, side)->traffic;
    const struct traffic *peer = &direction_of(s->connection, other_side(side))->traffic;

    return traffic_between(own, traffic_answers(peer, UINT64_MAX), until);
}

/* The data of S that ends behind FROM, with a record that is not complete. */
static struct data_sum
data_behind(const struct subject *s, uint64_t from)
{
    struct data_sum sum = traffic_between(&s->own->traffic, from, UINT64_MAX);
    struct stream_record open;

    if (s->own->stream.captured_end > from && opened_data_record(s->connection, s->side, &open)) {
        sum.bytes += open.length;
        sum.longest = MAX(sum.longest, open.length);
    }
    return sum;
}

/* RFC 9293 section 3.6.1: what of S's data never reached P, as its RST shows. */
static struct data_sum
sum_unreceived(const struct subject *s)
{
    const struct traffic *peer = &s->peer->traffic;
    uint64_t after_fin = s->own->traffic.after_peer_fin;
    uint64_t received = peer->rst_acknowledged;

    if (peer->rst_frame == 0)
        return (struct data_sum){ 0 };
    if (after_fin != 0)
        received = MIN(received, MAX(after_fin, peer->acknowledged));
    return data_behind(s, received);
}

/* P's FIN was not captured, and its RST acknowledges nothing: whether P had received what is not
 * acknowledged, or had closed before, nobody can tell. */
static bool
receipt_is_hidden(const struct subject *s)
{
    return s->peer->reset_answers && s->unreceived.bytes > 0 &&
           (s->peer->fin_inferred || may_hide_fin(s->connection, other_side(s->side)));
}

/* What S had not seen acknowledged, but reset the connection. */
static struct data_sum
sum_abandoned(const struct subject *s)
{
    if (s->own->traffic.rst_frame == 0)
        return (struct data_sum){ 0 };
    return data_behind(s, s->peer->acknowledged);
}

/* RFC 5246 section 7.2.1: up to TLS 1.2, what came after P's close_notify or crossed it is ignored. */
static struct data_sum
sum_ignored(const struct subject *s)
{
    const struct mark *alert =
        known_close_notify(s->connection, other_side(s->side), s->options, NULL);

    if (!alert || !is_before_tls13(s->connection))
        return (struct data_sum){ 0 };
    return data_behind(s, alert->acknowledged);
}

/* Row 1 */
static bool
is_cut_record(const struct subject *s)
{
    struct stream_record open;

    return ended_inside_record(s->connection, s->side) &&
           opened_data_record(s->connection, s->side, &open);
}

/* Row 2 */
static bool
is_incomplete(const struct subject *s)
{
    return s->complete == INCOMPLETE;
}

static bool
is_unconfirmed(const struct subject *s)
{
    return s->complete == INCOMPLETE_UNCONFIRMED;
}

/* Row 3 */
static bool
is_complete(const struct subject *s)
{
    return s->complete == COMPLETE && s->unreceived.bytes == 0 && s->abandoned.bytes == 0 &&
           s->ignored.bytes == 0;
}

/* Row 4 */
static bool
owed_response(const struct subject *s)
{
    if (s->side != SIDE_SERVER || s->is_hidden || !closed_first(s))
        return false;
    return !is_goodbye(s, unanswered(s, SIDE_CLIENT, act_of(s, SIDE_SERVER)->acknowledged));
}

/* Row 5 */
static bool
sent_no_data(const struct subject *s)
{
    struct stream_record open;

    return s->own->traffic.run_count == 0 && !s->is_hidden &&
           !opened_data_record(s->connection, s->side, &open);
}

static bool
sent_no_response(const struct subject *s)
{
    return sent_no_data(s) && s->side == SIDE_SERVER &&
           !is_goodbye(s, unanswered(s, SIDE_CLIENT, UINT64_MAX));
}

static bool
sent_no_data_captured(const struct subject *s)
{
    return sent_no_data(s) && s->connection->in_the_middle;
}

/* Row 6 */
static bool
is_hidden(const struct subject *s)
{
    return s->own->stream.state != STREAM_NOT_TLS &&
           (s->is_hidden || receipt_is_hidden(s) ||
            (s->closure.closure == CLOSURE_UNKNOWN &&
             (s->closure.hidden == HIDDEN_GAP || s->closure.hidden == HIDDEN_FIN_BELOW_DATA)));
}

static bool
is_not_tls(const struct subject *s)
{
    return s->is_hidden && s->own->stream.state == STREAM_NOT_TLS;
}

/* Row 7. Where it is hidden who closed first, P may have: nobody is accused of it. */
static bool
may_peer_have_closed_first(const struct subject *s)
{
    return !closed_first(s);
}

/* Of the server: whether the client, which closed first, had nothing to wait for when it did. */
static bool
awaited_nothing(const struct subject *s)
{
    const struct mark *act = act_of(s, SIDE_CLIENT);

    if (!act)
        return false;
    uint64_t answered = traffic_answers(&s->own->traffic, act->acknowledged);
    return is_goodbye(s, traffic_between(&s->peer->traffic, answered, act->end));
}

static bool
is_unreceived_farewell(const struct subject *s)
{
    struct data_sum sum = s->unreceived;

    if (sum.bytes == 0 || !may_peer_have_closed_first(s))
        return false;
    if (s->side == SIDE_CLIENT)
        return sum.bytes <=
               (may_be_http2(s->connection) ? HTTP2_CONTROL_LENGTH_MAX : REMAINDER_MIN);
    return sum.bytes <= (awaited_nothing(s) ? FAREWELL_MAX : HTTP2_CONTROL_LENGTH_MAX);
}

static bool
is_unreceived_remainder(const struct subject *s)
{
    return s->unreceived.bytes > 0 && s->unreceived.bytes <= HTTP2_CONTROL_LENGTH_MAX &&
           s->side == SIDE_CLIENT && may_peer_have_closed_first(s);
}

/* A client that only writes leaves the server's tickets unread. A lone one that acknowledges data looks
 * like an answer: OpenSSL sends one where a session is resumed, Go always. */
static bool
may_be_unreceived_ticket(const struct subject *s)
{
    return s->side == SIDE_SERVER && may_peer_have_closed_first(s) && s->unreceived.bytes > 0 &&
           traffic_may_be_ticket(&s->own->traffic);
}

static bool
is_unreceived_ticket(const struct subject *s)
{
    return may_be_unreceived_ticket(s) && s->connection->resumed;
}

static bool
is_discarded(const struct subject *s)
{
    return s->unreceived.bytes > 0;
}

/* Row 8 */
static bool
is_little(const struct subject *s, struct data_sum sum)
{
    return s->side == SIDE_SERVER ? sum.bytes <= HTTP2_CONTROL_LENGTH_MAX : is_goodbye(s, sum);
}

static bool
is_ignored_farewell(const struct subject *s)
{
    return s->abandoned.bytes + s->ignored.bytes > 0 && is_little(s, s->abandoned) &&
           is_little(s, s->ignored);
}

static bool
is_reset_unacknowledged(const struct subject *s)
{
    return !is_little(s, s->abandoned);
}

static bool
is_ignored(const struct subject *s)
{
    return s->ignored.bytes > 0;
}

/* Row 9 */
static bool
sent_close_notify(const struct subject *s)
{
    return known_close_notify(s->connection, s->side, s->options, NULL);
}

/* Whether the last record of S, which pads as P does, may have been its close_notify. */
static bool
may_have_sent_padded_close_notify(const struct subject *s)
{
    const struct traffic *traffic = &s->own->traffic;
    unsigned padding = padding_of(s->connection, s->side);

    return padding > 0 && padding == padding_of(s->connection, other_side(s->side)) &&
           traffic->last_length != 0 && traffic->last_length == traffic->smallest_length &&
           traffic->last_length <= traffic->finished_length;
}

/* Row 10 */
static bool
is_farewell_at_most(const struct subject *s)
{
    if (unanswered(s, s->side, UINT64_MAX).bytes > FAREWELL_MAX)
        return false;
    if (s->side != SIDE_SERVER || !closed_first(s))
        return true;
    const struct mark *act = act_of(s, SIDE_SERVER);
    int64_t last = traffic_time_before(&s->own->traffic, act->end);
    return last != INT64_MIN && time_between(last, act->time) <= FAREWELL_TIME;
}

static bool
peer_closed_with_all(const struct subject *s)
{
    return peer_closed_first(s) && data_behind(s, s->peer->acknowledged).bytes == 0;
}

/* Row 11 */
static bool
always(const struct subject *s)
{
    return s;
}

/* What is said of S, if S is the client and if it is the server. */
#define SIDES(before, behind)                          \
    {                                                  \
        before "client" behind, before "server" behind \
    }

/* The table of the public interface: the first rule that applies. */
/* clang-format off */
static const struct {
    unsigned row;
    enum loss loss;
    bool (*applies)(const struct subject *);
    const char *reason[2]; /* by enum side */
} rules[LOSS_RULE_COUNT] = {
    [LOSS_CUT_RECORD] = { 1, LOSS_CERTAIN, is_cut_record,
        SIDES("The ", "'s data ends inside a TLS record, which can't be decrypted "
              "(RFC 5246 6.2.1; RFC 8446, 9846 5.2)") },
    [LOSS_INCOMPLETE] = { 2, LOSS_CERTAIN, is_incomplete,
        SIDES("The ", " ended inside a message, or owed one, as the messages themselves say") },
    [LOSS_UNCONFIRMED] = { 2, LOSS_POSSIBLE, is_unconfirmed,
        SIDES("The ", "'s last message ends with the connection, and no close_notify confirms it "
              "(RFC 9112 9.8)") },
    [LOSS_COMPLETE] = { 3, LOSS_NONE, is_complete,
        SIDES("All messages of the ", " are complete, as they themselves say") },
    [LOSS_OWED_RESPONSE] = { 4, LOSS_POSSIBLE, owed_response,
        SIDES("The ", " closed first, and had not answered data that it had received") },
    [LOSS_NO_RESPONSE] = { 5, LOSS_UNLIKELY, sent_no_response,
        SIDES("The ", " sent no data, and its peer closed without waiting for an answer") },
    [LOSS_NO_DATA_CAPTURED] = { 5, LOSS_UNLIKELY, sent_no_data_captured,
        SIDES("The ", " sent no data that was captured, and the capture starts in the middle") },
    [LOSS_NO_DATA] = { 5, LOSS_NONE, sent_no_data, SIDES("The ", " sent no data") },
    [LOSS_HIDDEN] = { 6, LOSS_UNKNOWN, is_hidden,
        SIDES("The capture lacks bytes that tell whether data of the ", " is lost") },
    [LOSS_NOT_TLS] = { 6, LOSS_UNKNOWN, is_not_tls,
        SIDES("The ", " sent bytes that are no TLS records before any close_notify") },
    [LOSS_UNRECEIVED_FAREWELL] = { 7, LOSS_UNLIKELY, is_unreceived_farewell,
        SIDES("The ", "'s peer closed first, and what it did not receive is no more than a farewell "
              "(RFC 9293 3.6.1)") },
    [LOSS_UNRECEIVED_REMAINDER] = { 7, LOSS_POSSIBLE, is_unreceived_remainder,
        SIDES("The ", "'s peer closed first, and did not receive its last few bytes "
              "(RFC 9293 3.6.1)") },
    [LOSS_UNRECEIVED_TICKET] = { 7, LOSS_UNLIKELY, is_unreceived_ticket,
        SIDES("The ", "'s peer closed first, and what it did not receive is probably a session ticket "
              "(RFC 8446, 9846 4.6.1)") },
    [LOSS_UNRECEIVED_MAYBE_TICKET] = { 7, LOSS_POSSIBLE, may_be_unreceived_ticket,
        SIDES("The ", "'s peer closed first, and what it did not receive may be a session ticket "
              "(RFC 8446, 9846 4.6.1)") },
    [LOSS_DISCARDED] = { 7, LOSS_CERTAIN, is_discarded,
        SIDES("The ", "'s data met a peer that had closed, or that threw it away with a RST "
              "(RFC 9293 3.6.1)") },
    [LOSS_IGNORED_FAREWELL] = { 8, LOSS_UNLIKELY, is_ignored_farewell,
        SIDES("What of the ", "'s data was reset or ignored is no more than a farewell "
              "(RFC 5246 7.2.1)") },
    [LOSS_RESET_UNACKNOWLEDGED] = { 8, LOSS_POSSIBLE, is_reset_unacknowledged,
        SIDES("The ", " reset the connection before its data was acknowledged "
              "(RFC 9293 3.10.7.4)") },
    [LOSS_IGNORED] = { 8, LOSS_POSSIBLE, is_ignored,
        SIDES("The ", "'s data came after the peer's close_notify, or crossed it, and is ignored "
              "(RFC 5246 7.2.1)") },
    [LOSS_CLOSE_NOTIFY] = { 9, LOSS_UNLIKELY, sent_close_notify,
        SIDES("The ", " sent close_notify; whether its program had finished was not read "
              "(RFC 5246 7.2.1; RFC 8446, 9846 6.1)") },
    [LOSS_PADDED_CLOSE_NOTIFY] = { 9, LOSS_UNLIKELY, may_have_sent_padded_close_notify,
        SIDES("The ", " pads its records, and the last may be its close_notify "
              "(RFC 8446, 9846 5.4)") },
    [LOSS_FAREWELL] = { 10, LOSS_UNLIKELY, is_farewell_at_most,
        SIDES("The ", "'s data was answered, but for a farewell at most") },
    [LOSS_PEER_CLOSED] = { 10, LOSS_UNLIKELY, peer_closed_with_all,
        SIDES("The ", "'s peer closed first, and had received all of its data") },
    [LOSS_BARE_END] = { 11, LOSS_POSSIBLE, always,
        SIDES("The ", " spoke last, and ended without close_notify: a truncation looks the same "
              "(RFC 5246 7.2.1; RFC 8446, 9846 6.1)") },
};
/* clang-format on */

struct loss_judgement
judge_loss(const struct connection *connection, enum side side, struct judgement closure,
           const struct application_end *application, const struct connection_options *options)
{
    struct subject subject = {
        .connection = connection,
        .options = options,
        .side = side,
        .own = direction_of(connection, side),
        .peer = direction_of(connection, other_side(side)),
        .complete = application ? application->complete[side] : COMPLETENESS_UNKNOWN,
        .closure = closure,
        .is_hidden = data_is_hidden(connection, side, options),
    };
    enum loss_rule rule = LOSS_CUT_RECORD;

    if (subject.own->end_kind == END_NONE && !connection_has_ended(connection))
        return (struct loss_judgement){ LOSS_NOT_JUDGED, LOSS_RULE_NONE };
    subject.unreceived = sum_unreceived(&subject);
    subject.abandoned = sum_abandoned(&subject);
    subject.ignored = sum_ignored(&subject);
    while (!rules[rule].applies(&subject))
        rule++;
    return (struct loss_judgement){ (uint8_t)rules[rule].loss, (uint8_t)rule };
}

enum side
worse_loss(const struct loss_judgement loss[2])
{
    static const unsigned badness[] = {
        [LOSS_NOT_JUDGED] = 0, [LOSS_NONE] = 1,     [LOSS_UNLIKELY] = 2,
        [LOSS_UNKNOWN] = 3,    [LOSS_POSSIBLE] = 4, [LOSS_CERTAIN] = 5,
    };
    unsigned client = badness[loss[SIDE_CLIENT].loss], server = badness[loss[SIDE_SERVER].loss];

    if (client != server)
        return client > server ? SIDE_CLIENT : SIDE_SERVER;
    return loss[SIDE_CLIENT].rule < loss[SIDE_SERVER].rule ? SIDE_CLIENT : SIDE_SERVER;
}

unsigned
loss_row(enum loss_rule rule)
{
    return rules[rule].row;
}

const char *
loss_reason(enum loss_rule rule, enum side side)
{
    return rules[rule].reason[side];
}

/* http2_end.c
 * The end of an HTTP/2 connection: what became of its streams, and who owes what. See http2_connection.h.
 * Must not know frames' bytes, TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http2_connection.h"

/* What became of all streams. */
struct outcome {
    struct http2_tally tally[2]; /* by the enum side that opened them */
    bool known[2]; /* by enum side: all that it has begun was seen, and nothing more can come */
    bool request_cut;
    bool server_incomplete;
};

/* Whether all is at hand that would complete what SIDE has begun. What either side sent may hide it. */
static bool
is_known(const struct http2 *http2, const struct application_context *context, enum side side)
{
    for (int i = SIDE_CLIENT; i <= SIDE_SERVER; i++)
        if (http2->half[i].lost || context->unknown[i] || http2->streams[i].not_followed > 0)
            return false;
    return context->ended[side];
}

/* Whether the client ended within the header of a new request. */
static bool
is_request_header_cut(const struct http2 *http2)
{
    const struct http2_block *block = &http2->half[SIDE_CLIENT].block;

    return block->carrier != 0 && block->stream > http2->streams[SIDE_CLIENT].highest;
}

static void
find_outcome(const struct http2 *http2, const struct application_context *context,
             struct outcome *outcome)
{
    outcome->server_incomplete = false;
    for (int i = SIDE_CLIENT; i <= SIDE_SERVER; i++) {
        struct http2_tally *tally = &outcome->tally[i];
        struct http2_limits limits = http2_limits_for(http2, (enum side)i);

        outcome->known[i] = is_known(http2, context, (enum side)i);
        limits.server_act_end = context->first_act_end[SIDE_SERVER];
        limits.server_received = i == SIDE_CLIENT ? context->first_act_received[SIDE_SERVER]
                                                  : UINT64_MAX; /* pushed ones are its own */
        limits.over = is_known(http2, context, SIDE_SERVER);
        http2_streams_tally(&http2->streams[i], &limits, tally);
        outcome->server_incomplete |=
            tally->group[HTTP2_CUT].count > (limits.over ? tally->late : 0) ||
            tally->group[HTTP2_MALFORMED].count > 0;
    }
    outcome->request_cut =
        outcome->known[SIDE_CLIENT] &&
        (outcome->tally[SIDE_CLIENT].requests_cut > 0 || is_request_header_cut(http2));
}

static enum completeness
completeness_of(bool incomplete, bool known)
{
    if (incomplete)
        return INCOMPLETE;
    return known ? COMPLETE : COMPLETENESS_UNKNOWN;
}

/* Of the server, where it ends: what no frame of its own has said. */
static expert_set
server_experts(const struct http2 *http2, const struct application_context *context,
               const struct outcome *outcome)
{
    const struct http2_tally *requests = &outcome->tally[SIDE_CLIENT];
    uint32_t left_open =
        requests->left_open - requests->late + outcome->tally[SIDE_SERVER].left_open;
    expert_set experts = 0;

    if (requests->group[HTTP2_UNPROCESSED].count > 0 && !http2->unprocessed_stated)
        experts |= EXPERT_BIT(EXPERT_HTTP2_UNPROCESSED);
    if (!outcome->known[SIDE_SERVER])
        return experts;
    if (left_open > 0 && http2->cut_stated < HTTP2_CUT_STATED_MAX)
        experts |= EXPERT_BIT(EXPERT_HTTP2_STREAM_CUT);
    if (requests->unanswered > 0)
        experts |= EXPERT_BIT(EXPERT_REQUEST_UNANSWERED);
    if (left_open > 0 && context->has_initiator && context->initiator == SIDE_SERVER &&
        http2->half[SIDE_SERVER].goaway.frame == 0)
        experts |= EXPERT_BIT(EXPERT_HTTP2_NO_GOAWAY);
    return experts;
}

static struct http2_end
counts_of(const struct http2 *http2, const struct http2_tally *tally)
{
    const struct http2_group *cut = &tally->group[HTTP2_CUT];
    struct http2_end counts = {
        .streams = http2->streams[SIDE_CLIENT].opened,
        .cut = cut->count,
        .malformed = tally->group[HTTP2_MALFORMED].count,
        .unprocessed = tally->group[HTTP2_UNPROCESSED].count,
        .canceled = tally->group[HTTP2_CANCELED].count,
    };

    for (uint32_t i = 0; i < MIN(cut->count, CUT_STREAMS_MAX); i++)
        counts.cut_stream[i] = cut->first[i].number;
    return counts;
}

void
http2_finish(void *reader, const struct application_context *context, struct application_end *end)
{
    const struct http2 *http2 = reader;
    const struct http2_goaway goaway[2] = {
        http2->half[SIDE_CLIENT].goaway,
        http2->half[SIDE_SERVER].goaway,
    };
    struct outcome outcome;

    find_outcome(http2, context, &outcome);
    end->http2 = counts_of(http2, &outcome.tally[SIDE_CLIENT]);
    end->summary = http2_summary(http2->streams[SIDE_CLIENT].opened, outcome.tally, goaway);
    end->complete[SIDE_CLIENT] = completeness_of(outcome.request_cut, outcome.known[SIDE_CLIENT]);
    end->complete[SIDE_SERVER] =
        completeness_of(outcome.server_incomplete, outcome.known[SIDE_SERVER]);
    end->experts[SIDE_SERVER] = server_experts(http2, context, &outcome);
    end->experts[SIDE_CLIENT] = outcome.request_cut ? EXPERT_BIT(EXPERT_HTTP2_REQUEST_CUT) : 0;
    end->frames.goodbye = http2->goodbye_frame;
    end->frames.goaway = http2->goaway_frame;
}

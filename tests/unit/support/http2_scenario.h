/* http2_scenario.h
 * Scenarios of HTTP/2 in a table: who sends what, and what the reader has to say. Each is given to it in
 * pieces of many sizes. Must not know how the reader works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP2_SCENARIO_H
#define TLSCLOSE_HTTP2_SCENARIO_H

#include "http2_talk.h"

#define CUT EXPERT_BIT(EXPERT_HTTP2_STREAM_CUT)
#define MALFORMED EXPERT_BIT(EXPERT_HTTP2_MALFORMED)
#define UNPROCESSED EXPERT_BIT(EXPERT_HTTP2_UNPROCESSED)
#define UNANSWERED EXPERT_BIT(EXPERT_REQUEST_UNANSWERED)
#define REQUEST_CUT EXPERT_BIT(EXPERT_HTTP2_REQUEST_CUT)
#define NO_GOAWAY EXPERT_BIT(EXPERT_HTTP2_NO_GOAWAY)
#define GOAWAY_ERROR EXPERT_BIT(EXPERT_HTTP2_GOAWAY_ERROR)
#define AFTER_GOAWAY EXPERT_BIT(EXPERT_HTTP2_STREAM_AFTER_GOAWAY)
#define NO_STATUS EXPERT_BIT(EXPERT_GRPC_NO_STATUS)
#define MESSAGE_CUT EXPERT_BIT(EXPERT_GRPC_MESSAGE_CUT)

/* What is said in the end: of the frames, and of the ends of the directions. */
struct http2_expected {
    const char *summary;
    enum completeness complete[2]; /* by enum side */
    expert_set in_frames[2];
    expert_set at_end[2];
};

struct http2_scenario {
    const char *name;
    void (*play)(struct talk *talk);
    struct http2_expected expected;
};

/* A GET and its response of BYTES, all as announced. */
void play_get(struct talk *talk, uint32_t stream, size_t bytes);

/* The main program of a test: runs each of COUNT scenarios as a test of its own. Without libnghttp2 none:
 * most tell by the header how long a message is. */
int run_http2_scenarios(int argc, char **argv, const struct http2_scenario *scenarios,
                        unsigned count);

#endif

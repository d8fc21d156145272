/* fuzz_connection.c
 * A connection of any segments, some of them shown decrypted: every judgement holds together after
 * each of them, and sending every segment twice changes none. Must not know what is right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "input.h"
#include "judge/closure.h"
#include "judge/evidence.h"
#include "judge/initiator.h"
#include "judge/loss.h"
#include "read/connection.h"
#include "show/explain.h"

#define SEGMENTS_MAX 256
#define RECORDS_MAX 16

/* Sequence numbers of the sides' first bytes: the client's wraps around. */
static const uint32_t first_sequence[2] = { 0xFFFFFF00, 1000 };

/* What a segment's first byte says. */
enum {
    FROM_SERVER = 1,
    WITH_FIN = 2,
    WITH_RST = 4,
    WITHOUT_ACKNOWLEDGEMENT = 8,
    DECRYPTED = 16,
    CUT_SHORT = 32, /* by the snapshot length */
};

struct play {
    struct connection *connection;
    struct session_table *sessions;
    struct connection_options options;
    uint32_t frame;
};

static bool
same(const struct judgement *a, const struct judgement *b)
{
    return a->closure == b->closure && a->evidence == b->evidence && a->hidden == b->hidden &&
           a->has_initiator == b->has_initiator &&
           (!a->has_initiator || a->initiator == b->initiator);
}

static void
check_judgement(const struct judgement *judgement)
{
    bool has_answer = judgement->closure != CLOSURE_NONE && judgement->closure != CLOSURE_UNKNOWN;

    g_assert_cmpint(judgement->closure, >=, CLOSURE_NONE);
    g_assert_cmpint(judgement->closure, <, CLOSURE_COUNT);
    g_assert_true((judgement->evidence != EVIDENCE_NONE) == has_answer);
    g_assert_true((judgement->hidden != HIDDEN_NOTHING) == (judgement->closure == CLOSURE_UNKNOWN));
    if (judgement->closure == CLOSURE_UNKNOWN)
        g_assert_nonnull(explain_hidden(judgement->hidden, judgement->hidden_side));
}

static void
check_side(const struct play *play, enum side side)
{
    const struct direction *direction = &play->connection->direction[side];
    struct judgement closure = judge_closure(play->connection, side, &play->options);
    struct judgement again = judge_closure(play->connection, side, &play->options);
    enum evidence evidence;
    const struct mark *close_notify =
        known_close_notify(play->connection, side, &play->options, &evidence);

    check_judgement(&closure);
    g_assert_true(same(&closure, &again));
    g_assert_true((closure.closure == CLOSURE_NONE) == (direction->end_kind == END_NONE));
    g_assert_true((close_notify != NULL) == (evidence != EVIDENCE_NONE));
    g_assert_true((judge_order(play->connection, side, &play->options) != ORDER_NONE) ==
                  (close_notify != NULL));
    if (closure.closure == CLOSURE_CLOSE_NOTIFY)
        g_assert_nonnull(close_notify);
}

static void
check_verdict(const struct play *play)
{
    struct judgement verdict = judge_verdict(play->connection, &play->options);
    struct judgement again = judge_verdict(play->connection, &play->options);

    check_judgement(&verdict);
    g_assert_true(same(&verdict, &again));
    g_assert_true((verdict.closure != CLOSURE_NONE) == connection_has_ended(play->connection));
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct loss_judgement loss = judge_loss(
            play->connection, (enum side)side,
            judge_closure(play->connection, (enum side)side, &play->options), NULL, &play->options);
        g_assert_true((loss.loss == LOSS_NOT_JUDGED) == (loss.rule == LOSS_RULE_NONE));
    }
}

static void
check_findings(const struct play *play, const struct frame_findings *findings)
{
    const struct direction *own = &play->connection->direction[findings->sender];

    g_assert_cmpuint(findings->session_count, <=, SESSION_FINDINGS_MAX);
    g_assert_true(!findings->end || own->end_kind != END_NONE);
    g_assert_true(!findings->verdict || play->connection->verdict_frame == play->frame);
    g_assert_true(findings->experts < EXPERT_BIT(EXPERT_COUNT));
    if (findings->after_close_records > 0)
        g_assert_cmpuint(findings->after_close_alert_frame, !=, 0);
}

/* TLSInnerPlaintext (RFC 8446 section 5.2): the last byte is the type. */
static void
show_record(struct dissected_record *record, const uint8_t *header, uint32_t sequence)
{
    const uint8_t *fragment = header + TLS_RECORD_HEADER_LENGTH;
    uint16_t length = (uint16_t)(header[3] << 8 | header[4]);

    *record = (struct dissected_record){
        .type = header[0],
        .length = length,
        .sequence = sequence,
        .inner_type = length > 0 ? fragment[length - 1] : header[0],
        .plaintext = fragment,
        .plaintext_length = length > 0 ? length - 1u : 0,
    };
}

/* The records that lie in the segment in full, as a dissector with keys would show them. */
static unsigned
show_records(const struct segment *segment, struct dissected_record *records)
{
    unsigned count = 0;
    uint32_t at = 0;

    while (count < RECORDS_MAX && at + TLS_RECORD_HEADER_LENGTH <= segment->captured_length) {
        const uint8_t *header = segment->payload + at;
        uint32_t length = TLS_RECORD_HEADER_LENGTH + (uint32_t)(header[3] << 8 | header[4]);
        if (!stream_is_record_header(header, TLS_RECORD_HEADER_LENGTH) ||
            at + length > segment->captured_length)
            break;
        show_record(&records[count++], header, segment->sequence + at);
        at += length;
    }
    return count;
}

static enum side
read_segment(struct input *input, struct segment *segment, bool *decrypted)
{
    uint8_t flags = (uint8_t)input_number(input, 1);
    enum side side = flags & FROM_SERVER ? SIDE_SERVER : SIDE_CLIENT;

    memset(segment, 0, sizeof *segment);
    segment->sequence = first_sequence[side] + input_number(input, 3);
    segment->acknowledgement = first_sequence[other_side(side)] + input_number(input, 3);
    segment->has_acknowledgement = !(flags & WITHOUT_ACKNOWLEDGEMENT);
    segment->fin = flags & WITH_FIN;
    segment->rst = flags & WITH_RST;
    segment->payload = input_run(input, input_number(input, 2), &segment->length);
    segment->captured_length = flags & CUT_SHORT ? segment->length / 2 : segment->length;
    *decrypted = flags & DECRYPTED;
    return side;
}

static void
take(struct play *play, enum side side, const struct dissected_segment *dissected)
{
    struct frame_findings findings;

    if (!play->connection)
        play->connection =
            connection_new(&dissected->segment, side,
                           side == SIDE_CLIENT && dissected->segment.length > 0, play->sessions);
    connection_take_segment(play->connection, side, dissected, &play->options, &findings);
    check_findings(play, &findings);
    check_verdict(play);
    check_side(play, SIDE_CLIENT);
    check_side(play, SIDE_SERVER);
}

static void
take_segment(struct play *play, struct input *input, bool twice)
{
    struct dissected_record records[RECORDS_MAX];
    struct dissected_segment dissected = { .records = records };
    bool decrypted;
    enum side side = read_segment(input, &dissected.segment, &decrypted);
    uint8_t *copy = g_memdup2(dissected.segment.payload, dissected.segment.captured_length);

    dissected.segment.payload = copy;
    dissected.segment.frame = ++play->frame;
    dissected.segment.time = play->frame * INT64_C(1000);
    if (decrypted)
        dissected.record_count = show_records(&dissected.segment, records);
    take(play, side, &dissected);
    if (twice) {
        dissected.record_count = 0; /* Wireshark withholds retransmissions from TLS */
        take(play, side, &dissected);
    }
    g_free(copy);
}

static struct play
play_all(struct input input, bool twice)
{
    struct play play = { .sessions = session_table_new() };
    uint8_t options = (uint8_t)input_number(&input, 1);

    play.options =
        (struct connection_options){ .infer = !(options & 1), .strict_rfc2246 = options & 2 };
    for (unsigned i = 0; i < SEGMENTS_MAX && input.left > 0; i++)
        take_segment(&play, &input, twice);
    return play;
}

static void
finish(struct play *play)
{
    connection_free(play->connection);
    session_table_free(play->sessions);
}

static void
check_same_closure(const struct play *once, const struct play *twice, enum side side)
{
    struct judgement expected = judge_closure(once->connection, side, &once->options);
    struct judgement found = judge_closure(twice->connection, side, &twice->options);

    g_assert_true(same(&found, &expected));
}

static void
check_same_end(const struct play *once, const struct play *twice)
{
    struct judgement expected = judge_verdict(once->connection, &once->options);
    struct judgement found = judge_verdict(twice->connection, &twice->options);

    g_assert_true(same(&found, &expected));
    check_same_closure(once, twice, SIDE_CLIENT);
    check_same_closure(once, twice, SIDE_SERVER);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct input input = { bytes, length };
    struct play once = play_all(input, false);
    struct play twice = play_all(input, true);

    if (once.connection)
        check_same_end(&once, &twice);
    finish(&once);
    finish(&twice);
    return 0;
}

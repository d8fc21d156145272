/* loss_talk.h
 * A conversation, and what is to be said of losses in it: the helpers of the tests of the loss table.
 * Must not know its rows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_LOSS_TALK_H
#define TLSCLOSE_LOSS_TALK_H

#include <glib.h>
#include <string.h>

#include "judge/closure.h"
#include "judge/loss.h"
#include "records.h"

static struct conversation talk;

static inline void
begin(enum visibility visibility)
{
    conversation_begin(&talk, visibility, ONE_BY_ONE, false);
}

static inline struct loss_judgement
loss_with(enum side side, const struct application_end *end)
{
    struct judgement closure = judge_closure(talk.connection, side, &talk.options);

    return judge_loss(talk.connection, side, closure, end, &talk.options);
}

static inline void
expect_with(enum side side, const struct application_end *end, enum loss loss, unsigned row)
{
    struct loss_judgement found = loss_with(side, end);

    g_assert_cmpuint(found.loss, ==, loss);
    g_assert_cmpuint(loss_row(found.rule), ==, row);
    g_assert_true(row == 0 ||
                  strstr(loss_reason(found.rule, side), side == SIDE_CLIENT ? "client" : "server"));
}

static inline void
expect(enum side side, enum loss loss, unsigned row)
{
    expect_with(side, NULL, loss, row);
}

static inline void
end(void)
{
    conversation_finish(&talk);
}

#endif

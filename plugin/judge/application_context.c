/* application_context.c
 * From the facts of a connection to what an application's reader needs of them. See
 * application_context.h. Must not know any application protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/application_context.h"

#include "judge/closure.h"
#include "judge/initiator.h"

static void
add_side(struct application_context *context, const struct connection *connection, enum side side,
         const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct mark *act = first_closing_act(connection, side, options);

    context->sent_data[side] = traffic_end(&direction->traffic) != 0;
    context->ended[side] = direction->end_kind != END_NONE || connection_has_ended(connection);
    context->vouched[side] = known_close_notify(connection, side, options, NULL);
    context->first_act_end[side] = act ? act->end : UINT64_MAX;
    context->first_act_received[side] = act ? act->acknowledged : UINT64_MAX;
    context->unknown[side] = judge_closure(connection, side, options).closure == CLOSURE_UNKNOWN;
}

struct application_context
application_context(const struct connection *connection, const struct connection_options *options)
{
    struct application_context context = {
        .hint = connection->application_hint,
        .has_initiator = connection->verdict.has_initiator,
        .initiator = connection->verdict.initiator,
    };

    add_side(&context, connection, SIDE_CLIENT, options);
    add_side(&context, connection, SIDE_SERVER, options);
    return context;
}

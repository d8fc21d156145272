/* application_context.c
 * From the facts of a connection to what an application's reader needs of them. See
 * application_context.h. Must not know any application protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/application_context.h"

#include "judge/closure.h"
#include "judge/initiator.h"

/* A lone record of the server that may be a ticket is no data. */
static bool
has_sent_data(const struct connection *connection, enum side side)
{
    const struct traffic *own = &direction_of(connection, side)->traffic;

    return traffic_end(own) != 0 && !traffic_may_be_ticket(own);
}

/* Whether SIDE, of which no end was captured, may have sent more than was captured. */
static bool
may_have_gone_on(const struct connection *connection, enum side side)
{
    return direction_of(connection, side)->end_kind == END_NONE &&
           (may_hide_fin(connection, side) || lacks_what_was_reset(connection, side));
}

static void
add_side(struct application_context *context, const struct connection *connection, enum side side,
         const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    const struct mark *act = first_closing_act(connection, side, options);
    enum closure closure = judge_closure(connection, side, options).closure;

    context->sent_data[side] = has_sent_data(connection, side);
    context->ended[side] = direction->end_kind != END_NONE || connection_has_ended(connection);
    context->vouched[side] = known_close_notify(connection, side, options, NULL);
    context->first_act_end[side] = act ? received_from(connection, side, act) : UINT64_MAX;
    context->first_act_received[side] = act ? act->acknowledged : UINT64_MAX;
    context->unknown[side] = closure == CLOSURE_UNKNOWN || may_have_gone_on(connection, side);
}

static enum application_hint
hint_of(const struct connection *connection, const struct connection_options *options)
{
    bool is_inferred = connection->application_hint == HINT_FTP_DATA_INFERRED;

    return is_inferred && !options->infer ? HINT_NONE : connection->application_hint;
}

struct application_context
application_context(const struct connection *connection, const struct connection_options *options)
{
    struct application_context context = {
        .hint = hint_of(connection, options),
        .has_initiator = connection->verdict.has_initiator,
        .initiator = connection->verdict.initiator,
    };

    add_side(&context, connection, SIDE_CLIENT, options);
    add_side(&context, connection, SIDE_SERVER, options);
    return context;
}

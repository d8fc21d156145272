/* conclusion.c
 * From the facts of a connection to the answers that are kept of it. See conclusion.h. Pure functions
 * over struct connection; must not know how the answers are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "judge/conclusion.h"

#include "judge/closure.h"
#include "judge/initiator.h"
#include "judge/loss.h"
#include "judge/resumption.h"
#include "wire/capture_time.h"

static bool
ended_unspoken(const struct connection *connection, enum side side,
               const struct connection_options *options)
{
    return !direction_of(connection, side)->end_stated &&
           !direction_is_waiting(connection, side, options);
}

static struct direction_conclusion
conclude_direction(const struct connection *connection, enum side side,
                   const struct application_end *application,
                   const struct connection_options *options)
{
    const struct direction *direction = direction_of(connection, side);
    enum evidence evidence;
    const struct mark *close_notify = known_close_notify(connection, side, options, &evidence);
    struct judgement closure = judge_closure(connection, side, options);

    return (struct direction_conclusion){
        .close_notify_frame = close_notify ? close_notify->frame : 0,
        .close_notify_captured = close_notify ? close_notify->captured : 0,
        .data_frame = direction->traffic.last_frame,
        .end_frame = direction->end.captured,
        .closure = closure,
        .loss = judge_loss(connection, side, closure, application, options),
        .close_notify_evidence = evidence,
        .close_notify_order = judge_order(connection, side, options),
        .fatal_alert = direction->fatal.captured != 0,
        .reset_is_abortive = reset_is_abortive(connection, side, options),
        .ended_inside_record = ended_inside_record(connection, side),
        .user_canceled_alone =
            direction->user_canceled && certainly_sent_no_close_notify(connection, side, options),
        .end_stated = direction->end_stated,
        .ended_unspoken = ended_unspoken(connection, side, options),
    };
}

/* The time of the end that the verdict rests on. */
static int64_t
end_time(const struct connection *connection)
{
    int64_t time = INT64_MIN;

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        const struct direction *direction = direction_of(connection, (enum side)side);
        if (direction->end_kind != END_NONE && direction->end.captured <= connection->verdict_frame)
            time = MAX(time, direction->end.time);
    }
    return time;
}

/* From the last data record of either side to ACT; -1 without data. */
static int64_t
idle_before(const struct connection *connection, const struct mark *act)
{
    int64_t client = traffic_last_time(&direction_of(connection, SIDE_CLIENT)->traffic, act->time);
    int64_t server = traffic_last_time(&direction_of(connection, SIDE_SERVER)->traffic, act->time);
    int64_t last = MAX(client, server);

    return last == INT64_MIN ? -1 : time_between(last, act->time);
}

static void
conclude_times(const struct connection *connection, const struct connection_options *options,
               struct conclusion *conclusion)
{
    const struct judgement *verdict = &connection->verdict;
    const struct mark *client = known_close_notify(connection, SIDE_CLIENT, options, NULL);
    const struct mark *server = known_close_notify(connection, SIDE_SERVER, options, NULL);
    const struct mark *first_act =
        verdict->has_initiator ? first_closing_act(connection, verdict->initiator, options) : NULL;

    if (client && server)
        conclusion->client_delay = time_between(server->time, client->time);
    if (first_act) {
        conclusion->first_act_frame = first_act->frame;
        conclusion->idle = idle_before(connection, first_act);
        conclusion->closing_time = time_between(first_act->time, end_time(connection));
    }
}

/* What of the application has a say in how the end is shown. */
static void
conclude_application(const struct connection *connection, const struct connection_options *options,
                     struct conclusion *conclusion)
{
    const struct direction_conclusion *server = &conclusion->direction[SIDE_SERVER];
    const struct application_end *application = conclusion->application;

    if (!application)
        return;
    conclusion->application_frames = application->frames;
    conclusion->http_framing = application->http_framing;
    conclusion->http_complete = application->http_complete;
    conclusion->http_close_without_close_notify =
        application->server_announced_close && server->closure.closure != CLOSURE_UNKNOWN &&
        certainly_sent_no_close_notify(connection, SIDE_SERVER, options);
    conclusion->response_truncated = conclusion->http_complete == HTTP_INCOMPLETE &&
                                     (connection->verdict_frame != 0 ||
                                      (server->closure.closure != CLOSURE_NONE &&
                                       !direction_is_waiting(connection, SIDE_SERVER, options)));
}

struct conclusion
conclude(const struct connection *connection, struct application_end *application,
         const struct connection_options *options)
{
    struct conclusion conclusion = {
        .direction[SIDE_CLIENT] = conclude_direction(connection, SIDE_CLIENT, application, options),
        .direction[SIDE_SERVER] = conclude_direction(connection, SIDE_SERVER, application, options),
        .session = connection->session,
        .offered = connection->offered,
        .application = application,
        .server_name = connection->server_name,
        .verdict = connection->verdict,
        .verdict_frame = connection->verdict_frame,
        .bytes = { direction_of(connection, SIDE_CLIENT)->traffic.bytes,
                   direction_of(connection, SIDE_SERVER)->traffic.bytes },
        .idle = -1,
        .first_frame = connection->first_frame,
        .version = connection->version,
        .made_session_unresumable = made_session_unresumable(connection),
        .issued_tickets = connection->issued_tickets,
        .hello_seen = connection->client_hello_seen || connection->server_hello_seen,
    };

    conclude_times(connection, options, &conclusion);
    conclude_application(connection, options, &conclusion);
    return conclusion;
}

enum side
conclusion_lost_side(const struct conclusion *conclusion)
{
    const struct loss_judgement loss[2] = { conclusion->direction[SIDE_CLIENT].loss,
                                            conclusion->direction[SIDE_SERVER].loss };

    return worse_loss(loss);
}

int64_t
conclusion_response_time(const struct conclusion *conclusion, enum side side)
{
    return side == SIDE_CLIENT ? conclusion->client_delay
                               : time_between(conclusion->client_delay, 0);
}

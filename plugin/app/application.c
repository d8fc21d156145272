/* application.c
 * Which protocol a connection's decrypted bytes are of, and who reads them. See application.h. Must not
 * know what the protocols say, nor TLS records, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/application.h"

#include <glib.h>
#include <string.h>

#include "app/ftp.h"
#include "app/http1.h"
#include "app/http2.h"
#include "app/smtp.h"
#include "app/websocket.h"

/* The protocols that are read, one a line. */
static const struct application_protocol *const protocols[] = {
    &http2_protocol,             /* RFC 9113 */
    &http1_protocol,             /* RFC 9112 */
    &websocket_protocol,         /* RFC 6455 */
    &smtp_protocol,              /* RFC 5321 */
    &ftp_protocol,               /* RFC 959 */
    &ftp_data_protocol,          /* RFC 4217 */
    &ftp_data_inferred_protocol, /* ... where no keys tell */
};

/* What one side sent and nobody has read yet. */
struct input {
    GByteArray *held;             /* owned; NULL: nothing is held back */
    struct application_data last; /* of the last piece: where it stood. Its bytes are not valid */
    bool is_lost;                 /* nothing more of it is read */
    bool is_dropped;              /* what was held back is read by nobody */
    bool is_refused;              /* its first bytes are of no row's protocol */
};

struct application {
    const struct application_protocol
        *protocol;                             /* NULL: not recognised (yet), or nobody reads on */
    void *reader;                              /* owned; of the protocol */
    const struct application_protocol *former; /* has handed over; NULL: none */
    void *former_reader;                       /* owned */
    struct input input[2];                     /* by enum side */
    enum application_hint hint;
    bool is_over; /* whatever comes is ignored */
};

static const struct application_protocol *
protocol_by_name(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(protocols); i++)
        if (strcmp(protocols[i]->name, name) == 0)
            return protocols[i];
    return NULL;
}

static const struct application_protocol *
protocol_by_hint(enum application_hint hint)
{
    for (unsigned i = 0; hint != HINT_NONE && i < G_N_ELEMENTS(protocols); i++)
        if (protocols[i]->hint == hint)
            return protocols[i];
    return NULL;
}

static void
start_reader(struct application *application, const struct application_protocol *protocol)
{
    application->protocol = protocol;
    application->reader = protocol ? protocol->reader_new() : NULL;
}

static void
drop_held(struct input *input)
{
    if (!input->held)
        return;
    g_byte_array_free(input->held, TRUE);
    input->held = NULL;
    input->is_dropped = true;
}

static void
ignore_the_rest(struct application *application)
{
    application->is_over = true;
    drop_held(&application->input[SIDE_CLIENT]);
    drop_held(&application->input[SIDE_SERVER]);
}

struct application *
application_new(enum application_hint hint)
{
    struct application *application = g_new0(struct application, 1);

    application->hint = hint;
    if (hint != HINT_FTP_DATA_INFERRED)
        start_reader(application, protocol_by_hint(hint));
    return application;
}

void
application_free(struct application *application)
{
    if (!application)
        return;
    ignore_the_rest(application);
    if (application->reader)
        application->protocol->reader_free(application->reader);
    if (application->former_reader)
        application->former->reader_free(application->former_reader);
    g_free(application);
}

static void
lose(struct application *application, enum side side)
{
    application->input[side].is_lost = true;
    if (!application->reader)
        return;
    drop_held(&application->input[side]);
    application->protocol->lose(application->reader, side);
}

static void
append(struct input *input, const struct application_data *data)
{
    if (!input->held)
        input->held = g_byte_array_new();
    g_byte_array_append(input->held, data->bytes, data->length);
    input->last = *data;
}

/* Of more than can be held back, the rest is lost. */
static void
bound_held(struct application *application, enum side side)
{
    struct input *input = &application->input[side];

    if (!input->held || input->held->len <= HELD_MAX)
        return;
    g_byte_array_set_size(input->held, HELD_MAX);
    lose(application, side);
}

/* The former reader keeps its answers. The new one hears which side is not read any more, unless what came
 * before the loss is still to be given. */
static void
hand_over(struct application *application, const char *successor)
{
    application->former = application->protocol;
    application->former_reader = application->reader;
    start_reader(application, protocol_by_name(successor));
    if (!application->reader)
        ignore_the_rest(application);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER && application->reader; side++)
        if (application->input[side].is_lost && !application->input[side].held)
            application->protocol->lose(application->reader, (enum side)side);
}

/* Returns whether the reader took any of it; what it left is held back. */
static bool
give(struct application *application, enum side side, const struct application_data *data,
     struct application_event *event)
{
    event->untaken = 0;
    event->successor = NULL;
    application->protocol->take(application->reader, side, data, event);
    struct application_data rest = *data;
    rest.length = MIN(event->untaken, data->length);
    rest.bytes += data->length - rest.length;
    if (event->successor && !application->former)
        hand_over(application, event->successor);
    if (rest.length > 0 && !application->is_over)
        append(&application->input[side], &rest);
    return rest.length < data->length;
}

static bool
give_held(struct application *application, enum side side, struct application_event *event)
{
    struct input *input = &application->input[side];
    struct application_data data = input->last;
    GByteArray *held = input->held;

    if (!held || application->is_over)
        return false;
    input->held = NULL;
    data.bytes = held->data;
    data.length = held->len;
    bool taken = give(application, side, &data, event);
    if (taken)
        event->only_control = false;
    g_byte_array_free(held, TRUE);
    return taken;
}

/* What was taken of one side may be what the reader waited for on the other. */
static void
give_what_is_held(struct application *application, struct application_event *event)
{
    bool taken = true;

    while (taken) {
        taken = give_held(application, SIDE_CLIENT, event);
        taken |= give_held(application, SIDE_SERVER, event);
    }
    bound_held(application, SIDE_CLIENT);
    bound_held(application, SIDE_SERVER);
}

/* Gives the reader what had come until the protocol was recognised, in the order of capture. */
static void
give_openings(struct application *application, struct application_event *event)
{
    const struct input *input = application->input;
    bool server_first =
        !input[SIDE_CLIENT].held ||
        (input[SIDE_SERVER].held && input[SIDE_SERVER].last.frame < input[SIDE_CLIENT].last.frame);
    enum side first = server_first ? SIDE_SERVER : SIDE_CLIENT;

    for (int i = 0; i < 2; i++) {
        enum side side = i == 0 ? first : other_side(first);
        bool is_lost = input[side].is_lost;
        give_held(application, side, event);
        if (is_lost && !application->is_over)
            lose(application, side);
    }
}

/* Whether no row can recognise the connection any more. */
static bool
is_beyond_recognition(const struct application *application)
{
    const struct input *client = &application->input[SIDE_CLIENT];
    const struct input *server = &application->input[SIDE_SERVER];

    return client->is_refused ||
           (client->is_lost && !client->held && (server->is_refused || server->is_lost));
}

/* The row that recognises the first bytes of SIDE; NULL: none, or none yet. Rows that are still in doubt
 * are waited for, so that it does not matter in which pieces the bytes come. */
static const struct application_protocol *
recognise(struct application *application, enum side side)
{
    struct input *input = &application->input[side];
    uint32_t length = MIN(input->held->len, HELD_MAX);
    enum recognition recognition = RECOGNITION_NO;
    unsigned i = 0;

    for (; i < G_N_ELEMENTS(protocols) && recognition == RECOGNITION_NO; i++)
        recognition = protocols[i]->recognise(side, input->held->data, length);
    input->is_refused = recognition == RECOGNITION_NO;
    return recognition == RECOGNITION_YES ? protocols[i - 1] : NULL;
}

static void
take_opening(struct application *application, enum side side, const struct application_data *data,
             struct application_event *event)
{
    append(&application->input[side], data);
    const struct application_protocol *protocol = recognise(application, side);
    if (!protocol && is_beyond_recognition(application))
        protocol = protocol_by_hint(application->hint);
    if (protocol) {
        start_reader(application, protocol);
        give_openings(application, event);
    } else {
        bound_held(application, side);
        if (is_beyond_recognition(application))
            ignore_the_rest(application);
    }
}

void
application_take(struct application *application, enum side side,
                 const struct application_data *data, struct application_event *event)
{
    memset(event, 0, sizeof *event);
    if (application->is_over || application->input[side].is_lost || data->length == 0)
        return;
    if (!application->reader)
        take_opening(application, side, data, event);
    else if (application->input[side].held)
        append(&application->input[side], data);
    else
        give(application, side, data, event);
    if (application->reader)
        give_what_is_held(application, event);
}

void
application_lose(struct application *application, enum side side)
{
    if (application->is_over || application->input[side].is_lost)
        return;
    lose(application, side);
    if (!application->reader && is_beyond_recognition(application) &&
        !protocol_by_hint(application->hint))
        ignore_the_rest(application);
}

void
application_stop(struct application *application)
{
    ignore_the_rest(application);
    if (application->reader && application->protocol->stop)
        application->protocol->stop(application->reader);
    if (application->former_reader && application->former->stop)
        application->former->stop(application->former_reader);
}

/* Of a side some of which nobody has read nobody knows whether it is whole. */
static void
forget_completeness(struct application_end *end, enum side side)
{
    if (end->complete[side] == COMPLETE)
        end->complete[side] = COMPLETENESS_UNKNOWN;
}

/* NULL: by now the reader knows that the connection is not of its protocol. */
static struct application_end *
finish(const struct application_protocol *protocol, void *reader,
       const struct application_context *context)
{
    struct application_end *end = g_new0(struct application_end, 1);

    end->protocol = protocol->name;
    protocol->finish(reader, context, end);
    if (end->protocol)
        return end;
    application_end_free(end);
    return NULL;
}

/* What the protocol that handed over has to add to END; NULL: it says nothing. */
static void
add_former(struct application_end *end, const struct application_end *former)
{
    if (!end || !former)
        return;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        if (former->complete[side] == INCOMPLETE)
            end->complete[side] = INCOMPLETE;
        end->experts[side] |= former->experts[side];
    }
    end->frames.close_announced = former->frames.close_announced;
    end->server_announced_close = former->server_announced_close;
}

static struct application_end *
finish_by_hint(const struct application *application, const struct application_context *context)
{
    const struct application_protocol *protocol = protocol_by_hint(application->hint);

    if (!protocol)
        return NULL;
    void *reader = protocol->reader_new();
    struct application_end *end = finish(protocol, reader, context);
    protocol->reader_free(reader);
    return end;
}

/* A protocol that has handed over says what it left undone; if nobody reads on, behind a tunnel's beginning, it
 * is all that is said. */
static struct application_end *
finish_former(const struct application *application, const struct application_context *context)
{
    struct application_end *former =
        finish(application->former, application->former_reader, context);

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER && !application->reader && former; side++)
        forget_completeness(former, (enum side)side);
    if (!application->reader)
        return former;
    struct application_end *end = finish(application->protocol, application->reader, context);
    add_former(end, former);
    application_end_free(former);
    return end;
}

static struct application_end *
finish_readers(const struct application *application, const struct application_context *context)
{
    struct application_end *end = application->former
                                      ? finish_former(application, context)
                                      : finish(application->protocol, application->reader, context);

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER && end; side++)
        if (application->input[side].held || application->input[side].is_dropped)
            forget_completeness(end, (enum side)side);
    return end;
}

struct application_end *
application_finish(const struct application *application, const struct application_context *context)
{
    if (application->former || application->reader)
        return finish_readers(application, context);
    return finish_by_hint(application, context);
}

/* plaintext.c
 * From decrypted records to the application's reader. See plaintext.h. Must not know any application
 * protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/plaintext.h"

#include "app/application.h"
#include "judge/application_context.h"

/* Data of a side that was not decrypted before anything of the connection was is missing at its start. */
static void
start_application(struct connection *connection)
{
    connection->application = application_new(connection->application_hint);
    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (connection->direction[side].traffic.first_end != 0)
            application_lose(connection->application, side);
}

/* TEXT as it was sent: up to a zero byte. */
static const char *
keep_text(struct reading *reading, const struct application_event *event)
{
    const struct byte_view text = { event->text, event->text_length };

    return text.length == 0
               ? NULL
               : server_names_get(session_table_server_names(reading->connection->sessions), text);
}

static void
note_goodbye(struct reading *reading, const struct application_event *event)
{
    if (event->has_goodbye)
        findings_of_record(reading)->goodbye.kind = GOODBYE_WORD;
    if (event->has_goaway)
        findings_of_record(reading)->goodbye = (struct goodbye){
            .kind = GOODBYE_GOAWAY,
            .last_stream = event->goaway_last_stream,
            .code = event->goaway_error,
            .text = keep_text(reading, event),
        };
    if (event->has_close_frame)
        findings_of_record(reading)->goodbye = (struct goodbye){
            .kind = GOODBYE_WEBSOCKET_CLOSE,
            .code = event->close_code,
            .text = keep_text(reading, event),
        };
}

void
plaintext_take(struct reading *reading, const struct stream_record *record,
               struct byte_view plaintext)
{
    struct connection *connection = reading->connection;
    struct application_event event;
    const struct application_data data = {
        .bytes = plaintext.bytes,
        .length = plaintext.length,
        .end = record->end,
        .acknowledged = record->first.acknowledgement,
        .frame = reading->about,
    };

    if (!connection->application)
        start_application(connection);
    application_take(connection->application, reading->side, &data, &event);
    if (event.close_announced)
        findings_of_record(reading)->close_announced = true;
    reading->only_control = event.only_control;
    if (event.data_port != 0)
        reading->findings->data_port = event.data_port;
    raise_experts_of_record(reading, event.experts);
    note_goodbye(reading, &event);
}

void
plaintext_lose(struct connection *connection, enum side side)
{
    if (connection->application)
        application_lose(connection->application, side);
}

static bool
is_read(const struct direction *direction)
{
    return direction->end_kind != END_NONE &&
           stream_is_read(&direction->stream, direction->end.end);
}

void
plaintext_settle(struct connection *connection)
{
    const struct direction *client = &connection->direction[SIDE_CLIENT];
    const struct direction *server = &connection->direction[SIDE_SERVER];

    if (!connection->application)
        return;
    if (client->stream.lost_from != 0)
        application_lose(connection->application, SIDE_CLIENT);
    if (server->stream.lost_from != 0)
        application_lose(connection->application, SIDE_SERVER);
    if (is_read(client) && is_read(server))
        application_stop(connection->application);
}

struct application_end *
plaintext_end(const struct connection *connection, const struct connection_options *options)
{
    if (!connection->application)
        return NULL;
    const struct application_context context = application_context(connection, options);
    return application_finish(connection->application, &context);
}

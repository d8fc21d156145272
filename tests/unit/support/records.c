/* records.c
 * Single records of any length for a conversation. See records.h. Must not know what is to be said of
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "records.h"

#include <glib.h>

void
hear(struct conversation *conversation, enum side side)
{
    conversation->acknowledgement[side] = conversation->sequence[other_side(side)];
}

void
send_data(struct conversation *conversation, enum side side, uint16_t length)
{
    uint32_t before = conversation->data_length;

    conversation->data_length = length;
    send_event(conversation, side, DATA);
    conversation->data_length = before;
}

static void
put_header(uint8_t *record, uint8_t type, uint16_t length)
{
    record[0] = type;
    record[1] = 3;
    record[2] = 3;
    record[3] = (uint8_t)(length >> 8);
    record[4] = (uint8_t)length;
}

void
send_raw(struct conversation *conversation, enum side side, uint8_t type, uint16_t length,
         uint32_t captured)
{
    uint8_t *bytes = g_malloc0(TLS_RECORD_HEADER_LENGTH + (gsize)length);
    const struct loose_segment loose = { .sender = side, .payload = bytes, .length = captured };

    put_header(bytes, type, length);
    conversation_capture(conversation, &loose);
    conversation->sequence[side] += captured;
    g_free(bytes);
}

void
send_shown(struct conversation *conversation, enum side side, uint8_t inner_type, const void *bytes,
           uint16_t length, uint16_t expansion)
{
    uint16_t fragment = (uint16_t)(length + expansion);
    uint8_t *plaintext = g_malloc0(length);
    uint8_t *payload = g_malloc0(TLS_RECORD_HEADER_LENGTH + (gsize)fragment);
    const struct dissected_record record = {
        .type = TLS_APPLICATION_DATA,
        .length = fragment,
        .sequence = conversation->sequence[side],
        .inner_type = inner_type,
        .plaintext = plaintext,
        .plaintext_length = length,
    };
    const struct loose_segment loose = { .sender = side,
                                         .payload = payload,
                                         .length = TLS_RECORD_HEADER_LENGTH + (uint32_t)fragment,
                                         .records = &record,
                                         .record_count = 1 };

    if (bytes)
        memcpy(plaintext, bytes, length);
    put_header(payload, TLS_APPLICATION_DATA, fragment);
    conversation_capture(conversation, &loose);
    conversation->sequence[side] += loose.length;
    g_free(payload);
    g_free(plaintext);
}

void
send_event(struct conversation *conversation, enum side side, enum kind kind)
{
    const struct event event = { .side = side, .kind = kind };

    conversation->event_count = 0;
    conversation_send(conversation, &event, 1);
}

void
exchange(struct conversation *conversation, uint16_t request, uint16_t response)
{
    hear(conversation, SIDE_CLIENT);
    send_data(conversation, SIDE_CLIENT, request);
    hear(conversation, SIDE_SERVER);
    send_data(conversation, SIDE_SERVER, response);
    hear(conversation, SIDE_CLIENT);
}

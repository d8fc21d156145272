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

void
send_raw(struct conversation *conversation, enum side side, uint8_t type, uint16_t length,
         uint32_t captured)
{
    uint8_t *bytes = g_malloc0(TLS_RECORD_HEADER_LENGTH + (gsize)length);
    const struct loose_segment loose = { .sender = side, .payload = bytes, .length = captured };

    bytes[0] = type;
    bytes[1] = 3;
    bytes[2] = 3;
    bytes[3] = (uint8_t)(length >> 8);
    bytes[4] = (uint8_t)length;
    conversation_capture(conversation, &loose);
    conversation->sequence[side] += captured;
    g_free(bytes);
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

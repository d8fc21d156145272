/* sent.c
 * Segments of one record of zeros each. See sent.h. Must not know what is to be said of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "sent.h"

#include "message_builder.h"

void
put_record(GByteArray *bytes, uint8_t type, uint16_t length)
{
    put_number(bytes, type, 1);
    put_number(bytes, 0x0303, 2);
    put_number(bytes, length, 2);
    put_repeated(bytes, 0, length);
}

void
capture(struct conversation *conversation, struct sent sent)
{
    GByteArray *payload = g_byte_array_new();
    struct dissected_record shown = {
        .type = sent.type,
        .length = sent.length,
        .sequence = conversation->sequence[sent.sender] + sent.ahead,
        .inner_type = sent.inner_type,
        .plaintext = sent.plaintext,
        .plaintext_length = sent.plaintext_length,
    };

    if (sent.type != 0)
        put_record(payload, sent.type, sent.length);
    conversation_capture(conversation, &(struct loose_segment){
                                           .sender = sent.sender,
                                           .ahead = sent.ahead,
                                           .received = sent.received,
                                           .fin = sent.fin,
                                           .rst = sent.rst,
                                           .without_acknowledgement = sent.without_acknowledgement,
                                           .payload = payload->data,
                                           .length = payload->len,
                                           .records = &shown,
                                           .record_count = sent.inner_type != 0,
                                       });
    g_byte_array_free(payload, TRUE);
}

bool
raises(const struct conversation *conversation, enum expert expert)
{
    return conversation->findings.experts & EXPERT_BIT(expert);
}

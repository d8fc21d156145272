/* handshake_talk.c
 * A handshake with messages of the test's choice. See handshake_talk.h. Must not know what is to be said
 * of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "handshake_talk.h"

#include <string.h>

void
handshake_begin(struct handshake *handshake, enum connection_start start)
{
    memset(handshake, 0, sizeof *handshake);
    conversation_begin_bare(&handshake->conversation, start);
}

void
handshake_finish(struct handshake *handshake)
{
    conversation_finish(&handshake->conversation);
}

void
handshake_send_record(struct handshake *handshake, enum side sender, uint8_t type,
                      const GByteArray *fragment, const struct dissected_record *shown)
{
    GByteArray *payload = g_byte_array_new();

    put_number(payload, type, 1);
    put_number(payload, TLS_1_2, 2);
    put_number(payload, fragment->len, 2);
    g_byte_array_append(payload, fragment->data, fragment->len);
    conversation_capture(&handshake->conversation,
                         &(struct loose_segment){
                             .sender = sender,
                             .ahead = handshake->sent[sender],
                             .received = handshake->sent[other_side(sender)],
                             .payload = payload->data,
                             .length = payload->len,
                             .records = shown,
                             .record_count = shown != NULL,
                         });
    handshake->sent[sender] += payload->len;
    g_byte_array_unref(payload);
}

GByteArray *
handshake_message(uint8_t type, GByteArray *body)
{
    GByteArray *message = g_byte_array_new();

    put_number(message, type, 1);
    put_number(message, body->len, 3);
    g_byte_array_append(message, body->data, body->len);
    g_byte_array_unref(body);
    return message;
}

void
handshake_send(struct handshake *handshake, enum side sender, uint8_t type, GByteArray *body)
{
    GByteArray *message = handshake_message(type, body);

    handshake_send_record(handshake, sender, TLS_HANDSHAKE, message, NULL);
    g_byte_array_unref(message);
}

void
handshake_send_decrypted(struct handshake *handshake, enum side sender, uint8_t type,
                         GByteArray *body)
{
    GByteArray *message = handshake_message(type, body);
    GByteArray *fragment = g_byte_array_new();

    put_repeated(fragment, 0, message->len + 17);
    const struct dissected_record shown = {
        .type = TLS_APPLICATION_DATA,
        .length = (uint16_t)fragment->len,
        .sequence = handshake->conversation.sequence[sender] + handshake->sent[sender],
        .inner_type = TLS_HANDSHAKE,
        .plaintext = message->data,
        .plaintext_length = message->len,
    };
    handshake_send_record(handshake, sender, TLS_APPLICATION_DATA, fragment, &shown);
    g_byte_array_unref(fragment);
    g_byte_array_unref(message);
}

GByteArray *
client_hello(const char *session_id)
{
    return client_hello_head(TLS_1_2, session_id);
}

GByteArray *
client_hello_with_ticket(const char *ticket)
{
    GByteArray *hello = client_hello_head(TLS_1_2, "");
    guint extensions = begin_vector(hello, 2);

    put_text_extension(hello, SESSION_TICKET, ticket);
    end_vector(hello, extensions, 2);
    return hello;
}

GByteArray *
client_hello_of_tls13(const char *session_id, unsigned second_version)
{
    GByteArray *hello = client_hello_head(TLS_1_2, session_id);
    guint extensions = begin_vector(hello, 2);

    put_offered_versions(hello, TLS_1_3, second_version);
    end_vector(hello, extensions, 2);
    return hello;
}

GByteArray *
server_hello(const char *session_id)
{
    return server_hello_head(TLS_1_2, session_id, 0xC02F);
}

GByteArray *
server_hello_of_tls13(void)
{
    return tls13_server_hello("", 0x1301, TLS_1_3, false);
}

void
handshake_send_finished(struct handshake *handshake, enum side sender)
{
    GByteArray *fragment = g_byte_array_new();

    put_number(fragment, 1, 1);
    handshake_send_record(handshake, sender, TLS_CHANGE_CIPHER_SPEC, fragment, NULL);
    put_repeated(fragment, 0, 39);
    handshake_send_record(handshake, sender, TLS_HANDSHAKE, fragment, NULL);
    g_byte_array_unref(fragment);
}

bool
handshake_says(const struct handshake *handshake, enum session_event event)
{
    const struct frame_findings *findings = &handshake->conversation.findings;

    for (unsigned i = 0; i < findings->session_count; i++)
        if (findings->session[i].event == event)
            return true;
    return false;
}

/* test_handshake_reader.c
 * Handshake messages whole, cut at every place and put together from pieces.
 * Expected values come from the messages; must not know how handshake_reader.c keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "message_builder.h"
#include "wire/handshake_reader.h"
#include "wire/tls.h"

/* What handshake_read() handed out, as text: each message's type, and its body in brackets. */
static void
write_down(void *user, uint8_t type, struct byte_view message)
{
    g_string_append_printf(user, "%u", type);
    if (!message.bytes)
        g_assert_cmpuint(message.length, ==, 0);
    else
        g_string_append_printf(user, "[%.*s]", (int)message.length, (const char *)message.bytes);
    g_string_append_c(user, ' ');
}

static void
put_message(GByteArray *flight, uint8_t type, const char *body)
{
    put_number(flight, type, 1);
    put_text_vector(flight, body, 3);
}

/* Messages that are kept and others, with and without bodies. */
static GByteArray *
flight(void)
{
    GByteArray *messages = g_byte_array_new();

    put_message(messages, TLS_SERVER_HELLO, "hello");
    put_message(messages, TLS_CERTIFICATE, "certificate");
    put_message(messages, TLS_SERVER_HELLO_DONE, "");
    put_message(messages, TLS_NEW_SESSION_TICKET, "ticket");
    put_message(messages, TLS_FINISHED, "finished");
    return messages;
}

static const char flight_as_text[] = "2[hello] 11 14 4[ticket] 20 ";

static void
read_fragment(struct handshake_reader *reader, const GByteArray *messages, guint from, guint to,
              GString *text)
{
    uint8_t *fragment = g_malloc(to - from);

    memcpy(fragment, messages->data + from, to - from);
    handshake_read(reader, fragment, to - from, write_down, text);
    g_free(fragment);
}

static void
test_messages_in_one_fragment(void)
{
    GByteArray *messages = flight();
    GString *text = g_string_new(NULL);
    struct handshake_reader reader = { .left = 0 };

    read_fragment(&reader, messages, 0, messages->len, text);
    g_assert_cmpstr(text->str, ==, flight_as_text);
    handshake_reader_clear(&reader);
    g_string_free(text, TRUE);
    g_byte_array_unref(messages);
}

static void
test_messages_cut_in_two(void)
{
    GByteArray *messages = flight();

    for (guint cut = 1; cut < messages->len; cut++) {
        GString *text = g_string_new(NULL);
        struct handshake_reader reader = { .left = 0 };

        read_fragment(&reader, messages, 0, cut, text);
        read_fragment(&reader, messages, cut, messages->len, text);
        g_assert_cmpstr(text->str, ==, flight_as_text);
        handshake_reader_clear(&reader);
        g_string_free(text, TRUE);
    }
    g_byte_array_unref(messages);
}

static void
test_messages_byte_by_byte(void)
{
    GByteArray *messages = flight();
    GString *text = g_string_new(NULL);
    struct handshake_reader reader = { .left = 0 };

    for (guint i = 0; i < messages->len; i++)
        read_fragment(&reader, messages, i, i + 1, text);
    g_assert_cmpstr(text->str, ==, flight_as_text);
    handshake_reader_clear(&reader);
    g_string_free(text, TRUE);
    g_byte_array_unref(messages);
}

/* Finished is reported by its header; a hello only when it is whole. */
static void
test_message_begins(void)
{
    static const uint8_t finished[] = { TLS_FINISHED, 0, 0, 12 },
                         hello[] = { TLS_SERVER_HELLO, 0, 0, 1 };
    GString *text = g_string_new(NULL);
    struct handshake_reader reader = { .left = 0 };

    handshake_read(&reader, finished, 3, write_down, text);
    g_assert_cmpstr(text->str, ==, "");
    handshake_read(&reader, finished + 3, 1, write_down, text);
    g_assert_cmpstr(text->str, ==, "20 ");
    handshake_reader_clear(&reader);
    handshake_read(&reader, hello, 4, write_down, text);
    g_assert_cmpstr(text->str, ==, "20 ");
    handshake_reader_clear(&reader);
    g_string_free(text, TRUE);
}

/* Between two messages it stands where a new one does. */
static void
test_idle(void)
{
    GByteArray *messages = flight();
    GString *text = g_string_new(NULL);
    struct handshake_reader reader = { .left = 0 };
    const guint first_length = 4 + (guint)strlen("hello");

    g_assert_true(handshake_reader_is_idle(&reader));
    for (guint i = 0; i < first_length; i++) {
        read_fragment(&reader, messages, i, i + 1, text);
        g_assert_cmpint(handshake_reader_is_idle(&reader), ==, i == first_length - 1);
    }
    g_string_free(text, TRUE);
    g_byte_array_unref(messages);
}

/* After a missing fragment the next one is read from its beginning. */
static void
test_messages_after_clear(void)
{
    GByteArray *messages = flight();
    GString *text = g_string_new(NULL);
    struct handshake_reader reader = { .left = 0 };

    read_fragment(&reader, messages, 0, 7, text);
    handshake_reader_clear(&reader);
    read_fragment(&reader, messages, 0, messages->len, text);
    g_assert_cmpstr(text->str, ==, flight_as_text);
    handshake_reader_clear(&reader);
    g_string_free(text, TRUE);
    g_byte_array_unref(messages);
}

static void
count_bytes(void *user, uint8_t type, struct byte_view message)
{
    if (type == TLS_CLIENT_HELLO)
        *(uint32_t *)user += message.length + 1;
}

/* A hello of LENGTH bytes in fragments of 1 kB, then one of 10; what count_bytes() made of both. */
static uint32_t
read_long_message(uint32_t length)
{
    GByteArray *messages = g_byte_array_new();
    struct handshake_reader reader = { .left = 0 };
    uint32_t count = 0;

    put_number(messages, TLS_CLIENT_HELLO, 1);
    put_number(messages, length, 3);
    put_repeated(messages, 'x', length);
    put_message(messages, TLS_CLIENT_HELLO, "ten bytes.");
    for (guint i = 0; i < messages->len; i += 1024)
        handshake_read(&reader, messages->data + i, MIN(1024, messages->len - i), count_bytes,
                       &count);
    handshake_reader_clear(&reader);
    g_byte_array_unref(messages);
    return count;
}

static void
test_longest_message(void)
{
    g_assert_cmpuint(read_long_message(HANDSHAKE_MESSAGE_MAX), ==, HANDSHAKE_MESSAGE_MAX + 1 + 11);
    g_assert_cmpuint(read_long_message(HANDSHAKE_MESSAGE_MAX + 1), ==, 11);
    g_assert_cmpuint(read_long_message(0x00FFFFFF), ==, 11);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/one_fragment", test_messages_in_one_fragment);
    g_test_add_func("/reader/cut_in_two", test_messages_cut_in_two);
    g_test_add_func("/reader/byte_by_byte", test_messages_byte_by_byte);
    g_test_add_func("/reader/message_begins", test_message_begins);
    g_test_add_func("/reader/idle", test_idle);
    g_test_add_func("/reader/after_clear", test_messages_after_clear);
    g_test_add_func("/reader/longest_message", test_longest_message);
    return g_test_run();
}

/* fuzz_handshake.c
 * Handshake messages of any bytes, whole and cut into records anywhere: the same messages come out,
 * and what is found in them lies in them. Must not know connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "input.h"
#include "wire/cipher_suite.h"
#include "wire/handshake_reader.h"
#include "wire/hello.h"

static void
check_inside(struct byte_view part, struct byte_view whole)
{
    if (part.length == 0)
        return;
    g_assert_true(part.bytes >= whole.bytes);
    g_assert_true(part.bytes + part.length <= whole.bytes + whole.length);
}

static void
check_client_hello(struct byte_view message)
{
    struct client_hello hello;

    if (!client_hello_parse(message, &hello))
        return;
    check_inside(hello.session_id, message);
    check_inside(hello.server_name, message);
    check_inside(hello.ticket, message);
    check_inside(hello.psk_identity, message);
}

/* RFC 8446 appendix B.4; RFC 9150 section 4: the suites that only authenticate have a whole MAC. */
static unsigned
longest_tag(uint16_t cipher_suite)
{
    switch (cipher_suite) {
    case 0xC0B4: /* TLS_SHA256_SHA256 */
        return 32;
    case 0xC0B5: /* TLS_SHA384_SHA384 */
        return 48;
    default:
        return 16;
    }
}

static void
check_server_hello(struct byte_view message)
{
    struct server_hello hello;

    if (!server_hello_parse(message, &hello))
        return;
    check_inside(hello.session_id, message);
    g_assert_cmpuint(hello.version, >=, SSL_3_0);
    g_assert_cmpuint(hello.version, <=, TLS_1_3);
    g_assert_cmpuint(cipher_suite_tag_length(hello.cipher_suite), <=,
                     longest_tag(hello.cipher_suite));
    g_assert_cmpuint(cipher_suite_hash_length(hello.cipher_suite), <=, 48);
    g_assert_cmpuint(cipher_suite_aead_expansion(hello.cipher_suite), <=, 24);
}

static void
check_ticket(struct byte_view message)
{
    static const uint16_t versions[] = { TLS_VERSION_UNKNOWN, TLS_1_2, TLS_1_3 };
    struct byte_view ticket;

    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
        if (new_session_ticket_parse(message, versions[i], &ticket))
            check_inside(ticket, message);
}

static void
write_down(void *user, uint8_t type, struct byte_view message)
{
    GByteArray *messages = user;

    g_byte_array_append(messages, &type, 1);
    g_byte_array_append(messages, (const uint8_t *)&message.length, sizeof message.length);
    if (message.length > 0)
        g_byte_array_append(messages, message.bytes, message.length);
    check_client_hello(message);
    check_server_hello(message);
    check_ticket(message);
}

/* SIZES: the lengths of the records, over and over. */
static GByteArray *
read_in_records(const uint8_t *bytes, uint32_t length, const uint8_t *sizes, unsigned count)
{
    GByteArray *messages = g_byte_array_new();
    struct handshake_reader reader = { 0 };

    for (uint32_t start = 0, i = 0; start < length; i++) {
        uint32_t size = MIN(length - start, count == 0 ? length : 1u + sizes[i % count]);
        uint8_t *record = g_memdup2(bytes + start, size);
        handshake_read(&reader, record, size, write_down, messages);
        g_free(record);
        g_assert_true(!reader.body || reader.body->len <= HANDSHAKE_MESSAGE_MAX);
        start += size;
    }
    handshake_reader_clear(&reader);
    return messages;
}

static void
check_bare_messages(struct input input)
{
    uint8_t *copy = g_memdup2(input.bytes, input.left);
    struct byte_view message = { copy, (uint32_t)input.left };

    check_client_hello(message);
    check_server_hello(message);
    check_ticket(message);
    g_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t count;
    uint8_t wanted = (uint8_t)input_number(&input, 1);
    const uint8_t *sizes = input_run(&input, wanted, &count);

    check_bare_messages(input);
    GByteArray *whole = read_in_records(input.bytes, (uint32_t)input.left, NULL, 0);
    GByteArray *cut = read_in_records(input.bytes, (uint32_t)input.left, sizes, count);
    g_assert_cmpmem(cut->data, cut->len, whole->data, whole->len);
    g_byte_array_free(whole, TRUE);
    g_byte_array_free(cut, TRUE);
    return 0;
}

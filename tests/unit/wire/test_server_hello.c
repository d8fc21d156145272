/* test_server_hello.c
 * ServerHellos and session tickets of every version, whole and cut at every place.
 * Expected values come from RFC 5246, 5077 and 8446; must not know how hello.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "hello_builder.h"
#include "hello_views.h"
#include "wire/hello.h"

static void
test_server_hello(void)
{
    GByteArray *message = server_hello_head(TLS_1_1, "a session", 0xC013);
    struct server_hello hello;

    g_assert_true(server_hello_parse(view_of(message), &hello));
    g_assert_cmphex(hello.version, ==, TLS_1_1);
    g_assert_cmphex(hello.cipher_suite, ==, 0xC013);
    assert_view(hello.session_id, "a session");
    g_assert_false(hello.hello_retry_request);
    g_assert_false(hello.selects_psk);
    g_byte_array_unref(message);
}

static void
test_server_hello_tls13(void)
{
    static const unsigned versions[] = { TLS_1_3, 0x7F16, 0x7F1C, 0xFB17, 0xFB1A };

    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        GByteArray *message = tls13_server_hello("echoed", 0x1302, versions[i], true);
        struct server_hello hello;

        g_assert_true(server_hello_parse(view_of(message), &hello));
        g_assert_cmphex(hello.version, ==, TLS_1_3);
        g_assert_cmphex(hello.cipher_suite, ==, 0x1302);
        assert_view(hello.session_id, "echoed");
        g_assert_true(hello.selects_psk);
        g_byte_array_unref(message);
    }
}

/* Up to draft 21: version, random, cipher suite, extensions. */
static void
test_server_hello_of_early_drafts(void)
{
    static const unsigned versions[] = { 0x7F12, 0x7F15 };

    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        GByteArray *message = g_byte_array_new();
        guint extensions;
        struct server_hello hello;

        put_number(message, versions[i], 2);
        put_repeated(message, 0x22, 32);
        put_number(message, 0x1301, 2);
        extensions = begin_vector(message, 2);
        put_text_extension(message, SUPPORTED_GROUPS, "whatever");
        end_vector(message, extensions, 2);
        g_assert_true(server_hello_parse(view_of(message), &hello));
        g_assert_cmphex(hello.version, ==, TLS_1_3);
        g_assert_cmphex(hello.cipher_suite, ==, 0x1301);
        g_assert_cmpuint(hello.session_id.length, ==, 0);
        g_byte_array_unref(message);
    }
}

/* Draft 22 brought the session ID back. */
static void
test_server_hello_of_draft_22(void)
{
    GByteArray *message = server_hello_head(0x7F16, "echoed", 0x1301);
    struct server_hello hello;

    g_assert_true(server_hello_parse(view_of(message), &hello));
    g_assert_cmphex(hello.version, ==, TLS_1_3);
    g_assert_cmphex(hello.cipher_suite, ==, 0x1301);
    assert_view(hello.session_id, "echoed");
    g_byte_array_unref(message);
}

/* RFC 8446 section 4.1.3: its random is the SHA-256 of "HelloRetryRequest". */
static void
test_hello_retry_request(void)
{
    GByteArray *message = tls13_server_hello("echoed", 0x1302, TLS_1_3, true);
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize digest_length = 32;
    struct server_hello hello;

    g_checksum_update(checksum, (const guchar *)"HelloRetryRequest", -1);
    g_checksum_get_digest(checksum, message->data + 2, &digest_length);
    g_checksum_free(checksum);
    g_assert_true(server_hello_parse(view_of(message), &hello));
    g_assert_true(hello.hello_retry_request);
    message->data[2 + 31] ^= 1;
    g_assert_true(server_hello_parse(view_of(message), &hello));
    g_assert_false(hello.hello_retry_request);
    g_byte_array_unref(message);
}

static void
test_server_hello_prefixes(void)
{
    GByteArray *head = server_hello_head(TLS_1_2, "echoed", 0x1302);
    GByteArray *message = tls13_server_hello("echoed", 0x1302, TLS_1_3, true);
    struct server_hello hello;

    for (guint length = 0; length < message->len; length++) {
        struct byte_view prefix = exact_copy(message, length);

        g_assert_cmpint(server_hello_parse(prefix, &hello), ==, length == head->len);
        g_free((void *)prefix.bytes);
    }
    g_byte_array_unref(head);
    g_byte_array_unref(message);
}

static void
test_server_hello_of_unknown_version(void)
{
    static const unsigned versions[] = { 0x0000, 0x0002, 0x02FF, 0x0305, 0xFEFD, 0xFFFF };

    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        GByteArray *message = server_hello_head(versions[i], "", 0xC02F);
        struct server_hello hello;

        g_assert_false(server_hello_parse(view_of(message), &hello));
        g_byte_array_unref(message);
    }
}

/* A ServerHello of SSL 3.0, which knows no extensions. */
static void
test_server_hello_ssl3(void)
{
    GByteArray *message = server_hello_head(SSL_3_0, "", 0x0005);
    struct server_hello hello;

    g_assert_true(server_hello_parse(view_of(message), &hello));
    g_assert_cmphex(hello.version, ==, SSL_3_0);
    g_byte_array_unref(message);
}

static void
check_ticket(GByteArray *(*build)(const char *ticket), uint16_t version)
{
    GByteArray *message = build("t"), *empty = build("");
    struct byte_view ticket;

    g_assert_true(new_session_ticket_parse(view_of(message), version, &ticket));
    assert_view(ticket, "t");
    g_assert_false(new_session_ticket_parse(view_of(empty), version, &ticket));
    for (guint length = 0; length < message->len; length++) {
        struct byte_view prefix = exact_copy(message, length);

        g_assert_false(new_session_ticket_parse(prefix, version, &ticket));
        g_free((void *)prefix.bytes);
    }
    put_number(message, 0, 1);
    g_assert_false(new_session_ticket_parse(view_of(message), version, &ticket));
    g_byte_array_unref(message);
    g_byte_array_unref(empty);
}

static void
test_new_session_ticket(void)
{
    check_ticket(tls12_ticket, TLS_1_0);
    check_ticket(tls12_ticket, TLS_1_2);
    check_ticket(tls13_ticket, TLS_1_3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server_hello/tls11", test_server_hello);
    g_test_add_func("/server_hello/ssl3", test_server_hello_ssl3);
    g_test_add_func("/server_hello/tls13", test_server_hello_tls13);
    g_test_add_func("/server_hello/early_drafts", test_server_hello_of_early_drafts);
    g_test_add_func("/server_hello/draft_22", test_server_hello_of_draft_22);
    g_test_add_func("/server_hello/hello_retry_request", test_hello_retry_request);
    g_test_add_func("/server_hello/prefixes", test_server_hello_prefixes);
    g_test_add_func("/server_hello/unknown_version", test_server_hello_of_unknown_version);
    g_test_add_func("/new_session_ticket", test_new_session_ticket);
    return g_test_run();
}

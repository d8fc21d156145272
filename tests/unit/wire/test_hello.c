/* test_hello.c
 * ClientHellos, and what both hellos share, built byte by byte, whole, cut at every place and damaged.
 * Expected values come from RFC 5246, 5077, 6066 and 8446; must not know how hello.c reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "hello_builder.h"
#include "hello_views.h"
#include "wire/hello.h"

/* RFC 6066 section 3. */
static void
put_server_name(GByteArray *hello, uint8_t type, const char *name)
{
    guint extension = begin_extension(hello, SERVER_NAME);
    guint list = begin_vector(hello, 2);

    put_number(hello, type, 1);
    put_text_vector(hello, name, 2);
    end_vector(hello, list, 2);
    end_vector(hello, extension, 2);
}

static GByteArray *
full_client_hello(void)
{
    GByteArray *hello = client_hello_head(TLS_1_2, "a session");
    guint extensions = begin_vector(hello, 2);

    put_server_name(hello, 0, "example.org");
    put_text_extension(hello, SUPPORTED_GROUPS, "whatever");
    put_text_extension(hello, SESSION_TICKET, "a ticket");
    put_offered_versions(hello, 0x7A7A, TLS_1_3); /* 0x7a7a: GREASE, RFC 8701 */
    put_psk_identities(hello, "first identity", "second identity");
    end_vector(hello, extensions, 2);
    return hello;
}

static void
test_client_hello(void)
{
    GByteArray *message = full_client_hello();
    struct client_hello hello;

    g_assert_true(client_hello_parse(view_of(message), &hello));
    g_assert_cmphex(hello.legacy_version, ==, TLS_1_2);
    g_assert_true(hello.offers_tls13);
    assert_view(hello.session_id, "a session");
    assert_view(hello.server_name, "example.org");
    assert_view(hello.ticket, "a ticket");
    assert_view(hello.psk_identity, "first identity");
    g_byte_array_unref(message);
}

static void
test_client_hello_without_extensions(void)
{
    GByteArray *message = client_hello_head(SSL_3_0, "");
    struct client_hello hello;

    g_assert_true(client_hello_parse(view_of(message), &hello));
    g_assert_cmphex(hello.legacy_version, ==, SSL_3_0);
    g_assert_false(hello.offers_tls13);
    g_assert_cmpuint(hello.session_id.length, ==, 0);
    g_assert_cmpuint(hello.server_name.length, ==, 0);
    g_assert_cmpuint(hello.ticket.length, ==, 0);
    g_assert_cmpuint(hello.psk_identity.length, ==, 0);
    g_byte_array_unref(message);
}

/* Only the prefix that ends behind the compression methods is a hello of its own: RFC 5246
 * section 7.4.1.2. */
static void
test_client_hello_prefixes(void)
{
    GByteArray *head = client_hello_head(TLS_1_2, "a session"), *message = full_client_hello();
    struct client_hello hello;

    for (guint length = 0; length < message->len; length++) {
        struct byte_view prefix = exact_copy(message, length);

        g_assert_cmpint(client_hello_parse(prefix, &hello), ==, length == head->len);
        g_free((void *)prefix.bytes);
    }
    g_byte_array_unref(head);
    g_byte_array_unref(message);
}

/* Every byte changed to every extreme: whatever comes out, nothing is read beyond the end. */
static void
test_client_hello_damaged(void)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x7F, 0x80, 0xFF };
    GByteArray *message = full_client_hello();
    struct client_hello hello;

    for (guint i = 0; i < message->len; i++) {
        for (guint k = 0; k < G_N_ELEMENTS(values); k++) {
            struct byte_view damaged = exact_copy(message, message->len);
            const uint8_t *end = damaged.bytes + damaged.length;

            ((uint8_t *)damaged.bytes)[i] = values[k];
            if (client_hello_parse(damaged, &hello)) {
                g_assert_true(hello.server_name.length == 0 ||
                              hello.server_name.bytes + hello.server_name.length <= end);
                g_assert_true(hello.psk_identity.length == 0 ||
                              hello.psk_identity.bytes + hello.psk_identity.length <= end);
            }
            g_free((void *)damaged.bytes);
        }
    }
    g_byte_array_unref(message);
}

static void
test_client_hello_trailing_byte(void)
{
    GByteArray *message = full_client_hello();
    struct client_hello hello;

    put_number(message, 0, 1);
    g_assert_false(client_hello_parse(view_of(message), &hello));
    g_byte_array_unref(message);
}

/* RFC 5246 section 7.4.1.2: opaque SessionID<0..32>. */
static void
test_session_id_length(void)
{
    GByteArray *longest = client_hello_head(TLS_1_2, "12345678901234567890123456789012");
    GByteArray *too_long = client_hello_head(TLS_1_2, "123456789012345678901234567890123");
    GByteArray *server_too_long =
        server_hello_head(TLS_1_2, "123456789012345678901234567890123", 0xC02F);
    struct client_hello hello;
    struct server_hello server_hello;

    g_assert_true(client_hello_parse(view_of(longest), &hello));
    g_assert_cmpuint(hello.session_id.length, ==, 32);
    g_assert_false(client_hello_parse(view_of(too_long), &hello));
    g_assert_false(server_hello_parse(view_of(server_too_long), &server_hello));
    g_byte_array_unref(longest);
    g_byte_array_unref(too_long);
    g_byte_array_unref(server_too_long);
}

static void
test_offered_versions(void)
{
    static const struct {
        unsigned first, second;
        bool offers_tls13;
    } cases[] = {
        { TLS_1_3, TLS_1_2, true },  { TLS_1_2, TLS_1_3, true }, { TLS_1_2, 0x7F12, true },
        { 0xFB1A, TLS_1_2, true }, /* drafts, and Facebook's */
        { TLS_1_2, TLS_1_1, false }, { 0x7A7A, TLS_1_2, false }, { 0xFAFA, TLS_1_2, false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GByteArray *message = client_hello_head(TLS_1_2, "");
        guint extensions = begin_vector(message, 2);
        struct client_hello hello;

        put_offered_versions(message, cases[i].first, cases[i].second);
        end_vector(message, extensions, 2);
        g_assert_true(client_hello_parse(view_of(message), &hello));
        g_assert_cmpint(hello.offers_tls13, ==, cases[i].offers_tls13);
        g_byte_array_unref(message);
    }
}

/* RFC 7301 section 3.1: a list of names, separated by commas here. */
static void
put_protocols(GByteArray *hello, const char *names)
{
    guint extension = begin_extension(hello, ALPN);
    guint list = begin_vector(hello, 2);
    char **split = g_strsplit(names, ",", 0);

    for (guint i = 0; split[i]; i++)
        put_text_vector(hello, split[i], 1);
    g_strfreev(split);
    end_vector(hello, list, 2);
    end_vector(hello, extension, 2);
}

/* RFC 9113 section 3.2: "h2", and no other name that begins or ends like it. */
static void
test_protocols(void)
{
    static const struct {
        const char *names;
        bool has_h2;
    } cases[] = {
        { "h2", true },          { "http/1.1,h2", true }, { "h2,http/1.1", true },
        { "spdy/3,h2,x", true }, { "http/1.1", false },   { "h2c", false },
        { "h3", false },         { "2,h", false },        { "H2", false },
        { "x2", false },         { "h2-14,hh2", false },  { "", false },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GByteArray *client = client_hello_head(TLS_1_2, "");
        GByteArray *server = server_hello_head(TLS_1_2, "", 0xC02F);
        guint client_extensions = begin_vector(client, 2);
        guint server_extensions = begin_vector(server, 2);
        struct client_hello client_hello;
        struct server_hello server_hello;

        put_protocols(client, cases[i].names);
        end_vector(client, client_extensions, 2);
        put_protocols(server, cases[i].names);
        end_vector(server, server_extensions, 2);
        g_assert_true(client_hello_parse(view_of(client), &client_hello));
        g_assert_cmpint(client_hello.offers_h2, ==, cases[i].has_h2);
        g_assert_true(server_hello_parse(view_of(server), &server_hello));
        g_assert_cmpint(server_hello.selects_h2, ==, cases[i].has_h2);
        g_byte_array_unref(client);
        g_byte_array_unref(server);
    }
}

/* RFC 6066 section 3: only an entry of type host_name is the server's name. */
static void
test_server_name_of_other_type(void)
{
    GByteArray *message = client_hello_head(TLS_1_2, "");
    guint extensions = begin_vector(message, 2);
    struct client_hello hello;

    put_server_name(message, 7, "not a host");
    end_vector(message, extensions, 2);
    g_assert_true(client_hello_parse(view_of(message), &hello));
    g_assert_cmpuint(hello.server_name.length, ==, 0);
    g_byte_array_unref(message);
}

/* Lengths inside an extension that point beyond it: the extension counts as absent, the hello does
 * not. */
static void
test_senseless_extensions(void)
{
    static const unsigned types[] = { SERVER_NAME, ALPN, PRE_SHARED_KEY, SUPPORTED_VERSIONS };

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        GByteArray *message = client_hello_head(TLS_1_2, "");
        guint extensions = begin_vector(message, 2);
        struct client_hello hello;

        put_text_extension(message, types[i], "\xFF\xFF\xFF\xFF");
        end_vector(message, extensions, 2);
        g_assert_true(client_hello_parse(view_of(message), &hello));
        g_assert_cmphex(hello.legacy_version, ==, TLS_1_2);
        g_assert_cmpuint(hello.server_name.length, ==, 0);
        g_assert_cmpuint(hello.psk_identity.length, ==, 0);
        g_assert_false(hello.offers_tls13);
        g_assert_false(hello.offers_h2);
        g_byte_array_unref(message);
    }
}

/* An extension block of the right length that ends inside an extension. */
static void
test_cut_extensions(void)
{
    static const char *const blocks[] = { "\x01", "\x01\x01\x01", "\x01\x01\x01\x01",
                                          "\x01\x01\x02\x01 no" };

    for (guint i = 0; i < G_N_ELEMENTS(blocks); i++) {
        GByteArray *client_message = client_hello_head(TLS_1_2, "");
        GByteArray *server_message = server_hello_head(TLS_1_2, "", 0xC02F);
        struct client_hello client_hello;
        struct server_hello server_hello;

        put_text_vector(client_message, blocks[i], 2);
        put_text_vector(server_message, blocks[i], 2);
        g_assert_false(client_hello_parse(view_of(client_message), &client_hello));
        g_assert_false(server_hello_parse(view_of(server_message), &server_hello));
        g_byte_array_unref(client_message);
        g_byte_array_unref(server_message);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client_hello/full", test_client_hello);
    g_test_add_func("/client_hello/without_extensions", test_client_hello_without_extensions);
    g_test_add_func("/client_hello/prefixes", test_client_hello_prefixes);
    g_test_add_func("/client_hello/damaged", test_client_hello_damaged);
    g_test_add_func("/client_hello/trailing_byte", test_client_hello_trailing_byte);
    g_test_add_func("/client_hello/offered_versions", test_offered_versions);
    g_test_add_func("/hello/protocols", test_protocols);
    g_test_add_func("/client_hello/server_name_of_other_type", test_server_name_of_other_type);
    g_test_add_func("/client_hello/senseless_extensions", test_senseless_extensions);
    g_test_add_func("/hello/session_id_length", test_session_id_length);
    g_test_add_func("/hello/cut_extensions", test_cut_extensions);
    return g_test_run();
}

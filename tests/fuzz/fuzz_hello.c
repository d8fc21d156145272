/* fuzz_hello.c
 * Well-formed ClientHellos with any names, protocols, versions, ticket and identity: what was put in is read,
 * the name is shown as it should be, and a hello that is cut anywhere is refused or read inside its bounds.
 * Must not know connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "facts/server_names.h"
#include "input.h"
#include "wire/hello.h"
#include "wire/wire_text.h"

#define ENTRIES_MAX 8

/* RFC 8446 section 4.2. */
enum { SERVER_NAME = 0, ALPN = 16, TICKET = 35, PSK = 41, VERSIONS = 43, UNASSIGNED = 0x7777 };

/* What a ClientHello was made of. */
struct made {
    GByteArray *message;
    struct byte_view session_id;
    struct byte_view server_name;
    struct byte_view ticket;
    struct byte_view identity;
    bool offers_tls13;
    bool offers_h2;
};

static struct byte_view
take_run(struct input *input, unsigned size_of_length, uint32_t most)
{
    uint32_t length = input_number(input, size_of_length);
    struct byte_view run;

    run.bytes = input_run(input, MIN(length, most), &run.length);
    return run;
}

static void
append_number(GByteArray *bytes, uint32_t number, unsigned size)
{
    while (size-- > 0) {
        uint8_t byte = (uint8_t)(number >> 8 * size);
        g_byte_array_append(bytes, &byte, 1);
    }
}

/* RFC 8446 section 3.4: a length, and so many bytes. */
static void
append_vector(GByteArray *bytes, unsigned size_of_length, struct byte_view content)
{
    append_number(bytes, content.length, size_of_length);
    if (content.length > 0)
        g_byte_array_append(bytes, content.bytes, content.length);
}

static struct byte_view
view_of(const GByteArray *bytes)
{
    return (struct byte_view){ bytes->data, bytes->len };
}

/* BYTES, which are freed, in a vector of their own: a list is one. */
static GByteArray *
listed(GByteArray *bytes, unsigned size_of_length)
{
    GByteArray *list = g_byte_array_new();

    append_vector(list, size_of_length, view_of(bytes));
    g_byte_array_free(bytes, TRUE);
    return list;
}

static void
append_extension(GByteArray *extensions, uint16_t type, GByteArray *data)
{
    append_number(extensions, type, 2);
    append_vector(extensions, 2, view_of(data));
    g_byte_array_free(data, TRUE);
}

/* RFC 6066 section 3: names of type 0 are names of hosts. */
static GByteArray *
make_server_names(struct input *input, struct made *made)
{
    GByteArray *names = g_byte_array_new();
    bool has_name = false;

    for (unsigned count = input_number(input, 1) % ENTRIES_MAX; count > 0; count--) {
        uint8_t type = (uint8_t)input_number(input, 1);
        struct byte_view name = take_run(input, 2, 4096);
        append_number(names, type, 1);
        append_vector(names, 2, name);
        if (type == 0 && !has_name)
            made->server_name = name;
        has_name |= type == 0;
    }
    return listed(names, 2);
}

/* RFC 7301 section 3.1, RFC 9113 section 3.2. */
static GByteArray *
make_protocols(struct input *input, struct made *made)
{
    GByteArray *protocols = g_byte_array_new();

    for (unsigned count = input_number(input, 1) % ENTRIES_MAX; count > 0; count--) {
        struct byte_view name = take_run(input, 1, UINT8_MAX);
        append_vector(protocols, 1, name);
        made->offers_h2 |= name.length == 2 && name.bytes[0] == 'h' && name.bytes[1] == '2';
    }
    return listed(protocols, 2);
}

/* RFC 8446 section 4.2.1. Drafts of TLS 1.3 had numbers of their own. */
static GByteArray *
make_versions(struct input *input, struct made *made)
{
    GByteArray *versions = g_byte_array_new();

    for (unsigned count = input_number(input, 1) % ENTRIES_MAX; count > 0; count--) {
        uint32_t version = input_number(input, 2);
        append_number(versions, version, 2);
        made->offers_tls13 |= version == 0x0304 || version >> 8 == 0x7F || version >> 8 == 0xFB;
    }
    return listed(versions, 1);
}

/* RFC 8446 section 4.2.11: an identity with the age of its ticket, and the binders. */
static GByteArray *
make_identities(struct input *input, struct made *made)
{
    GByteArray *identities = g_byte_array_new();

    made->identity = take_run(input, 2, 4096);
    append_vector(identities, 2, made->identity);
    append_number(identities, 0, 4);
    identities = listed(identities, 2);
    append_vector(identities, 2, take_run(input, 1, UINT8_MAX));
    return identities;
}

static GByteArray *
make_bytes(struct byte_view content)
{
    GByteArray *bytes = g_byte_array_new();

    if (content.length > 0)
        g_byte_array_append(bytes, content.bytes, content.length);
    return bytes;
}

static GByteArray *
make_extensions(struct input *input, struct made *made)
{
    GByteArray *extensions = g_byte_array_new();

    append_extension(extensions, SERVER_NAME, make_server_names(input, made));
    append_extension(extensions, ALPN, make_protocols(input, made));
    append_extension(extensions, UNASSIGNED, make_bytes(take_run(input, 1, UINT8_MAX)));
    append_extension(extensions, VERSIONS, make_versions(input, made));
    made->ticket = take_run(input, 2, 4096);
    append_extension(extensions, TICKET, make_bytes(made->ticket));
    append_extension(extensions, PSK, make_identities(input, made));
    return extensions;
}

/* RFC 8446 section 4.1.2. */
static struct made
make_client_hello(struct input *input)
{
    static const uint8_t random[32];
    static const uint8_t suite[] = { 0x13, 0x01 };
    static const uint8_t compression[1];
    struct made made = { .message = g_byte_array_new() };

    append_number(made.message, 0x0303, 2);
    g_byte_array_append(made.message, random, sizeof random);
    made.session_id = take_run(input, 1, TLS_SESSION_ID_LENGTH_MAX);
    append_vector(made.message, 1, made.session_id);
    append_vector(made.message, 2, (struct byte_view){ suite, sizeof suite });
    append_vector(made.message, 1, (struct byte_view){ compression, sizeof compression });
    GByteArray *extensions = make_extensions(input, &made);
    append_vector(made.message, 2, view_of(extensions));
    g_byte_array_free(extensions, TRUE);
    return made;
}

static void
check_equal(struct byte_view found, struct byte_view expected)
{
    g_assert_cmpmem(found.bytes, found.length, expected.bytes, expected.length);
}

static void
check_whole(const struct made *made)
{
    struct client_hello hello;

    g_assert_true(client_hello_parse(view_of(made->message), &hello));
    check_equal(hello.session_id, made->session_id);
    check_equal(hello.server_name, made->server_name);
    check_equal(hello.ticket, made->ticket);
    check_equal(hello.psk_identity, made->identity);
    g_assert_true(hello.offers_tls13 == made->offers_tls13);
    g_assert_true(hello.offers_h2 == made->offers_h2);
}

/* As messages and columns show it: valid, bounded, the same each time. */
static void
check_name(struct byte_view server_name)
{
    struct server_names *names = server_names_new();
    const char *shown = server_names_get(names, server_name);

    g_assert_true(!shown || g_utf8_validate(shown, -1, NULL));
    g_assert_true(!shown || strlen(shown) <= WIRE_TEXT_MAX);
    g_assert_true(server_names_get(names, server_name) == shown);
    server_names_free(names);
}

/* A copy of its own, so that reading beyond it is seen. Only the hello without extensions is a hello, too. */
static void
check_cut(const struct made *made, uint32_t length)
{
    uint8_t *copy = g_memdup2(made->message->data, length);
    struct client_hello hello;
    uint32_t without_extensions = 2 + 32 + 1 + made->session_id.length + 2 + 2 + 1 + 1;

    g_assert_true(client_hello_parse((struct byte_view){ copy, length }, &hello) ==
                  (length == made->message->len || length == without_extensions));
    g_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    uint32_t cut = input_number(&input, 2);
    struct made made = make_client_hello(&input);

    check_whole(&made);
    check_name(made.server_name);
    check_cut(&made, cut % (made.message->len + 1));
    g_byte_array_free(made.message, TRUE);
    return 0;
}

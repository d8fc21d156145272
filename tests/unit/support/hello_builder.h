/* hello_builder.h
 * Hellos and session tickets, by their parts. For tests only; knows RFC 5246, 5077 and 8446, must not
 * know what is to be made of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HELLO_BUILDER_H
#define TLSCLOSE_HELLO_BUILDER_H

#include <stdbool.h>

#include "message_builder.h"
#include "wire/tls.h"

enum {
    SERVER_NAME = 0,
    SUPPORTED_GROUPS = 10,
    ALPN = 16,
    SESSION_TICKET = 35,
    PRE_SHARED_KEY = 41,
    SUPPORTED_VERSIONS = 43,
};

static inline guint
begin_extension(GByteArray *hello, unsigned type)
{
    put_number(hello, type, 2);
    return begin_vector(hello, 2);
}

static inline void
put_offered_versions(GByteArray *hello, unsigned first, unsigned second)
{
    guint extension = begin_extension(hello, SUPPORTED_VERSIONS);
    guint versions = begin_vector(hello, 1);

    put_number(hello, first, 2);
    put_number(hello, second, 2);
    end_vector(hello, versions, 1);
    end_vector(hello, extension, 2);
}

static inline void
put_text_extension(GByteArray *hello, unsigned type, const char *data)
{
    put_number(hello, type, 2);
    put_text_vector(hello, data, 2);
}

static inline void
put_selected_version(GByteArray *hello, unsigned version)
{
    guint extension = begin_extension(hello, SUPPORTED_VERSIONS);

    put_number(hello, version, 2);
    end_vector(hello, extension, 2);
}

/* RFC 8446 section 4.2.11: two identities and their binders. */
static inline void
put_psk_identities(GByteArray *hello, const char *first, const char *second)
{
    guint extension = begin_extension(hello, PRE_SHARED_KEY);
    guint identities = begin_vector(hello, 2);
    guint binders;

    put_text_vector(hello, first, 2);
    put_number(hello, 1000, 4);
    put_text_vector(hello, second, 2);
    put_number(hello, 2000, 4);
    end_vector(hello, identities, 2);
    binders = begin_vector(hello, 2);
    put_text_vector(hello, "binder one, of thirty-two bytes.", 1);
    put_text_vector(hello, "binder two, of thirty-two bytes.", 1);
    end_vector(hello, binders, 2);
    end_vector(hello, extension, 2);
}

/* A ClientHello up to its compression methods. */
static inline GByteArray *
client_hello_head(unsigned version, const char *session_id)
{
    GByteArray *hello = g_byte_array_new();
    guint cipher_suites;

    put_number(hello, version, 2);
    put_repeated(hello, 0x11, 32);
    put_text_vector(hello, session_id, 1);
    cipher_suites = begin_vector(hello, 2);
    put_number(hello, 0x1301, 2);
    put_number(hello, 0xC02F, 2);
    end_vector(hello, cipher_suites, 2);
    put_text_vector(hello, "", 1);
    put_number(hello, 0, 1);
    hello->data[hello->len - 2] = 1; /* one compression method: null */
    return hello;
}

/* A ServerHello up to its compression method. */
static inline GByteArray *
server_hello_head(unsigned version, const char *session_id, unsigned cipher_suite)
{
    GByteArray *hello = g_byte_array_new();

    put_number(hello, version, 2);
    put_repeated(hello, 0x22, 32);
    put_text_vector(hello, session_id, 1);
    put_number(hello, cipher_suite, 2);
    put_number(hello, 0, 1);
    return hello;
}

/* A ServerHello that selects TLS 1.3 or a draft of it; RFC 8446 section 4.2.11: and the first PSK. */
static inline GByteArray *
tls13_server_hello(const char *session_id, unsigned cipher_suite, unsigned version,
                   bool selects_psk)
{
    GByteArray *hello = server_hello_head(TLS_1_2, session_id, cipher_suite);
    guint extensions = begin_vector(hello, 2);

    if (selects_psk) {
        guint extension = begin_extension(hello, PRE_SHARED_KEY);
        put_number(hello, 0, 2);
        end_vector(hello, extension, 2);
    }
    put_selected_version(hello, version);
    end_vector(hello, extensions, 2);
    return hello;
}

/* RFC 5077 section 3.3. */
static inline GByteArray *
tls12_ticket(const char *ticket)
{
    GByteArray *message = g_byte_array_new();

    put_number(message, 7200, 4);
    put_text_vector(message, ticket, 2);
    return message;
}

/* RFC 8446 section 4.6.1. */
static inline GByteArray *
tls13_ticket(const char *ticket)
{
    GByteArray *message = g_byte_array_new();

    put_number(message, 7200, 4);
    put_number(message, 0xDEADBEEF, 4);
    put_text_vector(message, "nonce", 1);
    put_text_vector(message, ticket, 2);
    put_text_vector(message, "extensions", 2);
    return message;
}

#endif

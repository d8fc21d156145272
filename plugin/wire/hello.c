/* hello.c
 * The hellos and session tickets read from their bytes: see hello.h. Knows the layouts of RFC 5246
 * and RFC 8446; must not know connections, records or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "wire/hello.h"

#include <string.h>

#define RANDOM_LENGTH 32

/* RFC 8446 section 4.2, RFC 6066 section 3, RFC 5077 section 3.2, RFC 7301 section 3.1. */
enum extension_type {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_SUPPORTED_VERSIONS = 43,
};

/* RFC 6066 section 3: NameType. */
#define SERVER_NAME_HOST_NAME 0

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t hello_retry_request_random[RANDOM_LENGTH] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
};

static bool
skip_bytes(struct byte_view *rest, uint32_t count)
{
    struct byte_view skipped;

    return byte_view_take(rest, count, &skipped);
}

/* Takes a number of COUNT bytes, at most 4. */
static bool
take_number(struct byte_view *rest, uint32_t count, uint32_t *number)
{
    struct byte_view digits;

    if (!byte_view_take(rest, count, &digits))
        return false;
    *number = 0;
    for (uint32_t i = 0; i < count; i++)
        *number = *number << 8 | digits.bytes[i];
    return true;
}

static bool
take_uint16(struct byte_view *rest, uint16_t *number)
{
    uint32_t value;

    if (!take_number(rest, 2, &value))
        return false;
    *number = (uint16_t)value;
    return true;
}

/* Takes a vector with a length prefix of LENGTH_SIZE bytes (RFC 8446 section 3.4). */
static bool
take_vector(struct byte_view *rest, uint32_t length_size, struct byte_view *vector)
{
    uint32_t length;

    return take_number(rest, length_size, &length) && byte_view_take(rest, length, vector);
}

static bool
take_session_id(struct byte_view *rest, struct byte_view *session_id)
{
    return take_vector(rest, 1, session_id) && session_id->length <= TLS_SESSION_ID_LENGTH_MAX;
}

static bool
take_extension(struct byte_view *rest, uint16_t *type, struct byte_view *data)
{
    return take_uint16(rest, type) && take_vector(rest, 2, data);
}

/* Takes the extensions that end a hello. A hello may have none: SSL 3.0, and RFC 5246
 * section 7.4.1.2. */
static bool
take_extensions(struct byte_view *rest, struct byte_view *extensions)
{
    memset(extensions, 0, sizeof *extensions);
    return rest->length == 0 || (take_vector(rest, 2, extensions) && rest->length == 0);
}

/* The drafts of TLS 1.3 have numbers of their own, 0x7f00 plus the draft's; Facebook's begin with
 * 0xfb. */
static bool
is_tls13_draft(uint16_t version)
{
    return version >> 8 == 0x7F || version >> 8 == 0xFB;
}

static bool
is_tls13(uint16_t version)
{
    return version == TLS_1_3 || is_tls13_draft(version);
}

/* Up to draft 21 a ServerHello had its real version in front, and neither session ID nor
 * compression method. */
static bool
is_short_server_hello(uint16_t version)
{
    return is_tls13_draft(version) && (version & 0xFF) <= 21;
}

static void
read_server_name(struct byte_view data, struct byte_view *server_name)
{
    struct byte_view list, name;
    uint32_t type;

    if (!take_vector(&data, 2, &list))
        return;
    while (take_number(&list, 1, &type) && take_vector(&list, 2, &name)) {
        if (type == SERVER_NAME_HOST_NAME) {
            *server_name = name;
            return;
        }
    }
}

/* RFC 8446 section 4.2.1, as the client sends it. */
static bool
offers_tls13(struct byte_view data)
{
    struct byte_view versions;
    uint16_t version;

    if (!take_vector(&data, 1, &versions))
        return false;
    while (take_uint16(&versions, &version)) {
        if (is_tls13(version))
            return true;
    }
    return false;
}

/* Whether a list of protocol names has HTTP/2's in it: RFC 7301 section 3.1, RFC 9113 section 3.2. */
static bool
names_h2(struct byte_view data)
{
    struct byte_view list, name;

    if (!take_vector(&data, 2, &list))
        return false;
    while (take_vector(&list, 1, &name)) {
        if (name.length == 2 && memcmp(name.bytes, "h2", 2) == 0)
            return true;
    }
    return false;
}

/* RFC 8446 section 4.2.11, as the client sends it. */
static void
read_first_psk_identity(struct byte_view data, struct byte_view *psk_identity)
{
    struct byte_view identities, identity;

    if (take_vector(&data, 2, &identities) && take_vector(&identities, 2, &identity))
        *psk_identity = identity;
}

static void
read_client_extension(uint16_t type, struct byte_view data, struct client_hello *hello)
{
    switch (type) {
    case EXTENSION_SERVER_NAME:
        read_server_name(data, &hello->server_name);
        break;
    case EXTENSION_ALPN:
        hello->offers_h2 = names_h2(data);
        break;
    case EXTENSION_SESSION_TICKET:
        hello->ticket = data;
        break;
    case EXTENSION_PRE_SHARED_KEY:
        read_first_psk_identity(data, &hello->psk_identity);
        break;
    case EXTENSION_SUPPORTED_VERSIONS:
        hello->offers_tls13 = offers_tls13(data);
        break;
    default:
        break;
    }
}

bool
client_hello_parse(struct byte_view message, struct client_hello *hello)
{
    struct byte_view cipher_suites, compression_methods, extensions, data;
    uint16_t type;

    memset(hello, 0, sizeof *hello);
    if (!take_uint16(&message, &hello->legacy_version) || !skip_bytes(&message, RANDOM_LENGTH) ||
        !take_session_id(&message, &hello->session_id) ||
        !take_vector(&message, 2, &cipher_suites) ||
        !take_vector(&message, 1, &compression_methods) || !take_extensions(&message, &extensions))
        return false;
    while (extensions.length > 0) {
        if (!take_extension(&extensions, &type, &data))
            return false;
        read_client_extension(type, data, hello);
    }
    return true;
}

static void
read_server_extension(uint16_t type, struct byte_view data, struct server_hello *hello)
{
    if (type == EXTENSION_PRE_SHARED_KEY)
        hello->selects_psk = true;
    else if (type == EXTENSION_ALPN)
        hello->selects_h2 = names_h2(data);
    else if (type == EXTENSION_SUPPORTED_VERSIONS)
        take_uint16(&data, &hello->version);
}

static bool
read_server_extensions(struct byte_view extensions, struct server_hello *hello)
{
    struct byte_view data;
    uint16_t type;

    while (extensions.length > 0) {
        if (!take_extension(&extensions, &type, &data))
            return false;
        read_server_extension(type, data, hello);
    }
    return true;
}

/* Drafts count as TLS 1.3. False if it is no version this analysis knows. */
static bool
settle_version(uint16_t *version)
{
    if (is_tls13_draft(*version))
        *version = TLS_1_3;
    return *version >= SSL_3_0 && *version <= TLS_1_3;
}

bool
server_hello_parse(struct byte_view message, struct server_hello *hello)
{
    struct byte_view random, extensions;
    bool is_short;

    memset(hello, 0, sizeof *hello);
    if (!take_uint16(&message, &hello->version) ||
        !byte_view_take(&message, RANDOM_LENGTH, &random))
        return false;
    is_short = is_short_server_hello(hello->version);
    if (!is_short && !take_session_id(&message, &hello->session_id))
        return false;
    if (!take_uint16(&message, &hello->cipher_suite))
        return false;
    if (!is_short && !skip_bytes(&message, 1)) /* compression method */
        return false;
    if (!take_extensions(&message, &extensions) || !read_server_extensions(extensions, hello))
        return false;
    hello->hello_retry_request =
        memcmp(random.bytes, hello_retry_request_random, RANDOM_LENGTH) == 0;
    return settle_version(&hello->version);
}

bool
new_session_ticket_parse(struct byte_view message, uint16_t version, struct byte_view *ticket)
{
    struct byte_view nonce, extensions;

    if (!skip_bytes(&message, 4)) /* lifetime */
        return false;
    if (version == TLS_1_3) {
        if (!skip_bytes(&message, 4) || !take_vector(&message, 1, &nonce) || /* age_add */
            !take_vector(&message, 2, ticket) || !take_vector(&message, 2, &extensions))
            return false;
    } else if (!take_vector(&message, 2, ticket)) {
        return false;
    }
    return message.length == 0 && ticket->length > 0;
}

/* test_server_names.c
 * Names of servers: each kept once, as the string that its bytes make.
 * Must not know how server_names.c keeps them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>
#include <string.h>

#include "facts/server_names.h"
#include "wire/wire_text.h"

static const char *
get(struct server_names *names, const char *bytes, size_t length)
{
    return server_names_get(names, (struct byte_view){ (const uint8_t *)bytes, (uint32_t)length });
}

static void
test_once(void)
{
    struct server_names *names = server_names_new();
    const char *first = get(names, "example.org", 11), *other = get(names, "example.com", 11);

    g_assert_cmpstr(first, ==, "example.org");
    g_assert_cmpstr(other, ==, "example.com");
    g_assert_true(get(names, "example.org, and more", 11) == first);
    g_assert_true(get(names, "example.com", 11) == other);
    server_names_free(names);
}

/* The beginning of a name is a name of its own, and so is the same in other letters. */
static void
test_look_alikes(void)
{
    struct server_names *names = server_names_new();

    g_assert_cmpstr(get(names, "example.org", 11), ==, "example.org");
    g_assert_cmpstr(get(names, "example.org", 7), ==, "example");
    g_assert_cmpstr(get(names, "Example.org", 11), ==, "Example.org");
    g_assert_true(get(names, "\xff\xfe", 2) != get(names, "\xff", 1));
    server_names_free(names);
}

/* Bytes from the wire: a string ends at the first zero byte. */
static void
test_zero_byte(void)
{
    struct server_names *names = server_names_new();
    const char *name = get(names, "example\0.org", 12);

    g_assert_cmpstr(name, ==, "example");
    g_assert_true(get(names, "example\0.com", 12) == name);
    g_assert_true(get(names, "example", 7) == name);
    g_assert_cmpstr(get(names, "\0", 1), ==, "");
    server_names_free(names);
}

/* RFC 6066 section 3: up to 2^16 - 1 bytes, of which the first are kept. */
static void
test_long_name(void)
{
    enum { LENGTH = 65535 };
    struct server_names *names = server_names_new();
    char *bytes = g_malloc(LENGTH);

    memset(bytes, 'a', LENGTH);
    g_assert_cmpuint(strlen(get(names, bytes, LENGTH)), ==, WIRE_TEXT_MAX);
    g_assert_true(get(names, bytes, LENGTH) == get(names, bytes, LENGTH));
    g_assert_true(get(names, bytes, WIRE_TEXT_MAX) != get(names, bytes, WIRE_TEXT_MAX - 1));
    g_free(bytes);
    server_names_free(names);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server_names/once", test_once);
    g_test_add_func("/server_names/look_alikes", test_look_alikes);
    g_test_add_func("/server_names/zero_byte", test_zero_byte);
    g_test_add_func("/server_names/long_name", test_long_name);
    return g_test_run();
}

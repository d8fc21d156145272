/* fuzz_names.c
 * Names of servers, and other texts of a peer, of any bytes: what is shown is valid UTF-8, never long,
 * and the same name is kept once. Must not know messages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "facts/server_names.h"
#include "input.h"
#include "wire/wire_text.h"

static void
check_text(const char *text, struct byte_view bytes)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpuint(strlen(text), <=, WIRE_TEXT_MAX);
    /* Valid and short: unchanged, up to the first zero byte. */
    size_t shown = bytes.length == 0 ? 0 : strnlen((const char *)bytes.bytes, bytes.length);
    if (shown <= WIRE_TEXT_MAX && shown > 0 &&
        g_utf8_validate((const char *)bytes.bytes, (gssize)shown, NULL)) {
        g_assert_cmpuint(strlen(text), ==, shown);
        g_assert_true(memcmp(text, bytes.bytes, shown) == 0);
    }
}

static void
check_name(struct server_names *names, struct byte_view bytes)
{
    char *text = wire_text(bytes.bytes, bytes.length);
    const char *name = server_names_get(names, bytes);

    check_text(text, bytes);
    g_assert_cmpstr(name ? name : "", ==, text);
    g_assert_true(server_names_get(names, bytes) == name);
    g_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = { bytes, length };
    struct server_names *names = server_names_new();

    while (input.left > 0) {
        struct byte_view name;
        name.bytes = input_run(&input, input_number(&input, 2), &name.length);
        uint8_t *copy = g_memdup2(name.bytes, name.length);
        name.bytes = copy;
        check_name(names, name);
        g_free(copy);
    }
    server_names_free(names);
    return 0;
}

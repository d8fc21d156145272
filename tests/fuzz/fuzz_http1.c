/* fuzz_http1.c
 * HTTP/1.x of any bytes behind a request, as it comes and cut into pieces: the same is said of it, and of
 * what it hands over to. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE, { "GET / HTTP/1.1\r\n\r\n", NULL } };
    struct input input = { bytes, length };

    tell_both_ways(&opening, input);
    return 0;
}

/* fuzz_http2.c
 * HTTP/2 of any bytes behind the preface, as it comes and cut into pieces: the same is said of it.
 * Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE,
                                            { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL } };
    struct input input = { bytes, length };

    tell_both_ways(&opening, input);
    return 0;
}

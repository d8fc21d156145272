/* fuzz_http.c
 * HTTP/1.x of any bytes from both sides, as it comes and cut into pieces: the same is said of it.
 * Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http1.h"
#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    tell_both_ways(&http1_protocol, bytes, length);
    return 0;
}

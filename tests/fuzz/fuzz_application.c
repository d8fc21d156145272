/* fuzz_application.c
 * Any bytes from both sides, as they come and cut into pieces: the same protocol is recognised, and the same
 * is said of it. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE, { NULL, NULL } };
    struct input input = { bytes, length };

    tell_both_ways(&opening, input);
    return 0;
}

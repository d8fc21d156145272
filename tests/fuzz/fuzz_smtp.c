/* fuzz_smtp.c
 * SMTP commands, replies and mail of any bytes behind the first command, as they come and cut into pieces:
 * the same is said of them. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE, { "EHLO a\r\n", NULL } };
    struct input input = { bytes, length };

    tell_both_ways(&opening, input);
    return 0;
}

/* fuzz_smtp.c
 * SMTP commands, replies and mail of any bytes, as they come and cut into pieces: the same is said of
 * them. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/smtp.h"
#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    tell_both_ways(&smtp_protocol, bytes, length);
    return 0;
}

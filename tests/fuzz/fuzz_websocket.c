/* fuzz_websocket.c
 * WebSocket frames of any bytes from both sides, as they come and cut into pieces: the same is said of
 * them. Must not know HTTP or TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/websocket.h"
#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    tell_both_ways(&websocket_protocol, bytes, length);
    return 0;
}

/* fuzz_websocket.c
 * WebSocket frames of any bytes behind the handshake, as they come and cut into pieces: the same is said
 * of them. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE,
                                            { "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
                                              "HTTP/1.1 101 a\r\nUpgrade: websocket\r\n\r\n" } };
    struct input input = { bytes, length };

    tell_both_ways(&opening, input);
    return 0;
}

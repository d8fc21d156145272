/* fuzz_http2_frames.c
 * HTTP/2 in frames that are as long as they say, of any type, flags, stream and content, so that header blocks
 * and streams are reached: the same is said of it in pieces. Must not know TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "telling.h"

#define CIRCUMSTANCES_LENGTH 3 /* what tell_both_ways() reads before the turns */

/* Low ones, and the highest that there are (RFC 9113 section 5.1.1). */
static uint32_t
stream_number(uint8_t byte)
{
    return byte < 0x80 ? byte : 0x7FFFFF00U | byte;
}

static void
append_number(GByteArray *bytes, uint32_t number, unsigned size)
{
    while (size-- > 0) {
        uint8_t byte = (uint8_t)(number >> 8 * size);
        g_byte_array_append(bytes, &byte, 1);
    }
}

/* A turn of one frame (RFC 9113 section 4.1). */
static void
append_frame(GByteArray *turns, struct input *input)
{
    uint32_t kind_and_times = input_number(input, 2);
    uint32_t type_and_flags = input_number(input, 2);
    uint32_t stream = stream_number((uint8_t)input_number(input, 1));
    uint32_t length = input_number(input, 2);
    const uint8_t *payload = input_run(input, MIN(length, UINT16_MAX - 9), &length);

    append_number(turns, kind_and_times, 2);
    append_number(turns, 9 + length, 2);
    append_number(turns, length, 3);
    append_number(turns, type_and_flags, 2);
    append_number(turns, stream, 4);
    g_byte_array_append(turns, payload, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct opening opening = { HINT_NONE,
                                            { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL } };
    struct input input = { bytes, length };
    GByteArray *turns = g_byte_array_new();

    append_number(turns, input_number(&input, CIRCUMSTANCES_LENGTH), CIRCUMSTANCES_LENGTH);
    for (unsigned i = 0; i < TURNS_MAX && input.left > 0; i++)
        append_frame(turns, &input);
    tell_both_ways(&opening, (struct input){ turns->data, turns->len });
    g_byte_array_free(turns, TRUE);
    return 0;
}

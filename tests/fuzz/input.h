/* input.h
 * The fuzzer's bytes, taken from the front as numbers and runs; what is missing reads as zero.
 * Knows bytes only; must not know what they are for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_FUZZ_INPUT_H
#define TLSCLOSE_FUZZ_INPUT_H

#include <glib.h>
#include <stdint.h>

struct input {
    const uint8_t *bytes;
    size_t left;
};

/* LibFuzzer's entry point. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Returns MIN(length, what is left) bytes and stores their number. */
static inline const uint8_t *
input_run(struct input *input, size_t length, uint32_t *taken)
{
    const uint8_t *run = input->bytes;

    *taken = (uint32_t)MIN(length, input->left);
    input->bytes += *taken;
    input->left -= *taken;
    return run;
}

/* A big-endian number of SIZE bytes. */
static inline uint32_t
input_number(struct input *input, unsigned size)
{
    uint32_t number = 0;
    uint32_t taken;
    const uint8_t *run = input_run(input, size, &taken);

    for (uint32_t i = 0; i < taken; i++)
        number = number << 8 | run[i];
    return number;
}

#endif

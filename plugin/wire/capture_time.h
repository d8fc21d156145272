/* capture_time.h
 * Times of captured packets, as nanoseconds since the epoch. A capture may claim any time: beyond the years
 * that fit (1677 to 2262) they wrap around, and stay defined. Must not know packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_CAPTURE_TIME_H
#define TLSCLOSE_CAPTURE_TIME_H

#include <stdint.h>

/* SECONDS and NANOSECONDS since the epoch. */
static inline int64_t
capture_time(int64_t seconds, int nanoseconds)
{
    return (int64_t)((uint64_t)seconds * 1000000000 + (uint64_t)(int64_t)nanoseconds);
}

/* Nanoseconds from FROM until UNTIL, exact if they lie less than 292 years apart, whatever they are.
 * Negative if UNTIL was earlier. */
static inline int64_t
time_between(int64_t from, int64_t until)
{
    return (int64_t)((uint64_t)until - (uint64_t)from);
}

#endif

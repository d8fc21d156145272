/* stats_frame.h
 * What a frame brings to the statistics. Must not know what they make of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_FRAME_H
#define TLSCLOSE_STATS_FRAME_H

#include <stdint.h>

#include "keep/connection_table.h"
#include "keep/notes.h"
#include "show/statements.h"
#include "wire/tls.h"

/* What one frame of a TLS connection brings to the tap "tlsclose". */
struct stats_frame {
    struct connection_table *connections; /* borrowed, as are the notes */
    const struct notes *notes;
    uint32_t connection; /* the number of the one with the roles as they are known by now */
    enum side sender;
    uint32_t stream;                     /* tcp.stream */
    const struct statements *statements; /* what the frame says in this pass; NULL: nothing */
    unsigned statement_count;
};

#endif

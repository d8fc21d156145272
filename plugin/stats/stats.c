/* stats.c
 * Statistics over the TLS connections of a capture: the tap. See stats.h. Must not know what is counted
 * nor how it is shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats.h"

#include <epan/tap.h>

#include "stats/stats_connections.h"
#include "stats/stats_overview.h"
#include "stats/stats_records.h"
#include "stats/stats_servers.h"
#include "stats/stats_view.h"

static int tap_id = -1;

bool
stats_are_wanted(void)
{
    return have_tap_listener(tap_id);
}

void
stats_take(packet_info *pinfo, const struct stats_frame *frame)
{
    view_update_all(pinfo, frame);
    struct stats_frame *copy = wmem_memdup(pinfo->pool, frame, sizeof *frame);
    tap_queue_packet(tap_id, pinfo, copy);
}

void
stats_forget(void)
{
    view_clear_all();
}

void
stats_register(void)
{
    tap_id = register_tap(STATS_TAP_NAME);
    view_register();
    stats_overview_register();
    stats_servers_register();
    stats_connections_register();
    stats_records_register();
}

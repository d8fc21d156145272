/* application_end.c
 * Frees the answers of an application protocol's reader. See application_end.h. Must not know any
 * protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "facts/application_end.h"

#include <glib.h>

void
application_end_free(struct application_end *end)
{
    if (end)
        g_free(end->summary);
    g_free(end);
}

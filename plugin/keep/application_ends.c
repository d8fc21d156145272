/* application_ends.c
 * The different answers of applications, in a tree sorted by what they say. See application_ends.h.
 * Plain C and GLib; must not know what the answers mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/application_ends.h"

#include <glib.h>
#include <string.h>

/* A tree, since a peer that chooses what it says can make hash values collide. */
struct application_ends {
    GTree *tree; /* owned: struct application_end, each its own key */
};

/* Where the answers begin that are not pointers. */
#define PLAIN_FROM offsetof(struct application_end, frames)

/* What is between the members is zero, as the answers were allocated so: were it not, an answer would
 * be kept twice. */
static gint
compare_ends(gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
    const struct application_end *one = a;
    const struct application_end *other = b;
    int order = g_strcmp0(one->summary, other->summary);

    if (order == 0)
        order = g_strcmp0(one->protocol, other->protocol);
    if (order == 0)
        order = memcmp((const char *)one + PLAIN_FROM, (const char *)other + PLAIN_FROM,
                       sizeof *one - PLAIN_FROM);
    return order;
}

static void
free_end(gpointer end)
{
    application_end_free(end);
}

struct application_ends *
application_ends_new(void)
{
    struct application_ends *ends = g_new(struct application_ends, 1);

    ends->tree = g_tree_new_full(compare_ends, NULL, free_end, NULL);
    return ends;
}

void
application_ends_free(struct application_ends *ends)
{
    g_tree_destroy(ends->tree);
    g_free(ends);
}

struct application_end *
application_ends_keep(struct application_ends *ends, struct application_end *end)
{
    if (!end)
        return NULL;
    end->frames = (struct application_frames){ 0 };
    struct application_end *kept = g_tree_lookup(ends->tree, end);
    if (kept) {
        application_end_free(end);
        return kept;
    }
    g_tree_insert(ends->tree, end, end);
    return end;
}

/* server_names.c
 * The names of servers, each kept once: see server_names.h.
 * Must not know connections, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "facts/server_names.h"

#include <glib.h>
#include <string.h>

#include "wire/wire_text.h"

struct server_names {
    /* Owned: set of strings. An ordered tree, since the peers choose the names and could make those
     * of a hash table collide. */
    GTree *tree;
};

static gint
compare_names(gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
    return strcmp(a, b);
}

struct server_names *
server_names_new(void)
{
    struct server_names *names = g_new(struct server_names, 1);

    names->tree = g_tree_new_full(compare_names, NULL, g_free, NULL);
    return names;
}

void
server_names_free(struct server_names *names)
{
    g_tree_destroy(names->tree);
    g_free(names);
}

const char *
server_names_get(struct server_names *names, struct byte_view bytes)
{
    char *name = wire_text(bytes.bytes, bytes.length);
    const char *known = g_tree_lookup(names->tree, name);

    if (known) {
        g_free(name);
        return known;
    }
    g_tree_insert(names->tree, name, name);
    return name;
}

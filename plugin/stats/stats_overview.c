/* stats_overview.c
 * The statistics tree "tlsclose,tree": how many connections ended how, and how many expert infos.
 * Knows Wireshark's statistics trees; must not know how the numbers come about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stats/stats_overview.h"

#include <epan/expert.h>
#include <epan/stats_tree.h>

#include "show/fields.h"
#include "stats/stats_view.h"

enum group {
    GROUP_VERDICT,
    GROUP_VERSION,
    GROUP_EVIDENCE,
    GROUP_INITIATOR,
    GROUP_SEVERITY,
    GROUP_COUNT
};

/* FIELD names a group's items. OTHERWISE: the item where it has no value; NULL if the connection
 * does not count then. */
static const struct {
    const char *title;
    const char *field;
    const char *otherwise;
} groups[GROUP_COUNT] = {
    [GROUP_VERDICT] = { "Connections by verdict", "tlsclose.verdict", OPEN_AT_END_OF_CAPTURE },
    [GROUP_VERSION] = { "Connections by version", "tlsclose.version", "Unknown" },
    [GROUP_EVIDENCE] = { "Verdicts by evidence", "tlsclose.evidence", NULL },
    [GROUP_INITIATOR] = { "Verdicts by initiator", "tlsclose.initiator", NULL },
    [GROUP_SEVERITY] = { "Expert infos by severity", NULL, NULL },
};

/* What was counted for a group, and the tree's node for it. */
struct group_count {
    int node;
    int total;
    GHashTable *items; /* counts by name; the names are constants */
};

struct overview {
    struct view view; /* the first member */
    stats_tree *tree; /* borrowed */
    struct group_count group[GROUP_COUNT];
};

static const int severities[] = { PI_ERROR, PI_WARN, PI_NOTE, PI_CHAT };

static const char *
severity_name(int severity)
{
    return val_to_str_const((uint32_t)severity, expert_severity_vals, "");
}

/* Counts are set, not increased: of increases and decreases Wireshark would make bursts. */
static void
add(struct overview *overview, enum group group, const char *item, int delta)
{
    struct group_count *counted = &overview->group[group];
    int count = GPOINTER_TO_INT(g_hash_table_lookup(counted->items, item)) + delta;

    g_hash_table_insert(counted->items, (gpointer)item, GINT_TO_POINTER(count));
    counted->total += delta;
    stats_tree_manip_node_int(MN_SET, overview->tree, item, counted->node, false, count);
    stats_tree_manip_node_int(MN_SET, overview->tree, groups[group].title, 0, true, counted->total);
}

static void
add_experts(struct overview *overview, const struct facts *facts, int delta)
{
    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        add(overview, GROUP_SEVERITY, severity_name(fields_severity(expert)),
            delta * (int)facts->experts[expert]);
}

static void
count_connection(struct view *view, struct listing *listing, int delta)
{
    struct overview *overview = (struct overview *)view;
    const uint32_t values[] = {
        [GROUP_VERDICT] = listing->facts.closure,
        [GROUP_VERSION] = listing->facts.version,
        [GROUP_EVIDENCE] = listing->facts.evidence,
        [GROUP_INITIATOR] = listing->facts.initiator,
    };

    for (enum group group = 0; group < G_N_ELEMENTS(values); group++) {
        const char *item = value_name(groups[group].field, values[group], groups[group].otherwise);
        if (item)
            add(overview, group, item, delta);
    }
    add_experts(overview, &listing->facts, delta);
}

/* What connections are counted by is shown even where nothing counts: an item that came and went
 * would else be left behind with 0. */
static void
create_group(struct overview *overview, enum group group)
{
    struct group_count *counted = &overview->group[group];

    counted->items = g_hash_table_new(NULL, NULL);
    counted->node =
        stats_tree_create_node(overview->tree, groups[group].title, 0, STAT_DT_INT, true);
    /* Wireshark sorts by count or backwards by name, but for what is to be on top. */
    if (group == GROUP_VERDICT)
        stats_tree_manip_node_int(MN_SET_FLAGS, overview->tree, groups[group].title, 0, true,
                                  ST_FLG_SORT_TOP);
    if (!groups[group].field) {
        for (unsigned i = 0; i < G_N_ELEMENTS(severities); i++)
            add(overview, group, severity_name(severities[i]), 0);
        return;
    }
    const value_string *value = proto_registrar_get_byname(groups[group].field)->strings;
    for (; value->strptr; value++)
        add(overview, group, value->strptr, 0);
    if (groups[group].otherwise)
        add(overview, group, groups[group].otherwise, 0);
}

static void
free_overview(struct view *view)
{
    for (enum group group = 0; group < GROUP_COUNT; group++)
        g_hash_table_destroy(((struct overview *)view)->group[group].items);
    g_free(view);
}

/* Called again, with an emptied tree, before packets are read again. */
static void
init_tree(stats_tree *tree)
{
    static const struct view_kind kind = { count_connection, free_overview };
    struct overview *overview = g_new0(struct overview, 1);

    overview->tree = tree;
    for (enum group group = 0; group < GROUP_COUNT; group++)
        create_group(overview, group);
    view_add(&overview->view, &kind, tree);
}

static void
cleanup_tree(stats_tree *tree)
{
    view_remove(tree);
}

static tap_packet_status
take_for_tree(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
              tap_flags_t flags _U_)
{
    view_take(view_find(tree), pinfo, data);
    return TAP_PACKET_REDRAW;
}

void
stats_overview_register(void)
{
    stats_tree_register_plugin(STATS_TAP_NAME, "tlsclose", "TLS Closure", 0, take_for_tree,
                               init_tree, cleanup_tree);
}

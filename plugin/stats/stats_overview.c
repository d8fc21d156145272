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
    GROUP_LOSS,
    GROUP_VERSION,
    GROUP_EVIDENCE,
    GROUP_INITIATOR,
    GROUP_IDLE,
    GROUP_SEVERITY, /* the last: counts frames, not connections */
    GROUP_COUNT
};

static const value_string idle_names[] = {
    { IDLE_UNDER_1_S, "Under 1 s" },
    { IDLE_UNDER_5_S, "1 to 5 s" },
    { IDLE_UNDER_30_S, "5 to 30 s" },
    { IDLE_UNDER_60_S, "30 to 60 s" },
    { IDLE_UNDER_120_S, "60 to 120 s" },
    { IDLE_LONGER, "Over 120 s" },
    { 0, NULL },
};

/* FIELD, or NAMES, name a group's items. OTHERWISE: the item where it has no value; NULL if the connection
 * does not count then. */
static const struct {
    const char *title;
    const char *field;
    const char *otherwise;
    const value_string *names;
} groups[GROUP_COUNT] = {
    [GROUP_VERDICT] = { "Connections by verdict", "tlsclose.verdict", OPEN_AT_END_OF_CAPTURE,
                        NULL },
    [GROUP_LOSS] = { "Connections by loss", "tlsclose.loss", NULL, NULL },
    [GROUP_VERSION] = { "Connections by version", "tlsclose.version", "Unknown", NULL },
    [GROUP_EVIDENCE] = { "Verdicts by evidence", "tlsclose.evidence", NULL, NULL },
    [GROUP_INITIATOR] = { "Verdicts by initiator", "tlsclose.initiator", NULL, NULL },
    [GROUP_IDLE] = { "Idle time before the close", NULL, NULL, idle_names },
    [GROUP_SEVERITY] = { "Expert infos by severity", NULL, NULL, NULL },
};

/* A line of the tree: what it counts, and how often that was. */
struct item {
    const char *name; /* constant */
    uint32_t value;
    int count;
};

/* The value of the item that stands for none. */
#define NO_VALUE UINT32_MAX

/* What was counted for a group, and the tree's node for it. */
struct group_count {
    int node;
    int total;
    GArray *items; /* struct item */
};

struct overview {
    struct view view; /* the first member */
    stats_tree *tree; /* borrowed */
    struct group_count group[GROUP_COUNT];
};

static const int severities[] = { PI_ERROR, PI_WARN, PI_NOTE, PI_CHAT };

/* The group's item for VALUE, else the one that stands for none; NULL if there is neither. */
static struct item *
find_item(const struct group_count *group, uint32_t value)
{
    for (unsigned i = 0; i < group->items->len; i++) {
        struct item *item = &g_array_index(group->items, struct item, i);
        if (item->value == value || item->value == NO_VALUE)
            return item;
    }
    return NULL;
}

/* Counts are set, not increased: of increases and decreases Wireshark would make bursts. */
static void
write_item(const struct overview *overview, enum group group, const struct item *item)
{
    const struct group_count *counted = &overview->group[group];

    stats_tree_manip_node_int(MN_SET, overview->tree, item->name, counted->node, false,
                              item->count);
    stats_tree_manip_node_int(MN_SET, overview->tree, groups[group].title, 0, true, counted->total);
}

static void
add(struct overview *overview, enum group group, struct item *item, int delta)
{
    if (!item || delta == 0)
        return;
    item->count += delta;
    overview->group[group].total += delta;
    write_item(overview, group, item);
}

static void
count_experts(struct overview *overview, expert_set experts)
{
    const struct group_count *group = &overview->group[GROUP_SEVERITY];

    for (enum expert expert = 0; expert < EXPERT_COUNT; expert++)
        if (experts & EXPERT_BIT(expert))
            add(overview, GROUP_SEVERITY, find_item(group, (uint32_t)fields_severity(expert)), 1);
}

/* As "-z expert" counts: what the frame raises in this pass. */
static void
take_frame(struct view *view, const packet_info *pinfo _U_, const struct stats_frame *frame)
{
    for (unsigned i = 0; i < frame->statement_count; i++)
        count_experts((struct overview *)view, frame->statements[i].experts);
}

static uint32_t
value_of(const struct summary *summary, enum group group)
{
    switch (group) {
    case GROUP_VERDICT:
        return summary->closure;
    case GROUP_LOSS:
        return summary->loss;
    case GROUP_IDLE:
        return summary->idle_class;
    case GROUP_VERSION:
        return summary->version;
    case GROUP_EVIDENCE:
        return summary->evidence;
    default:
        return summary->initiator;
    }
}

/* Only what changed is set. */
static void
count_connection(struct view *view, struct listing *listing _U_, const struct summary *was,
                 const struct summary *is)
{
    struct overview *overview = (struct overview *)view;

    for (enum group group = 0; group < GROUP_SEVERITY; group++) {
        const struct group_count *counted = &overview->group[group];
        struct item *left = was ? find_item(counted, value_of(was, group)) : NULL;
        struct item *entered = is ? find_item(counted, value_of(is, group)) : NULL;
        if (left == entered)
            continue;
        add(overview, group, left, -1);
        add(overview, group, entered, 1);
    }
}

static void
create_item(struct overview *overview, enum group group, const char *name, uint32_t value)
{
    const struct item item = { .name = name, .value = value };

    g_array_append_val(overview->group[group].items, item);
    write_item(overview, group, &item);
}

static void
create_items(struct overview *overview, enum group group)
{
    if (group == GROUP_SEVERITY) {
        for (unsigned i = 0; i < G_N_ELEMENTS(severities); i++)
            create_item(overview, group,
                        val_to_str_const((uint32_t)severities[i], expert_severity_vals, ""),
                        (uint32_t)severities[i]);
        return;
    }
    const value_string *value = groups[group].names;
    if (!value)
        value = proto_registrar_get_byname(groups[group].field)->strings;
    for (; value->strptr; value++)
        create_item(overview, group, value->strptr, value->value);
    if (groups[group].otherwise)
        create_item(overview, group, groups[group].otherwise, NO_VALUE);
}

/* What connections are counted by is shown even where nothing counts: an item that came and went
 * would else be left behind with 0. */
static void
create_group(struct overview *overview, enum group group)
{
    struct group_count *counted = &overview->group[group];

    counted->items = g_array_new(FALSE, FALSE, sizeof(struct item));
    counted->node =
        stats_tree_create_node(overview->tree, groups[group].title, 0, STAT_DT_INT, true);
    /* Wireshark sorts by count or backwards by name, but for what is to be on top. */
    if (group == GROUP_VERDICT)
        stats_tree_manip_node_int(MN_SET_FLAGS, overview->tree, groups[group].title, 0, true,
                                  ST_FLG_SORT_TOP);
    create_items(overview, group);
}

static void
free_overview(struct view *view)
{
    for (enum group group = 0; group < GROUP_COUNT; group++)
        g_array_free(((struct overview *)view)->group[group].items, TRUE);
    g_free(view);
}

/* Called again, with an emptied tree, before packets are read again. */
static void
init_tree(stats_tree *tree)
{
    static const struct view_kind kind = { .count = count_connection,
                                           .take_frame = take_frame,
                                           .discard = free_overview };
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

/* packet-tlsclose.c
 * The post-dissector that says how TLS connections end: registration, preferences, and the path of a packet.
 * Knows the parts in plugin/ by name only; what a packet holds is observed, judged, remembered and shown there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>

/* Wireshark 4.0's is not complete without packet.h. */
#include <epan/conversation_filter.h>
#include <epan/prefs.h>
#include <ws_version.h>

#include "compat.h"
#include "facts/session.h"
#include "keep/connection_table.h"
#include "keep/notes.h"
#include "keep/session_group.h"
#include "observe/packet.h"
#include "observe/records.h"
#include "read/connection.h"
#include "show/application_items.h"
#include "show/fields.h"
#include "show/tree.h"
#include "stats/stats.h"
#include "track/tracker.h"

PLUGIN_EXPORT extern const char plugin_version[];
PLUGIN_EXPORT extern const int plugin_want_major;
PLUGIN_EXPORT extern const int plugin_want_minor;
PLUGIN_EXPORT void plugin_register(void);
PLUGIN_EXPORT uint32_t plugin_describe(void);

const char plugin_version[] = TLSCLOSE_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static int proto_tlsclose = -1;
static dissector_handle_t tlsclose_handle;
static bool can_observe;

static preference_bool pref_infer = true;
static preference_bool pref_strict_rfc2246 = false;
static preference_bool pref_info_column = false;

/* All that is known of the capture file that is open. */
struct analysis {
    struct session_table *sessions;
    struct connection_table *connections; /* borrows from the sessions */
    struct tracker *tracker;              /* borrows both */
    struct notes *notes;                  /* borrow from the sessions */
    /* Frames up to this one were judged. Those visited by a read filter only are visited again. */
    uint32_t judged_frame;
};

/* NULL if no file is open, or the protocol is disabled. */
static struct analysis *analysis;

static struct analysis *
analysis_new(const struct connection_options *options)
{
    struct analysis *created = g_new0(struct analysis, 1);

    created->sessions = session_table_new();
    created->connections = connection_table_new(options, SETTLED_LATE_MAX);
    created->tracker = tracker_new(created->connections, created->sessions);
    created->notes = notes_new();
    return created;
}

static void
analysis_free(struct analysis *ended)
{
    stats_forget();
    notes_free(ended->notes);
    tracker_free(ended->tracker);
    connection_table_free(ended->connections);
    session_table_free(ended->sessions);
    g_free(ended);
}

static const struct conclusion *
conclusion_of(uint32_t connection)
{
    return connection_table_conclusion(analysis->connections, connection);
}

/* Takes the packet's INDEX-th segment. NOTE gets what its frame says in this pass. Returns false if
 * that is nothing. */
static bool
judge_segment(struct observed_packet *packet, uint16_t index, struct frame_note *note)
{
    uint32_t frame = packet->pinfo->num;
    struct observation observation;
    struct tracked tracked;

    if (!observe_segment(packet, index, &observation) ||
        !tracker_connection(analysis->tracker, &observation, &tracked))
        return false;
    observe_records(&observation);
    *note = (struct frame_note){ tracked.connection, { .sender = tracked.sender } };
    bool taken = connection_table_take(analysis->connections, tracked.connection, tracked.sender,
                                       &observation.dissected, &note->findings);
    if (note->findings.data_port != 0)
        tracker_expect_ftp_data(analysis->tracker, &observation, note->findings.data_port);
    if (!tracker_is_tls(analysis->tracker, &observation))
        return false;
    if (taken) {
        if (findings_have_something(&note->findings))
            notes_add(analysis->notes, frame, index, note);
        notes_add_late(analysis->notes, frame, tracked.connection,
                       connection_table_late(analysis->connections, tracked.connection));
    }
    notes_take_pending(analysis->notes, note);
    return findings_have_something(&note->findings);
}

/* What was remembered of the packet's INDEX-th segment, and came to light later. */
static bool
recall_segment(const struct observed_packet *packet, uint16_t index, struct frame_note *note)
{
    if (!notes_find(analysis->notes, packet->pinfo->num, index, note))
        return false;
    notes_merge_late(analysis->notes, packet->pinfo->num, note);
    return true;
}

/* A frame of which nothing was noted may have something to say on later passes: a close_notify that
 * could not be told apart when it was first seen, or what came to light later. */
static bool
recall_late_knowledge(struct observed_packet *packet, struct frame_note *note)
{
    struct observation observation;
    struct tracked tracked;

    if (!observe_direction(packet, &observation) ||
        !tracker_find(analysis->tracker, &observation, &tracked))
        return false;
    *note = (struct frame_note){ tracked.connection, { .sender = tracked.sender } };
    notes_merge_late(analysis->notes, packet->pinfo->num, note);
    return true;
}

/* What the packet's frame says in this pass, for the statistics. */
struct said {
    struct statements *statements; /* one of each segment that says something */
    unsigned count;
};

static void
show(const struct observed_packet *packet, tvbuff_t *tvb, const struct frame_note *note,
     struct said *said)
{
    packet_info *pinfo = packet->pinfo;
    const struct statements statements =
        statements_of(pinfo->num, conclusion_of(note->connection), &note->findings);

    if (statements_are_empty(&statements))
        return;
    tree_show(proto_tlsclose, pinfo, packet->tree, tvb, &statements);
    if (pref_info_column)
        tree_show_info_column(pinfo, &statements);
    if (!stats_are_wanted())
        return;
    if (!said->statements)
        said->statements =
            wmem_alloc_array(pinfo->pool, struct statements, MAX(packet->segment_count, 1));
    said->statements[said->count++] = statements;
}

/* Every frame of a TLS connection counts: filters select by frames, and a connection that says
 * nothing may still be open. */
static void
give_to_statistics(struct observed_packet *packet, const struct said *said)
{
    struct observation observation;
    struct tracked tracked;

    if (!stats_are_wanted() || !observe_direction(packet, &observation) ||
        !tracker_find_corrected(analysis->tracker, &observation, &tracked))
        return;
    stats_take(packet->pinfo, &(struct stats_frame){ .connections = analysis->connections,
                                                     .notes = analysis->notes,
                                                     .connection = tracked.connection,
                                                     .sender = tracked.sender,
                                                     .stream = observation.stream,
                                                     .statements = said->statements,
                                                     .statement_count = said->count });
}

/* Whether the packet is to be judged. Frame numbers don't tell alone: a read filter rejects frames,
 * and the next has the same number. */
static bool
is_first_visit(const packet_info *pinfo)
{
    return !PINFO_FD_VISITED(pinfo) || pinfo->num > analysis->judged_frame;
}

/* The path of a packet: observe its segments, judge them or look up what was said of them, show that,
 * count it. */
static int
dissect_tlsclose(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    struct observed_packet packet;
    struct frame_note note;
    struct said said = { NULL, 0 };
    bool noted = false;
    bool first_visit = analysis && is_first_visit(pinfo);

    if (!analysis || !observe_packet(pinfo, tree, first_visit, &packet))
        return (int)tvb_captured_length(tvb);
    if (first_visit) {
        notes_begin_frame(analysis->notes, pinfo->num);
        analysis->judged_frame = MAX(analysis->judged_frame, pinfo->num);
    }
    for (uint16_t i = 0; i < packet.segment_count; i++) {
        if (first_visit ? !judge_segment(&packet, i, &note) : !recall_segment(&packet, i, &note))
            continue;
        show(&packet, tvb, &note, &said);
        noted = true;
    }
    if (!first_visit && !noted && recall_late_knowledge(&packet, &note))
        show(&packet, tvb, &note, &said);
    give_to_statistics(&packet, &said);
    return (int)tvb_captured_length(tvb);
}

/* The connection of the packet that was clicked; NULL if it has none. */
static const struct conclusion *
conclusion_of_packet(packet_info *pinfo)
{
    struct observed_packet packet;
    struct observation observation;
    struct tracked tracked;

    if (!analysis || !observe_packet(pinfo, NULL, false, &packet) ||
        !observe_direction(&packet, &observation) ||
        !tracker_find(analysis->tracker, &observation, &tracked))
        return NULL;
    return conclusion_of(tracked.connection);
}

static preference_bool
is_session_filter_valid(CONVERSATION_FILTER_PARAMETERS)
{
    const struct conclusion *conclusion = conclusion_of_packet(pinfo);

    return conclusion && (conclusion->session || conclusion->offered || conclusion->issued_tickets);
}

struct session_filter {
    struct session_groups *groups;
    const void *group;
    GString *text;
};

static void
add_to_session_filter(uint32_t stream, const struct conclusion *conclusion, void *data)
{
    struct session_filter *filter = data;

    if (session_group_has(filter->groups, filter->group, conclusion))
        g_string_append_printf(filter->text, "%s%u",
                               filter->text->len > 0 ? ", " : "tcp.stream in {", stream);
}

static char *
build_session_filter(CONVERSATION_FILTER_PARAMETERS)
{
    const struct conclusion *conclusion = conclusion_of_packet(pinfo);

    if (!conclusion)
        return NULL;
    struct session_groups *groups = session_groups_new(analysis->notes, analysis->connections);
    struct session_filter filter = { groups, session_group_of(groups, conclusion),
                                     g_string_new(NULL) };
    tracker_foreach(analysis->tracker, add_to_session_filter, &filter);
    session_groups_free(groups);
    g_string_append_c(filter.text, '}');
    return g_string_free(filter.text, FALSE);
}

static void
init_tlsclose(void)
{
    const struct connection_options options = { .infer = pref_infer,
                                                .strict_rfc2246 = pref_strict_rfc2246 };

    if (!can_observe || !proto_is_protocol_enabled(find_protocol_by_id(proto_tlsclose)))
        return;
    analysis = analysis_new(&options);
    set_postdissector_wanted_hfids(tlsclose_handle, observe_wanted_fields());
}

static void
cleanup_tlsclose(void)
{
    if (!analysis)
        return;
    g_clear_pointer(&analysis, analysis_free);
    set_postdissector_wanted_hfids(tlsclose_handle, NULL);
}

static void
register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_tlsclose, NULL);

    prefs_register_bool_preference(module, "infer", "Infer close_notify without keys",
                                   "Whether encrypted alerts count as close_notify, by their place "
                                   "and length, where no keys are at hand",
                                   &pref_infer);
    prefs_register_bool_preference(module, "strict_rfc2246",
                                   "Apply the session rule of RFC 2246 up to TLS 1.2",
                                   "Whether every connection up to TLS 1.2 must end with a "
                                   "close_notify from both sides for its session to stay resumable",
                                   &pref_strict_rfc2246);
    prefs_register_bool_preference(
        module, "info_column", "Show the verdict in the Info column",
        "Whether the frame that ends a connection says in its Info column how it ended",
        &pref_info_column);
}

static void
proto_register_tlsclose(void)
{
    proto_tlsclose = proto_register_protocol("TLS Closure", "TLS Closure", "tlsclose");
    tlsclose_handle = register_dissector("tlsclose", dissect_tlsclose, proto_tlsclose);
    fields_register(proto_tlsclose);
    application_items_register(proto_tlsclose);
    register_preferences();
    stats_register();
    register_init_routine(init_tlsclose);
    register_cleanup_routine(cleanup_tlsclose);
    add_conversation_filter("tlsclose", "TLS session", is_session_filter_valid,
                            build_session_filter);
}

static void
proto_reg_handoff_tlsclose(void)
{
    static bool registered = false;

    if (registered)
        return;
    registered = true;
    can_observe = observe_look_up();
    register_postdissector(tlsclose_handle);
}

void
plugin_register(void)
{
    static proto_plugin plugin = { proto_register_tlsclose, proto_reg_handoff_tlsclose };

    proto_register_plugin(&plugin);
}

uint32_t
plugin_describe(void)
{
    return PLUGIN_IS_A_DISSECTOR;
}

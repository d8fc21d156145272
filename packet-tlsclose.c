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
#include "keep/connection_table.h"
#include "keep/notes.h"
#include "keep/session_group.h"
#include "observe/observe.h"
#include "read/connection.h"
#include "show/fields.h"
#include "show/tree.h"
#include "stats/stats.h"
#include "track/tracker.h"

#define PLUGIN_SYMBOL __attribute__((visibility("default")))

PLUGIN_SYMBOL extern const char plugin_version[];
PLUGIN_SYMBOL extern const int plugin_want_major;
PLUGIN_SYMBOL extern const int plugin_want_minor;
PLUGIN_SYMBOL void plugin_register(void);
PLUGIN_SYMBOL uint32_t plugin_describe(void);

const char plugin_version[] = TLSCLOSE_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static int proto_tlsclose = -1;
static dissector_handle_t tlsclose_handle;
/* While a capture file is open and the protocol enabled: */
static struct connection_table *connections;
static struct tracker *tracker;
static struct notes *notes;
static bool can_observe;

static preference_bool pref_infer = true;
static preference_bool pref_strict_rfc2246 = false;
static preference_bool pref_info_column = false;

/* Takes the packet's INDEX-th segment. NOTE gets what its frame has to say, which is remembered; it
 * is left as it is, and false returned, if that is nothing. */
static bool
judge_segment(packet_info *pinfo, proto_tree *tree, const struct observed_packet *packet,
              uint16_t index, struct frame_note *note)
{
    struct observation observation;
    struct frame_findings findings;
    struct tracked tracked;

    if (!observe_segment(pinfo, packet, index, &observation) ||
        !tracker_connection(tracker, pinfo, &observation, &tracked))
        return false;
    observe_records(pinfo, tree, &observation);
    if (!connection_table_take(connections, tracked.connection, tracked.sender,
                               &observation.dissected, &findings) ||
        !findings_have_something(&findings) || !tracker_is_tls(tracker, &observation))
        return false;
    *note = (struct frame_note){ tracked.connection, findings };
    notes_add(notes, pinfo->num, index, note);
    return true;
}

static const struct conclusion *
conclusion_of(uint32_t connection)
{
    return connection_table_conclusion(connections, connection);
}

static void
show(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const struct conclusion *conclusion,
     const struct frame_findings *findings)
{
    const struct statements statements = statements_of(pinfo->num, conclusion, findings);

    tree_show(proto_tlsclose, pinfo, tree, tvb, &statements);
    if (pref_info_column)
        tree_show_info_column(pinfo, &statements);
}

/* On later passes a close_notify may be known that could not be told apart when its frame was first
 * seen. */
static void
show_late_knowledge(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb)
{
    struct observation observation;
    struct tracked tracked;

    if (!observe_direction(pinfo, &observation) || !tracker_find(tracker, &observation, &tracked))
        return;
    const struct conclusion *conclusion = conclusion_of(tracked.connection);
    const struct frame_findings findings = findings_since(pinfo->num, conclusion, tracked.sender);
    show(pinfo, tree, tvb, conclusion, &findings);
}

/* Every frame of a TLS connection counts, and NOTE, if there is one: filters select by frames, and
 * a connection that says nothing may still be open. */
static void
give_to_statistics(packet_info *pinfo, const struct frame_note *note)
{
    struct observation observation;
    struct tracked then;
    struct tracked now;

    if (!stats_are_wanted() || !observe_direction(pinfo, &observation) ||
        !tracker_find_corrected(tracker, &observation, &now))
        return;
    bool is_noted =
        note && tracker_find(tracker, &observation, &then) && note->connection == then.connection;
    stats_take(pinfo, &(struct stats_frame){ .connections = connections,
                                             .connection = now.connection,
                                             .sender = now.sender,
                                             .stream = observation.stream,
                                             .note = is_noted ? note : NULL });
}

static int
dissect_tlsclose(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    bool visited = PINFO_FD_VISITED(pinfo);
    struct observed_packet packet;
    struct frame_note note;
    bool noted = false;

    if (!tracker || !observe_packet(pinfo, tree, &packet))
        return (int)tvb_captured_length(tvb);
    if (!visited)
        notes_begin_frame(notes, pinfo->num);
    for (uint16_t i = 0; i < packet.segment_count; i++) {
        if (visited ? !notes_find(notes, pinfo->num, i, &note)
                    : !judge_segment(pinfo, tree, &packet, i, &note))
            continue;
        show(pinfo, tree, tvb, conclusion_of(note.connection), &note.findings);
        noted = true;
    }
    if (visited && !noted)
        show_late_knowledge(pinfo, tree, tvb);
    give_to_statistics(pinfo, noted ? &note : NULL);
    return (int)tvb_captured_length(tvb);
}

/* What the connection of the packet that was clicked has in common with those of its session; NULL
 * if it runs on none. */
static const void *
session_group_of_packet(packet_info *pinfo)
{
    struct observation observation;
    struct tracked tracked;

    if (!tracker || !observe_direction(pinfo, &observation) ||
        !tracker_find(tracker, &observation, &tracked))
        return NULL;
    return session_group_of(notes, connections, conclusion_of(tracked.connection));
}

static preference_bool
is_session_filter_valid(CONVERSATION_FILTER_PARAMETERS)
{
    return session_group_of_packet(pinfo) != NULL;
}

struct session_filter {
    const void *group;
    GString *text;
};

static void
add_to_session_filter(uint32_t stream, const struct conclusion *conclusion, void *data)
{
    struct session_filter *filter = data;

    if (session_group_has(notes, connections, filter->group, conclusion))
        g_string_append_printf(filter->text, "%s%u",
                               filter->text->len > 0 ? ", " : "tcp.stream in {", stream);
}

static char *
build_session_filter(CONVERSATION_FILTER_PARAMETERS)
{
    struct session_filter filter = { .group = session_group_of_packet(pinfo) };

    if (!filter.group)
        return NULL;
    filter.text = g_string_new(NULL);
    tracker_foreach(tracker, add_to_session_filter, &filter);
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
    connections = connection_table_new(&options, SETTLED_LATE_MAX);
    tracker = tracker_new(connections);
    notes = notes_new();
    set_postdissector_wanted_hfids(tlsclose_handle, observe_wanted_fields());
}

static void
cleanup_tlsclose(void)
{
    if (!tracker)
        return;
    stats_forget();
    notes_free(notes);
    notes = NULL;
    connection_table_free(connections);
    connections = NULL;
    tracker_free(tracker);
    tracker = NULL;
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
    proto_tlsclose = proto_register_protocol("TLS Closure Analysis", "TLS Close", "tlsclose");
    fields_register(proto_tlsclose);
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
    can_observe = observe_look_up_fields();
    tlsclose_handle = create_dissector_handle(dissect_tlsclose, proto_tlsclose);
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

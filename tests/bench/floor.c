/* floor.c
 * The least that a post-dissector which wants to see TLS can cost: it wants one field of TLS and does
 * nothing with it. The plugin's cost is measured against this.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <stdint.h>
#include <ws_version.h>

#define PLUGIN_SYMBOL __attribute__((visibility("default")))

PLUGIN_SYMBOL extern const char plugin_version[];
PLUGIN_SYMBOL extern const int plugin_want_major;
PLUGIN_SYMBOL extern const int plugin_want_minor;
PLUGIN_SYMBOL void plugin_register(void);

const char plugin_version[] = "0";
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static int proto_floor = -1;

static int
dissect_floor(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data _U_)
{
    return (int)tvb_captured_length(tvb);
}

static void
proto_register_floor(void)
{
    proto_floor = proto_register_protocol("Floor of post-dissectors", "Floor", "tlsclose_floor");
}

static void
proto_reg_handoff_floor(void)
{
    dissector_handle_t handle = create_dissector_handle(dissect_floor, proto_floor);
    GArray *wanted = g_array_new(FALSE, FALSE, sizeof(int));
    int alert = proto_registrar_get_id_byname("tls.alert_message");

    g_array_append_val(wanted, alert);
    register_postdissector(handle);
    set_postdissector_wanted_hfids(handle, wanted);
}

void
plugin_register(void)
{
    static proto_plugin plugin = { proto_register_floor, proto_reg_handoff_floor };

    proto_register_plugin(&plugin);
}

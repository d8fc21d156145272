/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * packet-tlsclose.c: the post-dissector that says how TLS connections end.
 * Registration, and the path of a packet from top to bottom.
 */

#include <stdint.h>

#include <epan/packet.h>
#include <ws_version.h>

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

static int
dissect_tlsclose(tvbuff_t *tvb _U_, packet_info *pinfo _U_, proto_tree *tree _U_, void *data _U_)
{
    return 0;
}

static void
proto_register_tlsclose(void)
{
    proto_tlsclose = proto_register_protocol("TLS Closure Analysis", "TLS Close", "tlsclose");
}

static void
proto_reg_handoff_tlsclose(void)
{
    register_postdissector(create_dissector_handle(dissect_tlsclose, proto_tlsclose));
}

void
plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = proto_register_tlsclose;
    plugin.register_handoff = proto_reg_handoff_tlsclose;
    proto_register_plugin(&plugin);
}

uint32_t
plugin_describe(void)
{
    return 1; /* WS_PLUGIN_DESC_DISSECTOR, which Wireshark 4.0 does not define */
}

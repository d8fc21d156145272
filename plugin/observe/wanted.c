/* wanted.c
 * The fields of other dissectors that are asked for. See wanted.h.
 * Must not know what they mean for a closure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe/wanted.h"

#include <epan/proto.h>
#include <wsutil/wslog.h>

static struct {
    const char *name;
    enum ftenum type;
    int id;
} wanted_fields[WANTED_COUNT] = {
    [WANTED_PAYLOAD_LENGTH] = { "tcp.len", FT_UINT32, -1 },
    [WANTED_STREAM] = { "tcp.stream", FT_UINT32, -1 },
    [WANTED_CONTENT_TYPE] = { "tls.record.content_type", FT_UINT8, -1 },
};

bool
wanted_look_up(void)
{
    for (unsigned i = 0; i < WANTED_COUNT; i++) {
        const header_field_info *field = proto_registrar_get_byname(wanted_fields[i].name);
        if (!field || field->type != wanted_fields[i].type) {
            ws_warning("tlsclose: this Wireshark has no field %s as expected; TLS Closure is off",
                       wanted_fields[i].name);
            return false;
        }
        wanted_fields[i].id = field->id;
    }
    return true;
}

GArray *
wanted_ids(void)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int));

    for (unsigned i = 0; i < WANTED_COUNT; i++)
        g_array_append_val(ids, wanted_fields[i].id);
    return ids;
}

const GPtrArray *
wanted_in(proto_tree *tree, enum wanted_field wanted)
{
    return proto_get_finfo_ptr_array(tree, wanted_fields[wanted].id);
}

field_info *
wanted_at(const GPtrArray *array, unsigned index)
{
    return array && index < array->len ? g_ptr_array_index(array, index) : NULL;
}

/* wanted.h
 * The fields of other dissectors that are asked for, by name. Wireshark hands them over on the first
 * visit of a packet only. Must not know what they mean for a closure. For the files of this room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_WANTED_H
#define TLSCLOSE_WANTED_H

#include <epan/packet.h>
#include <stdbool.h>

/* Each wanted field costs 2 % of the time that tshark needs for a packet: so there are few. */
enum wanted_field {
    WANTED_PAYLOAD_LENGTH, /* stands at the start of the TCP header */
    WANTED_STREAM,         /* the packet's addresses do not tell it: they may be a tunnel's */
    WANTED_CONTENT_TYPE,   /* stands at the start of a TLS record */
    WANTED_COUNT
};

/* Looks up the fields; called when all dissectors have registered. False, with a warning printed,
 * if one does not exist: then nothing can be observed. */
bool wanted_look_up(void);

/* The ids to ask for with set_postdissector_wanted_hfids(). The caller frees the array. */
GArray *wanted_ids(void);

/* The field_info of all WANTED fields in TREE, in the order of dissection; NULL if there are none.
 * Owned by TREE. */
const GPtrArray *wanted_in(proto_tree *tree, enum wanted_field wanted);

/* The INDEX-th of ARRAY, which may be NULL; NULL if it has fewer. */
field_info *wanted_at(const GPtrArray *array, unsigned index);

#endif

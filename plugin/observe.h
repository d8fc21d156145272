/* observe.h
 * Turns a dissected packet into what the engine takes: TCP segments with their bytes, and what the
 * TLS dissector made of the records in them. The only place that knows other dissectors' fields,
 * taps and data sources; must not know what any of it means for a closure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_OBSERVE_H
#define TLSCLOSE_OBSERVE_H

#include <epan/packet.h>

#include "connection.h"

/* A TCP segment of the packet. */
struct observation {
    struct dissected_segment dissected; /* its bytes and records live as long as the packet's */
    uint32_t stream;                    /* tcp.stream */
    uint16_t source_port;
    uint16_t destination_port;
    bool source_is_higher;  /* tells the two directions apart: by port, else by address */
    bool is_tls;            /* the TLS dissector was called for it */
    const field_info *item; /* stands at the start of the TCP header */
    unsigned payload_start; /* of the payload in that item's data source */
};

/* Looks up the fields; called when all dissectors have registered. False, with a warning printed,
 * if one does not exist: then nothing can be observed. */
bool observe_look_up_fields(void);

/* The ids to ask for with set_postdissector_wanted_hfids(). The caller frees the array. */
GArray *observe_wanted_fields(void);

/* The number of TCP segments in the packet. TCP headers quoted in ICMP errors are none. TREE is the
 * packet's, with the wanted fields, on its first visit. */
uint16_t observe_segment_count(packet_info *pinfo, proto_tree *tree);

/* The header and payload of the packet's INDEX-th TCP segment. TREE is the packet's, on its first
 * visit, with the wanted fields. False if the header was not captured. */
bool observe_segment(packet_info *pinfo, proto_tree *tree, unsigned index,
                     struct observation *observation);

/* Adds the records that were decrypted to a segment observed. */
void observe_records(packet_info *pinfo, proto_tree *tree, struct observation *observation);

/* On every visit: only which connection and direction the packet's last segment belongs to. False
 * if it has none. */
bool observe_direction(packet_info *pinfo, struct observation *observation);

/* The number of payload bytes between its sender's SYN and the segment; 0 too if no SYN was captured,
 * or TCP's analysis of sequence numbers is switched off. */
uint32_t observe_offset_from_start(packet_info *pinfo, const struct observation *observation);

/* The port of the side that was called, if a SYN or SYN-ACK of this conversation was captured; else
 * 0. */
uint16_t observe_called_port(packet_info *pinfo);

#endif

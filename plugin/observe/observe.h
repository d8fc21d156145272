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

#include "wire/segment.h"

/* A packet with TCP in it. */
struct observed_packet {
    uint16_t segment_count;   /* at most so many; TCP headers quoted in ICMP errors do not count */
    const GPtrArray *lengths; /* field_info of what each segment says, on the first visit */
    const GPtrArray *streams;
};

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

/* The TCP segments of the packet; false if it has none, or none that says enough of itself. TREE is
 * the packet's, with the wanted fields on its first visit: only then its segments can be observed.
 * What PACKET borrows lives as long as TREE. */
bool observe_packet(const packet_info *pinfo, proto_tree *tree, struct observed_packet *packet);

/* The header and payload of the packet's INDEX-th TCP segment, on its first visit. False if the
 * header was not captured. */
bool observe_segment(const packet_info *pinfo, const struct observed_packet *packet, unsigned index,
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

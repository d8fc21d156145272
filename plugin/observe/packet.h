/* packet.h
 * A dissected packet as TCP segments with their bytes. With the other files of this room the only
 * place that knows other dissectors' fields, conversations and data sources; must not know what any
 * of it means for a closure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_PACKET_H
#define TLSCLOSE_PACKET_H

#include <epan/packet.h>

#include "wire/segment.h"

struct tcp_analysis;

/* A packet with TCP in it. TCP headers quoted in ICMP errors do not count. Lives as long as the
 * packet's dissection. */
struct observed_packet {
    packet_info *pinfo;
    proto_tree *tree;       /* with the wanted fields, if this is the first visit; or NULL */
    uint16_t segment_count; /* at most so many */
    const GPtrArray
        *lengths; /* field_info of what each segment says; NULL: no field was asked for */
    const GPtrArray *streams;
    struct tcp_analysis *analysis; /* see packet_analysis() */
    bool analysis_looked_up;
};

/* A TCP segment of the packet. */
struct observation {
    struct observed_packet *packet;
    struct dissected_segment dissected; /* its bytes and records live as long as the packet's */
    uint32_t stream;                    /* tcp.stream */
    uint16_t source_port;
    uint16_t destination_port;
    bool source_is_higher;  /* tells the two directions apart: by port, else by address */
    bool is_tls;            /* the TLS dissector was called for it */
    tvbuff_t *tvb;          /* holds the TCP header */
    unsigned payload_start; /* of the payload in tvb */
};

/* Looks up protocols and fields; called when all dissectors have registered. False, with a warning
 * printed, if a field does not exist: then nothing can be observed. */
bool observe_look_up(void);

/* The ids to ask for with set_postdissector_wanted_hfids(). The caller frees the array. */
GArray *observe_wanted_fields(void);

/* The TCP segments of the packet; false if it has none. FIRST_VISIT: its segments are to be taken, so
 * TREE, which is the packet's, is asked for the wanted fields. */
bool observe_packet(packet_info *pinfo, proto_tree *tree, bool first_visit,
                    struct observed_packet *packet);

/* The header and payload of the packet's INDEX-th TCP segment, on its first visit. False if the
 * header was not captured. */
bool observe_segment(struct observed_packet *packet, unsigned index,
                     struct observation *observation);

/* On every visit: only which connection and direction the packet's last segment belongs to. False
 * if it has none. */
bool observe_direction(struct observed_packet *packet, struct observation *observation);

/* What the TCP dissector knows of the packet's conversation, which is looked up once per packet; NULL
 * if there is none. Owned by Wireshark. */
struct tcp_analysis *packet_analysis(struct observed_packet *packet);

/* The number of payload bytes between its sender's SYN and the segment; 0 too if no SYN was captured,
 * or TCP's analysis of sequence numbers is switched off. */
uint32_t observe_offset_from_start(const struct observation *observation);

/* Whether the segment acknowledges the peer's SYN and FIN and no byte between them: that a FIN was
 * captured is known otherwise. */
bool observe_acknowledges_bare_fin(const struct observation *observation);

/* The port of the side that was called, if a SYN or SYN-ACK of this conversation was captured; else
 * 0. */
uint16_t observe_called_port(const struct observation *observation);

/* Whether the TLS dissector was given bytes of this conversation, be they TLS or not. From 4.4 on it is no layer of
 * a packet whose bytes it only keeps. */
bool observe_was_given_to_tls(const struct observation *observation);

/* Whether the FTP dissector, which reads control connections, takes the packet for FTP data. */
bool observe_is_ftp_data(const struct observation *observation);

#endif

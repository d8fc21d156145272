/* header.h
 * The TCP segment of a packet of which no field was asked for: Wireshark's window with a read filter
 * visits packets for the first time like that. Knows IP headers; must not know what a segment means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HEADER_H
#define TLSCLOSE_HEADER_H

#include <epan/packet.h>
#include <stdbool.h>
#include <stdint.h>

/* The place of a TCP header. */
struct tcp_header_place {
    tvbuff_t *tvb;
    int start;       /* of the header in TVB */
    uint32_t length; /* of header and payload on the wire, without padding behind the IP packet */
};

/* The place of the TCP header in the packet's last IP packet, unless that is a fragment. False if it
 * is not found. */
bool header_find_tcp(const packet_info *pinfo, struct tcp_header_place *place);

#endif

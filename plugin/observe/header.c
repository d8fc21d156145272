/* header.c
 * The TCP segment of a packet of which no field was asked for. See header.h.
 * Knows IP headers; must not know what a segment means.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe/header.h"

#include "compat.h"

#define PROTOCOL_TCP 6

/* RFC 791 section 3.1, RFC 8200 section 3. */
#define IPV4_HEADER_LENGTH_MIN 20
#define IPV4_SOURCE 12
#define IPV6_HEADER_LENGTH 40
#define IPV6_SOURCE 8

/* Options before the TCP header, at most so many: a packet holds few. */
#define EXTENSION_HEADERS_MAX 8

/* The data source that BYTES lie in, and where. The IP dissectors leave the source address where it
 * was captured. */
static bool
find_in_data_sources(const packet_info *pinfo, const uint8_t *bytes, tvbuff_t **tvb, int *offset)
{
    for (const GSList *item = pinfo->data_src; item; item = item->next) {
        tvbuff_t *source = get_data_source_tvb(item->data);
        int length = (int)tvb_captured_length(source);
        const uint8_t *start = length > 0 ? tvb_get_ptr(source, 0, length) : NULL;
        if (start && bytes >= start && bytes < start + length) {
            *tvb = source;
            *offset = (int)(bytes - start);
            return true;
        }
    }
    return false;
}

/* RFC 791 section 3.1. A fragment's offset and its flag "more fragments" are zero in a whole packet. */
static bool
read_ipv4(tvbuff_t *tvb, int start, struct tcp_header_place *place)
{
    if (start < 0 || !tvb_bytes_exist(tvb, start, IPV4_HEADER_LENGTH_MIN) ||
        tvb_get_uint8(tvb, start) >> 4 != 4 || (tvb_get_ntohs(tvb, start + 6) & 0x3FFF) != 0 ||
        tvb_get_uint8(tvb, start + 9) != PROTOCOL_TCP)
        return false;
    int header_length = (tvb_get_uint8(tvb, start) & 0x0F) * 4;
    int total_length = tvb_get_ntohs(tvb, start + 2);
    if (total_length < header_length)
        return false;
    *place = (struct tcp_header_place){ tvb, start + header_length,
                                        (uint32_t)(total_length - header_length) };
    return true;
}

/* RFC 8200 section 4: hop-by-hop options, routing, destination options. */
static bool
is_extension_header(uint8_t type)
{
    return type == 0 || type == 43 || type == 60;
}

/* RFC 8200 sections 3 and 4. */
static bool
read_ipv6(tvbuff_t *tvb, int start, struct tcp_header_place *place)
{
    if (start < 0 || !tvb_bytes_exist(tvb, start, IPV6_HEADER_LENGTH) ||
        tvb_get_uint8(tvb, start) >> 4 != 6)
        return false;
    int end = start + IPV6_HEADER_LENGTH + tvb_get_ntohs(tvb, start + 4);
    int at = start + IPV6_HEADER_LENGTH;
    uint8_t type = tvb_get_uint8(tvb, start + 6);
    for (int i = 0; i < EXTENSION_HEADERS_MAX && is_extension_header(type); i++) {
        if (!tvb_bytes_exist(tvb, at, 2))
            return false;
        type = tvb_get_uint8(tvb, at);
        at += 8 * (tvb_get_uint8(tvb, at + 1) + 1);
    }
    if (type != PROTOCOL_TCP || at > end)
        return false;
    *place = (struct tcp_header_place){ tvb, at, (uint32_t)(end - at) };
    return true;
}

bool
header_find_tcp(const packet_info *pinfo, struct tcp_header_place *place)
{
    tvbuff_t *tvb;
    int source;

    if (!pinfo->net_src.data || !find_in_data_sources(pinfo, pinfo->net_src.data, &tvb, &source))
        return false;
    if (pinfo->net_src.type == AT_IPv4)
        return read_ipv4(tvb, source - IPV4_SOURCE, place);
    return pinfo->net_src.type == AT_IPv6 && read_ipv6(tvb, source - IPV6_SOURCE, place);
}

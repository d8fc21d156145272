/* packet.c
 * A dissected packet as TCP segments. See packet.h.
 * Must not know what a segment means for a closure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe/packet.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <wsutil/pint.h>

#include "compat.h"
#include "observe/header.h"
#include "observe/wanted.h"
#include "wire/capture_time.h"

#define TCP_HEADER_LENGTH_MIN 20

/* What the TCP dissector says of a window scale that it has not seen. */
#define WINDOW_SCALE_UNKNOWN (-1)

static int proto_tcp = -1;
static int proto_tls = -1;
static int proto_ftp_data = -1;
static int proto_icmp = -1;
static int proto_icmpv6 = -1;

bool
observe_look_up(void)
{
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_tls = proto_get_id_by_filter_name("tls");
    proto_ftp_data = proto_get_id_by_filter_name("ftp-data");
    proto_icmp = proto_get_id_by_filter_name("icmp");
    proto_icmpv6 = proto_get_id_by_filter_name("icmpv6");
    return wanted_look_up();
}

GArray *
observe_wanted_fields(void)
{
    return wanted_ids();
}

/* Which of the two directions of its connection a segment belongs to. */
static bool
is_source_higher(const packet_info *pinfo, uint32_t source_port, uint32_t destination_port)
{
    if (source_port != destination_port)
        return source_port > destination_port;
    return cmp_address(&pinfo->src, &pinfo->dst) > 0;
}

static bool
has_layer(const packet_info *pinfo, int proto)
{
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer;
         layer = wmem_list_frame_next(layer))
        if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto)
            return true;
    return false;
}

/* The TCP headers that ICMP errors quote are no segments. */
static uint16_t
count_segments(const packet_info *pinfo)
{
    uint16_t count = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer;
         layer = wmem_list_frame_next(layer)) {
        int proto = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (proto == proto_icmp || proto == proto_icmpv6)
            break;
        if (proto == proto_tcp)
            count++;
    }
    return count;
}

/* Quoted segments have no payload length. */
static bool
find_segments(struct observed_packet *packet)
{
    packet->lengths = packet->tree ? wanted_in(packet->tree, WANTED_PAYLOAD_LENGTH) : NULL;
    if (!packet->lengths) {
        packet->segment_count = MIN(count_segments(packet->pinfo), 1);
        return packet->segment_count > 0;
    }
    packet->streams = wanted_in(packet->tree, WANTED_STREAM);
    packet->segment_count = (uint16_t)MIN(packet->lengths->len, UINT16_MAX);
    return packet->streams != NULL;
}

bool
observe_packet(packet_info *pinfo, proto_tree *tree, bool first_visit,
               struct observed_packet *packet)
{
    *packet = (struct observed_packet){ .pinfo = pinfo, .tree = tree };
    if (first_visit)
        return find_segments(packet);
    packet->segment_count = count_segments(pinfo);
    return packet->segment_count > 0;
}

struct tcp_analysis *
packet_analysis(struct observed_packet *packet)
{
    if (packet->analysis_looked_up)
        return packet->analysis;
    conversation_t *conversation = find_tcp_conversation(packet->pinfo);
    if (conversation)
        packet->analysis = get_tcp_conversation_data(conversation, packet->pinfo);
    packet->analysis_looked_up = true;
    return packet->analysis;
}

/* RFC 9293 section 3.1. */
static void
read_tcp_header(const packet_info *pinfo, const uint8_t *header, struct observation *observation)
{
    struct segment *segment = &observation->dissected.segment;
    uint8_t flags = header[13];

    observation->source_port = pntohu16(header);
    observation->destination_port = pntohu16(header + 2);
    observation->source_is_higher =
        is_source_higher(pinfo, observation->source_port, observation->destination_port);
    segment->syn = (flags & TH_SYN) != 0;
    /* A SYN counts as one byte before the payload. */
    segment->sequence = pntohu32(header + 4) + (segment->syn ? 1 : 0);
    segment->acknowledgement = pntohu32(header + 8);
    segment->has_acknowledgement = (flags & TH_ACK) != 0;
    segment->fin = (flags & TH_FIN) != 0;
    segment->rst = (flags & TH_RST) != 0;
    segment->window = pntohu16(header + 14);
}

/* RFC 7323 section 2.2: both SYNs say by how much. What the TCP dissector has not seen may be anything. */
static uint8_t
peer_window_shift(struct observed_packet *packet)
{
    const struct tcp_analysis *analysis = packet_analysis(packet);

    if (!analysis || !analysis->rev || analysis->rev->win_scale == WINDOW_SCALE_UNKNOWN)
        return WINDOW_SHIFT_MAX;
    return (uint8_t)CLAMP(analysis->rev->win_scale, 0, WINDOW_SHIFT_MAX);
}

/* START: of the TCP header. CAPTURED_LENGTH: of what is readable at HEADER, payload included. */
static void
find_payload(const uint8_t *header, unsigned start, unsigned captured_length,
             struct observation *observation)
{
    struct segment *segment = &observation->dissected.segment;
    unsigned header_length = (header[12] >> 4) * 4u;
    unsigned available = captured_length > header_length ? captured_length - header_length : 0;

    observation->payload_start = start + header_length;
    segment->captured_length = MIN(segment->length, available);
    segment->payload = segment->captured_length > 0 ? header + header_length : NULL;
}

/* Reads the TCP header at START of the observation's data source. */
static bool
read_segment(int start, struct observation *observation)
{
    const packet_info *pinfo = observation->packet->pinfo;
    struct segment *segment = &observation->dissected.segment;
    unsigned captured = tvb_captured_length(observation->tvb);

    if (captured < (unsigned)start + TCP_HEADER_LENGTH_MIN)
        return false;
    captured -= (unsigned)start;
    segment->frame = pinfo->num;
    segment->time = capture_time(pinfo->abs_ts.secs, pinfo->abs_ts.nsecs);
    const uint8_t *header = tvb_get_ptr(observation->tvb, start, (int)captured);
    read_tcp_header(pinfo, header, observation);
    if (segment->rst)
        segment->peer_window_shift = peer_window_shift(observation->packet);
    find_payload(header, (unsigned)start, captured, observation);
    observation->is_tls = segment->length > 0 && has_layer(pinfo, proto_tls);
    return true;
}

/* Length of the TCP header at PLACE, options included; 0: it goes beyond its packet. RFC 9293 section 3.1: the
 * data offset counts words of four bytes. */
static uint32_t
header_length_at(const struct tcp_header_place *place)
{
    if (place->length < TCP_HEADER_LENGTH_MIN ||
        !tvb_bytes_exist(place->tvb, place->start, TCP_HEADER_LENGTH_MIN))
        return 0;
    uint32_t length = (tvb_get_uint8(place->tvb, place->start + 12) >> 4) * 4u;
    return length <= place->length ? length : 0;
}

/* Without the wanted fields. */
static bool
observe_unprimed(struct observed_packet *packet, struct observation *observation)
{
    const struct tcp_analysis *analysis = packet_analysis(packet);
    struct tcp_header_place place;

    if (!analysis || !header_find_tcp(packet->pinfo, &place))
        return false;
    uint32_t header_length = header_length_at(&place);
    if (header_length < TCP_HEADER_LENGTH_MIN)
        return false;
    *observation = (struct observation){
        .packet = packet,
        .stream = analysis->stream,
        .tvb = place.tvb,
        .dissected.segment.length = place.length - header_length,
    };
    return read_segment(place.start, observation);
}

bool
observe_segment(struct observed_packet *packet, unsigned index, struct observation *observation)
{
    if (!packet->lengths)
        return observe_unprimed(packet, observation);
    field_info *length = wanted_at(packet->lengths, index);
    field_info *stream = wanted_at(packet->streams, index);
    if (!length || !stream || !length->ds_tvb || length->start < 0 ||
        stream->start != length->start)
        return false;
    *observation = (struct observation){
        .packet = packet,
        .stream = field_info_uint(stream),
        .tvb = length->ds_tvb,
        .dissected.segment.length = field_info_uint(length),
    };
    return read_segment(length->start, observation);
}

bool
observe_direction(struct observed_packet *packet, struct observation *observation)
{
    const packet_info *pinfo = packet->pinfo;
    const struct tcp_analysis *analysis = packet_analysis(packet);

    if (!analysis)
        return false;
    *observation = (struct observation){
        .packet = packet,
        .stream = analysis->stream,
        .source_is_higher = is_source_higher(pinfo, pinfo->srcport, pinfo->destport),
        .dissected.segment.frame = pinfo->num,
    };
    return true;
}

uint32_t
observe_offset_from_start(const struct observation *observation)
{
    const struct tcp_analysis *analysis = packet_analysis(observation->packet);

    /* Not set, it counts as the number before the first segment's. */
    return analysis && analysis->fwd
               ? observation->dissected.segment.sequence - (analysis->fwd->base_seq + 1)
               : 0;
}

bool
observe_acknowledges_bare_fin(const struct observation *observation)
{
    const struct tcp_analysis *analysis = packet_analysis(observation->packet);
    const struct segment *segment = &observation->dissected.segment;

    /* SYN and FIN have a number each: RFC 9293 section 3.4. Without a SYN, data may have come before. */
    return analysis && analysis->rev && analysis->server_port != 0 &&
           segment->has_acknowledgement && segment->acknowledgement == analysis->rev->base_seq + 2;
}

uint16_t
observe_called_port(const struct observation *observation)
{
    const struct tcp_analysis *analysis = packet_analysis(observation->packet);

    return analysis ? analysis->server_port : 0;
}

bool
observe_is_ftp_data(const struct observation *observation)
{
    return has_layer(observation->packet->pinfo, proto_ftp_data);
}

bool
observe_was_given_to_tls(const struct observation *observation)
{
    const conversation_t *conversation = find_tcp_conversation(observation->packet->pinfo);

    return conversation && conversation_get_proto_data(conversation, proto_tls);
}

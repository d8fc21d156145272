/* observe.c
 * A dissected packet as TCP segments and TLS records. See observe.h.
 * The only place that knows other dissectors' fields, taps and data sources.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe/observe.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/proto.h>
#include <string.h>
#include <wsutil/pint.h>
#include <wsutil/wslog.h>

#include "compat.h"
#include "wire/tls.h"

#define TCP_HEADER_LENGTH_MIN 20

/* A length that no cipher suite up to TLS 1.2 exceeds: IV, MAC and padding (RFC 5246 section
 * 6.2.3). */
#define EXPANSION_MIN 16
#define EXPANSION_MAX (16 + 48 + 256)

/* The wanted fields, by name and expected type. What they say of every packet costs 2 % of the time
 * that tshark needs for it, each of them: so there are few. */
enum wanted {
    WANTED_PAYLOAD_LENGTH, /* stands at the start of the TCP header */
    WANTED_STREAM,         /* the packet's addresses do not tell it: they may be a tunnel's */
    WANTED_CONTENT_TYPE,   /* stands at the start of a TLS record */
    WANTED_COUNT
};

static struct {
    const char *name;
    enum ftenum type;
    int id;
} wanted_fields[WANTED_COUNT] = {
    [WANTED_PAYLOAD_LENGTH] = { "tcp.len", FT_UINT32, -1 },
    [WANTED_STREAM] = { "tcp.stream", FT_UINT32, -1 },
    [WANTED_CONTENT_TYPE] = { "tls.record.content_type", FT_UINT8, -1 },
};

static int proto_tcp = -1;
static int proto_tls = -1;
static int proto_icmp = -1;
static int proto_icmpv6 = -1;

bool
observe_look_up_fields(void)
{
    for (unsigned i = 0; i < WANTED_COUNT; i++) {
        const header_field_info *field = proto_registrar_get_byname(wanted_fields[i].name);
        if (!field || field->type != wanted_fields[i].type) {
            ws_warning(
                "tlsclose: this Wireshark has no field %s as expected; TLS closure analysis is off",
                wanted_fields[i].name);
            return false;
        }
        wanted_fields[i].id = field->id;
    }
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_tls = proto_get_id_by_filter_name("tls");
    proto_icmp = proto_get_id_by_filter_name("icmp");
    proto_icmpv6 = proto_get_id_by_filter_name("icmpv6");
    return true;
}

GArray *
observe_wanted_fields(void)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int));

    for (unsigned i = 0; i < WANTED_COUNT; i++)
        g_array_append_val(ids, wanted_fields[i].id);
    return ids;
}

static const GPtrArray *
field_infos(proto_tree *tree, enum wanted wanted)
{
    return proto_get_finfo_ptr_array(tree, wanted_fields[wanted].id);
}

static field_info *
field_info_at(const GPtrArray *array, unsigned index)
{
    return array && index < array->len ? g_ptr_array_index(array, index) : NULL;
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
find_segments(proto_tree *tree, struct observed_packet *packet)
{
    packet->lengths = tree ? field_infos(tree, WANTED_PAYLOAD_LENGTH) : NULL;
    if (!packet->lengths)
        return false;
    packet->streams = field_infos(tree, WANTED_STREAM);
    packet->segment_count = (uint16_t)MIN(packet->lengths->len, UINT16_MAX);
    return packet->streams != NULL;
}

bool
observe_packet(const packet_info *pinfo, proto_tree *tree, struct observed_packet *packet)
{
    if (!PINFO_FD_VISITED(pinfo))
        return find_segments(tree, packet);
    packet->segment_count = count_segments(pinfo);
    return packet->segment_count > 0;
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
}

/* CAPTURED_LENGTH: of what is readable at HEADER, payload included. */
static void
find_payload(const uint8_t *header, unsigned captured_length, struct observation *observation)
{
    struct segment *segment = &observation->dissected.segment;
    unsigned header_length = (header[12] >> 4) * 4u;
    unsigned available = captured_length > header_length ? captured_length - header_length : 0;

    observation->payload_start = (unsigned)observation->item->start + header_length;
    segment->captured_length = MIN(segment->length, available);
    segment->payload = segment->captured_length > 0 ? header + header_length : NULL;
}

bool
observe_segment(const packet_info *pinfo, const struct observed_packet *packet, unsigned index,
                struct observation *observation)
{
    field_info *item = field_info_at(packet->lengths, index);
    field_info *stream = field_info_at(packet->streams, index);

    if (!item || !stream || !item->ds_tvb || item->start < 0 || stream->start != item->start)
        return false;
    unsigned captured = tvb_captured_length(item->ds_tvb);
    if (captured < (unsigned)item->start + TCP_HEADER_LENGTH_MIN)
        return false;
    captured -= (unsigned)item->start;
    *observation = (struct observation){
        .stream = field_info_uint(stream),
        .item = item,
        .dissected.segment = {
            .length = field_info_uint(item),
            .frame = pinfo->num,
            .time = (int64_t)pinfo->abs_ts.secs * 1000000000 + pinfo->abs_ts.nsecs,
        },
    };
    const uint8_t *header = tvb_get_ptr(item->ds_tvb, item->start, (int)captured);
    read_tcp_header(pinfo, header, observation);
    find_payload(header, captured, observation);
    observation->is_tls = observation->dissected.segment.length > 0 && has_layer(pinfo, proto_tls);
    return true;
}

static const struct tcp_analysis *
tcp_analysis_of(packet_info *pinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return conversation ? get_tcp_conversation_data(conversation, pinfo) : NULL;
}

bool
observe_direction(packet_info *pinfo, struct observation *observation)
{
    const struct tcp_analysis *analysis = tcp_analysis_of(pinfo);

    if (!analysis)
        return false;
    *observation = (struct observation){
        .stream = analysis->stream,
        .source_is_higher = is_source_higher(pinfo, pinfo->srcport, pinfo->destport),
        .dissected.segment.frame = pinfo->num,
    };
    return true;
}

/* Whether the segment's payload stands in BUFFER, from OFFSET on. */
static bool
holds_payload(tvbuff_t *buffer, uint32_t offset, const struct segment *segment)
{
    uint32_t length = tvb_captured_length(buffer);

    if (!segment->payload || offset >= length)
        return false;
    length = MIN(length - offset, segment->captured_length);
    return memcmp(tvb_get_ptr(buffer, (int)offset, (int)length), segment->payload, length) == 0;
}

/* A buffer that the TCP dissector put together from this segment and others. */
struct reassembled {
    tvbuff_t *tvb;
    bool found;
    uint32_t sequence; /* of its first byte */
};

/* It begins where a PDU of several segments does. They are found by the numbers that the dissector
 * shows, relative ones unless its preferences say otherwise. */
static struct reassembled
find_reassembled(packet_info *pinfo, tvbuff_t *tvb, const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    const struct tcp_analysis *analysis = tcp_analysis_of(pinfo);
    struct reassembled buffer = { .tvb = tvb };

    if (!analysis || !analysis->fwd)
        return buffer;
    const uint32_t shown[] = { segment->sequence - analysis->fwd->base_seq, segment->sequence };
    for (unsigned i = 0; i < G_N_ELEMENTS(shown) && !buffer.found; i++) {
        const struct tcp_multisegment_pdu *pdu =
            wmem_tree_lookup32_le(analysis->fwd->multisegment_pdus, shown[i]);
        buffer.found = pdu && holds_payload(tvb, shown[i] - pdu->seq, segment);
        if (buffer.found)
            buffer.sequence = segment->sequence - (shown[i] - pdu->seq);
    }
    return buffer;
}

/* The place of a record header, in the segment or in a reassembled buffer. BUFFER: the one of the
 * record before, which most records share. */
static bool
place_record(packet_info *pinfo, const field_info *content_type,
             const struct observation *observation, struct reassembled *buffer,
             struct dissected_record *record)
{
    const struct segment *segment = &observation->dissected.segment;
    int start = content_type->start;

    if (content_type->ds_tvb != observation->item->ds_tvb) {
        if (content_type->ds_tvb != buffer->tvb)
            *buffer = find_reassembled(pinfo, content_type->ds_tvb, observation);
        record->sequence = buffer->sequence + (unsigned)start;
        return buffer->found;
    }
    start -= (int)observation->payload_start;
    record->sequence = segment->sequence + (unsigned)start;
    return start >= 0 && (unsigned)start < segment->length;
}

/* TLS 1.3: the dissector has decrypted the record and tells the type that was inside. */
static bool
is_inner_type(const field_info *content_type)
{
    return FI_GET_FLAG(content_type, FI_GENERATED) != 0;
}

/* RFC 8446 section 5.1. RECORD stays empty if the header was not captured. */
static void
read_record(field_info *content_type, struct dissected_record *record)
{
    tvbuff_t *tvb = content_type->ds_tvb;

    if (!tvb || !tvb_bytes_exist(tvb, content_type->start, TLS_RECORD_HEADER_LENGTH))
        return;
    record->type = tvb_get_uint8(tvb, content_type->start);
    record->length = tvb_get_ntohs(tvb, content_type->start + 3);
    record->inner_type = (uint8_t)field_info_uint(content_type);
}

static bool
is_encrypted_type(uint8_t type)
{
    return type >= TLS_ALERT && type <= TLS_HEARTBEAT;
}

/* The decrypted records of a packet, in order. */
struct decrypted {
    tvbuff_t **tvbs;
    unsigned count;
};

static bool
is_decrypted_record(const struct data_source *source)
{
    char *name = data_source_name(source);
    bool is = g_str_has_prefix(name, "Decrypted TLS");

    wmem_free(NULL, name);
    return is;
}

static struct decrypted
collect_decrypted(packet_info *pinfo)
{
    GSList *sources = pinfo->data_src->next;
    struct decrypted decrypted = {
        .tvbs = wmem_alloc_array(pinfo->pool, tvbuff_t *, g_slist_length(sources)),
    };

    for (GSList *item = sources; item; item = item->next)
        if (is_decrypted_record(item->data))
            decrypted.tvbs[decrypted.count++] = get_data_source_tvb(item->data);
    return decrypted;
}

static bool
fits(const struct dissected_record *record, bool inner_type_shown, uint32_t plaintext_length)
{
    if (inner_type_shown)
        return plaintext_length < record->length;
    return is_encrypted_type(record->type) && plaintext_length + EXPANSION_MIN <= record->length &&
           plaintext_length + EXPANSION_MAX >= record->length;
}

/* Both lists are in order of dissection, but not every record was decrypted. In TLS 1.3 the
 * dissector shows which were; before, those in clear text come first, so the match is made from the
 * end. */
static void
assign_plaintext(const struct decrypted *decrypted, const GPtrArray *content_types,
                 struct dissected_record *records)
{
    unsigned left = decrypted->count;

    for (unsigned i = content_types->len; i > 0 && left > 0; i--) {
        struct dissected_record *record = &records[i - 1];
        tvbuff_t *tvb = decrypted->tvbs[left - 1];
        uint32_t length = tvb_captured_length(tvb);
        if (!fits(record, is_inner_type(g_ptr_array_index(content_types, i - 1)), length))
            continue;
        record->plaintext = tvb_get_ptr(tvb, 0, (int)length);
        record->plaintext_length = length;
        left--;
    }
}

/* The first data source is the frame. */
static bool
has_further_data_sources(const packet_info *pinfo)
{
    return pinfo->data_src && pinfo->data_src->next;
}

void
observe_records(packet_info *pinfo, proto_tree *tree, struct observation *observation)
{
    if (!observation->is_tls || !has_further_data_sources(pinfo))
        return;
    const GPtrArray *content_types = field_infos(tree, WANTED_CONTENT_TYPE);
    if (!content_types)
        return;
    const struct decrypted decrypted = collect_decrypted(pinfo);
    if (decrypted.count == 0)
        return;
    struct dissected_record *records =
        wmem_alloc0_array(pinfo->pool, struct dissected_record, content_types->len);
    for (unsigned i = 0; i < content_types->len; i++)
        read_record(g_ptr_array_index(content_types, i), &records[i]);
    assign_plaintext(&decrypted, content_types, records);
    struct reassembled buffer = { .tvb = NULL };
    unsigned count = 0;
    for (unsigned i = 0; i < content_types->len; i++)
        if (records[i].plaintext && place_record(pinfo, g_ptr_array_index(content_types, i),
                                                 observation, &buffer, &records[i]))
            records[count++] = records[i];
    observation->dissected.records = records;
    observation->dissected.record_count = count;
}

uint32_t
observe_offset_from_start(packet_info *pinfo, const struct observation *observation)
{
    const struct tcp_analysis *analysis = tcp_analysis_of(pinfo);

    /* Not set, it counts as the number before the first segment's. */
    return analysis && analysis->fwd
               ? observation->dissected.segment.sequence - (analysis->fwd->base_seq + 1)
               : 0;
}

uint16_t
observe_called_port(packet_info *pinfo)
{
    const struct tcp_analysis *analysis = tcp_analysis_of(pinfo);

    return analysis ? analysis->server_port : 0;
}

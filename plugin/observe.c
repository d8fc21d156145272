/* observe.c
 * A dissected packet as TCP segments and TLS records. See observe.h.
 * The only place that knows other dissectors' fields, taps and data sources.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/proto.h>
#include <string.h>
#include <wsutil/pint.h>
#include <wsutil/wslog.h>

#include "compat.h"

#define TCP_HEADER_LENGTH_MIN 20

/* A length that no cipher suite up to TLS 1.2 exceeds: IV, MAC and padding (RFC 5246 section
 * 6.2.3). */
#define EXPANSION_MIN 16
#define EXPANSION_MAX (16 + 48 + 256)

/* The wanted fields, by name and expected type. */
enum wanted {
    WANTED_TCP,
    WANTED_STREAM,
    WANTED_PAYLOAD_LENGTH,
    WANTED_RECORD_LENGTH,
    WANTED_CONTENT_TYPE,
    WANTED_OPAQUE_TYPE,
    WANTED_COUNT
};

static struct {
    const char *name;
    enum ftenum type;
    int id;
} wanted_fields[WANTED_COUNT] = {
    [WANTED_TCP] = { "tcp", FT_PROTOCOL, -1 },
    [WANTED_STREAM] = { "tcp.stream", FT_UINT32, -1 },
    [WANTED_PAYLOAD_LENGTH] = { "tcp.len", FT_UINT32, -1 },
    [WANTED_RECORD_LENGTH] = { "tls.record.length", FT_UINT16, -1 },
    [WANTED_CONTENT_TYPE] = { "tls.record.content_type", FT_UINT8, -1 },
    [WANTED_OPAQUE_TYPE] = { "tls.record.opaque_type", FT_UINT8, -1 },
};

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

static bool
has_layer(packet_info *pinfo, int proto)
{
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer;
         layer = wmem_list_frame_next(layer))
        if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto)
            return true;
    return false;
}

unsigned
observe_segment_count(packet_info *pinfo)
{
    int proto_tcp = wanted_fields[WANTED_TCP].id;
    unsigned count = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer;
         layer = wmem_list_frame_next(layer)) {
        int proto = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (proto == proto_icmp || proto == proto_icmpv6)
            break;
        count += proto == proto_tcp;
    }
    return count;
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

/* RFC 9293 section 3.1. ITEM shows the header. False if it was not captured. */
static bool
read_tcp_header(const packet_info *pinfo, const field_info *item, struct observation *observation)
{
    struct segment *segment = &observation->dissected.segment;
    tvbuff_t *tvb = item->ds_tvb;

    if (!tvb || item->start < 0 || !tvb_bytes_exist(tvb, item->start, TCP_HEADER_LENGTH_MIN))
        return false;
    const uint8_t *header = tvb_get_ptr(tvb, item->start, TCP_HEADER_LENGTH_MIN);
    uint8_t flags = header[13];
    observation->item = item;
    observation->payload_start = (unsigned)item->start + (header[12] >> 4) * 4u;
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
    return true;
}

bool
observe_header(packet_info *pinfo, proto_tree *tree, unsigned index,
               struct observation *observation)
{
    if (!tree)
        return false;
    const field_info *tcp = field_info_at(field_infos(tree, WANTED_TCP), index);
    field_info *stream = field_info_at(field_infos(tree, WANTED_STREAM), index);
    field_info *length = field_info_at(field_infos(tree, WANTED_PAYLOAD_LENGTH), index);
    if (!tcp || !stream || !length)
        return false;
    *observation = (struct observation){
        .stream = field_info_uint(stream),
        .dissected.segment = {
            .length = field_info_uint(length),
            .frame = pinfo->num,
            .time = (int64_t)pinfo->abs_ts.secs * 1000000000 + pinfo->abs_ts.nsecs,
        },
    };
    return read_tcp_header(pinfo, tcp, observation);
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

static bool
is_same_place(const field_info *item, const field_info *length)
{
    return item && item->ds_tvb == length->ds_tvb && item->start == length->start - 3;
}

/* The place of a record header in the segment, unless it stands in a reassembled buffer. */
static void
place_record(struct dissected_record *record, const field_info *length,
             const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    unsigned payload = observation->payload_start;
    int start = length->start - 3;

    record->placed = length->ds_tvb == observation->item->ds_tvb && start >= (int)payload &&
                     (unsigned)start - payload < segment->length;
    if (record->placed)
        record->sequence = segment->sequence + ((unsigned)start - payload);
}

static bool
is_encrypted_type(uint8_t type)
{
    return type >= TLS_ALERT && type <= TLS_HEARTBEAT;
}

/* The decrypted records of the packet, in order, as a list of tvbuffs. */
static GPtrArray *
collect_decrypted(packet_info *pinfo)
{
    GPtrArray *decrypted = g_ptr_array_new();

    for (GSList *item = pinfo->data_src; item; item = item->next) {
        char *name = data_source_name(item->data);
        if (g_str_has_prefix(name, "Decrypted TLS"))
            g_ptr_array_add(decrypted, get_data_source_tvb(item->data));
        wmem_free(NULL, name);
    }
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
assign_plaintext(packet_info *pinfo, struct dissected_record *records, const bool *opaque,
                 const bool *inner_type_shown, unsigned count)
{
    GPtrArray *decrypted = collect_decrypted(pinfo);
    unsigned left = decrypted->len;

    for (unsigned i = count; i > 0 && left > 0; i--) {
        struct dissected_record *record = &records[i - 1];
        tvbuff_t *tvb = g_ptr_array_index(decrypted, left - 1);
        uint32_t length = tvb_captured_length(tvb);
        if ((opaque[i - 1] && !inner_type_shown[i - 1]) ||
            !fits(record, inner_type_shown[i - 1], length))
            continue;
        record->plaintext = tvb_get_ptr(tvb, 0, (int)length);
        record->plaintext_length = length;
        left--;
    }
    g_ptr_array_free(decrypted, TRUE);
}

static void
observe_records(packet_info *pinfo, proto_tree *tree, struct observation *observation)
{
    const GPtrArray *lengths = field_infos(tree, WANTED_RECORD_LENGTH);
    unsigned count = lengths ? lengths->len : 0;

    if (count == 0)
        return;
    const GPtrArray *contents = field_infos(tree, WANTED_CONTENT_TYPE);
    const GPtrArray *opaques = field_infos(tree, WANTED_OPAQUE_TYPE);
    struct dissected_record *records =
        wmem_alloc0_array(pinfo->pool, struct dissected_record, count);
    bool *opaque = wmem_alloc0_array(pinfo->pool, bool, count);
    bool *inner_type_shown = wmem_alloc0_array(pinfo->pool, bool, count);
    unsigned next_content = 0;
    unsigned next_opaque = 0;

    for (unsigned i = 0; i < count; i++) {
        field_info *length = g_ptr_array_index(lengths, i);
        field_info *content = field_info_at(contents, next_content);
        field_info *outer = field_info_at(opaques, next_opaque);
        opaque[i] = is_same_place(outer, length);
        bool has_content = is_same_place(content, length);
        inner_type_shown[i] = opaque[i] && has_content;
        records[i].length = (uint16_t)field_info_uint(length);
        if (opaque[i])
            records[i].type = (uint8_t)field_info_uint(outer);
        else if (has_content)
            records[i].type = (uint8_t)field_info_uint(content);
        records[i].inner_type = has_content ? (uint8_t)field_info_uint(content) : records[i].type;
        next_content += has_content;
        next_opaque += opaque[i];
        place_record(&records[i], length, observation);
    }
    assign_plaintext(pinfo, records, opaque, inner_type_shown, count);
    observation->dissected.records = records;
    observation->dissected.record_count = count;
}

void
observe_payload(packet_info *pinfo, proto_tree *tree, struct observation *observation)
{
    struct segment *segment = &observation->dissected.segment;
    tvbuff_t *tvb = observation->item->ds_tvb;
    unsigned captured = tvb_captured_length(tvb);
    unsigned start = observation->payload_start;
    unsigned available = captured > start ? captured - start : 0;

    segment->captured_length = MIN(segment->length, available);
    if (segment->captured_length > 0)
        segment->payload = tvb_get_ptr(tvb, (int)start, (int)segment->captured_length);
    observation->is_tls = has_layer(pinfo, proto_tls);
    if (observation->is_tls)
        observe_records(pinfo, tree, observation);
}

uint16_t
observe_called_port(packet_info *pinfo)
{
    const struct tcp_analysis *analysis = tcp_analysis_of(pinfo);

    return analysis ? analysis->server_port : 0;
}

/* records.c
 * The records that the TLS dissector decrypted with a segment. See records.h.
 * Must not know what a record means for a closure.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "observe/records.h"

#include <epan/dissectors/packet-tcp.h>
#include <string.h>

#include "compat.h"
#include "observe/wanted.h"
#include "wire/tls.h"

/* A length that no cipher suite up to TLS 1.2 exceeds: IV, MAC and padding (RFC 5246 section
 * 6.2.3). */
#define EXPANSION_MIN 16
#define EXPANSION_MAX (16 + 48 + 256)

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
find_reassembled(tvbuff_t *tvb, const struct observation *observation)
{
    const struct segment *segment = &observation->dissected.segment;
    const struct tcp_analysis *analysis = packet_analysis(observation->packet);
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
place_record(const field_info *content_type, const struct observation *observation,
             struct reassembled *buffer, struct dissected_record *record)
{
    const struct segment *segment = &observation->dissected.segment;
    int start = content_type->start;

    if (content_type->ds_tvb != observation->tvb) {
        if (content_type->ds_tvb != buffer->tvb)
            *buffer = find_reassembled(content_type->ds_tvb, observation);
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
observe_records(struct observation *observation)
{
    const struct observed_packet *packet = observation->packet;
    packet_info *pinfo = packet->pinfo;

    if (!observation->is_tls || !packet->tree || !has_further_data_sources(pinfo))
        return;
    const GPtrArray *content_types = wanted_in(packet->tree, WANTED_CONTENT_TYPE);
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
        if (records[i].plaintext &&
            place_record(g_ptr_array_index(content_types, i), observation, &buffer, &records[i]))
            records[count++] = records[i];
    observation->dissected.records = records;
    observation->dissected.record_count = count;
}

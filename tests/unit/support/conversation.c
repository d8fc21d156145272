/* conversation.c
 * Plays events to the engine as TCP segments that carry TLS records: see conversation.h.
 * Knows bytes and sequence numbers; must not know what is to be said of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "conversation.h"

#include <string.h>

const struct connection_options conversation_options = { .infer = true, .strict_rfc2246 = false };

/* What an encrypted record is longer than its plaintext: AES-GCM with RFC 5288's explicit nonce, or
 * with the inner type of RFC 8446 section 5.2. */
#define TLS12_EXPANSION (8 + 16)
#define TLS13_EXPANSION (1 + 16)

/* A record as its sender means it. */
struct record {
    enum side sender;
    uint8_t type; /* in TLS 1.3 the inner one, if encrypted */
    bool encrypted;
    const uint8_t *plaintext;
    uint32_t length;
};

#define PAYLOAD_LENGTH_MAX 1024

static const uint8_t tls12_client_hello[45] = {
    [0] = TLS_CLIENT_HELLO, [3] = 41, [4] = 3, 3, [40] = 2, 0xC0, 0x2F, 1
};
static const uint8_t tls12_server_hello[42] = {
    [0] = TLS_SERVER_HELLO, [3] = 38, [4] = 3, 3, [39] = 0xC0, 0x2F
};
static const uint8_t server_hello_done[4] = { TLS_SERVER_HELLO_DONE };
static const uint8_t client_key_exchange[6] = { TLS_CLIENT_KEY_EXCHANGE, 0, 0, 2 };
static const uint8_t change_cipher_spec[1] = { 1 };
static const uint8_t tls12_finished[16] = { TLS_FINISHED, 0, 0, 12 };

/* RFC 8446 section 4.2.1: supported_versions is extension 43. */
static const uint8_t tls13_client_hello[54] = { [0] = TLS_CLIENT_HELLO,
                                                [3] = 50,
                                                [4] = 3,
                                                3,
                                                [40] = 2,
                                                0x13,
                                                0x01,
                                                1,
                                                0,
                                                [45] = 0,
                                                7,
                                                0,
                                                43,
                                                0,
                                                3,
                                                2,
                                                3,
                                                4 };
static const uint8_t tls13_server_hello[50] = { [0] = TLS_SERVER_HELLO,
                                                [3] = 46,
                                                [4] = 3,
                                                3,
                                                [39] = 0x13,
                                                0x01,
                                                0,
                                                [42] = 0,
                                                6,
                                                0,
                                                43,
                                                0,
                                                2,
                                                3,
                                                4 };
static const uint8_t encrypted_extensions[6] = { 8, 0, 0, 2 };
static const uint8_t tls13_finished[36] = { TLS_FINISHED, 0, 0, 32 };

static const struct record tls12_handshake[] = {
    { SIDE_CLIENT, TLS_HANDSHAKE, false, tls12_client_hello, sizeof tls12_client_hello },
    { SIDE_SERVER, TLS_HANDSHAKE, false, tls12_server_hello, sizeof tls12_server_hello },
    { SIDE_SERVER, TLS_HANDSHAKE, false, server_hello_done, sizeof server_hello_done },
    { SIDE_CLIENT, TLS_HANDSHAKE, false, client_key_exchange, sizeof client_key_exchange },
    { SIDE_CLIENT, TLS_CHANGE_CIPHER_SPEC, false, change_cipher_spec, sizeof change_cipher_spec },
    { SIDE_CLIENT, TLS_HANDSHAKE, true, tls12_finished, sizeof tls12_finished },
    { SIDE_SERVER, TLS_CHANGE_CIPHER_SPEC, false, change_cipher_spec, sizeof change_cipher_spec },
    { SIDE_SERVER, TLS_HANDSHAKE, true, tls12_finished, sizeof tls12_finished },
};

static const struct record tls13_handshake[] = {
    { SIDE_CLIENT, TLS_HANDSHAKE, false, tls13_client_hello, sizeof tls13_client_hello },
    { SIDE_SERVER, TLS_HANDSHAKE, false, tls13_server_hello, sizeof tls13_server_hello },
    { SIDE_SERVER, TLS_HANDSHAKE, true, encrypted_extensions, sizeof encrypted_extensions },
    { SIDE_SERVER, TLS_HANDSHAKE, true, tls13_finished, sizeof tls13_finished },
    { SIDE_CLIENT, TLS_HANDSHAKE, true, tls13_finished, sizeof tls13_finished },
};

/* What the events' records hold, by enum kind. */
static const uint8_t some_data[PAYLOAD_LENGTH_MAX] = "some data";
static const uint8_t close_notify[2] = { TLS_ALERT_WARNING, TLS_CLOSE_NOTIFY };
static const uint8_t internal_error[2] = { TLS_ALERT_FATAL, 80 };
static const uint8_t user_canceled[2] = { TLS_ALERT_WARNING, TLS_USER_CANCELED };
static const struct {
    const uint8_t *plaintext;
    uint32_t length;
    uint8_t type;
} contents[] = {
    [DATA] = { some_data, CONVERSATION_DATA_LENGTH, TLS_APPLICATION_DATA },
    [CLOSE_NOTIFY] = { close_notify, sizeof close_notify, TLS_ALERT },
    [FATAL_ALERT] = { internal_error, sizeof internal_error, TLS_ALERT },
    [WARNING_ALERT] = { user_canceled, sizeof user_canceled, TLS_ALERT },
};

static bool
is_tls13(const struct conversation *conversation)
{
    return conversation->visibility == TLS13_DECRYPTED ||
           conversation->visibility == TLS13_ENCRYPTED;
}

static bool
is_decrypted(const struct conversation *conversation)
{
    return conversation->visibility == TLS12_DECRYPTED ||
           conversation->visibility == TLS13_DECRYPTED;
}

/* A segment under construction. */
struct draft {
    struct segment segment;
    uint8_t payload[PAYLOAD_LENGTH_MAX];
    struct dissected_record
        records[HISTORY_EVENTS_MAX]; /* what the TLS dissector shows of the payload */
    unsigned record_count;
};

static void
add_bytes(struct draft *draft, const uint8_t *bytes, uint32_t length)
{
    g_assert_cmpuint(draft->segment.length + length, <=, sizeof draft->payload);
    memcpy(draft->payload + draft->segment.length, bytes, length);
    draft->segment.length += length;
}

static void
show_record(const struct conversation *conversation, const struct record *record, uint8_t type,
            uint16_t length, struct draft *draft)
{
    draft->records[draft->record_count++] = (struct dissected_record){
        .type = type,
        .length = length,
        .sequence = conversation->sequence[record->sender] + draft->segment.length,
        .inner_type = record->type,
        .plaintext = record->plaintext,
        .plaintext_length = record->length,
    };
}

static void
add_record(const struct conversation *conversation, const struct record *record,
           struct draft *draft)
{
    static const uint8_t ciphertext[PAYLOAD_LENGTH_MAX];
    uint32_t expansion = is_tls13(conversation) ? TLS13_EXPANSION : TLS12_EXPANSION;
    uint8_t type =
        record->encrypted && is_tls13(conversation) ? TLS_APPLICATION_DATA : record->type;
    uint16_t length = (uint16_t)(record->length + (record->encrypted ? expansion : 0));
    const uint8_t header[] = { type, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };

    if (record->encrypted && is_decrypted(conversation))
        show_record(conversation, record, type, length, draft);
    add_bytes(draft, header, sizeof header);
    add_bytes(draft, record->encrypted ? ciphertext : record->plaintext, length);
}

/* Fills in what every captured segment has, and gives it to the engine. */
static void
take(struct conversation *conversation, enum side sender, struct dissected_segment *dissected)
{
    struct segment *segment = &dissected->segment;

    segment->frame = ++conversation->frame;
    segment->window = UINT16_MAX;
    segment->time = conversation->frame * INT64_C(1000000);
    if (!conversation->connection)
        conversation->connection =
            connection_new(segment, sender, conversation->start, conversation->sessions);
    connection_take_segment(conversation->connection, sender, dissected, &conversation->options,
                            &conversation->findings);
    const GArray *late = conversation->connection->late;
    conversation->late_experts = 0;
    for (unsigned i = 0; late && i < late->len; i++)
        conversation->late_experts |= g_array_index(late, struct late_finding, i).findings.experts;
}

static void
capture(struct conversation *conversation, enum side sender, const struct draft *draft)
{
    struct dissected_segment dissected = { draft->segment, draft->records, draft->record_count };
    struct segment *segment = &dissected.segment;

    segment->sequence = conversation->sequence[sender];
    segment->acknowledgement = conversation->acknowledgement[sender];
    segment->payload = draft->payload;
    segment->captured_length = segment->length;
    take(conversation, sender, &dissected);
}

void
conversation_capture(struct conversation *conversation, const struct loose_segment *loose)
{
    /* A copy of its own, so that reading beyond it is seen. */
    uint8_t *copy = g_memdup2(loose->payload, loose->length);
    struct dissected_segment dissected = {
        .segment = {
            .sequence = conversation->sequence[loose->sender] + loose->ahead,
            .acknowledgement = conversation->acknowledgement[loose->sender] + loose->received,
            .has_acknowledgement = !loose->without_acknowledgement,
            .fin = loose->fin,
            .rst = loose->rst,
            .payload = copy,
            .length = loose->length,
            .captured_length = loose->captured_length > 0 ? loose->captured_length : loose->length,
        },
        .records = loose->records,
        .record_count = loose->record_count,
    };

    take(conversation, loose->sender, &dissected);
    g_free(copy);
}

static void
send_draft(struct conversation *conversation, enum side sender, const struct draft *draft)
{
    capture(conversation, sender, draft);
    if (conversation->manner == REPEATED) {
        struct frame_findings findings = conversation->findings;
        expert_set late_experts = conversation->late_experts;

        capture(conversation, sender, draft);
        findings.experts |= conversation->findings.experts;
        conversation->findings = findings;
        conversation->late_experts |= late_experts;
    }
    conversation->sequence[sender] += draft->segment.length + (draft->segment.fin ? 1 : 0);
}

static void
acknowledge_all(struct conversation *conversation, enum side side)
{
    conversation->acknowledgement[side] = conversation->sequence[other_side(side)];
}

static void
add_contents(const struct conversation *conversation, enum side sender, enum kind kind,
             struct draft *draft)
{
    struct record record = { sender, contents[kind].type, true, contents[kind].plaintext,
                             kind == DATA ? conversation->data_length : contents[kind].length };

    add_record(conversation, &record, draft);
}

bool
conversation_send_handshake(struct conversation *conversation, unsigned number)
{
    const struct record *records = is_tls13(conversation) ? tls13_handshake : tls12_handshake;
    size_t count =
        is_tls13(conversation) ? G_N_ELEMENTS(tls13_handshake) : G_N_ELEMENTS(tls12_handshake);
    struct draft draft = { .segment = { .has_acknowledgement = true } };

    if (number >= count)
        return false;
    acknowledge_all(conversation, records[number].sender);
    add_record(conversation, &records[number], &draft);
    send_draft(conversation, records[number].sender, &draft);
    return true;
}

static void
send_data_before(struct conversation *conversation, enum side side)
{
    struct draft draft = { .segment = { .has_acknowledgement = true } };

    acknowledge_all(conversation, side);
    add_contents(conversation, side, DATA, &draft);
    send_draft(conversation, side, &draft);
}

void
conversation_begin_bare(struct conversation *conversation, enum connection_start start)
{
    memset(conversation, 0, sizeof *conversation);
    conversation->start = start;
    conversation->options = conversation_options;
    conversation->data_length = CONVERSATION_DATA_LENGTH;
    conversation->sessions = session_table_new();
    conversation->sequence[SIDE_CLIENT] = UINT32_C(0xFFFFFFC0); /* wraps around in the handshake */
    conversation->sequence[SIDE_SERVER] = 1000;
    acknowledge_all(conversation, SIDE_CLIENT);
    acknowledge_all(conversation, SIDE_SERVER);
}

void
conversation_begin(struct conversation *conversation, enum visibility visibility,
                   enum manner manner, bool data_before)
{
    conversation_begin_with(conversation, visibility, manner,
                            data_before ? CONVERSATION_DATA_LENGTH : 0);
}

void
conversation_begin_with(struct conversation *conversation, enum visibility visibility,
                        enum manner manner, uint32_t data_before)
{
    conversation_begin_bare(conversation, START_AT_CLIENT_HELLO);
    conversation->visibility = visibility;
    conversation->manner = manner;
    for (unsigned i = 0; conversation_send_handshake(conversation, i); i++)
        continue;
    if (data_before > 0) {
        conversation->data_length = data_before;
        send_data_before(conversation, SIDE_CLIENT);
        send_data_before(conversation, SIDE_SERVER);
    }
    acknowledge_all(conversation, SIDE_CLIENT);
    acknowledge_all(conversation, SIDE_SERVER);
}

/* Of the peer's events, those numbered below RECEIVED. */
static void
acknowledge_events(struct conversation *conversation, enum side side, unsigned received)
{
    for (unsigned i = 0; i < received; i++) {
        if (conversation->events[i].side != side)
            conversation->acknowledgement[side] = conversation->sequence_after[i];
    }
}

unsigned
conversation_segment_events(const struct conversation *conversation, const struct event *events,
                            unsigned count)
{
    unsigned together = 1;

    if (conversation->manner != COALESCED || events[0].kind == RST)
        return 1;
    while (together < count && events[together - 1].kind != FIN && events[together].kind != RST &&
           events[together].side == events[0].side &&
           events[together].received == events[0].received)
        together++;
    return together;
}

/* Writes EVENT down as sent: its sender's sequence number stands at SEQUENCE behind it. */
static void
remember(struct conversation *conversation, const struct event *event, uint32_t sequence)
{
    conversation->events[conversation->event_count] = *event;
    conversation->sequence_after[conversation->event_count++] = sequence;
}

static void
send_bare_acknowledgement(struct conversation *conversation, enum side side)
{
    const struct draft draft = { .segment = { .has_acknowledgement = true } };

    send_draft(conversation, side, &draft);
}

void
conversation_send(struct conversation *conversation, const struct event *events, unsigned count)
{
    enum side sender = events[0].side;
    bool is_bare_reset = conversation->manner == BARE_RESETS && events[0].kind == RST;
    struct draft draft = { .segment = { .rst = events[0].kind == RST,
                                        .has_acknowledgement = !is_bare_reset } };

    acknowledge_events(conversation, sender, events[0].received);
    if (is_bare_reset)
        send_bare_acknowledgement(conversation, sender);
    for (unsigned i = 0; i < count; i++) {
        if (events[i].kind == FIN)
            draft.segment.fin = true;
        else if (events[i].kind != RST)
            add_contents(conversation, sender, events[i].kind, &draft);
        remember(conversation, &events[i],
                 conversation->sequence[sender] + draft.segment.length +
                     (draft.segment.fin ? 1 : 0));
    }
    send_draft(conversation, sender, &draft);
}

void
conversation_finish(struct conversation *conversation)
{
    connection_free(conversation->connection);
    session_table_free(conversation->sessions);
}

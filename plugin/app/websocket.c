/* websocket.c
 * WebSocket frames of both sides (RFC 6455), read to their Close frames. See websocket.h.
 * Keeps a frame's header and a Close frame's payload only; must not know HTTP or TLS records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/websocket.h"

#include <glib.h>
#include <string.h>

/* RFC 6455 section 5.2. */
enum opcode {
    OPCODE_CONTINUATION = 0x0,
    OPCODE_TEXT = 0x1,
    OPCODE_BINARY = 0x2,
    OPCODE_CLOSE = 0x8,
    OPCODE_PING = 0x9,
    OPCODE_PONG = 0xA,
};

#define FIN_BIT 0x80
#define OPCODE_BITS 0x0F
#define MASK_BIT 0x80
#define LENGTH_BITS 0x7F
#define LENGTH_IN_16_BITS 126
#define LENGTH_IN_64_BITS 127

#define FIRST_BYTES 2
#define MASK_LENGTH 4
#define HEADER_LENGTH_MAX (FIRST_BYTES + 8 + MASK_LENGTH)

/* RFC 6455 section 5.5: of a control frame. */
#define CONTROL_LENGTH_MAX 125

#define CODE_LENGTH 2

/* RFC 6455 section 7.4.1. 1005 and 1006 are for programs and never sent. */
enum close_code { CODE_NONE = 0, CODE_NORMAL = 1000, CODE_GOING_AWAY = 1001 };

enum state {
    STATE_HEADER = 0,
    STATE_PAYLOAD,
    STATE_CLOSED, /* behind its Close frame: nothing more counts (RFC 6455 section 5.5.1) */
    STATE_LOST,   /* a piece is missing, or what came is no WebSocket frame */
};

/* The frames of one side. */
struct half {
    enum state state;
    uint8_t header[HEADER_LENGTH_MAX]; /* of the frame being read ... */
    uint8_t header_length;             /* ... as far as it is known */
    uint8_t close[CONTROL_LENGTH_MAX]; /* payload of a Close frame, unmasked */
    uint64_t length;                   /* of the frame's payload ... */
    uint64_t taken;                    /* ... and how much of it has come */
    bool in_message;      /* a message has begun whose last frame has not (section 5.4) */
    uint64_t close_end;   /* offset after the record with its Close frame */
    uint32_t close_frame; /* captured frame; 0: none */
    uint16_t close_code;
};

struct websocket {
    struct half half[2]; /* by enum side */
};

static enum recognition
websocket_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    (void)side;
    (void)bytes;
    (void)length;
    return RECOGNITION_NO;
}

static void *
websocket_new(void)
{
    return g_new0(struct websocket, 1);
}

static enum opcode
opcode_of(const struct half *half)
{
    return half->header[0] & OPCODE_BITS;
}

static bool
is_control(const struct half *half)
{
    return (half->header[0] & 0x8) != 0;
}

static bool
is_final(const struct half *half)
{
    return (half->header[0] & FIN_BIT) != 0;
}

static bool
is_masked(const struct half *half)
{
    return (half->header[1] & MASK_BIT) != 0;
}

/* Bytes of the extended payload length: RFC 6455 section 5.2. */
static uint8_t
length_of_length(const struct half *half)
{
    switch (half->header[1] & LENGTH_BITS) {
    case LENGTH_IN_16_BITS:
        return 2;
    case LENGTH_IN_64_BITS:
        return 8;
    default:
        return 0;
    }
}

/* As far as the header says by now. */
static uint8_t
header_length_expected(const struct half *half)
{
    if (half->header_length < FIRST_BYTES)
        return FIRST_BYTES;
    return (uint8_t)(FIRST_BYTES + length_of_length(half) + (is_masked(half) ? MASK_LENGTH : 0));
}

static uint64_t
payload_length(const struct half *half)
{
    uint8_t bytes = length_of_length(half);
    uint64_t length = 0;

    if (bytes == 0)
        return half->header[1] & LENGTH_BITS;
    for (uint8_t i = 0; i < bytes; i++)
        length = length << 8 | half->header[FIRST_BYTES + i];
    return length;
}

/* RFC 6455 section 5.4: a continuation needs a message that has begun, and no other may begin in it. */
static bool
is_in_order(const struct half *half)
{
    switch (opcode_of(half)) {
    case OPCODE_CONTINUATION:
        return half->in_message;
    case OPCODE_TEXT:
    case OPCODE_BINARY:
        return !half->in_message;
    case OPCODE_CLOSE:
    case OPCODE_PING:
    case OPCODE_PONG:
        return is_final(half) && half->length <= CONTROL_LENGTH_MAX;
    default: /* reserved: an endpoint fails the connection */
        return false;
    }
}

/* RFC 6455 sections 5.1 and 5.2: clients mask, servers do not; the highest bit of a length is 0. Bits
 * reserved for extensions do not change where a frame ends. */
static bool
is_frame(const struct half *half, enum side side)
{
    return is_masked(half) == (side == SIDE_CLIENT) && half->length >> 63 == 0 && is_in_order(half);
}

/* RFC 6455 section 5.3. Only a Close frame's payload is kept. */
static void
keep_payload(struct half *half, const uint8_t *bytes, uint32_t length)
{
    const uint8_t *mask = half->header + half->header_length - MASK_LENGTH;

    if (opcode_of(half) != OPCODE_CLOSE)
        return;
    for (uint32_t i = 0; i < length; i++) {
        uint64_t place = half->taken + i;
        half->close[place] = is_masked(half) ? bytes[i] ^ mask[place % MASK_LENGTH] : bytes[i];
    }
}

/* RFC 6455 section 5.5.1: the code comes first, in network order, and then the reason. */
static uint16_t
close_code_of(const struct half *half)
{
    if (half->length < CODE_LENGTH)
        return CODE_NONE;
    return (uint16_t)(half->close[0] << 8 | half->close[1]);
}

static void
end_close_frame(struct half *half, const struct application_data *data,
                struct application_event *event)
{
    bool has_code = half->length >= CODE_LENGTH;

    half->state = STATE_CLOSED;
    half->close_end = data->end;
    half->close_frame = data->frame;
    half->close_code = close_code_of(half);
    event->has_close_frame = true;
    event->close_code = half->close_code;
    event->text_length = has_code ? (uint8_t)(half->length - CODE_LENGTH) : 0;
    memcpy(event->text, half->close + CODE_LENGTH, event->text_length);
    if (has_code && half->close_code != CODE_NORMAL && half->close_code != CODE_GOING_AWAY)
        event->experts |= EXPERT_BIT(EXPERT_WEBSOCKET_CLOSE_ERROR);
}

static void
end_frame(struct half *half, const struct application_data *data, struct application_event *event)
{
    half->state = STATE_HEADER;
    half->header_length = 0;
    event->only_control &= opcode_of(half) == OPCODE_CLOSE || opcode_of(half) == OPCODE_PONG;
    if (opcode_of(half) == OPCODE_CLOSE)
        end_close_frame(half, data, event);
    else if (!is_control(half))
        half->in_message = !is_final(half);
}

/* The header says where its frame ends. */
static void
end_header(struct half *half, enum side side, const struct application_data *data,
           struct application_event *event)
{
    half->length = payload_length(half);
    half->taken = 0;
    if (!is_frame(half, side))
        half->state = STATE_LOST;
    else if (half->length == 0)
        end_frame(half, data, event);
    else
        half->state = STATE_PAYLOAD;
}

/* Takes one byte: what a header says of its length is known byte by byte. */
static uint32_t
take_header(struct half *half, enum side side, uint8_t byte, const struct application_data *data,
            struct application_event *event)
{
    half->header[half->header_length++] = byte;
    if (half->header_length == header_length_expected(half))
        end_header(half, side, data, event);
    return 1;
}

static uint32_t
take_payload(struct half *half, const uint8_t *bytes, uint32_t length,
             const struct application_data *data, struct application_event *event)
{
    uint32_t taken = (uint32_t)MIN(length, half->length - half->taken);

    keep_payload(half, bytes, taken);
    half->taken += taken;
    if (half->taken == half->length)
        end_frame(half, data, event);
    return taken;
}

static bool
is_between_frames(const struct half *half)
{
    return half->state == STATE_CLOSED || (half->state == STATE_HEADER && half->header_length == 0);
}

static void
websocket_take(void *reader, enum side side, const struct application_data *data,
               struct application_event *event)
{
    struct half *half = &((struct websocket *)reader)->half[side];
    uint32_t taken = 0;

    event->only_control = half->state == STATE_HEADER && half->header_length == 0;
    while (taken < data->length && half->state <= STATE_PAYLOAD) {
        const uint8_t *bytes = data->bytes + taken;
        taken += half->state == STATE_HEADER
                     ? take_header(half, side, *bytes, data, event)
                     : take_payload(half, bytes, data->length - taken, data, event);
    }
    event->only_control &= taken > 0 && taken == data->length && is_between_frames(half);
}

/* Behind its Close frame nothing is missed. */
static void
websocket_lose(void *reader, enum side side)
{
    struct half *half = &((struct websocket *)reader)->half[side];

    if (half->state != STATE_CLOSED)
        half->state = STATE_LOST;
}

/* Inside a frame, or between the frames of a message. */
static bool
is_cut(const struct half *half)
{
    return half->in_message || !is_between_frames(half);
}

static bool
has_received_close(const struct half *peer, uint64_t received)
{
    return peer->close_frame != 0 && received != UINT64_MAX && received >= peer->close_end;
}

/* Without a Close frame behind whole messages nobody knows. */
static enum completeness
completeness_of(const struct websocket *websocket, enum side side,
                const struct application_context *context)
{
    const struct half *own = &websocket->half[side];
    const struct half *peer = &websocket->half[other_side(side)];

    if (own->state == STATE_CLOSED)
        return own->in_message ? INCOMPLETE : COMPLETE;
    if (own->state == STATE_LOST || !context->ended[side] || context->unknown[side])
        return COMPLETENESS_UNKNOWN;
    if (is_cut(own))
        return INCOMPLETE;
    return has_received_close(peer, context->first_act_received[side]) ? COMPLETE
                                                                       : COMPLETENESS_UNKNOWN;
}

/* Whether the end of the frames is known of a side, and has come. */
static bool
has_ended_unseen(const struct half *half, enum side side, const struct application_context *context)
{
    return half->state != STATE_CLOSED && half->state != STATE_LOST && context->ended[side] &&
           !context->unknown[side];
}

/* RFC 6455 section 7.1.5: what both programs are told then is 1006. */
static bool
is_abnormal(const struct websocket *websocket, const struct application_context *context)
{
    return has_ended_unseen(&websocket->half[SIDE_CLIENT], SIDE_CLIENT, context) &&
           has_ended_unseen(&websocket->half[SIDE_SERVER], SIDE_SERVER, context);
}

/* The side whose Close frame was captured first; the server, if there is none. */
static enum side
first_to_close(const struct websocket *websocket)
{
    uint32_t client = websocket->half[SIDE_CLIENT].close_frame;
    uint32_t server = websocket->half[SIDE_SERVER].close_frame;

    return client != 0 && (server == 0 || client < server) ? SIDE_CLIENT : SIDE_SERVER;
}

/* The one that left the Close frame out. It is owed by both: where nobody knows who closed first, the
 * server's frame says so. */
static enum side
first_to_end(const struct application_context *context)
{
    return context->has_initiator ? context->initiator : SIDE_SERVER;
}

static const char *
name_of(enum side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

static void
append_cut(GString *summary, const struct application_end *end)
{
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (end->complete[side] == INCOMPLETE)
            g_string_append_printf(summary, "; message of the %s cut", name_of((enum side)side));
}

/* NULL if there is nothing to say yet. */
static char *
summarize(const struct websocket *websocket, const struct application_context *context,
          const struct application_end *end)
{
    enum side closer = first_to_close(websocket);
    const struct half *half = &websocket->half[closer];
    GString *summary = g_string_new("WebSocket: ");

    if (half->close_frame != 0 && half->close_code != CODE_NONE)
        g_string_append_printf(summary, "closed by the %s, code %u", name_of(closer),
                               half->close_code);
    else if (half->close_frame != 0)
        g_string_append_printf(summary, "closed by the %s without a code (1005)", name_of(closer));
    else if (is_abnormal(websocket, context))
        g_string_append(summary, "no Close frame (1006)");
    else
        g_string_append(summary, "its end was not read");
    append_cut(summary, end);
    return g_string_free(summary, FALSE);
}

static void
websocket_finish(void *reader, const struct application_context *context,
                 struct application_end *end)
{
    const struct websocket *websocket = reader;

    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        end->complete[side] = completeness_of(websocket, (enum side)side, context);
        if (end->complete[side] == INCOMPLETE)
            end->experts[side] |= EXPERT_BIT(EXPERT_WEBSOCKET_MESSAGE_CUT);
    }
    if (is_abnormal(websocket, context))
        end->experts[first_to_end(context)] |= EXPERT_BIT(EXPERT_WEBSOCKET_ABNORMAL);
    end->frames.goodbye = websocket->half[first_to_close(websocket)].close_frame;
    end->summary = summarize(websocket, context, end);
}

const struct application_protocol websocket_protocol = {
    .name = "websocket",
    .recognise = websocket_recognise,
    .reader_new = websocket_new,
    .reader_free = g_free,
    .take = websocket_take,
    .lose = websocket_lose,
    .finish = websocket_finish,
};

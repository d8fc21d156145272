/* script.c
 * Plays a conversation that is written in one line. See script.h. Must not know what is to be said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "script.h"

#include <string.h>

#include "records.h"

#define LATE_MAX 4
#define LONG_DATA 100
#define BEGUN_LENGTH 30 /* of a record of LONG_DATA */

/* Words whose segments are to be captured later, and the numbers they were sent with. */
struct late {
    const char *word;
    uint32_t sequence[2], acknowledgement[2];
};

static const uint8_t clear_close_notify[] = { TLS_ALERT, 3, 3, 0, 2, TLS_ALERT_WARNING, 0 };
static const uint8_t clear_fatal_alert[] = { TLS_ALERT, 3, 3, 0, 2, TLS_ALERT_FATAL, 40 };
/* RFC 6066 section 3: the server does not know the name, and goes on. */
static const uint8_t clear_warning[] = { TLS_ALERT, 3, 3, 0, 2, TLS_ALERT_WARNING, 112 };
static const uint8_t text[] = "HTTP/1.1 400 Bad Request";

static void
send_bytes(struct conversation *conversation, enum side side, const uint8_t *bytes, uint32_t length)
{
    const struct loose_segment loose = { .sender = side, .payload = bytes, .length = length };

    conversation_capture(conversation, &loose);
    conversation->sequence[side] += length;
}

static void
send_reset(struct conversation *conversation, enum side side, bool acknowledges)
{
    const struct loose_segment loose = { .sender = side,
                                         .rst = true,
                                         .without_acknowledgement = !acknowledges };

    conversation_capture(conversation, &loose);
}

static void
play_action(struct conversation *conversation, enum side side, char action)
{
    static const char event_letters[] = {
        [DATA] = 'd', [CLOSE_NOTIFY] = 'n', [FATAL_ALERT] = 'x', [WARNING_ALERT] = 'w', [FIN] = 'f'
    };
    const char *event = memchr(event_letters, action, sizeof event_letters);

    if (event) {
        send_event(conversation, side, (enum kind)(event - event_letters));
        return;
    }
    switch (action) {
    case 'D':
        send_data(conversation, side, LONG_DATA);
        break;
    case 'p':
        send_raw(conversation, side, TLS_APPLICATION_DATA, LONG_DATA, BEGUN_LENGTH);
        break;
    case 'N':
        send_bytes(conversation, side, clear_close_notify, sizeof clear_close_notify);
        break;
    case 'X':
        send_bytes(conversation, side, clear_fatal_alert, sizeof clear_fatal_alert);
        break;
    case 'W':
        send_bytes(conversation, side, clear_warning, sizeof clear_warning);
        break;
    case 't':
        send_bytes(conversation, side, text, sizeof text - 1);
        break;
    case 'b':
        send_bytes(conversation, side, NULL, 0);
        break;
    case 'r':
    case 'R':
        send_reset(conversation, side, action == 'r');
        break;
    case '+':
        hear(conversation, side);
        break;
    default:
        g_assert_not_reached();
    }
}

static void
play_word(struct conversation *conversation, const char *word)
{
    if (*word == 'H')
        for (unsigned i = 0; conversation_send_handshake(conversation, i); i++)
            continue;
    else if (g_ascii_isdigit(*word))
        g_assert_true(
            conversation_send_handshake(conversation, (unsigned)g_ascii_digit_value(*word)));
    else
        play_action(conversation, *word == 'c' ? SIDE_CLIENT : SIDE_SERVER, word[1]);
}

/* Numbers go on as if it had been captured. */
static void
play_uncaptured(struct conversation *conversation, const char *word)
{
    struct conversation captured = *conversation;

    conversation->connection = NULL;
    conversation->sessions = session_table_new();
    play_word(conversation, word);
    connection_free(conversation->connection);
    session_table_free(conversation->sessions);
    conversation->connection = captured.connection;
    conversation->sessions = captured.sessions;
    conversation->findings = captured.findings;
    conversation->frame = captured.frame;
}

static struct late
postpone(struct conversation *conversation, const char *word)
{
    struct late late = { .word = word };

    memcpy(late.sequence, conversation->sequence, sizeof late.sequence);
    memcpy(late.acknowledgement, conversation->acknowledgement, sizeof late.acknowledgement);
    play_uncaptured(conversation, word);
    return late;
}

static void
play_late(struct conversation *conversation, const struct late *late)
{
    struct conversation now = *conversation;

    memcpy(conversation->sequence, late->sequence, sizeof late->sequence);
    memcpy(conversation->acknowledgement, late->acknowledgement, sizeof late->acknowledgement);
    play_word(conversation, late->word);
    memcpy(conversation->sequence, now.sequence, sizeof now.sequence);
    memcpy(conversation->acknowledgement, now.acknowledgement, sizeof now.acknowledgement);
}

void
script_play(struct conversation *conversation, const char *script)
{
    char **words = g_strsplit(script, " ", -1);
    struct late late[LATE_MAX];
    unsigned late_count = 0;

    for (char **word = words; *word; word++) {
        if (**word == '~') {
            play_uncaptured(conversation, *word + 1);
        } else if (**word == '<') {
            g_assert_cmpuint(late_count, <, LATE_MAX);
            late[late_count++] = postpone(conversation, *word + 1);
        } else if (**word == '>') {
            for (unsigned i = 0; i < late_count; i++)
                play_late(conversation, &late[i]);
            late_count = 0;
        } else {
            play_word(conversation, *word);
        }
    }
    g_strfreev(words);
}

/* ftp_data.c
 * The end of an FTP data connection. See ftp.h. Knows which side sent data and whether its
 * close_notify vouches for the end; must not know a byte of the file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "app/ftp.h"

static enum recognition
ftp_data_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    (void)side;
    (void)bytes;
    (void)length;
    return RECOGNITION_NO;
}

/* What is known of the file is in the context: there is nothing to keep, but a reader there must be. */
static void *
ftp_data_new(void)
{
    return g_malloc0(1);
}

static void
ftp_data_take(void *reader, enum side side, const struct application_data *data,
              struct application_event *event)
{
    (void)reader;
    (void)side;
    (void)data;
    (void)event;
}

static void
ftp_data_lose(void *reader, enum side side)
{
    (void)reader;
    (void)side;
}

/* RFC 959 section 3.4: in stream mode the end of the file is the end of the connection; RFC 4217 section
 * 12.3 lets TLS say so. */
static enum completeness
completeness_of(const struct application_context *context, enum side sender)
{
    if (!context->ended[sender] || context->unknown[sender])
        return COMPLETENESS_UNKNOWN;
    return context->vouched[sender] ? COMPLETE : INCOMPLETE_UNCONFIRMED;
}

static char *
summarize(enum side sender, enum completeness complete)
{
    static const char *const ends[] = {
        [COMPLETENESS_UNKNOWN] = "its end is not known",
        [COMPLETE] = "whole, as close_notify says",
        [INCOMPLETE_UNCONFIRMED] = "no close_notify says that it is whole",
    };

    return g_strdup_printf("FTP data of the %s: %s", sender == SIDE_CLIENT ? "client" : "server",
                           ends[complete]);
}

/* A file goes one way. An inferred data connection on which none does is something else; so is one without
 * a hint, where nothing may be inferred. */
static void
ftp_data_finish(void *reader, const struct application_context *context,
                struct application_end *end)
{
    enum side sender = context->sent_data[SIDE_CLIENT] ? SIDE_CLIENT : SIDE_SERVER;

    (void)reader;
    end->is_inferred = context->hint == HINT_FTP_DATA_INFERRED;
    if (context->hint == HINT_NONE ||
        context->sent_data[SIDE_CLIENT] == context->sent_data[SIDE_SERVER]) {
        end->protocol = context->hint == HINT_FTP_DATA ? end->protocol : NULL;
        return;
    }
    end->complete[sender] = completeness_of(context, sender);
    if (end->complete[sender] == INCOMPLETE_UNCONFIRMED)
        end->experts[sender] |= EXPERT_BIT(EXPERT_TRANSFER_UNCONFIRMED);
    if (context->ended[other_side(sender)] && !end->is_inferred)
        end->complete[other_side(sender)] = COMPLETE;
    end->summary = summarize(sender, end->complete[sender]);
}

#define FTP_DATA_ROW(hint_of_row)                                                   \
    {                                                                               \
        .name = "ftp-data", .hint = (hint_of_row), .recognise = ftp_data_recognise, \
        .reader_new = ftp_data_new, .reader_free = g_free, .take = ftp_data_take,   \
        .lose = ftp_data_lose, .finish = ftp_data_finish,                           \
    }

const struct application_protocol ftp_data_protocol = FTP_DATA_ROW(HINT_FTP_DATA);
const struct application_protocol ftp_data_inferred_protocol = FTP_DATA_ROW(HINT_FTP_DATA_INFERRED);

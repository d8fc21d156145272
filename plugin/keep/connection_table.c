/* connection_table.c
 * The TLS connections of a capture, and which of them still have their facts. See connection_table.h.
 * Plain C and GLib; must not know what the conclusions say, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "keep/connection_table.h"

#include "judge/evidence.h"
#include "keep/application_ends.h"
#include "read/connection.h"
#include "read/plaintext.h"

struct entry {
    struct conclusion conclusion;
    struct connection
        *facts;        /* owned, and with them what the application said; NULL once settled */
    bool is_concluded; /* by what the facts are now */
    bool is_queued;    /* among those that ended */
};

/* Entries never move, since others keep their addresses. */
#define BLOCK_LENGTH 256

struct connection_table {
    GPtrArray *blocks; /* of BLOCK_LENGTH entries each */
    uint32_t count;
    struct application_ends *application_ends; /* owned: of the settled connections */
    GQueue *ended; /* numbers of those that ended and are not settled, in the order of their ends */
    unsigned late_max;
    struct connection_options options;
};

struct connection_table *
connection_table_new(const struct connection_options *options, unsigned late_max)
{
    struct connection_table *table = g_new0(struct connection_table, 1);

    table->blocks = g_ptr_array_new_with_free_func(g_free);
    table->application_ends = application_ends_new();
    table->ended = g_queue_new();
    table->late_max = late_max;
    table->options = *options;
    return table;
}

static struct entry *
entry_of(const struct connection_table *table, uint32_t number)
{
    struct entry *block = table->blocks->pdata[number / BLOCK_LENGTH];

    return &block[number % BLOCK_LENGTH];
}

void
connection_table_free(struct connection_table *table)
{
    for (uint32_t number = 0; number < table->count; number++) {
        struct entry *entry = entry_of(table, number);
        if (entry->facts)
            application_end_free(entry->conclusion.application);
        connection_free(entry->facts);
    }
    application_ends_free(table->application_ends);
    g_ptr_array_free(table->blocks, TRUE);
    g_queue_free(table->ended);
    g_free(table);
}

uint32_t
connection_table_add(struct connection_table *table, struct connection *connection)
{
    uint32_t number = table->count++;

    if (number % BLOCK_LENGTH == 0)
        g_ptr_array_add(table->blocks, g_new0(struct entry, BLOCK_LENGTH));
    entry_of(table, number)->facts = connection;
    return number;
}

struct connection *
connection_table_facts(const struct connection_table *table, uint32_t number)
{
    return entry_of(table, number)->facts;
}

const GArray *
connection_table_late(const struct connection_table *table, uint32_t number)
{
    const struct connection *facts = entry_of(table, number)->facts;

    return facts ? facts->late : NULL;
}

static void
bring_up_to_date(const struct connection_table *table, struct entry *entry)
{
    if (entry->is_concluded)
        return;
    application_end_free(entry->conclusion.application);
    entry->conclusion =
        conclude(entry->facts, plaintext_end(entry->facts, &table->options), &table->options);
    entry->is_concluded = true;
}

const struct conclusion *
connection_table_conclusion(struct connection_table *table, uint32_t number)
{
    struct entry *entry = entry_of(table, number);

    bring_up_to_date(table, entry);
    return &entry->conclusion;
}

/* Whether the verdict is given, and no bytes before the end are outstanding. */
static bool
is_complete(const struct connection *connection, const struct connection_options *options)
{
    return connection->verdict_frame != 0 &&
           !direction_is_waiting(connection, SIDE_CLIENT, options) &&
           !direction_is_waiting(connection, SIDE_SERVER, options);
}

static void
settle(const struct connection_table *table, struct entry *entry)
{
    bring_up_to_date(table, entry);
    entry->conclusion.application =
        application_ends_keep(table->application_ends, entry->conclusion.application);
    connection_free(entry->facts);
    entry->facts = NULL;
}

/* If its end is not complete it waits for the next segment that may complete it. */
static void
settle_oldest(struct connection_table *table)
{
    struct entry *entry = entry_of(table, GPOINTER_TO_UINT(g_queue_pop_head(table->ended)));

    entry->is_queued = false;
    if (is_complete(entry->facts, &table->options))
        settle(table, entry);
}

bool
connection_table_take(struct connection_table *table, uint32_t number, enum side sender,
                      const struct dissected_segment *dissected, struct frame_findings *findings)
{
    struct entry *entry = entry_of(table, number);

    if (!entry->facts)
        return false;
    connection_take_segment(entry->facts, sender, dissected, &table->options, findings);
    entry->is_concluded = false;
    if (entry->is_queued || !connection_has_ended(entry->facts))
        return true;
    g_queue_push_tail(table->ended, GUINT_TO_POINTER(number));
    entry->is_queued = true;
    if (g_queue_get_length(table->ended) > table->late_max)
        settle_oldest(table);
    return true;
}

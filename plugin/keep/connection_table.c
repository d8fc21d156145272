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

/* What is kept of a connection until it is settled. */
struct live {
    /* owned, and with them what the application said in the conclusion; NULL once settled */
    struct connection *facts;
    bool is_concluded; /* by what the facts are now */
    bool is_queued;    /* among those that ended */
};

/* Conclusions never move, since others keep their addresses. */
#define BLOCK_LENGTH 256

struct block {
    struct conclusion conclusions[BLOCK_LENGTH];
    struct live *live; /* owned: one for each of them; NULL once all are settled */
    unsigned settled_count;
};

struct connection_table {
    GPtrArray *blocks; /* owned: struct block */
    uint32_t count;
    struct application_ends *application_ends; /* owned: of the settled connections */
    GQueue *ended; /* numbers of those that ended and are not settled, in the order of their ends */
    unsigned late_max;
    struct connection_options options;
};

static void
block_free(gpointer data)
{
    struct block *block = data;

    g_free(block->live);
    g_free(block);
}

static struct block *
block_new(void)
{
    struct block *block = g_new0(struct block, 1);

    block->live = g_new0(struct live, BLOCK_LENGTH);
    return block;
}

struct connection_table *
connection_table_new(const struct connection_options *options, unsigned late_max)
{
    struct connection_table *table = g_new0(struct connection_table, 1);

    table->blocks = g_ptr_array_new_with_free_func(block_free);
    table->application_ends = application_ends_new();
    table->ended = g_queue_new();
    table->late_max = late_max;
    table->options = *options;
    return table;
}

static struct block *
block_of(const struct connection_table *table, uint32_t number)
{
    return table->blocks->pdata[number / BLOCK_LENGTH];
}

static struct conclusion *
conclusion_of(const struct connection_table *table, uint32_t number)
{
    return &block_of(table, number)->conclusions[number % BLOCK_LENGTH];
}

/* Of one that is not settled. */
static struct live *
unsettled(const struct connection_table *table, uint32_t number)
{
    return &block_of(table, number)->live[number % BLOCK_LENGTH];
}

/* NULL if it is settled. */
static struct live *
live_of(const struct connection_table *table, uint32_t number)
{
    struct live *live = block_of(table, number)->live ? unsettled(table, number) : NULL;

    return live && live->facts ? live : NULL;
}

void
connection_table_free(struct connection_table *table)
{
    for (uint32_t number = 0; number < table->count; number++) {
        struct live *live = live_of(table, number);
        if (!live)
            continue;
        application_end_free(conclusion_of(table, number)->application);
        connection_free(live->facts);
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
        g_ptr_array_add(table->blocks, block_new());
    unsettled(table, number)->facts = connection;
    return number;
}

struct connection *
connection_table_facts(const struct connection_table *table, uint32_t number)
{
    const struct live *live = live_of(table, number);

    return live ? live->facts : NULL;
}

const GArray *
connection_table_late(const struct connection_table *table, uint32_t number)
{
    const struct live *live = live_of(table, number);

    return live ? live->facts->late : NULL;
}

static void
bring_up_to_date(const struct connection_table *table, uint32_t number)
{
    struct live *live = live_of(table, number);
    struct conclusion *conclusion = conclusion_of(table, number);

    if (!live || live->is_concluded)
        return;
    application_end_free(conclusion->application);
    *conclusion =
        conclude(live->facts, plaintext_end(live->facts, &table->options), &table->options);
    live->is_concluded = true;
}

const struct conclusion *
connection_table_conclusion(struct connection_table *table, uint32_t number)
{
    bring_up_to_date(table, number);
    return conclusion_of(table, number);
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
settle(const struct connection_table *table, uint32_t number)
{
    struct block *block = block_of(table, number);
    struct live *live = unsettled(table, number);
    struct conclusion *conclusion = conclusion_of(table, number);

    bring_up_to_date(table, number);
    conclusion->application =
        application_ends_keep(table->application_ends, conclusion->application);
    connection_free(live->facts);
    live->facts = NULL;
    if (++block->settled_count == BLOCK_LENGTH)
        g_clear_pointer(&block->live, g_free);
}

/* If its end is not complete it waits for the next segment that may complete it. */
static void
settle_oldest(struct connection_table *table)
{
    uint32_t number = GPOINTER_TO_UINT(g_queue_pop_head(table->ended));
    struct live *live = unsettled(table, number);

    live->is_queued = false;
    if (is_complete(live->facts, &table->options))
        settle(table, number);
}

bool
connection_table_take(struct connection_table *table, uint32_t number, enum side sender,
                      const struct dissected_segment *dissected, struct frame_findings *findings)
{
    struct live *live = live_of(table, number);

    if (!live)
        return false;
    connection_take_segment(live->facts, sender, dissected, &table->options, findings);
    live->is_concluded = false;
    if (live->is_queued || !connection_has_ended(live->facts))
        return true;
    g_queue_push_tail(table->ended, GUINT_TO_POINTER(number));
    live->is_queued = true;
    if (g_queue_get_length(table->ended) > table->late_max)
        settle_oldest(table);
    return true;
}

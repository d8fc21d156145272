/* record_cells.h
 * One row of "tlsclose,records": its columns, and their texts. Knows conclusions and statements; must
 * not know tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_RECORD_CELLS_H
#define TLSCLOSE_RECORD_CELLS_H

#include <epan/packet.h>

#include "show/statements.h"
#include "stats/stats_view.h"

/* The columns, in their order. SIDE_COLUMN() is the server's where only the client's is named. */
enum record_column {
    RECORD_STREAM,
    RECORD_CLIENT_ADDRESS,
    RECORD_CLIENT_PORT,
    RECORD_SERVER_ADDRESS,
    RECORD_SERVER_PORT,
    RECORD_SERVER_NAME,
    RECORD_VERSION,
    RECORD_VERDICT,
    RECORD_INITIATOR,
    RECORD_EVIDENCE,
    RECORD_REASON,
    RECORD_START_FRAME,
    RECORD_START,
    RECORD_FRAME,
    RECORD_TIME,
    RECORD_INITIATED_IN,
    RECORD_INITIATED,
    RECORD_IDLE,
    RECORD_CLOSING_TIME,
    RECORD_CLIENT_CLOSURE,
    RECORD_SERVER_CLOSURE,
    RECORD_CLIENT_CLOSE_NOTIFY,
    RECORD_SERVER_CLOSE_NOTIFY,
    RECORD_CLIENT_LATE_RECORDS,
    RECORD_SERVER_LATE_RECORDS,
    RECORD_CLIENT_LATE_BYTES,
    RECORD_SERVER_LATE_BYTES,
    RECORD_CLIENT_BYTES,
    RECORD_SERVER_BYTES,
    RECORD_LOSS,
    RECORD_CLIENT_LOSS,
    RECORD_SERVER_LOSS,
    RECORD_LOSS_REASON,
    RECORD_PROTOCOL,
    RECORD_CLIENT_COMPLETE,
    RECORD_SERVER_COMPLETE,
    RECORD_GOODBYE_IN,
    RECORD_APP_SUMMARY,
    RECORD_CLOSE_ANNOUNCED_IN,
    RECORD_HTTP_FRAMING,
    RECORD_HTTP_COMPLETE,
    RECORD_SESSION_ID,
    RECORD_SESSION_ESTABLISHED_IN,
    RECORD_SESSION_UNRESUMABLE_IN,
    RECORD_SESSION_UNRESUMABLE_REASON,
    RECORD_SESSION_EVENTS,
    RECORD_FINDINGS,
    RECORD_COLUMN_COUNT
};

/* The column of SIDE in a pair whose first is the CLIENT's. */
#define SIDE_COLUMN(client, side) ((enum record_column)((unsigned)(client) + (unsigned)(side)))

/* The column's name: that of the field without "tlsclose.", as tlsclose-batch has it. */
extern const char *const record_names[RECORD_COLUMN_COUNT];

/* Whether the column is a list: its items are separated by commas, their parts by bars. */
bool record_is_list(enum record_column column);

/* The time of FRAME as seconds since the epoch; the text may be empty. Appends to TEXT. */
typedef void (*record_time)(const void *user, uint32_t frame, GString *text);

/* The texts of one row at a time. */
struct record_cells {
    GString *text[RECORD_COLUMN_COUNT];
    uint64_t late_records[2]; /* by enum side */
    uint64_t late_bytes[2];
    record_time time;
    const void *user; /* of time */
};

/* To be cleared by record_cells_clear(). */
void record_cells_init(struct record_cells *cells, record_time time, const void *user);
void record_cells_clear(struct record_cells *cells);

/* A row of LISTING, which comes to CONCLUSION, begins. */
void record_begin(struct record_cells *cells, const struct listing *listing,
                  const struct conclusion *conclusion);

/* Adds what one of the connection's frames says. Frames come in order. */
void record_add(struct record_cells *cells, const struct statements *statements);

/* All frames were added. */
void record_end(struct record_cells *cells);

#endif

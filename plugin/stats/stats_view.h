/* stats_view.h
 * What the statistics have in common: connections, counted in a view as long as it is looked
 * at. Must not know how a view shows them. For the stats_*.c files only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_STATS_VIEW_H
#define TLSCLOSE_STATS_VIEW_H

#include <epan/packet.h>

#include "stats/stats_frame.h"

#define STATS_TAP_NAME "tlsclose"

#define OPEN_AT_END_OF_CAPTURE "Open at end of capture"

/* How long nothing was said before the first closing act: timeouts are round figures. */
enum idle_class {
    IDLE_UNDER_1_S,
    IDLE_UNDER_5_S,
    IDLE_UNDER_30_S,
    IDLE_UNDER_60_S,
    IDLE_UNDER_120_S,
    IDLE_LONGER,
    IDLE_NOT_KNOWN,
};

/* What the statistics say of a connection. Compared as bytes: the members leave no padding. */
struct summary {
    const char *server_name; /* the conclusion's; NULL if unknown */
    int64_t closing_time;    /* nanoseconds from the first closing act to the end */
    int64_t idle;            /* nanoseconds before that act; -1: not known, or still open */
    uint32_t version;
    uint32_t closure;    /* of the verdict; CLOSURE_NONE: still open */
    uint32_t loss;       /* as in tlsclose.loss; LOSS_NOT_JUDGED: still open */
    uint32_t idle_class; /* enum idle_class */
    uint32_t evidence;
    uint32_t initiator;       /* as in tlsclose.initiator; 0: not known */
    uint32_t first_act_frame; /* 0: not known */
    uint32_t end_frame;       /* 0: still open */
    uint32_t made_session_unresumable;
    uint32_t response_truncated;
};

/* A connection that counts in a view. */
struct listing {
    uint32_t connection; /* its number */
    uint32_t first_frame;
    uint32_t last_frame; /* so far */
    uint32_t stream;
    char *client; /* address and port */
    char *server;
    struct summary summary; /* as counted */
    int row;                /* in a table with a row for each connection; -1: none yet */
};

/* A statistic that somebody looks at; the first member of what each kind of them needs. Wireshark
 * calls back when a frame passes the filter, but neither when one fails it nor before a table is
 * shown: therefore what is shown is kept up to date with every frame. */
struct view {
    const struct view_kind *kind;
    GHashTable *listings; /* struct listing by tcp.stream */
};

struct view_kind {
    /* Of LISTING, what was counted as WAS counts as IS now; NULL: it did not, or does not. */
    void (*count)(struct view *view, struct listing *listing, const struct summary *was,
                  const struct summary *is);
    /* FRAME, the packet's, passed the view's filter. NULL: only connections count. */
    void (*take_frame)(struct view *view, const packet_info *pinfo,
                       const struct stats_frame *frame);
    /* No connection counts any more, and none may be looked at. NULL: nothing else is kept. */
    void (*clear)(struct view *view);
    /* Frees VIEW and what it owns. */
    void (*discard)(struct view *view);
};

/* From now on VIEW is what fills SHOWN, a tree or table of Wireshark's. Owned by the statistics. */
void view_add(struct view *view, const struct view_kind *kind, gconstpointer shown);

/* The view that fills SHOWN. */
struct view *view_find(gconstpointer shown);

/* SHOWN is about to be freed. */
void view_remove(gconstpointer shown);

/* The connection of FRAME, the packet's, counts: a frame of it has passed the view's filter. */
void view_take(struct view *view, const packet_info *pinfo, const struct stats_frame *frame);

/* No connection counts any more. What was counted is not taken away. */
void view_clear(struct view *view);

/* A frame has been observed: its connection, where it counts already, is brought up to date. */
void view_update_all(const packet_info *pinfo, const struct stats_frame *frame);

/* No connection counts any more in any view. */
void view_clear_all(void);

/* To be called once, before any view is added. */
void view_register(void);

/* The name that FIELD, a filter name, shows for VALUE. */
const char *value_name(const char *field, uint32_t value, const char *otherwise);

#endif

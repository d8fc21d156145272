/* application_items.h
 * The fields of the application's own end: their registration, and their items. Must not know any protocol,
 * nor when they are shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_ITEMS_H
#define TLSCLOSE_APPLICATION_ITEMS_H

#include "facts/application_end.h"
#include "show/items.h"

/* Registers the fields for PROTO. */
void application_items_register(int proto);

/* What the application had finished and what not, and in which FRAMES it spoke of it: for the frame of the
 * verdict. */
void application_items_show_end(const struct items *items, const struct application_end *end,
                                const struct application_frames *frames);

/* What a frame carries of an application's goodbye. */
void application_items_show_goodbye(const struct items *items, const struct goodbye *goodbye);

#endif

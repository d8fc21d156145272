/* application_ends.h
 * What applications said of the end of connections that are over, each different answer kept once: most
 * connections end alike. Plain C and GLib; must not know what the answers mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_ENDS_H
#define TLSCLOSE_APPLICATION_ENDS_H

#include "facts/application_end.h"

/* The different answers. */
struct application_ends;

/* Owned by the caller; free with application_ends_free(). */
struct application_ends *application_ends_new(void);
void application_ends_free(struct application_ends *ends);

/* Takes END, which may be NULL, and returns one that says the same but for the frames, which are lost;
 * it belongs to ENDS. */
struct application_end *application_ends_keep(struct application_ends *ends,
                                              struct application_end *end);

#endif

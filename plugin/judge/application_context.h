/* application_context.h
 * What TLS and TCP say of a connection's end to the reader of its application. Pure functions over struct
 * connection; must not know any application protocol.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_APPLICATION_CONTEXT_H
#define TLSCLOSE_APPLICATION_CONTEXT_H

#include "facts/application_end.h"
#include "facts/facts.h"

/* As far as CONNECTION has been read. */
struct application_context application_context(const struct connection *connection,
                                               const struct connection_options *options);

#endif

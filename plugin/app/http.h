/* http.h
 * HTTP/1.x on one decrypted connection: where each message ends (RFC 9112 section 6.3), who
 * announced the close, and whether the last response is complete. Reads plaintext; must not know
 * TLS records' encryption, TCP or Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP_H
#define TLSCLOSE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/finding.h"

struct http;

/* A piece of decrypted application data. */
struct http_data {
    const uint8_t *bytes;
    uint32_t length;
    uint64_t end;          /* offset of its record's end in the sender's direction */
    uint64_t acknowledged; /* the peer's offset that its segment acknowledges */
    uint32_t frame;
};

/* What a piece of data brought. */
struct http_event {
    bool close_announced;     /* a message that announces the close of the connection */
    bool request_after_close; /* a further request after an announced close */
};

/* Owned by the caller; free with http_free(). */
struct http *http_new(void);
void http_free(struct http *http);

/* Takes the next data of SIDE, in stream order. What is not HTTP/1.x is ignored, and then
 * everything after it. */
struct http_event http_take(struct http *http, enum side side, const struct http_data *data);

/* A record of SIDE's could not be decrypted or was not captured: what follows can't be placed. */
void http_take_missing(struct http *http, enum side side);

/* Nothing more comes from either side: what is kept shrinks to the answers below. */
void http_finish(struct http *http);

/* How the last final response says where it ends; HTTP_FRAMING_NONE if there was none, or if the
 * request that it answers was lost and may have been a HEAD. */
enum http_framing http_last_framing(const struct http *http);

/* Whether that response had arrived in full by its own framing. Close-delimited: complete if
 * VOUCHED, a close_notify vouches for its end. */
enum http_completeness http_last_complete(const struct http *http, bool vouched);

/* Frame of the first message that announced the close, 0 if none. */
uint32_t http_close_announced_frame(const struct http *http);

/* Whether the server announced it. */
bool http_server_announced_close(const struct http *http);

#endif

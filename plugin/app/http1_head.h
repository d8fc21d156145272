/* http1_head.h
 * The head of an HTTP/1.x message: what its start line and fields say of where the message ends and
 * what becomes of the connection. Must not know where the lines come from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_HTTP1_HEAD_H
#define TLSCLOSE_HTTP1_HEAD_H

#include "app/application.h"

enum http1_request_kind {
    HTTP1_REQUEST_UNKNOWN = 0,
    HTTP1_REQUEST_HEAD,
    HTTP1_REQUEST_CONNECT,
    HTTP1_REQUEST_OTHER,
};

/* Begins zeroed. */
struct http1_head {
    uint64_t length;        /* Content-Length, if there is one */
    unsigned minor_version; /* of HTTP/1.x */
    unsigned status;        /* 0: a request */
    enum http1_request_kind request;
    bool close;               /* Connection: close */
    bool keep_alive;          /* Connection: keep-alive */
    bool upgrade;             /* Connection: upgrade */
    bool names_websocket;     /* Upgrade: websocket */
    bool has_transfer_coding; /* a Transfer-Encoding */
    bool is_chunked;          /* the last transfer coding */
    bool has_length;
    bool is_ambiguous; /* readers may differ on where the message ends */
};

/* RFC 9112 section 3: whether LINE is a request line of HTTP/1.x. Fills in HEAD. */
bool http1_parse_request_line(const char *line, struct http1_head *head);

/* RFC 9112 section 4: whether LINE is a status line of HTTP/1.x. Fills in HEAD. */
bool http1_parse_status_line(const char *line, struct http1_head *head);

/* RFC 9112 section 5: one field line, unfolded. What is no field is passed over. */
void http1_parse_field(const char *line, struct http1_head *head);

/* RFC 9112 section 9.3: whether the message says that the connection ends behind it. */
bool http1_announces_close(const struct http1_head *head);

/* The row's recognise: whether the first bytes of SIDE begin a request, or a response. */
enum recognition http1_recognise(enum side side, const uint8_t *bytes, uint32_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A scripted TLS endpoint: reads one verb a line from standard input, does it, and answers with one
 * line. This part owns the TCP socket and the command loop. It must not know any TLS library: each
 * library brings a table of verbs of its own.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#define REPORT_SIZE 512
#define MAX_ARGUMENT 65536

struct endpoint {
    bool is_server;
    const char *certificate_file;
    const char *key_file;
    const char *keylog_file;
    const char *address;
    unsigned port;
    int listener;
    int socket;
    char report[REPORT_SIZE];
};

struct verb {
    const char *name;
    void (*run)(struct endpoint *endpoint, const char *argument);
};

/* What a TLS library brings. `verbs` ends with an entry without a name. */
struct tls_library {
    const char *(*version)(void);
    void (*start)(struct endpoint *endpoint);
    const struct verb *verbs;
};

/* Sets the answer to the verb that runs. */
__attribute__((format(printf, 2, 3))) void report(struct endpoint *endpoint, const char *format,
                                                  ...);

/* Decodes hexadecimal text into `bytes`, which has room for MAX_ARGUMENT. Returns their number. */
size_t decode_hex(const char *text, unsigned char *bytes);

/* Sends bytes on the bare socket, behind the TLS library's back. */
void send_raw(struct endpoint *endpoint, const unsigned char *bytes, size_t length);

int endpoint_main(int argc, char **argv, const struct tls_library *library);

#endif

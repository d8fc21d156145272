/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command loop and the TCP verbs of a scripted TLS endpoint: listen, accept, connect, every way
 * to end a TCP connection, and holding back what arrives. It must not know any TLS library.
 */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
report(struct endpoint *endpoint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(endpoint->report, sizeof endpoint->report, format, arguments);
    va_end(arguments);
}

static void
report_result(struct endpoint *endpoint, int result)
{
    if (result < 0)
        report(endpoint, "error: %s", strerror(errno));
    else
        report(endpoint, "ok");
}

size_t
decode_hex(const char *text, unsigned char *bytes)
{
    size_t length = 0;
    unsigned value;

    while (length < MAX_ARGUMENT && sscanf(text + 2 * length, "%2x", &value) == 1)
        bytes[length++] = (unsigned char)value;
    return length;
}

void
send_raw(struct endpoint *endpoint, const unsigned char *bytes, size_t length)
{
    report_result(endpoint, (int)send(endpoint->socket, bytes, length, MSG_NOSIGNAL));
}

static struct addrinfo *
resolve(const struct endpoint *endpoint)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
    struct addrinfo *found = NULL;
    char port[8];

    snprintf(port, sizeof port, "%u", endpoint->port);
    if (getaddrinfo(endpoint->address, port, &hints, &found) != 0) {
        fprintf(stderr, "not an address: %s\n", endpoint->address);
        exit(EXIT_FAILURE);
    }
    return found;
}

/* What is sent in one step must not wait for an acknowledgement in the next one. */
static void
send_at_once(int connected)
{
    const int yes = 1;

    setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void
tcp_listen(struct endpoint *endpoint, const char *argument)
{
    struct addrinfo *local = resolve(endpoint);
    const int yes = 1;
    int result;

    (void)argument;
    endpoint->listener = socket(local->ai_family, SOCK_STREAM, 0);
    setsockopt(endpoint->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    result = bind(endpoint->listener, local->ai_addr, local->ai_addrlen);
    freeaddrinfo(local);
    report_result(endpoint, result < 0 ? result : listen(endpoint->listener, 4));
}

static void
tcp_accept(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    endpoint->socket = accept(endpoint->listener, NULL, NULL);
    send_at_once(endpoint->socket);
    report_result(endpoint, endpoint->socket);
}

static void
tcp_connect(struct endpoint *endpoint, const char *argument)
{
    struct addrinfo *peer = resolve(endpoint);

    (void)argument;
    endpoint->socket = socket(peer->ai_family, SOCK_STREAM, 0);
    send_at_once(endpoint->socket);
    report_result(endpoint, connect(endpoint->socket, peer->ai_addr, peer->ai_addrlen));
    freeaddrinfo(peer);
}

static void
tcp_fin(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_result(endpoint, shutdown(endpoint->socket, SHUT_WR));
}

static void
tcp_close(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_result(endpoint, close(endpoint->socket));
}

static void
tcp_reset(struct endpoint *endpoint, const char *argument)
{
    const struct linger abort_at_once = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(endpoint->socket, SOL_SOCKET, SO_LINGER, &abort_at_once, sizeof abort_at_once);
    tcp_close(endpoint, argument);
}

/* From now on the kernel drops, after they were captured, all segments to this socket that carry
 * bytes, FIN or RST: bare acknowledgements still pass. Their sender will send them again, so they
 * are late, not lost, once they are released. */
static void
tcp_hold(struct endpoint *endpoint, const char *argument)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12), /* data offset */
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 3, 0), /* longer than its header */
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),       /* flags */
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x05, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };

    (void)argument;
    report_result(endpoint, setsockopt(endpoint->socket, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                                       sizeof program));
}

static void
tcp_release(struct endpoint *endpoint, const char *argument)
{
    const int unused = 0;

    (void)argument;
    report_result(endpoint, setsockopt(endpoint->socket, SOL_SOCKET, SO_DETACH_FILTER, &unused,
                                       sizeof unused));
}

static void
raw_write(struct endpoint *endpoint, const char *argument)
{
    static unsigned char bytes[MAX_ARGUMENT];

    send_raw(endpoint, bytes, decode_hex(argument, bytes));
}

static void
raw_read(struct endpoint *endpoint, const char *argument)
{
    static unsigned char bytes[MAX_ARGUMENT];
    ssize_t received = recv(endpoint->socket, bytes, sizeof bytes, 0);

    (void)argument;
    if (received < 0)
        report_result(endpoint, -1);
    else
        report(endpoint, received == 0 ? "end of TCP stream" : "%zd bytes", received);
}

static const struct verb tcp_verbs[] = {
    { "listen", tcp_listen },
    { "accept", tcp_accept },
    { "connect", tcp_connect },
    { "fin", tcp_fin },
    { "close", tcp_close },
    { "reset", tcp_reset },
    { "hold", tcp_hold },
    { "release", tcp_release },
    { "write_raw", raw_write },
    { "read_raw", raw_read },
    { NULL, NULL },
};

static const struct verb *
find_verb(const struct verb *verbs, const char *name)
{
    while (verbs->name && strcmp(verbs->name, name) != 0)
        verbs++;
    return verbs->name ? verbs : NULL;
}

static void
run_line(struct endpoint *endpoint, const struct tls_library *library, char *line)
{
    char *argument = strchr(line, ' ');
    const struct verb *verb;

    if (argument)
        *argument++ = '\0';
    verb = find_verb(library->verbs, line);
    if (!verb)
        verb = find_verb(tcp_verbs, line);
    if (verb)
        verb->run(endpoint, argument ? argument : "");
    else
        report(endpoint, "error: no such verb: %s", line);
}

int
endpoint_main(int argc, char **argv, const struct tls_library *library)
{
    static char line[2 * MAX_ARGUMENT + 64];
    struct endpoint endpoint = { .listener = -1, .socket = -1 };

    if (argc != 7) {
        fprintf(stderr, "usage: %s client|server ADDRESS PORT CERTIFICATE KEY KEYLOG\n", argv[0]);
        return EXIT_FAILURE;
    }
    endpoint.is_server = strcmp(argv[1], "server") == 0;
    endpoint.address = argv[2];
    endpoint.port = (unsigned)strtoul(argv[3], NULL, 10);
    endpoint.certificate_file = argv[4];
    endpoint.key_file = argv[5];
    endpoint.keylog_file = argv[6];
    signal(SIGPIPE, SIG_IGN);
    library->start(&endpoint);
    printf("%s\n", library->version());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        run_line(&endpoint, library, line);
        printf("%s\n", endpoint.report);
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}

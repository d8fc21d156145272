/* load.c
 * Makes traffic on loopback for the benchmarks: real TCP and OpenSSL at both ends, in one process and one
 * thread that steps the ends in a fixed order, so that every run makes the same traffic.
 * Must not know how it is captured, nor what is measured with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So many connections are open at a time, each a step further in turn: a capture of a busy server. */
#define WINDOW 16
#define FIRST_PORT 10000
#define PORTS_PER_ADDRESS 50000
#define RECORD_LENGTH 16384
#define SMALL_RECORD_LENGTH 100
#define SMALL_RECORDS_PER_STEP 8
#define RECEIVE_BUFFER (1 << 20)

enum version { VERSION_NONE, VERSION_TLS12, VERSION_TLS13 };

/* How a short connection ends. Every third connection each. */
enum ending { ENDING_GRACEFUL, ENDING_UNANSWERED, ENDING_TRUNCATED, ENDING_COUNT };

struct end {
    int socket;
    SSL *tls; /* NULL: clear text */
};

struct connection {
    struct end client;
    struct end server;
};

static const char request[] = "GET /report HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load/1.0\r\n"
                              "Accept: text/html,application/json\r\n\r\n";
static char response[1024];
static int listener;
static uint16_t server_port;
static SSL_CTX *client_context;
static SSL_CTX *server_context;
static FILE *key_log;
static unsigned connections_made;

static void
fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void
expect(bool holds, const char *what)
{
    if (!holds)
        fail(what);
}

/* Sockets. */

static struct sockaddr_in
loopback(unsigned host, unsigned port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK + host) };
}

static int
bound_socket(struct sockaddr_in address)
{
    int on = 1;
    int buffer = RECEIVE_BUFFER;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    expect(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    expect(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    return fd;
}

/* Both ends of a new TCP connection. Its client's address and port are its own in the whole run, so
 * that no two connections of a capture are taken for one. */
static struct connection
new_connection(void)
{
    unsigned number = connections_made++;
    struct sockaddr_in server = loopback(0, server_port);
    struct connection connection = { 0 };

    connection.client.socket = bound_socket(
        loopback(1 + number / PORTS_PER_ADDRESS, FIRST_PORT + number % PORTS_PER_ADDRESS));
    expect(connect(connection.client.socket, (struct sockaddr *)&server, sizeof server) == 0,
           "connect");
    connection.server.socket = accept(listener, NULL, NULL);
    expect(connection.server.socket >= 0, "accept");
    fcntl(connection.client.socket, F_SETFL, O_NONBLOCK);
    fcntl(connection.server.socket, F_SETFL, O_NONBLOCK);
    return connection;
}

static void
start_listening(uint16_t port)
{
    server_port = port;
    listener = bound_socket(loopback(0, port));
    expect(listen(listener, WINDOW) == 0, "listen");
}

/* TLS. */

static void
log_key(const SSL *tls, const char *line)
{
    (void)tls;
    fprintf(key_log, "%s\n", line);
}

static SSL_CTX *
new_context(enum version version)
{
    int number = version == VERSION_TLS12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *context = SSL_CTX_new(TLS_method());

    expect(context != NULL, "SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    return context;
}

static void
start_tls(enum version version, const char *certificate, const char *key)
{
    client_context = new_context(version);
    server_context = new_context(version);
    SSL_CTX_set_keylog_callback(client_context, log_key);
    expect(SSL_CTX_use_certificate_file(server_context, certificate, SSL_FILETYPE_PEM) == 1 &&
               SSL_CTX_use_PrivateKey_file(server_context, key, SSL_FILETYPE_PEM) == 1,
           "certificate");
}

static void
open_tls(struct connection *connection)
{
    if (!client_context)
        return;
    connection->client.tls = SSL_new(client_context);
    connection->server.tls = SSL_new(server_context);
    SSL_set_fd(connection->client.tls, connection->client.socket);
    SSL_set_fd(connection->server.tls, connection->server.socket);
    SSL_set_connect_state(connection->client.tls);
    SSL_set_accept_state(connection->server.tls);
    SSL_set_tlsext_host_name(connection->client.tls, "localhost");
}

/* One flight of the handshake, of whichever side has one to send. */
static void
step_handshake(struct end *end)
{
    if (!end->tls || SSL_is_init_finished(end->tls))
        return;
    int result = SSL_do_handshake(end->tls);
    expect(result == 1 || SSL_get_error(end->tls, result) == SSL_ERROR_WANT_READ, "handshake");
}

/* Both. */

static void
write_all(struct end *end, const char *bytes, int length)
{
    long written = end->tls ? SSL_write(end->tls, bytes, length)
                            : send(end->socket, bytes, (size_t)length, MSG_NOSIGNAL);

    expect(written == length, "write");
}

/* What has arrived, up to its end. Number of bytes. */
static long
read_available(struct end *end)
{
    char bytes[RECORD_LENGTH];
    long total = 0;
    long count;

    do {
        count = end->tls ? SSL_read(end->tls, bytes, sizeof bytes)
                         : recv(end->socket, bytes, sizeof bytes, 0);
        total += count > 0 ? count : 0;
    } while (count > 0);
    return total;
}

static void
close_end(struct end *end)
{
    SSL_free(end->tls);
    close(end->socket);
}

/* The steps of a short connection. Each is done on all connections of a window before the next. */

static void
step_open(struct connection *connection, enum ending ending)
{
    (void)ending;
    *connection = new_connection();
    open_tls(connection);
}

static void
step_client_handshake(struct connection *connection, enum ending ending)
{
    (void)ending;
    step_handshake(&connection->client);
}

static void
step_server_handshake(struct connection *connection, enum ending ending)
{
    (void)ending;
    step_handshake(&connection->server);
}

static void
step_request(struct connection *connection, enum ending ending)
{
    (void)ending;
    write_all(&connection->client, request, sizeof request - 1);
}

static void
step_response(struct connection *connection, enum ending ending)
{
    (void)ending;
    expect(read_available(&connection->server) == sizeof request - 1, "request");
    write_all(&connection->server, response, (int)strlen(response));
}

static void
step_first_close(struct connection *connection, enum ending ending)
{
    struct end *first = ending == ENDING_UNANSWERED ? &connection->client : &connection->server;

    expect(read_available(&connection->client) == (long)strlen(response), "response");
    if (first->tls && ending != ENDING_TRUNCATED)
        SSL_shutdown(first->tls);
    shutdown(first->socket, SHUT_WR);
}

/* OpenSSL answers a FIN without close_notify by an alert, when it reads. */
static void
step_second_close(struct connection *connection, enum ending ending)
{
    struct end *second = ending == ENDING_UNANSWERED ? &connection->server : &connection->client;

    read_available(second);
    if (second->tls && ending == ENDING_GRACEFUL)
        SSL_shutdown(second->tls);
    shutdown(second->socket, SHUT_WR);
}

static void
step_free(struct connection *connection, enum ending ending)
{
    (void)ending;
    read_available(&connection->client);
    read_available(&connection->server);
    close_end(&connection->client);
    close_end(&connection->server);
}

/* TLS 1.2 needs two round trips; in TLS 1.3 the second one finds nothing to do but at the server. */
static void (*const short_steps[])(struct connection *, enum ending) = {
    step_open,
    step_client_handshake,
    step_server_handshake,
    step_client_handshake,
    step_server_handshake,
    step_client_handshake,
    step_request,
    step_response,
    step_first_close,
    step_second_close,
    step_free,
};

static void
make_short(unsigned long count)
{
    struct connection window[WINDOW];

    snprintf(response, sizeof response,
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 800\r\n\r\n%0800d", 0);
    for (unsigned long done = 0; done < count; done += WINDOW) {
        unsigned long open = count - done < WINDOW ? count - done : WINDOW;
        for (size_t step = 0; step < sizeof short_steps / sizeof *short_steps; step++)
            for (unsigned long i = 0; i < open; i++)
                short_steps[step](&window[i], (enum ending)((done + i) % ENDING_COUNT));
    }
}

/* One connection: the server sends COUNT times LENGTH bytes, and the client reads after every BURST
 * of them. */
static void
make_stream(unsigned long count, int length, unsigned burst)
{
    static const char bytes[RECORD_LENGTH];
    struct connection connection = new_connection();

    open_tls(&connection);
    for (unsigned flight = 0; flight < 3; flight++) {
        step_handshake(&connection.client);
        step_handshake(&connection.server);
    }
    step_request(&connection, ENDING_GRACEFUL);
    read_available(&connection.server);
    for (unsigned long sent = 0; sent < count; sent++) {
        write_all(&connection.server, bytes, length);
        if (sent % burst == burst - 1)
            read_available(&connection.client);
    }
    read_available(&connection.client);
    if (connection.server.tls)
        SSL_shutdown(connection.server.tls);
    shutdown(connection.server.socket, SHUT_WR);
    step_second_close(&connection, ENDING_GRACEFUL);
    step_free(&connection, ENDING_GRACEFUL);
}

static enum version
version_by_name(const char *name)
{
    if (strcmp(name, "1.2") == 0)
        return VERSION_TLS12;
    return strcmp(name, "1.3") == 0 ? VERSION_TLS13 : VERSION_NONE;
}

int
main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(
            stderr,
            "usage: load short|bulk|records 1.2|1.3|none COUNT PORT CERTIFICATE KEY KEY_LOG\n"
            "  short    COUNT connections of one request; bulk: one of COUNT records of 16 KiB;\n"
            "  records  one of COUNT small records\n");
        return EXIT_FAILURE;
    }
    enum version version = version_by_name(argv[2]);
    unsigned long count = strtoul(argv[3], NULL, 10);

    key_log = fopen(argv[7], "w");
    expect(key_log != NULL, argv[7]);
    start_listening((uint16_t)strtoul(argv[4], NULL, 10));
    if (version != VERSION_NONE)
        start_tls(version, argv[5], argv[6]);
    if (strcmp(argv[1], "short") == 0)
        make_short(count);
    else if (strcmp(argv[1], "bulk") == 0)
        make_stream(count, RECORD_LENGTH, 1);
    else
        make_stream(count, SMALL_RECORD_LENGTH, SMALL_RECORDS_PER_STEP);
    return fclose(key_log) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

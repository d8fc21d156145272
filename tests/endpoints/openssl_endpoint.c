/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The TLS verbs of a scripted endpoint, done by OpenSSL. What OpenSSL says of each step is
 * reported in its own words. It must not know which scenario it plays.
 */
#include "endpoint.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SSL_CTX *context;
static SSL_CONF_CTX *configuration;
static SSL *connection;
static FILE *keylog;
static unsigned char *saved_session;
static long saved_session_length;

static void
log_key(const SSL *ssl, const char *line)
{
    (void)ssl;
    fprintf(keylog, "%s\n", line);
    fflush(keylog);
}

/* Kept in its serialised form, because OpenSSL marks a session object that ended badly and would
 * not offer it again. */
static void
save_session(SSL_SESSION *session)
{
    OPENSSL_free(saved_session);
    saved_session = NULL;
    saved_session_length = i2d_SSL_SESSION(session, &saved_session);
}

static int
new_session(SSL *ssl, SSL_SESSION *session)
{
    if (!SSL_is_server(ssl))
        save_session(session);
    return 0;
}

static void
start(struct endpoint *endpoint)
{
    const unsigned char session_context[] = "endpoint";

    keylog = fopen(endpoint->keylog_file, "a");
    context = SSL_CTX_new(TLS_method());
    if (!keylog || !context)
        exit(EXIT_FAILURE);
    SSL_CTX_set_keylog_callback(context, log_key);
    SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_BOTH);
    SSL_CTX_sess_set_new_cb(context, new_session);
    if (endpoint->is_server) {
        SSL_CTX_use_certificate_file(context, endpoint->certificate_file, SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context, endpoint->key_file, SSL_FILETYPE_PEM);
    }
    configuration = SSL_CONF_CTX_new();
    SSL_CONF_CTX_set_flags(configuration,
                           SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
    SSL_CONF_CTX_set_ssl_ctx(configuration, context);
}

static const char *
version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

static void
report_result(struct endpoint *endpoint, int result)
{
    unsigned long queued = ERR_peek_last_error();

    switch (SSL_get_error(connection, result)) {
    case SSL_ERROR_NONE:
        report(endpoint, "%d bytes", result);
        break;
    case SSL_ERROR_ZERO_RETURN:
        report(endpoint, "end of TLS stream: SSL_ERROR_ZERO_RETURN");
        break;
    case SSL_ERROR_SSL:
        report(endpoint, "error: SSL_ERROR_SSL: %s", ERR_reason_error_string(queued));
        break;
    case SSL_ERROR_WANT_READ:
        report(endpoint, "SSL_ERROR_WANT_READ");
        break;
    default:
        report(endpoint, "error: SSL_ERROR_SYSCALL: %m");
        break;
    }
    ERR_clear_error();
}

static void
report_success(struct endpoint *endpoint, int result, const char *text)
{
    if (result == 1)
        report(endpoint, "%s", text);
    else
        report_result(endpoint, result);
}

/* "conf MinProtocol TLSv1.2": any command of SSL_CONF_cmd(3) */
static void
configure(struct endpoint *endpoint, const char *argument)
{
    char command[64];
    int length = 0;

    if (sscanf(argument, "%63s %n", command, &length) == 1 &&
        SSL_CONF_cmd(configuration, command, argument + length) > 0)
        report(endpoint, "ok");
    else
        report(endpoint, "error: conf %s", argument);
}

static void
offer_saved_session(void)
{
    const unsigned char *bytes = saved_session;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &bytes, saved_session_length);

    SSL_set_session(connection, session);
    SSL_SESSION_free(session);
}

static void
start_connection(const struct endpoint *endpoint)
{
    SSL_CONF_CTX_finish(configuration);
    connection = SSL_new(context);
    SSL_set_fd(connection, endpoint->socket);
    if (endpoint->is_server) {
        SSL_set_accept_state(connection);
    } else {
        SSL_set_connect_state(connection);
        SSL_set_tlsext_host_name(connection, "localhost");
    }
}

static void
handshake(struct endpoint *endpoint, const char *argument)
{
    int result;

    start_connection(endpoint);
    if (!endpoint->is_server && strcmp(argument, "offering the saved session") == 0)
        offer_saved_session();
    result = SSL_do_handshake(connection);
    report_success(endpoint, result, SSL_session_reused(connection) ? "resumed" : "ok");
}

/* Goes as far as it can without waiting for the other side. */
static void
begin_handshake(struct endpoint *endpoint, const char *argument)
{
    int flags = fcntl(endpoint->socket, F_GETFL);

    (void)argument;
    start_connection(endpoint);
    fcntl(endpoint->socket, F_SETFL, flags | O_NONBLOCK);
    report_success(endpoint, SSL_do_handshake(connection), "ok");
    fcntl(endpoint->socket, F_SETFL, flags);
}

static void
write_data(struct endpoint *endpoint, const char *argument)
{
    static unsigned char bytes[MAX_ARGUMENT];
    size_t length = decode_hex(argument, bytes);

    report_result(endpoint, SSL_write(connection, bytes, (int)length));
}

/* From here on OpenSSL writes into memory, from where the bytes can be sent in any way. */
static BIO *
write_aside(void)
{
    BIO *memory = BIO_new(BIO_s_mem());

    BIO_up_ref(memory);
    BIO_up_ref(SSL_get_rbio(connection));
    SSL_set0_wbio(connection, memory);
    return memory;
}

/* Sends what was written aside in PIECES of about the same size. What follows is sent directly. */
static void
send_in_pieces(struct endpoint *endpoint, BIO *memory, size_t pieces)
{
    char *bytes;
    size_t length = (size_t)BIO_get_mem_data(memory, &bytes);

    for (size_t i = 0; i < pieces; i++) {
        size_t start = i * length / pieces;
        size_t end = (i + 1) * length / pieces;

        send_raw(endpoint, (unsigned char *)bytes + start, end - start);
    }
    SSL_set0_wbio(connection, SSL_get_rbio(connection));
    BIO_free(memory);
}

static void
write_half_record(struct endpoint *endpoint, const char *argument)
{
    BIO *memory = write_aside();
    char *record;
    size_t length;

    write_data(endpoint, argument);
    length = (size_t)BIO_get_mem_data(memory, &record);
    send_raw(endpoint, (unsigned char *)record, length / 2);
    BIO_free(memory);
}

/* One record in many TCP segments, also where segments can be large. */
static void
write_in_pieces(struct endpoint *endpoint, const char *argument)
{
    BIO *memory = write_aside();

    write_data(endpoint, argument);
    send_in_pieces(endpoint, memory, 6);
}

static void
close_notify_in_pieces(struct endpoint *endpoint, const char *argument)
{
    BIO *memory = write_aside();

    (void)argument;
    SSL_shutdown(connection);
    send_in_pieces(endpoint, memory, 3);
}

/* Data and close_notify in one TCP segment. */
static void
write_and_close(struct endpoint *endpoint, const char *argument)
{
    BIO *memory = write_aside();

    write_data(endpoint, argument);
    SSL_shutdown(connection);
    send_in_pieces(endpoint, memory, 1);
}

static void
read_data(struct endpoint *endpoint, const char *argument)
{
    static char bytes[MAX_ARGUMENT];

    (void)argument;
    report_result(endpoint, SSL_read(connection, bytes, sizeof bytes));
}

static void
read_to_the_end(struct endpoint *endpoint, const char *argument)
{
    static char bytes[MAX_ARGUMENT];
    char ending[REPORT_SIZE];
    long total = 0;
    int result;

    (void)argument;
    while ((result = SSL_read(connection, bytes, sizeof bytes)) > 0)
        total += result;
    report_result(endpoint, result);
    memcpy(ending, endpoint->report, sizeof ending);
    report(endpoint, "%ld bytes, then %.400s", total, ending);
}

static void
send_close_notify(struct endpoint *endpoint, const char *argument)
{
    int result = SSL_shutdown(connection);

    (void)argument;
    if (result >= 0)
        report(endpoint, "SSL_shutdown returned %d", result);
    else
        report_result(endpoint, result);
}

/* Ends the TLS connection for the library, without a word on the wire. */
static void
forget(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    SSL_free(connection);
    connection = NULL;
    report(endpoint, "ok");
}

static void
keep_session(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    save_session(SSL_get0_session(connection));
    report(endpoint, "%ld bytes", saved_session_length);
}

static void
require_trust(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    report(endpoint, "ok");
}

static const struct verb openssl_verbs[] = {
    { "conf", configure },
    { "require_trust", require_trust },
    { "handshake", handshake },
    { "begin_handshake", begin_handshake },
    { "write", write_data },
    { "write_half_record", write_half_record },
    { "write_in_pieces", write_in_pieces },
    { "write_and_close", write_and_close },
    { "close_notify_in_pieces", close_notify_in_pieces },
    { "read", read_data },
    { "read_to_the_end", read_to_the_end },
    { "close_notify", send_close_notify },
    { "save_session", keep_session },
    { "forget", forget },
    { NULL, NULL },
};

int
main(int argc, char **argv)
{
    const struct tls_library openssl = { version, start, openssl_verbs };

    return endpoint_main(argc, argv, &openssl);
}

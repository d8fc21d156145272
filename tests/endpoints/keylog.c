/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Loaded before a program that uses OpenSSL (LD_PRELOAD), it writes the program's TLS secrets to the
 * file that SSLKEYLOGFILE names, for programs that have no such option. It must not know which
 * program that is.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A line is written at once, so that lines of several processes do not mix. */
static void
log_key(const SSL *ssl, const char *line)
{
    int file = open(getenv("SSLKEYLOGFILE"), O_WRONLY | O_CREAT | O_APPEND, 0666);

    (void)ssl;
    dprintf(file, "%s\n", line);
    close(file);
}

SSL_CTX *
SSL_CTX_new(const SSL_METHOD *method)
{
    SSL_CTX *(*original)(const SSL_METHOD *) =
        (SSL_CTX * (*)(const SSL_METHOD *)) dlsym(RTLD_NEXT, "SSL_CTX_new");
    SSL_CTX *context = original(method);

    if (context)
        SSL_CTX_set_keylog_callback(context, log_key);
    return context;
}

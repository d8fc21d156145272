/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The TLS verbs of a scripted endpoint, done by GnuTLS, which lets a program send any alert at any
 * time. What GnuTLS says of each step is reported in its own words. It must not know which scenario
 * it plays.
 */
#include "endpoint.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gnutls_certificate_credentials_t credentials;
static gnutls_datum_t ticket_key;
static gnutls_datum_t saved_session;
static gnutls_session_t session;
static char priority[256] = "NORMAL";
static bool tickets = true;

static void
start(struct endpoint *endpoint)
{
    setenv("SSLKEYLOGFILE", endpoint->keylog_file, 1);
    gnutls_global_init();
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_session_ticket_key_generate(&ticket_key);
    if (endpoint->is_server)
        gnutls_certificate_set_x509_key_file(credentials, endpoint->certificate_file,
                                             endpoint->key_file, GNUTLS_X509_FMT_PEM);
}

static const char *
version(void)
{
    static char text[64];

    snprintf(text, sizeof text, "GnuTLS %s", gnutls_check_version(NULL));
    return text;
}

static void
report_result(struct endpoint *endpoint, ssize_t result)
{
    if (result > 0)
        report(endpoint, "%zd bytes", result);
    else if (result == 0)
        report(endpoint, "end of TLS stream: gnutls_record_recv returned 0");
    else if (result == GNUTLS_E_WARNING_ALERT_RECEIVED || result == GNUTLS_E_FATAL_ALERT_RECEIVED)
        report(endpoint, "error: %s (%s)", gnutls_strerror((int)result),
               gnutls_alert_get_name(gnutls_alert_get(session)));
    else
        report(endpoint, "error: %s", gnutls_strerror((int)result));
}

static void
report_success(struct endpoint *endpoint, int result, const char *text)
{
    if (result == GNUTLS_E_SUCCESS)
        report(endpoint, "%s", text);
    else
        report_result(endpoint, result);
}

/* "priority NORMAL:-VERS-ALL:+VERS-TLS1.2": a priority string of GnuTLS */
static void
set_priority(struct endpoint *endpoint, const char *argument)
{
    snprintf(priority, sizeof priority, "%s", argument);
    report(endpoint, "ok");
}

static void
no_tickets(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    tickets = false;
    report(endpoint, "ok");
}

static void
start_session(const struct endpoint *endpoint)
{
    unsigned flags = endpoint->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT;

    gnutls_init(&session, tickets ? flags : flags | GNUTLS_NO_TICKETS);
    gnutls_priority_set_direct(session, priority, NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(session, endpoint->socket);
    if (!endpoint->is_server)
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, "localhost", strlen("localhost"));
    else if (tickets)
        gnutls_session_ticket_enable_server(session, &ticket_key);
}

static void
begin(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    start_session(endpoint);
    report(endpoint, "ok");
}

static void
handshake(struct endpoint *endpoint, const char *argument)
{
    int result;

    start_session(endpoint);
    if (strcmp(argument, "offering the saved session") == 0 && !endpoint->is_server)
        gnutls_session_set_data(session, saved_session.data, saved_session.size);
    do
        result = gnutls_handshake(session);
    while (result < 0 && !gnutls_error_is_fatal(result));
    report_success(endpoint, result, gnutls_session_is_resumed(session) ? "resumed" : "ok");
}

static void
write_data(struct endpoint *endpoint, const char *argument)
{
    static unsigned char bytes[MAX_ARGUMENT];
    size_t length = decode_hex(argument, bytes);
    size_t sent = 0;
    ssize_t result = 1;

    while (result > 0 && sent < length) {
        result = gnutls_record_send(session, bytes + sent, length - sent);
        sent += result > 0 ? (size_t)result : 0;
    }
    report_result(endpoint, result > 0 ? (ssize_t)sent : result);
}

static ssize_t
receive(void)
{
    static char bytes[MAX_ARGUMENT];
    ssize_t result;

    do
        result = gnutls_record_recv(session, bytes, sizeof bytes);
    while (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED);
    return result;
}

static void
read_data(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_result(endpoint, receive());
}

static void
read_to_the_end(struct endpoint *endpoint, const char *argument)
{
    char ending[REPORT_SIZE];
    ssize_t total = 0;
    ssize_t result;

    (void)argument;
    while ((result = receive()) > 0)
        total += result;
    report_result(endpoint, result);
    memcpy(ending, endpoint->report, sizeof ending);
    report(endpoint, "%zd bytes, then %.400s", total, ending);
}

static void
send_close_notify(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_success(endpoint, gnutls_bye(session, GNUTLS_SHUT_WR), "gnutls_bye returned 0");
}

/* "alert LEVEL DESCRIPTION", both as numbers */
static void
send_alert(struct endpoint *endpoint, const char *argument)
{
    unsigned level = 0;
    unsigned description = 0;

    sscanf(argument, "%u %u", &level, &description);
    report_success(endpoint,
                   gnutls_alert_send(session, (gnutls_alert_level_t)level,
                                     (gnutls_alert_description_t)description),
                   "gnutls_alert_send returned 0");
}

static void
update_key(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_success(endpoint, gnutls_session_key_update(session, 0), "ok");
}

static void
save_session(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    report_success(endpoint, gnutls_session_get_data2(session, &saved_session), "ok");
}

static void
forget(struct endpoint *endpoint, const char *argument)
{
    (void)argument;
    gnutls_deinit(session);
    report(endpoint, "ok");
}

static const struct verb gnutls_verbs[] = {
    { "priority", set_priority },
    { "no_tickets", no_tickets },
    { "begin", begin },
    { "handshake", handshake },
    { "write", write_data },
    { "read", read_data },
    { "read_to_the_end", read_to_the_end },
    { "close_notify", send_close_notify },
    { "alert", send_alert },
    { "key_update", update_key },
    { "save_session", save_session },
    { "forget", forget },
    { NULL, NULL },
};

int
main(int argc, char **argv)
{
    const struct tls_library gnutls = { version, start, gnutls_verbs };

    return endpoint_main(argc, argv, &gnutls);
}

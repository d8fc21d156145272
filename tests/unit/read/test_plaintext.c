/* test_plaintext.c
 * What decrypted records say of the application, and what records that nobody can read hide of it. The words
 * are those of RFC 9112, 9113, 6455, 5321 and 959; must not know how an application is read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "read/plaintext.h"

#include <glib.h>
#include <string.h>

#include "records.h"

/* AES-128-GCM in TLS 1.2: RFC 5288 section 3. */
#define EXPANSION 24

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define RESPONSE_BEGUN "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok"
#define CLOSING "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

static struct conversation talk;

static void
begin(void)
{
    conversation_begin(&talk, TLS12_DECRYPTED, ONE_BY_ONE, false);
}

static void
end(void)
{
    conversation_finish(&talk);
}

/* SIDE has heard all and says LENGTH BYTES. */
static void
say_bytes(enum side side, const char *bytes, size_t length)
{
    hear(&talk, side);
    send_shown(&talk, side, TLS_APPLICATION_DATA, bytes, (uint16_t)length, EXPANSION);
}

static void
say(enum side side, const char *text)
{
    say_bytes(side, text, strlen(text));
}

/* The same, but Wireshark can't decrypt it. */
static void
say_unread(enum side side)
{
    hear(&talk, side);
    send_raw(&talk, side, TLS_APPLICATION_DATA, 100, TLS_RECORD_HEADER_LENGTH + 100);
}

static void
expect_complete(enum completeness client, enum completeness server)
{
    struct application_end *answer = plaintext_end(talk.connection, &talk.options);

    g_assert_nonnull(answer);
    g_assert_cmpint(answer->complete[SIDE_CLIENT], ==, client);
    g_assert_cmpint(answer->complete[SIDE_SERVER], ==, server);
    application_end_free(answer);
}

static void
send_ends(void)
{
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    hear(&talk, SIDE_CLIENT);
    send_event(&talk, SIDE_CLIENT, FIN);
}

static void
test_nothing_decrypted(void)
{
    begin();
    say_unread(SIDE_CLIENT);
    send_ends();
    g_assert_null(plaintext_end(talk.connection, &talk.options));
    end();
}

/* What a side sent before anything was decrypted, after it, or what was not captured, hides whether it had
 * finished. A request that nobody could read is one that the server may owe an answer, and what was lost of the
 * server may be a fatal alert that made the client stop. */
static void
test_unread_records(void)
{
    enum { NOTHING, BEFORE, BEHIND, LOST };

    for (int what = NOTHING; what <= LOST; what++) {
        for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
            bool knows_client = what == NOTHING || (side == SIDE_SERVER && what != LOST);

            begin();
            if (what == BEFORE)
                say_unread(side);
            say(SIDE_CLIENT, GET);
            say(SIDE_SERVER, RESPONSE);
            if (what == BEHIND)
                say_unread(side);
            if (what == LOST)
                talk.sequence[side] += 100;
            send_ends();
            expect_complete(knows_client ? COMPLETE : COMPLETENESS_UNKNOWN,
                            what == NOTHING ? COMPLETE : COMPLETENESS_UNKNOWN);
            end();
        }
    }
}

/* A side that has ended may still be answered. */
static void
test_answer_behind_end(void)
{
    static const char rest[] = "ok";

    begin();
    say(SIDE_CLIENT, GET);
    send_event(&talk, SIDE_CLIENT, FIN);
    say(SIDE_SERVER, RESPONSE_BEGUN);
    say(SIDE_SERVER, rest);
    hear(&talk, SIDE_SERVER);
    send_event(&talk, SIDE_SERVER, FIN);
    expect_complete(COMPLETE, COMPLETE);
    end();

    begin();
    say(SIDE_CLIENT, GET);
    say(SIDE_SERVER, RESPONSE_BEGUN);
    send_ends();
    expect_complete(COMPLETE, INCOMPLETE);
    end();
}

/* RFC 9112 section 9.6. */
static void
test_close_announced(void)
{
    begin();
    say(SIDE_CLIENT, GET);
    say(SIDE_SERVER, RESPONSE);
    g_assert_false(talk.findings.close_announced);
    say(SIDE_CLIENT, GET);
    say(SIDE_SERVER, CLOSING);
    g_assert_true(talk.findings.close_announced);
    end();
}

static void
expect_goodbye(enum goodbye_kind kind, uint32_t last_stream, uint32_t code, const char *text)
{
    const struct goodbye *goodbye = &talk.findings.goodbye;

    g_assert_cmpint(goodbye->kind, ==, kind);
    g_assert_cmpuint(goodbye->last_stream, ==, last_stream);
    g_assert_cmpuint(goodbye->code, ==, code);
    g_assert_cmpstr(goodbye->text, ==, text);
}

/* RFC 6455 sections 1.3 and 5.5.1: a Close holds a code and a reason, or neither. */
static void
test_websocket_close(void)
{
    static const struct {
        const char *frame;
        size_t length;
        uint32_t code;
        const char *reason;
    } cases[] = {
        { "\x88\x00", 2, 0, NULL },
        { "\x88\x02\x03\xE8", 4, 1000, NULL },
        { "\x88\x03\x03\xE9x", 5, 1001, "x" },
        { "\x88\x05\x03\xE9"
          "bye",
          7, 1001, "bye" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin();
        say(SIDE_CLIENT,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        say(SIDE_SERVER, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                         "Upgrade: websocket\r\n"
                         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        say_bytes(SIDE_SERVER, "\x81\x05Hello", 7);
        expect_goodbye(GOODBYE_NONE, 0, 0, NULL);
        say_bytes(SIDE_SERVER, cases[i].frame, cases[i].length);
        expect_goodbye(GOODBYE_WEBSOCKET_CLOSE, 0, cases[i].code, cases[i].reason);
        end();
    }
}

/* RFC 9113 section 6.8. */
static void
test_goaway(void)
{
    static const char settings[] = "\0\0\0\x04\0\0\0\0\0";
    static const char goaway[] = "\0\0\x09\x07\0\0\0\0\0"
                                 "\0\0\0\x05"
                                 "\0\0\0\x0B"
                                 "x";

    begin();
    say(SIDE_CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    say_bytes(SIDE_CLIENT, settings, sizeof settings - 1);
    say_bytes(SIDE_SERVER, settings, sizeof settings - 1);
    expect_goodbye(GOODBYE_NONE, 0, 0, NULL);
    say_bytes(SIDE_SERVER, goaway, sizeof goaway - 1);
    expect_goodbye(GOODBYE_GOAWAY, 5, 11, "x");
    end();
}

/* RFC 5321 section 4.1.1.10. */
static void
test_quit(void)
{
    begin();
    say(SIDE_SERVER, "220 a ESMTP\r\n");
    say(SIDE_CLIENT, "EHLO b\r\n");
    say(SIDE_SERVER, "250 a\r\n");
    expect_goodbye(GOODBYE_NONE, 0, 0, NULL);
    say(SIDE_CLIENT, "QUIT\r\n");
    expect_goodbye(GOODBYE_WORD, 0, 0, NULL);
    end();
}

/* RFC 959 section 4.1.2: the last two numbers are the port. */
static void
test_data_port(void)
{
    begin();
    say(SIDE_SERVER, "220 ready\r\n");
    say(SIDE_CLIENT, "USER a\r\n");
    say(SIDE_SERVER, "331 password\r\n");
    say(SIDE_CLIENT, "PASV\r\n");
    g_assert_cmpuint(talk.findings.data_port, ==, 0);
    say(SIDE_SERVER, "227 Entering Passive Mode (192,0,2,1,0,1).\r\n");
    g_assert_cmpuint(talk.findings.data_port, ==, 1);
    say(SIDE_CLIENT, "PASV\r\n");
    say(SIDE_SERVER, "227 Entering Passive Mode (192,0,2,1,4,2).\r\n");
    g_assert_cmpuint(talk.findings.data_port, ==, 4 * 256 + 2);
    end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plaintext/nothing_decrypted", test_nothing_decrypted);
    g_test_add_func("/plaintext/unread_records", test_unread_records);
    g_test_add_func("/plaintext/answer_behind_end", test_answer_behind_end);
    g_test_add_func("/plaintext/close_announced", test_close_announced);
    g_test_add_func("/plaintext/websocket_close", test_websocket_close);
    g_test_add_func("/plaintext/goaway", test_goaway);
    g_test_add_func("/plaintext/quit", test_quit);
    g_test_add_func("/plaintext/data_port", test_data_port);
    return g_test_run();
}

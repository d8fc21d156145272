/* test_gaps.c
 * What is known of a conversation that was not captured in full, and what is not: one conversation a line.
 * Expected answers are those of the public interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "judge/closure.h"
#include "judge/loss.h"
#include "script.h"

/* Answers in letters: of verdicts and closures, of losses, and of what hides a verdict. */
static const char closure_letters[] = {
    [CLOSURE_NONE] = '-',       [CLOSURE_CLOSE_NOTIFY] = 'G',
    [CLOSURE_UNANSWERED] = 'U', [CLOSURE_TRUNCATED] = 'T',
    [CLOSURE_RESET] = 'R',      [CLOSURE_FATAL_ALERT] = 'F',
    [CLOSURE_UNKNOWN] = '?',    [CLOSURE_HANDSHAKE_INCOMPLETE] = 'I',
};
static const char loss_letters[] = {
    [LOSS_NOT_JUDGED] = '-', [LOSS_NONE] = '0',    [LOSS_UNLIKELY] = 'U',
    [LOSS_POSSIBLE] = 'P',   [LOSS_CERTAIN] = 'C', [LOSS_UNKNOWN] = '?',
};
static const char hidden_letters[HIDDEN_COUNT] = {
    [HIDDEN_NOTHING] = '-',        [HIDDEN_NO_BYTES] = 'b',         [HIDDEN_STARTS_INSIDE] = 'i',
    [HIDDEN_NOT_TLS] = 't',        [HIDDEN_FIN_BELOW_DATA] = 'f',   [HIDDEN_PADDED] = 'p',
    [HIDDEN_TWO_NUMBERINGS] = '2', [HIDDEN_UNREADABLE_ALERT] = 'a', [HIDDEN_GAP] = 'g',
};

struct gap_case {
    enum visibility visibility;
    const char *script;
    /* verdict and initiator; closures of client and server; losses of both; what hides the verdict and in
     * whose direction */
    const char *expected;
};

static char
initiator_letter(const struct judgement *verdict)
{
    if (!verdict->has_initiator)
        return '-';
    return verdict->initiator == SIDE_CLIENT ? 'c' : 's';
}

static char *
answers(const struct conversation *talk)
{
    struct judgement verdict = judge_verdict(talk->connection, &talk->options);
    bool is_hidden = verdict.hidden != HIDDEN_NOTHING;
    char closures[2], losses[2];

    for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        struct judgement closure = judge_closure(talk->connection, side, &talk->options);
        g_assert_true((closure.closure == CLOSURE_UNKNOWN) == (closure.hidden != HIDDEN_NOTHING));
        closures[side] = closure_letters[closure.closure];
        losses[side] =
            loss_letters[judge_loss(talk->connection, side, closure, NULL, &talk->options).loss];
    }
    g_assert_true((verdict.closure == CLOSURE_UNKNOWN) == is_hidden);
    return g_strdup_printf("%c%c %.2s %.2s %c%c", closure_letters[verdict.closure],
                           initiator_letter(&verdict), closures, losses,
                           hidden_letters[verdict.hidden],
                           !is_hidden                           ? '-'
                           : verdict.hidden_side == SIDE_CLIENT ? 'c'
                                                                : 's');
}

static void
check_from(enum connection_start start, const struct gap_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct conversation talk;

        conversation_begin_bare(&talk, start);
        talk.visibility = cases[i].visibility;
        script_play(&talk, cases[i].script);
        char *found = answers(&talk);
        if (g_strcmp0(found, cases[i].expected) != 0)
            g_test_message("%s: %s, not %s", cases[i].script, found, cases[i].expected);
        if (g_strcmp0(found, cases[i].expected) != 0)
            g_test_fail();
        g_free(found);
        conversation_finish(&talk);
    }
}

static void
check(const struct gap_case *cases, unsigned count)
{
    check_from(START_AT_CLIENT_HELLO, cases, count);
}

/* Nothing is missing: what the others are to be compared with. */
static void
test_whole(void)
{
    static const struct gap_case cases[] = {
        { TLS12_DECRYPTED, "H cD s+ sD c+ sn sf c+ cn cf", "Gs GG UU --" },
        { TLS12_ENCRYPTED, "H cD s+ sD c+ sn sf c+ cn cf", "Gs GG UU --" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ sf c+ cf", "Ts TT UU --" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ cn s+ sf c+ cf", "Uc GU UU --" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ sx sf c+ cf", "Fs FF UU --" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* "A gap": what it may hold is Unknown; what it can't hold is known. */
static void
test_gaps(void)
{
    static const struct gap_case cases[] = {
        /* The close_notify is missing: the client's acknowledgement proves it. */
        { TLS12_DECRYPTED, "H cD s+ sD c+ ~sn sf c+ cf", "?s ?? ?? gs" },
        /* Data is missing; the close_notify behind it is there. */
        { TLS12_DECRYPTED, "H cD s+ ~sD sD c+ sn sf c+ cn cf", "Gs GG U? --" },
        /* An empty segment tells that bytes before it were sent. */
        { TLS12_ENCRYPTED, "H c+ cD s+ sD c+ ~sn sb cf cr", "?- T- U? gs" },
        /* One missing FIN is no byte of data. */
        { TLS12_DECRYPTED, "H cD s+ sD c+ ~sf c+ cf cr", "?- T- UU gs" },
        /* One late segment is as good as several. */
        { TLS12_DECRYPTED, "H c+ cD s+ ~sD sD cr", "?- R- U? gs" },
        { TLS12_DECRYPTED, "H c+ cD s+ ~sD sD sD cr", "?- R- U? gs" },
        /* What is captured late is not missing. */
        { TLS12_DECRYPTED, "H cD s+ <sD sn sf > c+ cn cf", "Gs GG UU --" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ sn <sf c+ cn > cf", "Gs GG UU --" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* Whether the handshake was finished is decided at the initiator's first closing act. */
static void
test_handshake(void)
{
    static const struct gap_case cases[] = {
        /* The client had not received the server's Finished. */
        { TLS12_DECRYPTED, "0 1 2 3 4 5 6 7 cf s+ sf", "Ic II 00 --" },
        { TLS12_DECRYPTED, "0 1 2 3 4 5 6 7 c+ cf s+ sf", "Tc TT 00 --" },
        { TLS12_ENCRYPTED, "0 1 2 3 4 5 6 7 cR", "Ic I- 00 --" },
        { TLS12_ENCRYPTED, "0 1 2 3 4 5 6 7 c+ cr", "Rc R- 00 --" },
        /* Its close_notify is the act, not its FIN, by which it had received it. */
        { TLS12_DECRYPTED, "0 1 2 3 4 5 cn 6 7 c+ cf sf", "Ic II 00 --" },
        /* An end inside a record finishes nothing. */
        { TLS12_ENCRYPTED, "0 1 2 cp cf s+ sf", "Ic II 00 --" },
        /* Alerts in clear text come before any Finished; what is missing before them holds none. */
        { TLS12_ENCRYPTED, "0 1 2 cN cf s+ sf", "Ic II 00 --" },
        { TLS12_ENCRYPTED, "0 1 2 ~3 cN cf s+ sf", "Ic II ?0 --" },
        { TLS12_ENCRYPTED, "0 1 2 ~3 ~4 ~5 cf s+ sf", "Ic II ?0 --" },
        { TLS12_ENCRYPTED, "0 1 2 ~3 ~4 ~5 ~6 ~7 c+ cf s+ sf", "?- ?? ?? gc" },
        /* One before what is missing, or in the midst of it, excludes nothing. */
        { TLS12_ENCRYPTED, "0 1 2 cW ~3 ~4 ~5 ~6 ~7 c+ cf s+ sf", "?- ?? ?? gc" },
        { TLS12_ENCRYPTED, "0 1 2 ~3 s+ sb cW ~4 ~5 ~6 ~7 c+ cf s+ sf", "?- ?? ?? gc" },
        { TLS13_ENCRYPTED, "0 1 2 3 ~4 cf s+ sf", "?c ?? ?0 gc" },
        { TLS13_ENCRYPTED, "0 1 2 3 ~4 cN cf s+ sf", "Ic II ?0 --" },
        { TLS12_ENCRYPTED, "0 st sr", "Is -I 0? --" },
        /* RFC 9112: a server that does not speak TLS. */
        { TLS12_ENCRYPTED, "0 st sf c+ cf", "Is II 0? --" },
        /* Nothing behind a close_notify in clear text finishes it. */
        { TLS12_ENCRYPTED, "0 1 sN st sr", "Is -I 00 --" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* "A fatal alert closes only if it was sent before either direction had ended." */
static void
test_fatal_alerts(void)
{
    static const struct gap_case cases[] = {
        { TLS12_DECRYPTED, "H cD s+ sD c+ cf s+ sx sf", "Tc TF UU --" },
        /* What it acknowledges and was not captured may be the client's FIN. */
        { TLS12_DECRYPTED, "H cD s+ sD c+ cb ~cf s+ sx sr", "?- -F UU gc" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ ~sf c+ cx cr", "?- F- UU gs" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* The client's FIN is missing, and with it what it acknowledged; the RST behind it has no acknowledgement. */
static void
test_fin_before_bare_reset(void)
{
    static const struct gap_case cases[] = {
        /* It may have received the server's Finished: data was exchanged. */
        { TLS12_DECRYPTED, "H cD s+ sD c+ ~cf cR", "Tc T- U? --" },
        /* It may have received the server's close_notify. */
        { TLS12_DECRYPTED, "H c+ cD s+ sD c+ cb sn c+ ~cf cR", "Us ?- ?U --" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* A capture that starts after the handshake. */
static void
test_middle(void)
{
    static const struct gap_case cases[] = {
        /* Not a byte of the server. */
        { TLS12_ENCRYPTED, "cD cr", "?- ?- P? bs" },
        { TLS12_ENCRYPTED, "cD s+ sD c+ cf s+ sf", "Tc TT UU --" },
    };

    check_from(START_IN_THE_MIDDLE, cases, G_N_ELEMENTS(cases));
}

/* Rows of the loss that bytes of another kind decide. */
static void
test_losses(void)
{
    static const struct gap_case cases[] = {
        /* Unknown for another reason than missing bytes says nothing of data. */
        { TLS12_ENCRYPTED, "H sn sf c+ cf", "?s ?? 00 as" },
        /* Text behind the close_notify is no data. */
        { TLS12_DECRYPTED, "H cD s+ sD c+ sn st sf c+ cn cf", "Gs GG UU --" },
        { TLS12_DECRYPTED, "H cD s+ sD c+ st sf c+ cf", "?s ?? U? ts" },
        /* A RST that answers what was not captured, where nothing else was sent. */
        { TLS12_DECRYPTED, "H c+ cD s+ sD c+ cb ~cf cR", "Tc T- UU --" },
        /* A record of data that ends with the direction. */
        { TLS12_ENCRYPTED, "H cD s+ sp sf c+ cf", "Ts TT UC --" },
        { TLS13_ENCRYPTED, "H cD s+ sp sf c+ cf", "Ts TT UC --" },
        { TLS13_ENCRYPTED, "H cp cf s+ sf", "Tc TT C0 --" },
        { TLS13_ENCRYPTED, "0 1 2 3 cp cf s+ sf", "Ic II 00 --" },
        /* Before the client's Finished it may be a message of the handshake. */
        { TLS13_ENCRYPTED, "0 1 2 3 sp 4 s+ sf c+ cf", "Ts TT 00 --" },
    };

    check(cases, G_N_ELEMENTS(cases));
}

/* Whether the answer waits for bytes of the server's that are still to come: only those of a direction that
 * has ended, and only until it is known that they were not captured. */
static void
test_waiting(void)
{
    static const struct {
        const char *script;
        bool waiting;
    } cases[] = {
        { "H cD s+ ~sD sD", false },
        { "H cD s+ ~sD sD sf", true },
        { "H cD s+ sD sD sf", false },
        { "H cD s+ ~sD sD sf c+ cb", false },
        { "H cD s+ ~sD sD sf cr", false },
        { "H cD s+ ~sD sD sf sr", false },
        { "H cD s+ ~sD sD sD sD sD sD sD sD sD sD sD sD sD sD sD sD sD sf", false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct conversation talk;

        conversation_begin_bare(&talk, START_AT_CLIENT_HELLO);
        talk.visibility = TLS12_ENCRYPTED;
        script_play(&talk, cases[i].script);
        if (direction_is_waiting(talk.connection, SIDE_SERVER, &talk.options) != cases[i].waiting) {
            g_test_message("%s: %s", cases[i].script, cases[i].waiting ? "not waiting" : "waiting");
            g_test_fail();
        }
        conversation_finish(&talk);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gaps/whole", test_whole);
    g_test_add_func("/gaps/gaps", test_gaps);
    g_test_add_func("/gaps/handshake", test_handshake);
    g_test_add_func("/gaps/fatal_alerts", test_fatal_alerts);
    g_test_add_func("/gaps/fin_before_bare_reset", test_fin_before_bare_reset);
    g_test_add_func("/gaps/middle", test_middle);
    g_test_add_func("/gaps/losses", test_losses);
    g_test_add_func("/gaps/waiting", test_waiting);
    return g_test_run();
}

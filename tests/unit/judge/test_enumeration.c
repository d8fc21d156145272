/* test_enumeration.c
 * Every history of a few events that TCP allows, played to the engine (conversation.h) and judged
 * by the second statement of the rules (reference.h): after each event both must say the same. Must
 * not know a rule itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "conversation.h"
#include "judge/closure.h"
#include "judge/initiator.h"
#include "judge/loss.h"
#include "reference.h"
#include "reference_loss.h"

/* A family of histories: those of up to LENGTH events with -m slow, and of one less without it, which
 * takes a second; of up to LENGTH_THOROUGH with TLSCLOSE_THOROUGH=1, which takes a minute or two. */
struct family {
    const char *name;
    enum visibility visibility;
    bool data_before;
    enum manner manner;
    unsigned kinds; /* bits of enum kind */
    unsigned length, length_thorough;
    unsigned data_length; /* bytes of plaintext in each DATA */
};

#define KIND_BIT(kind) (1U << (kind))
#define READABLE_KINDS                                                                 \
    (KIND_BIT(DATA) | KIND_BIT(CLOSE_NOTIFY) | KIND_BIT(FATAL_ALERT) | KIND_BIT(FIN) | \
     KIND_BIT(RST))

#define ALL_KINDS (READABLE_KINDS | KIND_BIT(WARNING_ALERT))

/* Without keys all alerts look the same: one kind is enough. */
#define ENCRYPTED_KINDS (KIND_BIT(DATA) | KIND_BIT(CLOSE_NOTIFY) | KIND_BIT(FIN) | KIND_BIT(RST))

/* Bytes of plaintext: one is a goodbye and two are none, two of the other are no farewell. */
#define SHORT_DATA CONVERSATION_DATA_LENGTH
#define LONG_DATA 100

static const struct family families[] = {
    { "/tls12/decrypted", TLS12_DECRYPTED, true, ONE_BY_ONE, READABLE_KINDS, 5, 6, SHORT_DATA },
    { "/tls12/decrypted/warnings", TLS12_DECRYPTED, true, ONE_BY_ONE, ALL_KINDS, 4, 5, SHORT_DATA },
    { "/tls12/decrypted/coalesced", TLS12_DECRYPTED, true, COALESCED, READABLE_KINDS, 4, 5,
      SHORT_DATA },
    { "/tls12/decrypted/repeated", TLS12_DECRYPTED, true, REPEATED, READABLE_KINDS, 4, 5,
      SHORT_DATA },
    { "/tls12/decrypted/bare_resets", TLS12_DECRYPTED, true, BARE_RESETS, READABLE_KINDS, 4, 5,
      SHORT_DATA },
    { "/tls12/encrypted", TLS12_ENCRYPTED, true, ONE_BY_ONE, ENCRYPTED_KINDS, 5, 6, SHORT_DATA },
    { "/tls12/encrypted/coalesced", TLS12_ENCRYPTED, true, COALESCED, ENCRYPTED_KINDS, 5, 6,
      SHORT_DATA },
    { "/tls12/encrypted/no_data", TLS12_ENCRYPTED, false, ONE_BY_ONE, ENCRYPTED_KINDS, 5, 6,
      SHORT_DATA },
    { "/tls13/decrypted", TLS13_DECRYPTED, true, ONE_BY_ONE, READABLE_KINDS, 5, 6, SHORT_DATA },
    { "/tls13/decrypted/warnings", TLS13_DECRYPTED, true, ONE_BY_ONE, ALL_KINDS, 4, 5, SHORT_DATA },
    { "/tls13/decrypted/coalesced", TLS13_DECRYPTED, true, COALESCED, READABLE_KINDS, 4, 5,
      SHORT_DATA },
    { "/tls13/encrypted", TLS13_ENCRYPTED, true, ONE_BY_ONE, ENCRYPTED_KINDS, 5, 6, SHORT_DATA },
    { "/tls13/encrypted/coalesced", TLS13_ENCRYPTED, true, COALESCED, ENCRYPTED_KINDS, 5, 6,
      SHORT_DATA },
    { "/tls12/decrypted/long", TLS12_DECRYPTED, true, ONE_BY_ONE, READABLE_KINDS, 4, 5, LONG_DATA },
    { "/tls13/decrypted/long", TLS13_DECRYPTED, true, ONE_BY_ONE, READABLE_KINDS, 5, 6, LONG_DATA },
    { "/tls12/encrypted/long", TLS12_ENCRYPTED, true, ONE_BY_ONE, ENCRYPTED_KINDS, 5, 6,
      LONG_DATA },
};

/* The history being extended, event by event. */
struct enumeration {
    const struct family *family;
    unsigned length;
    struct event events[HISTORY_EVENTS_MAX];
    unsigned count;
    unsigned compared; /* so many first events were compared in a history before */
    unsigned long histories;
    unsigned differences;
};

#define DIFFERENCES_SHOWN 5

static const char *const kind_names[] = { "data", "close_notify", "fatal alert",
                                          "FIN",  "RST",          "warning alert" };
static const char *const side_names[] = { "client", "server" };
static const char *const closure_names[CLOSURE_COUNT] = {
    "no end", "Close Notify", "Unanswered",           "Truncated",
    "Reset",  "Fatal alert",  "Handshake incomplete", "Unknown",
};
static const char *const evidence_names[] = { "", ", Seen", ", Inferred" };

static void
print_events(const struct event *events, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        g_test_message("  %u. %s %s, having received what came before %u.", i + 1,
                       side_names[events[i].side], kind_names[events[i].kind],
                       events[i].received + 1);
}

static void
report(struct enumeration *enumeration, unsigned count, const char *what, const char *expected,
       const char *found)
{
    if (enumeration->differences++ < DIFFERENCES_SHOWN) {
        print_events(enumeration->events, count);
        g_test_message("%s: expected %s, found %s", what, expected, found);
    }
    g_test_fail();
}

static char *
describe(enum closure closure, enum evidence evidence, bool has_initiator, enum side initiator)
{
    return g_strdup_printf("%s%s%s%s", closure_names[closure], evidence_names[evidence],
                           has_initiator ? ", initiator " : "",
                           has_initiator ? side_names[initiator] : "");
}

static void
compare_answers(struct enumeration *enumeration, unsigned count, const char *what,
                struct answer expected, struct judgement found)
{
    if (expected.closure == found.closure && expected.evidence == found.evidence &&
        expected.has_initiator == found.has_initiator &&
        (!expected.has_initiator || expected.initiator == found.initiator))
        return;
    char *expected_text =
        describe(expected.closure, expected.evidence, expected.has_initiator, expected.initiator);
    char *found_text =
        describe(found.closure, found.evidence, found.has_initiator, found.initiator);

    report(enumeration, count, what, expected_text, found_text);
    g_free(expected_text);
    g_free(found_text);
}

static void
compare_numbers(struct enumeration *enumeration, unsigned count, const char *what,
                uint32_t expected, uint32_t found)
{
    char expected_text[16], found_text[16];

    if (expected == found)
        return;
    g_snprintf(expected_text, sizeof expected_text, "%u", expected);
    g_snprintf(found_text, sizeof found_text, "%u", found);
    report(enumeration, count, what, expected_text, found_text);
}

static const struct {
    enum expert expert;
    const char *name;
} expert_names[] = {
    { EXPERT_DUPLICATE_CLOSE_NOTIFY, "duplicate_close_notify" },
    { EXPERT_ALERT_AFTER_CLOSE_NOTIFY, "alert_after_close_notify" },
    { EXPERT_TRUNCATION_NOTICED, "truncation_noticed" },
    { EXPERT_DATA_AFTER_CLOSE_NOTIFY, "data_after_close_notify" },
    { EXPERT_DATA_AFTER_PEER_CLOSE_NOTIFY, "data_after_peer_close_notify" },
    { EXPERT_DATA_CROSSING_CLOSE_NOTIFY, "data_crossing_close_notify" },
    { EXPERT_HALF_CLOSE, "half_close" },
    { EXPERT_DATA_AFTER_FATAL_ALERT, "data_after_fatal_alert" },
};

static char *
describe_experts(expert_set experts)
{
    GString *names = g_string_new(experts == 0 ? "none" : NULL);

    for (guint i = 0; i < G_N_ELEMENTS(expert_names); i++) {
        if (experts & EXPERT_BIT(expert_names[i].expert))
            g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", expert_names[i].name);
    }
    return g_string_free(names, FALSE);
}

static void
compare_experts(struct enumeration *enumeration, unsigned count, expert_set expected,
                expert_set found)
{
    if (expected == found)
        return;
    char *expected_text = describe_experts(expected), *found_text = describe_experts(found);

    report(enumeration, count, "expert infos", expected_text, found_text);
    g_free(expected_text);
    g_free(found_text);
}

static struct history
history_of(const struct enumeration *enumeration, unsigned count)
{
    const struct family *family = enumeration->family;

    return (struct history){ enumeration->events, count,
                             family->visibility,  family->data_before,
                             family->data_length, family->manner == BARE_RESETS };
}

/* The expert infos of the events from FROM on, before COUNT. */
static expert_set
experts_of(const struct enumeration *enumeration, unsigned from, unsigned count)
{
    expert_set experts = 0;

    for (unsigned i = from; i < count; i++) {
        struct history history = history_of(enumeration, i + 1);
        experts |= reference_experts(&history);
    }
    return experts;
}

/* Of the events from FROM on, before COUNT, how many WHAT is true of. */
static uint32_t
count_events(const struct enumeration *enumeration, unsigned from, unsigned count,
             bool (*what)(const struct history *history))
{
    uint32_t found = 0;

    for (unsigned i = from; i < count; i++) {
        struct history history = history_of(enumeration, i + 1);
        found += what(&history);
    }
    return found;
}

/* What the frame that carries the events from FROM on, before COUNT, has to say. */
static void
compare_frame(struct enumeration *enumeration, const struct conversation *conversation,
              unsigned from, unsigned count)
{
    const struct frame_findings *findings = &conversation->findings;

    compare_experts(enumeration, count, experts_of(enumeration, from, count),
                    (findings->experts | conversation->late_experts) & REFERENCE_EXPERTS);
    compare_numbers(enumeration, count, "data records after a closure",
                    count_events(enumeration, from, count, reference_is_after_close),
                    findings->after_close_records);
    compare_numbers(enumeration, count, "fatal alert",
                    count_events(enumeration, from, count, reference_is_fatal_alert) > 0,
                    findings->fatal_alert);
    compare_numbers(enumeration, count, "duplicate close_notify",
                    count_events(enumeration, from, count, reference_is_duplicate) > 0,
                    findings->duplicate);
    compare_numbers(enumeration, count, "end of a direction",
                    count_events(enumeration, from, count, reference_ends_direction),
                    findings->end);
    compare_numbers(enumeration, count, "verdict given",
                    count_events(enumeration, from, count, reference_gives_verdict),
                    findings->verdict);
}

static void
compare_losses(struct enumeration *enumeration, const struct conversation *conversation,
               unsigned count)
{
    const struct history history = history_of(enumeration, count);

    /* Before the connection has ended, an alert of TLS 1.3 may still turn out to be data. */
    if (history.visibility == TLS13_ENCRYPTED && !reference_has_ended(&history))
        return;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        unsigned row;
        enum loss loss = reference_loss(&history, (enum side)side, &row);
        struct loss_judgement found = judge_loss(
            conversation->connection, (enum side)side,
            judge_closure(conversation->connection, (enum side)side, &conversation_options), NULL,
            &conversation_options);
        compare_numbers(enumeration, count,
                        side == SIDE_CLIENT ? "loss of the client" : "loss of the server", loss,
                        found.loss);
        compare_numbers(enumeration, count,
                        side == SIDE_CLIENT ? "row of the client" : "row of the server", row,
                        loss_row(found.rule));
    }
}

/* After the first COUNT events; those from FROM on came in the last segment. */
static void
compare(struct enumeration *enumeration, const struct conversation *conversation, unsigned from,
        unsigned count)
{
    const struct history history = history_of(enumeration, count);
    const struct connection_options *options = &conversation_options;

    compare_answers(enumeration, count, "closure of the client",
                    reference_closure(&history, SIDE_CLIENT),
                    judge_closure(conversation->connection, SIDE_CLIENT, options));
    compare_answers(enumeration, count, "closure of the server",
                    reference_closure(&history, SIDE_SERVER),
                    judge_closure(conversation->connection, SIDE_SERVER, options));
    compare_answers(enumeration, count, "verdict", reference_verdict(&history),
                    judge_verdict(conversation->connection, options));
    compare_numbers(enumeration, count, "order of the client",
                    reference_order(&history, SIDE_CLIENT),
                    judge_order(conversation->connection, SIDE_CLIENT, options));
    compare_numbers(enumeration, count, "order of the server",
                    reference_order(&history, SIDE_SERVER),
                    judge_order(conversation->connection, SIDE_SERVER, options));
    compare_losses(enumeration, conversation, count);
    compare_frame(enumeration, conversation, from, count);
}

static void
play(struct enumeration *enumeration)
{
    const struct family *family = enumeration->family;
    struct conversation conversation;

    conversation_begin_with(&conversation, family->visibility, family->manner,
                            family->data_before ? family->data_length : 0);
    for (unsigned from = 0, count; from < enumeration->count; from = count) {
        const struct event *events = &enumeration->events[from];

        count =
            from + conversation_segment_events(&conversation, events, enumeration->count - from);
        conversation_send(&conversation, events, count - from);
        if (count >= enumeration->compared)
            compare(enumeration, &conversation, from, count);
    }
    conversation_finish(&conversation);
    enumeration->compared = enumeration->count;
    enumeration->histories++;
}

static bool
has_sent(const struct enumeration *enumeration, enum side side, enum kind kind)
{
    for (unsigned i = 0; i < enumeration->count; i++) {
        if (enumeration->events[i].side == side && enumeration->events[i].kind == kind)
            return true;
    }
    return false;
}

/* RFC 9293: nothing but RST comes after the FIN, and nothing at all after the RST. */
static bool
tcp_allows(const struct enumeration *enumeration, enum side side, enum kind kind)
{
    if (has_sent(enumeration, side, RST))
        return false;
    return kind == RST || !has_sent(enumeration, side, FIN);
}

/* What SIDE had received when it sent last. */
static unsigned
received_before(const struct enumeration *enumeration, enum side side)
{
    for (unsigned i = enumeration->count; i > 0; i--) {
        if (enumeration->events[i - 1].side == side)
            return enumeration->events[i - 1].received;
    }
    return 0;
}

/* Whether SIDE can acknowledge the events below RECEIVED and no less: the last of them is the
 * peer's, and no RST. */
static bool
can_receive(const struct enumeration *enumeration, enum side side, unsigned received)
{
    const struct event *last = &enumeration->events[received - 1];

    return last->side != side && last->kind != RST;
}

static bool extend(struct enumeration *enumeration);

static void
extend_by(struct enumeration *enumeration, enum side side, enum kind kind)
{
    unsigned before = received_before(enumeration, side), count = enumeration->count;

    for (unsigned received = before; received <= count; received++) {
        if (received > before && !can_receive(enumeration, side, received))
            continue;
        enumeration->events[enumeration->count++] = (struct event){ side, kind, received };
        if (!extend(enumeration))
            play(enumeration);
        enumeration->count--;
        enumeration->compared = MIN(enumeration->compared, enumeration->count);
    }
}

/* Plays every history that goes on from here; false if there is none. */
static bool
extend(struct enumeration *enumeration)
{
    bool extended = false;

    if (enumeration->count == enumeration->length)
        return false;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
        for (int kind = DATA; kind <= WARNING_ALERT; kind++) {
            if ((enumeration->family->kinds & KIND_BIT(kind)) &&
                tcp_allows(enumeration, (enum side)side, (enum kind)kind)) {
                extend_by(enumeration, (enum side)side, (enum kind)kind);
                extended = true;
            }
        }
    }
    return extended;
}

static unsigned
longest_of(const struct family *family)
{
    if (g_strcmp0(g_getenv("TLSCLOSE_THOROUGH"), "1") == 0)
        return family->length_thorough;
    return g_test_slow() ? family->length : family->length - 1;
}

/* The short histories first, so that a difference is shown by the shortest that has it. */
static void
test_family(gconstpointer data)
{
    const struct family *family = data;
    unsigned longest = longest_of(family);
    struct enumeration enumeration = { .family = family };

    while (enumeration.length++ < longest) {
        enumeration.compared = 0;
        extend(&enumeration);
    }
    g_test_message("%lu histories, %u differences", enumeration.histories, enumeration.differences);
    g_assert_cmpuint(enumeration.histories, >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(families); i++)
        g_test_add_data_func(families[i].name, &families[i], test_family);
    return g_test_run();
}

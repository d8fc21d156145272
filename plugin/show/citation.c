/* citation.c
 * The table of citations. See citation.h.
 * Knows section numbers only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/citation.h"

#include <string.h>

static const struct {
    const char *rfc;
    unsigned applicability;
    const char *section[RULE_COUNT];
} rfcs[] = {
    { "2246",
      APPLIES_TO_TLS | APPLIES_TO_RFC2246,
      { [RULE_CLOSURE_ALERTS] = "7.2.1",
        [RULE_ERROR_ALERTS] = "7.2.2",
        [RULE_RECORD_LAYER] = "6.2.1",
        [RULE_SESSION] = "7.2.1" } },
    { "4346",
      APPLIES_TO_TLS,
      { [RULE_CLOSURE_ALERTS] = "7.2.1",
        [RULE_ERROR_ALERTS] = "7.2.2",
        [RULE_RECORD_LAYER] = "6.2.1",
        [RULE_SESSION] = "7.2.2" } },
    { "5246",
      APPLIES_TO_TLS,
      { [RULE_CLOSURE_ALERTS] = "7.2.1",
        [RULE_ERROR_ALERTS] = "7.2.2",
        [RULE_RECORD_LAYER] = "6.2.1",
        [RULE_SESSION] = "7.2.2" } },
    { "8446",
      APPLIES_TO_TLS13,
      { [RULE_CLOSURE_ALERTS] = "6.1",
        [RULE_ERROR_ALERTS] = "6.2",
        [RULE_RECORD_LAYER] = "5.1",
        [RULE_SESSION] = "4.6.1" } },
    /* Obsoletes RFC 8446, section by section. */
    { "9846",
      APPLIES_TO_TLS13,
      { [RULE_CLOSURE_ALERTS] = "6.1",
        [RULE_ERROR_ALERTS] = "6.2",
        [RULE_RECORD_LAYER] = "5.1",
        [RULE_SESSION] = "4.6.1" } },
    { "9112",
      APPLIES_TO_APPLICATION,
      { [RULE_HTTP_INCOMPLETE] = "8, 9.8",
        [RULE_HTTP_CLOSE] = "9.6",
        [RULE_HTTP_TLS_CLOSE] = "9.8" } },
    { "9110", APPLIES_TO_APPLICATION, { [RULE_APPLICATION_END] = "6.1" } },
    { "9113",
      APPLIES_TO_APPLICATION,
      { [RULE_HTTP2_STREAM] = "5.1, 8.1",
        [RULE_HTTP2_MALFORMED] = "8.1.1",
        [RULE_HTTP2_GOAWAY] = "6.8",
        [RULE_HTTP2_RETRY] = "8.7" } },
    { "6455",
      APPLIES_TO_APPLICATION,
      { [RULE_WEBSOCKET_CLOSE] = "7.1.5", [RULE_WEBSOCKET_STATUS] = "7.4" } },
    { "4217", APPLIES_TO_APPLICATION, { [RULE_FTP_DATA] = "12" } },
    { "9293", APPLIES_TO_APPLICATION, { [RULE_TCP_RESET] = "3.6.1" } },
};

char *
citation(enum rule rule, unsigned applicability)
{
    GString *text = g_string_new(NULL);
    const char *section = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(rfcs); i++) {
        const char *next = rfcs[i].section[rule];
        if (!next || !(rfcs[i].applicability & applicability))
            continue;
        if (!section)
            g_string_append_printf(text, "RFC %s", rfcs[i].rfc);
        else if (strcmp(section, next) == 0)
            g_string_append_printf(text, ", %s", rfcs[i].rfc);
        else
            g_string_append_printf(text, " %s; RFC %s", section, rfcs[i].rfc);
        section = next;
    }
    if (section)
        g_string_append_printf(text, " %s", section);
    return g_string_free(text, FALSE);
}

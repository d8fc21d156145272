/* http1_head.c
 * HTTP/1.x start lines and fields. See http1_head.h. Must not know where the lines come from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "app/http1_head.h"

#include <glib.h>
#include <string.h>

/* The digit behind "HTTP/1.", or -1. */
static int
parse_version(const char *text)
{
    if (!g_str_has_prefix(text, "HTTP/1.") || !g_ascii_isdigit(text[7]))
        return -1;
    return g_ascii_digit_value(text[7]);
}

/* method SP request-target SP HTTP-version */
bool
http1_parse_request_line(const char *line, struct http1_head *head)
{
    static const struct {
        const char *prefix;
        enum http1_request_kind kind;
    } methods[] = {
        { "HEAD ", HTTP1_REQUEST_HEAD },
        { "CONNECT ", HTTP1_REQUEST_CONNECT },
    };
    const char *last_space = strrchr(line, ' ');
    size_t method_length = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");

    if (!last_space || method_length == 0 || line[method_length] != ' ')
        return false;
    int version = parse_version(last_space + 1);
    if (version < 0)
        return false;
    head->minor_version = (unsigned)version;
    head->request = HTTP1_REQUEST_OTHER;
    for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++)
        if (g_str_has_prefix(line, methods[i].prefix))
            head->request = methods[i].kind;
    return true;
}

/* HTTP-version SP status-code SP [ reason-phrase ] */
bool
http1_parse_status_line(const char *line, struct http1_head *head)
{
    int version = parse_version(line);

    if (version < 0 || line[8] != ' ')
        return false;
    for (int i = 9; i < 12; i++)
        if (!g_ascii_isdigit(line[i]))
            return false;
    head->minor_version = (unsigned)version;
    head->status = (unsigned)g_ascii_strtoull(line + 9, NULL, 10);
    return head->status >= 100;
}

static void
take_connection_option(const char *member, struct http1_head *head)
{
    head->close |= g_ascii_strcasecmp(member, "close") == 0;
    head->keep_alive |= g_ascii_strcasecmp(member, "keep-alive") == 0;
    head->upgrade |= g_ascii_strcasecmp(member, "upgrade") == 0;
}

static void
take_upgrade(const char *member, struct http1_head *head)
{
    head->names_websocket |= g_ascii_strcasecmp(member, "websocket") == 0;
}

/* RFC 9112 section 7.1: chunked has no parameters, and section 6.1: HTTP/1.0 has no codings. */
static void
take_transfer_coding(const char *member, struct http1_head *head)
{
    const char *chunked = "chunked";

    head->has_transfer_coding = true;
    head->is_chunked = g_ascii_strcasecmp(member, chunked) == 0;
    head->is_ambiguous |= head->minor_version == 0;
    if (!head->is_chunked && g_ascii_strncasecmp(member, chunked, strlen(chunked)) == 0 &&
        strchr("; \t", member[strlen(chunked)]))
        head->is_ambiguous = true;
}

/* RFC 9112 section 6.3: a Content-Length that is no number, or two that differ, make the message's end
 * unknowable; a list of the same number is that number. */
static void
take_content_length(const char *member, struct http1_head *head)
{
    guint64 length;

    if (!g_ascii_string_to_unsigned(member, 10, 0, G_MAXUINT64 / 2, &length, NULL) ||
        (head->has_length && head->length != length)) {
        head->is_ambiguous = true;
        return;
    }
    head->has_length = true;
    head->length = length;
}

/* RFC 9110 section 5.6.1: empty members of a list are ignored. Returns the number of others. */
static unsigned
take_list(const char *value, void (*take_member)(const char *member, struct http1_head *head),
          struct http1_head *head)
{
    char **members = g_strsplit(value, ",", -1);
    unsigned count = 0;

    for (char **member = members; *member; member++) {
        g_strstrip(*member);
        if (**member == '\0')
            continue;
        take_member(*member, head);
        count++;
    }
    g_strfreev(members);
    return count;
}

static const struct field {
    const char *name;
    void (*take_member)(const char *member, struct http1_head *head);
    bool frames; /* says where the message ends */
} fields[] = {
    { "Connection", take_connection_option, false },
    { "Upgrade", take_upgrade, false },
    { "Transfer-Encoding", take_transfer_coding, true },
    { "Content-Length", take_content_length, true },
};

static const struct field *
find_field(const char *name, size_t length)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == length &&
            g_ascii_strncasecmp(name, fields[i].name, length) == 0)
            return &fields[i];
    return NULL;
}

/* RFC 9112 section 5.1: white space before the colon is read as one field by some, as none by others. */
void
http1_parse_field(const char *line, struct http1_head *head)
{
    const char *colon = strchr(line, ':');

    if (!colon)
        return;
    size_t length = (size_t)(colon - line);
    size_t name_length = length;
    while (name_length > 0 && g_ascii_isspace(line[name_length - 1]))
        name_length--;
    const struct field *field = find_field(line, name_length);
    if (!field)
        return;
    if (name_length < length) {
        head->is_ambiguous |= field->frames;
        return;
    }
    unsigned members = take_list(colon + 1, field->take_member, head);
    head->is_ambiguous |= field->frames && members == 0;
}

bool
http1_announces_close(const struct http1_head *head)
{
    if (head->status >= 100 && head->status < 200)
        return false;
    return head->close || (head->minor_version == 0 && !head->keep_alive);
}

/* The first line tells, empty ones before it aside: RFC 9112 section 2.2. */
static enum recognition
recognise_request(const char *text, size_t length)
{
    struct http1_head head = { 0 };
    const char *newline = memchr(text, '\n', length);
    const char *space = memchr(text, ' ', length);
    size_t method = space ? (size_t)(space - text) : length;

    for (size_t i = 0; i < method; i++)
        if (!g_ascii_isupper(text[i]) && text[i] != '-' && text[i] != '_')
            return RECOGNITION_NO;
    if (!newline)
        return RECOGNITION_MAYBE;
    char *line = g_strndup(text, (gsize)(newline - text));
    bool is_request = http1_parse_request_line(line, &head);
    g_free(line);
    return is_request ? RECOGNITION_YES : RECOGNITION_NO;
}

static enum recognition
recognise_response(const char *text, size_t length)
{
    static const char version[] = "HTTP/1.";
    size_t compared = MIN(length, strlen(version));

    if (memcmp(text, version, compared) != 0)
        return RECOGNITION_NO;
    return compared < strlen(version) ? RECOGNITION_MAYBE : RECOGNITION_YES;
}

enum recognition
http1_recognise(enum side side, const uint8_t *bytes, uint32_t length)
{
    uint32_t start = 0;

    while (start < length && (bytes[start] == '\r' || bytes[start] == '\n'))
        start++;
    if (start == length)
        return RECOGNITION_MAYBE;
    const char *text = (const char *)bytes + start;
    return side == SIDE_CLIENT ? recognise_request(text, length - start)
                               : recognise_response(text, length - start);
}

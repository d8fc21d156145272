/* libintl.h
 * Stands in for GNU's libintl, which GLib wants on Windows: every text stays as it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef LIBINTL_H
#define LIBINTL_H

#include <locale.h>

/* Windows has no category of its own for messages. */
#define LC_MESSAGES LC_CTYPE

#ifdef __cplusplus
extern "C" {
#endif

char *gettext(const char *text);
char *dgettext(const char *domain, const char *text);
char *dcgettext(const char *domain, const char *text, int category);
char *ngettext(const char *one, const char *many, unsigned long count);
char *dngettext(const char *domain, const char *one, const char *many, unsigned long count);
char *textdomain(const char *domain);
char *bindtextdomain(const char *domain, const char *folder);
char *bind_textdomain_codeset(const char *domain, const char *codeset);

#ifdef __cplusplus
}
#endif

#endif

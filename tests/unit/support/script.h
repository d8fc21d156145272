/* script.h
 * Plays a conversation (conversation.h) that is written in one line, with segments that are not captured or
 * captured late. Must not know what is to be said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_SCRIPT_H
#define TLSCLOSE_SCRIPT_H

#include "conversation.h"

/* Plays SCRIPT, words with a blank between. H is the whole handshake, a number one record of it. All others
 * begin with the side, c or s, which then sends
 *   d  a record of application data        n  close_notify
 *   D  one of 100 bytes                    x  a fatal alert
 *   p  the first bytes of such a record    N, X  the same in clear text; W  a warning likewise
 *   f  a FIN                               t  text that is no TLS
 *   r  a RST, R one without ACK            b  an acknowledgement alone
 * or, with +, acknowledges from now on all that its peer has sent. What stands behind ~ is sent, but not
 * captured; what stands behind < is captured where > stands. */
void script_play(struct conversation *conversation, const char *script);

#endif

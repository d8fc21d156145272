/* notes.h
 * What is remembered of frames from their first visit on, and shown on every later one.
 * Plain C and GLib; must not know what the findings mean, nor Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TLSCLOSE_NOTES_H
#define TLSCLOSE_NOTES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "facts/finding.h"

/* What one TCP segment of a frame has to say. */
struct frame_note {
    uint32_t connection; /* its number in the connection table */
    struct frame_findings findings;
};

/* Whether FINDINGS say anything, or can come to do so. */
bool findings_have_something(const struct frame_findings *findings);

/* The notes of a capture file's frames. Of a frame without one, nothing is kept. */
struct notes;

/* Owned by the caller; free with notes_free(). */
struct notes *notes_new(void);
void notes_free(struct notes *notes);

/* FRAME, a frame number, is visited for the first time: what there is by this number is of another
 * one, that a read filter has rejected. */
void notes_begin_frame(struct notes *notes, uint32_t frame);

/* Remembers NOTE, which is copied, of the SEGMENT-th TCP segment of FRAME, which has none
 * yet. */
void notes_add(struct notes *notes, uint32_t frame, uint16_t segment,
               const struct frame_note *note);

/* Fills in NOTE as it was remembered of the SEGMENT-th TCP segment of FRAME; leaves it as it is, and
 * returns false, if there is none. */
bool notes_find(const struct notes *notes, uint32_t frame, uint16_t segment,
                struct frame_note *note);

/* Where something is noted, now or late: what it is, notes_recall() tells. */
struct note_place {
    uint32_t connection;
    uint32_t frame;
    uint8_t sender;   /* enum side */
    uint16_t segment; /* NOTE_WITHOUT_SEGMENT: nothing was noted when the frame was taken */
};

#define NOTE_WITHOUT_SEGMENT UINT16_MAX

/* All that there are, in an array of struct note_place that the caller frees, in no order. A frame can
 * be among them twice, with and without a segment: only the first counts then. */
GArray *notes_places(const struct notes *notes);

/* Fills in NOTE with what is known of PLACE by now, whether it is among notes_places() or not. */
void notes_recall(const struct notes *notes, const struct note_place *place,
                  struct frame_note *note);

/* FRAME brought LATE to light of CONNECTION, an array of struct late_finding, or NULL for none: each is
 * remembered of the frame that it is about, whether or not that has a note. Until
 * notes_take_pending(), it is also pending for its side. */
void notes_add_late(struct notes *notes, uint32_t frame, uint32_t connection, const GArray *late);

/* Adds to NOTE, of FRAME and with connection and sender set, what later frames brought to light of it. */
void notes_merge_late(const struct notes *notes, uint32_t frame, struct frame_note *note);

/* Adds to NOTE, with connection and sender set, what is pending for that side, and no longer is. For the
 * first visit of a frame, after it was noted: a single pass does not come back to the frame that it is
 * about. */
void notes_take_pending(struct notes *notes, struct frame_note *note);

#endif

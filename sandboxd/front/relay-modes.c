/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The allow-list of DEC private modes (xterm's ctlseqs.txt; 2026-2031 of contour and kitty).  Left out on purpose: 2
 * and 3 (other emulations, other widths), 1001 (a terminal that waits for an answer), 1042 and 1043 (window raising),
 * 1070 and the sixel modes, 2048 (reports sizes into the input). */
#include "front/relay-modes.h"

static const struct ModeRow {
        unsigned number;
        bool initially; /* as a terminal stands when a shell has it */
        bool reports;   /* makes the terminal send something by itself */
} rows[] = {
        { 1, false, false },    /* application cursor keys */
        { 5, false, false },    /* reverse video: visual bell */
        { 6, false, false },    /* origin */
        { 7, true, false },     /* autowrap */
        { 9, false, true },     /* X10 mouse */
        { 12, false, false },   /* blinking cursor */
        { 25, true, false },    /* cursor visible */
        { 45, false, false },   /* reverse wraparound */
        { 47, false, false },   /* alternate screen */
        { 66, false, false },   /* application keypad */
        { 69, false, false },   /* left and right margins */
        { 1000, false, true },  /* mouse: buttons */
        { 1002, false, true },  /* mouse: drags */
        { 1003, false, true },  /* mouse: all motion */
        { 1004, false, true },  /* focus reports */
        { 1005, false, false }, /* mouse encodings */
        { 1006, false, false }, { 1015, false, false }, { 1016, false, false },
        { 1007, false, false },                                                 /* wheel as cursor keys */
        { 1034, false, false },                                                 /* meta keys */
        { 1036, true, false },  { 1039, false, false }, { 1047, false, false }, /* alternate screen, two more ways */
        { 1048, false, false }, { 1049, false, false }, { 2004, false, false }, /* bracketed paste */
        { 2026, false, false },                                                 /* synchronised output */
        { 2027, false, false },                                                 /* grapheme clusters */
        { 2031, false, true },                                                  /* colour scheme reports */
};
_Static_assert(sizeof rows / sizeof *rows <= 64, "one bit each");

bool relay_modes_set(RelayModes *modes, unsigned number, bool on)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                if (rows[i].number != number)
                        continue;
                if (on == rows[i].initially)
                        modes->changed &= ~(UINT64_C(1) << i);
                else
                        modes->changed |= UINT64_C(1) << i;
                modes->asked = modes->asked || (on && rows[i].reports);
                return true;
        }
        return false;
}

void relay_modes_restore(RelayModes *modes, Buffer *out)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if ((modes->changed >> i & 1) != 0)
                        buffer_printf(out, "\033[?%u%c", rows[i].number, rows[i].initially ? 'h' : 'l');
        modes->changed = 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* RelayModes - the DEC private modes (CSI ? N h) that may pass, and which of them stand otherwise than at the start. */
typedef struct RelayModes {
        uint64_t changed; /* bit i: row i of the table in relay-modes.c */
        bool asked;       /* one was set that makes the terminal report by itself */
} RelayModes;

/* Notes the change; false: this mode does not pass. */
bool relay_modes_set(RelayModes *modes, unsigned number, bool on);

/* Appends the sequences that put all of them back. */
void relay_modes_restore(RelayModes *modes, Buffer *out);

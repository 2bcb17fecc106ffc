/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Capabilities (capabilities(7)) that a box's programs may keep in the box's own user namespace.  That namespace owns
 * ids and nothing else: all others act on mounts, networks or the machine, and would be kept in vain. */

typedef struct Capability {
        const char *name; /* "setuid" */
        unsigned number;  /* CAP_SETUID */
} Capability;

/* All of them, ending with a NULL name. */
extern const Capability capabilities[];

/* The set of all of them, as bits 1 << number. */
uint64_t capability_all(void);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The kernel's system calls by name.  libseccomp's table, written out at build time by generate-calls/main.c: what is
 * installed needs no libseccomp. */

enum {
        SECCOMP_CALL_ABSENT = -1,  /* other processors have it, this one has none */
        SECCOMP_CALL_UNKNOWN = -2, /* nobody's */
};

typedef struct SeccompCall {
        const char *name;
        int number; /* or ABSENT */
} SeccompCall;

extern const SeccompCall seccomp_calls[]; /* by name, sorted */
extern const size_t seccomp_n_calls;
extern const uint32_t seccomp_native_arch; /* AUDIT_ARCH_* */

int seccomp_call_number(const char *name);

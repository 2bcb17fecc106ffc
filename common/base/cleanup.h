/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Cleanup by attribute, for rooms without GLib.
 *
 *      CLEANUP(bus_rule_freep) BusRule *rule = NULL;
 *      ...
 *      *ret_rule = STEAL(rule);
 *
 * Every automatic variable with a cleanup is initialised where it is declared. */
#define CLEANUP(f) __attribute__((cleanup(f)))

/* Makes f##p(T **), the form that the attribute calls.  Write it without a semicolon. */
#define DEFINE_CLEANUP(T, f)                                                                                           \
        static inline void __attribute__((unused)) f##p(T **p)                                                         \
        {                                                                                                              \
                if (*p != NULL)                                                                                        \
                        f(*p);                                                                                         \
        }

/* The pointer's value; the variable is NULL afterwards. */
#define STEAL(p)                                                                                                       \
        ({                                                                                                             \
                __typeof__(p) stolen_ = (p);                                                                           \
                (p) = NULL;                                                                                            \
                stolen_;                                                                                               \
        })

/* CLEANUP(freep) char *text = NULL; */
void freep(void *pointer_to_pointer);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "names/net-address.h"

/* FakeNames - one address of the box's own for each name that was asked for: whoever connects to the address means the
 * name.  A name keeps its address, and an address its name, for the instance's life. */
typedef struct FakeNames FakeNames;

/* The routes that the plan gives the box's loopback; the addresses lie in them. */
#define FAKE_NAMES_ROUTE_4 "198.18.0.0/15"       /* benchmarking (RFC 2544): routed nowhere */
#define FAKE_NAMES_ROUTE_6 "fd6f:7269:656c::/64" /* unique local (RFC 4193) */

enum { FAKE_NAMES_MAX = 16384 };

FakeNames *fake_names_new(void);
void fake_names_free(FakeNames *names);
DEFINE_CLEANUP(FakeNames, fake_names_free)

size_t fake_names_size(const FakeNames *names);
/* Its number, from 0, or -ENOENT. */
int fake_names_find(const FakeNames *names, const char *name);
/* The same, with a new one where there was none; -ENOSPC, -ENOMEM. */
int fake_names_add(FakeNames *names, const char *name);
/* NULL: there is none. */
const char *fake_names_nth(const FakeNames *names, size_t i);

NetAddress fake_names_address(size_t i, bool six);
/* The name that the address stands for; NULL: none.  *ret_fake: it is of the range. */
const char *fake_names_of(const FakeNames *names, const NetAddress *address, bool *ret_fake);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "names/net-address.h"

/* What resolv.conf(5) and hosts(5) of the host say, as far as a lookup by full name needs it.  Pure: text to values. */

enum { RESOLVER_MAX_SERVERS = 3 /* as MAXNS of resolv.conf(5) */ };

typedef struct ResolverConfig {
        NetAddress servers[RESOLVER_MAX_SERVERS];
        size_t n; /* without a nameserver line one: 127.0.0.1, as resolv.conf(5) says */
} ResolverConfig;

void resolver_config_read(ResolverConfig *ret_config, const char *text, size_t n);

/* Addresses of name in hosts(5); the number, at most max. */
size_t resolver_hosts_find(const char *text, size_t n, const char *name, NetAddress *ret_addresses, size_t max);
